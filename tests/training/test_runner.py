"""The runner: what is kept, what runs again, what limits stop, and what a report says."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from questline.errors import ModelError, RunError, UsageError
from questline.training.evaluation.items import Item, ItemStore, Json
from questline.training.evaluation.runner import Options, Report, evaluate
from questline.training.evaluation.suite import Outcome, Summary
from questline.types import Usage


@dataclass(kw_only=True)
class Doubling:
    """A suite that doubles numbers, and does as it is told with some of them."""

    rows: Sequence[int]
    failing: Mapping[int, Exception] = field(default_factory=dict[int, Exception])
    version: int = 1
    usd: float = 0.0
    ran: list[int] = field(default_factory=list[int])
    opened: int = 0
    side_by_side: int = 0
    most_side_by_side: int = 0
    stop_at: int | None = None
    cancelling: int | None = None
    deaf: bool = False
    """Whether the row that is waited at ends well when it is cancelled."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    name = "doubling"

    def load(self) -> Sequence[int]:
        return self.rows

    def identify(self, row: int) -> str:
        return f"row-{row}"

    def identity(self) -> Mapping[str, Json]:
        return {"options": {"version": self.version}}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        self.opened += 1
        yield

    async def run(self, row: int) -> Outcome:
        self.ran.append(row)
        if row == self.stop_at:
            self.reached.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if not self.deaf:
                    raise
        if row == self.cancelling:
            raise asyncio.CancelledError
        self.side_by_side += 1
        self.most_side_by_side = max(self.most_side_by_side, self.side_by_side)
        await asyncio.sleep(0.001)
        self.side_by_side -= 1
        if row in self.failing:
            raise self.failing[row]
        return Outcome(prediction=2 * row, scores={"good": 1.0}, cost={"usd": self.usd, "llm_tokens": 10.0})

    def summarize(self, items: Sequence[Item]) -> Summary:
        good = [item.scores.get("good", 0.0) for item in items]
        return Summary(metrics={"good": sum(good) / len(good) if good else None, "n": len(items)}, means={"good": good})


async def run(suite: Doubling, folder: Path, **options: object) -> Report:
    return await evaluate(suite, Options(cache=folder, **options))  # pyright: ignore[reportArgumentType]  # because each test gives options of the right types


@pytest.mark.requirement("eval.json")
async def test_a_report_holds_metrics_intervals_items_and_where_it_comes_from(tmp_path: Path) -> None:
    report = (await run(Doubling(rows=[1, 2, 3]), tmp_path, seed=4, command="agents eval doubling")).as_dict()
    assert list(report) == ["good", "n", "failed", "intervals", "items", "run"]
    assert (report["good"], report["n"], report["failed"]) == (1.0, 3, 0)
    assert report["intervals"] == {"good": [1.0, 1.0]}
    assert report["items"] == [
        {"id": f"row-{row}", "prediction": 2 * row, "scores": {"good": 1.0}, "cost": {"usd": 0.0, "llm_tokens": 10.0}}
        for row in (1, 2, 3)
    ]
    origin = cast("dict[str, Any]", report["run"])
    assert {"suite", "command", "commit", "date", "versions", "hardware", "options", "seed"} <= set(origin)
    assert (origin["suite"], origin["command"], origin["seed"]) == ("doubling", "agents eval doubling", 4)
    assert origin["hardware"]["cores"] >= 1
    assert "questline" in origin["versions"]


@pytest.mark.requirement("eval.resume")
async def test_finished_rows_are_taken_over_and_failed_ones_run_again(tmp_path: Path) -> None:
    first = Doubling(rows=[1, 2, 3], failing={2: RunError("no", code="tool_timeout")})
    assert (await run(first, tmp_path)).failed == 1
    second = Doubling(rows=[1, 2, 3, 4])
    report = await run(second, tmp_path)
    assert second.ran == [2, 4]
    assert (report.failed, report.metrics["n"], report.run["resumed"]) == (0, 4, 2)
    third = Doubling(rows=[3, 1])
    assert [item.id for item in (await run(third, tmp_path)).items] == ["row-3", "row-1"]
    assert (third.ran, third.opened) == ([], 0)


@pytest.mark.requirement("eval.resume")
async def test_other_options_or_a_fresh_run_take_nothing_over(tmp_path: Path) -> None:
    await run(Doubling(rows=[1, 2]), tmp_path)
    changed, fresh = Doubling(rows=[1, 2], version=2), Doubling(rows=[1, 2])
    await run(changed, tmp_path)
    await run(fresh, tmp_path, fresh=True)
    assert changed.ran == fresh.ran == [1, 2]


@pytest.mark.requirement("eval.resume")
async def test_times_of_rows_that_waited_for_each_other_are_not_taken_over(tmp_path: Path) -> None:
    side_by_side = await run(Doubling(rows=[1, 2]), tmp_path, concurrency=2)
    alone = Doubling(rows=[1, 2])
    report = await run(alone, tmp_path)
    assert (alone.ran, report.run["resumed"]) == ([1, 2], 0)
    assert [each.run["options"] for each in (side_by_side, report)] == [
        {"version": 1, "concurrency": 2},
        {"version": 1, "concurrency": 1},
    ]


@pytest.mark.requirement("eval.resume")
async def test_times_of_another_machine_are_not_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await run(Doubling(rows=[1, 2]), tmp_path)
    monkeypatch.setattr("platform.machine", lambda: "abacus")
    elsewhere = Doubling(rows=[1, 2])
    await run(elsewhere, tmp_path)
    assert elsewhere.ran == [1, 2]


