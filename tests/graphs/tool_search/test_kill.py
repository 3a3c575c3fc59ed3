"""Plans that are killed, and plans over servers that fail: few here, a hundred in `questline.testing.tool_runs`."""

from __future__ import annotations

from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.testing.kill_case import killed_runs, once
from questline.testing.run_faults import faulty_runs

pytestmark = [pytest.mark.slow, pytest.mark.requirement("tsg.kill")]


@pytest.mark.parametrize("streaming", [False, True])
def test_killed_runs_are_resumed_and_nothing_is_done_twice(streaming: bool, tmp_path: Path) -> None:
    report = killed_runs(4, seed=1, folder=tmp_path, streaming=streaming)
    assert report.kills >= 2
    assert report.resumed >= 2
    assert (report.repeated, report.repeated_finished, report.unnamed) == (0, 0, 0)


async def test_a_finished_run_gives_its_answer_again_and_belongs_to_its_question(tmp_path: Path) -> None:
    import json

    from questline.testing import FlakyServer

    with FlakyServer(transport="http") as server:
        file = tmp_path / "mcp.json"
        file.write_text(json.dumps({"mcpServers": {"flaky": server.entry}}), "utf-8")
        first = await once(file, tmp_path, "r1")
        again = await once(file, tmp_path, "r1")
        assert again == first
        assert sorted(server.appended) == ["r1:T1", "r1:T2", "r1:T4"]
        with pytest.raises(UsageError) as caught:
            await once(file, tmp_path, "r1", question="Another one.")
        assert caught.value.code == "bad_argument"


@pytest.mark.requirement("tsg.faults")
async def test_runs_over_failing_dead_and_hanging_servers_end_and_name_every_need() -> None:
    report = await faulty_runs(4, failing=0.6, deadline_s=1.0, seed=3)
    assert report.unnamed == 0
    assert 0 < report.answered < report.needs
    assert {"command_not_found", "tool_failed"} <= report.codes.keys()
    assert {"deadline_reached", "tool_timeout"} & report.codes.keys()
    assert report.worst_own_over_s < 0.5, "the answer is promised 0.1 s after the deadline"
    assert report.worst_over_deadline_s < 10
