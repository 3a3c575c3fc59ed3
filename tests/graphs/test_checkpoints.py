"""A run that is cut short goes on after its last finished step; a finished one is given again."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.graphs.conftest import Lab, Step, on_disk

from questline.agents.contract import Work
from questline.errors import RunError, UsageError
from questline.graphs.adaptive_rag.run import answer_resumably
from questline.graphs.adaptive_rag.state import Run
from questline.types import Answer, Message, Usage

ALPHA = "Who founded Alpha?"
COMPARE = "Which is older, Alpha or Beta?"


async def ask(
    lab: Lab, file: Path, question: str = ALPHA, run_id: str = "run", history: tuple[Message, ...] = ()
) -> Answer:
    def start(spent: Usage, elapsed_s: float) -> Run:
        return lab.run(spent=spent, elapsed_s=elapsed_s)

    return await answer_resumably(lab.graph, start, question, history, run_id=run_id, file=file)


async def cut_short(lab: Lab, file: Path, question: str, stalled: Step, *, stored: str) -> None:
    """Cancel a run when `stalled` has begun and what was to be finished before has written the channel `stored`."""
    task = asyncio.create_task(ask(lab, file, question))
    async with asyncio.timeout(60):
        await stalled.reached.wait()
        while not on_disk(file, stored):  # noqa: ASYNC110 because a database sets no event
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lab.running == 0


@pytest.mark.requirement("checkpoint.resume")
async def test_finished_steps_are_not_run_again(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.sqlite"
    lab.plans[ALPHA] = ["QR,R,AG"]
    lab.answers[ALPHA] = "Ada"
    lab.steps["QR", ALPHA] = Step(cost=Usage(calls=1, tokens_in=10))
    stalled = lab.steps["AG", ALPHA] = Step(seconds=120)
    await cut_short(lab, file, ALPHA, stalled, stored="branch:to:generate")
    assert [token for token, _ in lab.works] == ["QR", "R", "AG"]

    lab.steps["AG", ALPHA] = Step()
    answer = await ask(lab, file)
    assert [token for token, _ in lab.works] == ["QR", "R", "AG", "AG"]
    assert (answer.status, answer.short, answer.run_id) == ("complete", "Ada", "run")
    assert [entry.step for entry in answer.ledger.entries if entry.step != "unfinished"] == [
        "planner",
        "QR",
        "R",
        "AG",
        "planner",
    ]
    assert len(lab.ran("AG")[1].passages) == 2


@pytest.mark.requirement("checkpoint.resume")
async def test_finished_steps_of_parallel_parts_are_not_run_again(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.sqlite"
    lab.plans[COMPARE] = ["QDP"]
    first, second = "When was Alpha founded?", "When was Beta founded?"
    lab.parts[COMPARE] = [first, second]
    lab.answers |= {first: "1900", second: "1950", COMPARE: "Alpha"}
    lab.steps["AG", first] = Step(cost=Usage(calls=1))
    stalled = lab.steps["AG", second] = Step(seconds=120)
    await cut_short(lab, file, COMPARE, stalled, stored="results")
    before = [(token, work.question) for token, work in lab.works]
    assert sorted(before) == sorted([("QDP", COMPARE), ("R", first), ("R", second), ("AG", first), ("AG", second)])

    lab.steps["AG", second] = Step()
    answer = await ask(lab, file, COMPARE)
    after = [(token, work.question) for token, work in lab.works[len(before) :]]
    assert after == [("AG", second), ("AS", COMPARE)]
    assert (answer.status, answer.short) == ("complete", "Alpha")
    assert [task.id for task in answer.plan.tasks] == ["q1", "s1", "s2", "as"]


@pytest.mark.slow
@pytest.mark.requirement("checkpoint.resume")
async def test_a_run_that_was_cancelled_at_any_moment_goes_on_at_once(lab: Lab, tmp_path: Path) -> None:
    moments = random.Random(0)
    first, second = "When was Alpha founded?", "When was Beta founded?"
    lab.plans[COMPARE], lab.parts[COMPARE] = ["QDP"], [first, second]
    lab.answers |= {first: "1900", second: "1950", COMPARE: "Alpha"}
    for number in range(25):  # before the file was let go with its lock held, one in about 17 met a locked file
        file = tmp_path / f"{number}.sqlite"
        for _ in range(4):
            task = asyncio.create_task(ask(lab, file, COMPARE))
            await asyncio.sleep(moments.random() * 0.12)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() or task.result().short == "Alpha"
        assert (await ask(lab, file, COMPARE)).short == "Alpha"


@pytest.mark.requirement("checkpoint.budget")
async def test_a_resumed_run_has_only_the_budget_that_was_left(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.sqlite"
    lab.plans[COMPARE] = ["QDP"]
    first, second = "When was Alpha founded?", "When was Beta founded?"
    lab.parts[COMPARE] = [first, second]
    lab.answers |= {first: "1900", second: "1950", COMPARE: "Alpha"}
    plain = lab.step("AG", Work(question=first)).result
    paid = replace(plain, usage=Usage(calls=1, tokens_in=5))
    lab.steps["AG", first] = Step(result=paid, cost=paid.usage)
    stalled = lab.steps["AG", second] = Step(seconds=120)
    await cut_short(lab, file, COMPARE, stalled, stored="results")

    seen: list[tuple[Usage, float]] = []
    lab.steps["AG", second] = Step()

    def start(spent: Usage, elapsed_s: float) -> Run:
        seen.append((spent, elapsed_s))
        return lab.run(spent=spent, elapsed_s=elapsed_s)

    await answer_resumably(lab.graph, start, COMPARE, run_id="run", file=file)
    ((spent, elapsed_s),) = seen
    assert (spent.calls, spent.tokens_in, spent.retrievals) == (1, 5, 2)
    assert 0 < elapsed_s < 120


@pytest.mark.requirement("checkpoint.finished")
async def test_a_finished_run_is_given_again_without_a_step(lab: Lab, tmp_path: Path) -> None:
    lab.answers[ALPHA] = "Ada"
    first = await ask(lab, tmp_path / "c.sqlite")
    ran = len(lab.works)
    assert await ask(lab, tmp_path / "c.sqlite") == first
    assert len(lab.works) == ran


@pytest.mark.requirement("checkpoint.other-question")
async def test_a_run_id_belongs_to_one_question(lab: Lab, tmp_path: Path) -> None:
    await ask(lab, tmp_path / "c.sqlite")
    with pytest.raises(UsageError) as caught:
        await ask(lab, tmp_path / "c.sqlite", "Who founded Beta?")
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_argument", "run_id")
    with pytest.raises(UsageError):
        await ask(lab, tmp_path / "c.sqlite", history=(Message(role="user", content="Hello"),))


async def test_runs_of_several_ids_share_one_file(lab: Lab, tmp_path: Path) -> None:
    lab.answers |= {ALPHA: "Ada", "Who founded Beta?": "Bo"}
    for number in range(8):  # all of them make the file at once
        file = tmp_path / f"{number}.sqlite"
        answers = await asyncio.gather(
            *(ask(lab, file, run_id=f"alpha-{each}") for each in range(4)),
            *(ask(lab, file, "Who founded Beta?", f"beta-{each}") for each in range(4)),
        )
        assert [answer.short for answer in answers] == ["Ada"] * 4 + ["Bo"] * 4


async def test_a_damaged_file_of_checkpoints_is_named(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(RunError) as caught:
        await ask(lab, file)
    assert caught.value.code == "damaged_index"
    assert str(file) in caught.value.message
    assert "only unfinished runs" in caught.value.message


async def test_a_checkpoint_of_another_format_is_refused(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    await ask(lab, file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE checkpoints SET type = 'msgpack'")
    connection.close()
    with pytest.raises(RunError) as caught:
        await ask(lab, file)
    assert caught.value.code == "damaged_index"


@pytest.mark.parametrize("blob", [b"\x00\xff", b"", b"\xc7\x02\x02\x92\xa4"])
async def test_a_checkpoint_of_damaged_bytes_is_refused(lab: Lab, tmp_path: Path, blob: bytes) -> None:
    file = tmp_path / "c.sqlite"
    await ask(lab, file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE checkpoints SET checkpoint = ?", (blob,))
    connection.close()
    with pytest.raises(RunError) as caught:
        await ask(lab, file)
    assert caught.value.code == "damaged_index"


@pytest.mark.requirement("checkpoint.finished")
async def test_a_finished_run_keeps_one_checkpoint(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    lab.plans[COMPARE] = ["QDP"]
    lab.parts[COMPARE] = ["When was Alpha founded?", "When was Beta founded?"]
    lab.answers |= {"When was Alpha founded?": "1900", "When was Beta founded?": "1950", COMPARE: "Alpha"}
    first = await ask(lab, file, COMPARE)
    with sqlite3.connect(file) as connection:
        kept = [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("checkpoints", "writes")]
    connection.close()
    assert kept == [(1,), (0,)]
    assert await ask(lab, file, COMPARE) == first
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.requirement("checkpoint.other-question")
def test_a_run_id_held_by_another_process_is_refused(lab: Lab, tmp_path: Path) -> None:
    holder = """
import asyncio, sys
from pathlib import Path
from questline.graphs.adaptive_rag.checkpoints import only_process

async def hold():
    async with only_process(Path(sys.argv[1]), "run"):
        print("held", flush=True)
        sys.stdin.read()

asyncio.run(hold())
"""
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match="another process"):
            asyncio.run(ask(lab, tmp_path / "c.sqlite"))
        assert lab.works == []
        other.kill()
    assert asyncio.run(ask(lab, tmp_path / "c.sqlite")).run_id == "run"