@pytest.mark.requirement("eval.resume")
async def test_an_interrupted_run_keeps_what_it_finished(tmp_path: Path) -> None:
    interrupted = Doubling(rows=[1, 2, 3, 4], stop_at=3)
    running = asyncio.create_task(run(interrupted, tmp_path))
    await interrupted.reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    again = Doubling(rows=[1, 2, 3, 4])
    assert (await run(again, tmp_path)).metrics["n"] == 4
    assert again.ran == [3, 4]


async def test_a_run_ends_although_the_row_that_was_cancelled_ends_well(tmp_path: Path) -> None:
    suite = Doubling(rows=[1, 2, 3], stop_at=2, deaf=True)
    running = asyncio.create_task(run(suite, tmp_path))
    await suite.reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert suite.ran == [1, 2]


@dataclass(kw_only=True)
class Busy(Doubling):
    """Rows that wait for nothing; the third is cancelled from outside, as Ctrl-C does."""

    running: asyncio.Task[Report] | None = None

    async def run(self, row: int) -> Outcome:
        self.ran.append(row)
        if len(self.ran) == 3:
            asyncio.get_running_loop().call_soon_threadsafe(self.interrupt)
        return Outcome(prediction=row, scores={"good": 1.0}, cost={})

    def interrupt(self) -> None:
        if self.running is not None:
            self.running.cancel()


@pytest.mark.requirement("eval.interrupt")
async def test_a_run_of_rows_that_wait_for_nothing_can_be_interrupted(tmp_path: Path) -> None:
    suite = Busy(rows=range(500))
    suite.running = asyncio.create_task(run(suite, tmp_path))
    with pytest.raises(asyncio.CancelledError):
        await suite.running
    assert len(suite.ran) < 20
    again = await run(Doubling(rows=range(500)), tmp_path)
    assert again.run["resumed"] == len(suite.ran)


@pytest.mark.requirement("eval.resume")
async def test_a_row_that_cancels_itself_is_no_finished_run(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        await run(Doubling(rows=[1, 2, 3], cancelling=2), tmp_path)
    assert caught.value.code == "cancelled"


@pytest.mark.requirement("eval.failed")
async def test_a_failed_row_scores_0_and_is_counted_with_its_code(tmp_path: Path) -> None:
    error = ModelError("the model is gone")
    error.usage = Usage(calls=2, tokens_in=30, tokens_out=5, usd=0.25)
    suite = Doubling(rows=[1, 2, 3, 4], failing={2: error, 3: ZeroDivisionError("by 0")})
    report = await run(suite, tmp_path)
    failed = [item for item in report.items if item.error]
    assert (report.failed, report.metrics["good"], report.metrics["n"]) == (2, 0.5, 4)
    assert [(item.id, item.error) for item in failed] == [("row-2", "backend_unavailable"), ("row-3", "run_failed")]
    assert failed[0].cost == {"usd": 0.25, "llm_tokens": 35.0}
    assert "ZeroDivisionError" in failed[1].message


@pytest.mark.requirement("eval.limits")
@pytest.mark.parametrize(("limit", "value", "stopped"), [("max_usd", 0.5, "usd"), ("max_tokens", 25, "tokens")])
async def test_a_limit_on_cost_starts_no_further_row(tmp_path: Path, limit: str, value: float, stopped: str) -> None:
    suite = Doubling(rows=range(10), usd=0.2)
    report = await run(suite, tmp_path, **{limit: value})
    assert (report.run["stopped"], report.metrics["n"], report.run["rows"]) == (stopped, 3, 10)
    again = Doubling(rows=range(10), usd=0.2)
    assert (await run(again, tmp_path, **{limit: value})).metrics["n"] == 3
    assert again.ran == []


@pytest.mark.requirement("eval.concurrency")
@pytest.mark.parametrize("concurrency", [1, 3])
async def test_rows_run_side_by_side_up_to_the_number_asked_for(tmp_path: Path, concurrency: int) -> None:
    suite = Doubling(rows=range(9))
    seen: list[tuple[int, int]] = []

    def hear(done: int, total: int) -> None:
        seen.append((done, total))

    report = await run(suite, tmp_path, concurrency=concurrency, progress=hear)
    assert suite.most_side_by_side == concurrency
    assert [item.prediction for item in report.items] == [2 * row for row in range(9)]
    assert seen == [(done, 9) for done in range(10)]


@pytest.mark.parametrize("name", ["concurrency", "max_usd", "max_tokens"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_limits_that_are_no_limits_are_refused(name: str, value: float) -> None:
    with pytest.raises(UsageError):
        Options(**{name: value})  # pyright: ignore[reportArgumentType]  # because wrong values are the point


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    store = ItemStore(tmp_path / "items.jsonl")
    store.append(Item(id="a", prediction="first"))
    with store.path.open("ab") as file:
        file.write(b'{"id": "b", "predic')
    store.append(Item(id="c", prediction=None, labels={"source": "own"}))
    store.append(Item(id="a", prediction="second"))
    kept = ItemStore(store.path).load()
    assert {name: item.prediction for name, item in kept.items()} == {"a": "second", "c": None}
    assert kept["c"].labels == {"source": "own"}


async def test_items_that_cannot_be_kept_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "items").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises((RunError, UsageError)):
        await run(Doubling(rows=[1]), tmp_path)
