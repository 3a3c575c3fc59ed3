"""The fault table in short: few calls of each kind, with deadlines that a loaded machine can keep."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from questline.testing import self_signed
from questline.testing.fault_case import Case, measure
from questline.testing.faults import CASES
from questline.testing.flaky_orders import FAULTS

DEADLINE_S = 1.0
LATE_MS = 5_000
"""Nothing waits so long for a server; the table's own limit of 100 ms is for a quiet machine."""

pytestmark = pytest.mark.slow


def chosen() -> list[Case]:
    """Each fault once, over the transport on which it is harder to survive."""
    return list({case.fault: case for case in sorted(CASES, key=lambda case: case.transport)}.values())


@pytest.mark.requirement("faults.table")
def test_the_table_has_every_fault() -> None:
    assert {case.fault for case in CASES} | {"none", "rpc_error"} == set(FAULTS)


@pytest.mark.requirement("faults.table")
@pytest.mark.parametrize("case", chosen(), ids=lambda case: case.name)
async def test_a_failing_server_hurts_nobody(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path / "pair.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    row = await measure(case, calls=4, deadline_s=DEADLINE_S, rounds=1, certificate=certificate)
    assert row.worst_over_ms < LATE_MS
    assert (row.calls, row.outcomes.get("ok"), row.outcomes.get("untyped")) == (4, None, None)
    assert row.neighbour_failed == 0
    assert row.opened_after == 3
    assert row.closed_after_s is not None
    assert (row.left_processes, row.left_sockets, row.left_tasks) == (0, 0, 0)


@pytest.mark.requirement("faults.table")
def test_the_table_is_one_json_object(tmp_path: Path) -> None:
    words = ["--calls", "4", "--deadline", "1", "--only", "not_rpc http", "--json", str(tmp_path / "faults.json")]
    subprocess.run([sys.executable, "-P", "-m", "questline.testing.faults", *words], check=True, capture_output=True)
    told = json.loads((tmp_path / "faults.json").read_text())
    assert (told["benchmark"], told["late"], told["untyped"], told["left_behind"]) == ("faults", 0, 0, 0)
    assert [row["case"] for row in told["rows"]] == ["not_rpc http"]
    assert told["rows"][0]["outcomes"] == {"bad_answer": 4}
    assert told["run"]["command"].startswith("python -P -m questline.testing.faults --calls 4")
