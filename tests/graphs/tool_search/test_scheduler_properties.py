"""What holds for every plan, on a clock that jumps to the next thing that happens: exact, and over in no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questline.errors import CODES, RunError
from questline.graphs.tool_search.contract import Hooks, Limits
from questline.graphs.tool_search.dag import Dag
from questline.graphs.tool_search.outcomes import Outcome, PlanRun, Setback
from questline.graphs.tool_search.scheduler import run_plan
from questline.types import Plan, Task

End: TypeAlias = Literal["done", "failed", "raises", "hangs", "stubborn"]
T = TypeVar("T")
_END_S = 0.06
"""What the end of a run may take after its deadline."""
_LEAST_S = 1e-6


class _Instant(selectors.DefaultSelector):
    """Does not wait: the time passes at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "a run waits for something that never happens"
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _Instant()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


def at_once(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work())


@dataclass(frozen=True, kw_only=True)
class Case:
    tasks: tuple[Task, ...]
    seconds: Mapping[str, float]
    ends: Mapping[str, End]

    def longest(self) -> float:
        """The critical path."""
        dag = Dag(lambda task: self.seconds[task.id])
        dag.add(self.tasks)
        return max(dag.reach_s(task.id) for task in self.tasks)


@dataclass
class Bench:
    """Carries out what a case says, and watches."""

    case: Case
    calls: list[str] = field(default_factory=list[str])
    done: set[str] = field(default_factory=set[str])
    running: dict[str, int] = field(default_factory=dict[str, int])
    most: dict[str, int] = field(default_factory=dict[str, int])

    async def __call__(self, task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        assert set(inputs) == set(task.depends_on) <= self.done
        assert all(inputs[name] == f"of {name}" for name in inputs)
        assert deadline_s > 0
        self.calls.append(task.id)
        self.running[task.server] = self.running.get(task.server, 0) + 1
        self.most[task.server] = max(self.most.get(task.server, 0), self.running[task.server])
        try:
            return await self._end(task)
        finally:
            self.running[task.server] -= 1

    async def _end(self, task: Task) -> Outcome:
        end = self.case.ends.get(task.id, "done")
        if end == "hangs":
            await asyncio.sleep(10**6)
        if end == "stubborn":
            until = asyncio.get_running_loop().time() + 1000
            while (left := until - asyncio.get_running_loop().time()) > _LEAST_S:
                try:
                    await asyncio.sleep(left)
                except asyncio.CancelledError:
                    continue
        await asyncio.sleep(self.case.seconds.get(task.id, 0.1))
        if end == "raises":
            raise RunError("as told", code="tool_failed")
        if end == "failed":
            return Outcome(task=task.id, status="failed", code="tool_failed")
        self.done.add(task.id)
        return Outcome(task=task.id, result=f"of {task.id}")


@st.composite
def cases(draw: st.DrawFn, ends: Sequence[End] = ("done",)) -> Case:
    size = draw(st.integers(1, 9))
    several = st.lists(st.integers(0, 8), max_size=3)
    befores = draw(st.lists(several, min_size=size, max_size=size))
    servers = draw(st.text("xyz", min_size=size, max_size=size))
    seconds = draw(st.lists(st.sampled_from([0.0, 0.1, 0.25, 1.0, 2.5]), min_size=size, max_size=size))
    how = draw(st.lists(st.sampled_from(ends), min_size=size, max_size=size))
    names = [f"T{number}" for number in range(size)]
    tasks = [
        Task(
            id=name,
            intent="",
            server=servers[place],
            tool="t",
            depends_on=tuple(dict.fromkeys(names[before % place] for before in befores[place] if place)),
        )
        for place, name in enumerate(names)
    ]
    backwards = draw(st.booleans())
    return Case(
        tasks=tuple(reversed(tasks) if backwards else tasks),
        seconds=dict(zip(names, seconds, strict=True)),
        ends=dict(zip(names, how, strict=True)),
    )


def streamed(tasks: Sequence[Task], gap_s: float) -> AsyncGenerator[Task]:
    async def stream() -> AsyncGenerator[Task]:
        for task in tasks:
            await asyncio.sleep(gap_s)
            yield task

    return stream()


many = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def check(case: Case, bench: Bench, run: PlanRun, *, deadline_s: float | None = None) -> None:
    """Hold what every run promises."""
    assert len(bench.calls) == len(set(bench.calls))
    assert set(run.outcomes) >= {task.id for task in case.tasks} | {task.id for task in run.plan.tasks}
    for name, outcome in run.outcomes.items():
        assert outcome.task == name
        assert (outcome.started_s is not None) == (name in bench.calls)
        assert (outcome.status == "done") == (not outcome.code)
        assert outcome.code == "" or outcome.code in CODES
        if outcome.status == "done":
            assert name in bench.done
    after = {task.id: task.depends_on for task in run.plan.tasks}
    for name, befores in after.items():
        found = [run.outcomes.get(before) for before in befores]  # none where the stream had not come to it
        lost = [outcome for outcome in found if outcome is None or outcome.status != "done"]
        if run.outcomes[name].status == "done":
            assert not lost
        if run.outcomes[name].status == "skipped":
            assert lost
    if deadline_s is None:
        assert not run.late
        assert "cancelled" not in {outcome.status for outcome in run.outcomes.values()}
    else:
        assert run.wall_s <= deadline_s + _END_S + _LEAST_S
    others = asyncio.all_tasks() - {asyncio.current_task()}
    stubborn = sum(end == "stubborn" for end in case.ends.values())
    assert len(others) <= stubborn


@pytest.mark.requirement("sched.early")
@many
@given(cases(), st.booleans())
def test_a_run_takes_as_long_as_its_critical_path_and_no_longer(case: Case, stream: bool) -> None:
    async def work() -> None:
        bench = Bench(case)
        tasks = streamed(case.tasks, 0.0) if stream else Plan(tasks=case.tasks)
        run = await run_plan(tasks, bench)
        check(case, bench, run)
        assert run.complete
        assert run.wall_s == pytest.approx(case.longest(), abs=1e-4)

    at_once(work)


@pytest.mark.requirement("sched.slots")
@many
@given(cases(), st.integers(1, 3), st.booleans())
def test_no_server_has_more_than_its_slots_and_none_is_idle_for_nothing(case: Case, slots: int, told: bool) -> None:
    async def work() -> None:
        bench = Bench(case)
        limits = Limits(default_slots=slots, expected_s=lambda task: case.seconds[task.id] if told else None)
        run = await run_plan(Plan(tasks=case.tasks), bench, limits=limits)
        check(case, bench, run)
        assert run.complete
        assert max(bench.most.values()) <= slots
        load: dict[str, float] = {}
        for task in case.tasks:
            load[task.server] = load.get(task.server, 0.0) + case.seconds[task.id]
        # Graham's bound for lists, server by server: a wait is for the way above or for a server that is full.
        assert run.wall_s <= case.longest() + sum(load.values()) / slots + 1e-4

    at_once(work)


@pytest.mark.requirement("sched.run-deadline", "sched.failure")
@many
@given(
    cases(ends=("done", "done", "done", "failed", "raises", "hangs", "stubborn")),
    st.sampled_from([0.001, 0.3, 1.5, 4.0]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, 0.2, 3.0]),
    st.sampled_from([None, 0.0, 0.4]),
)
def test_whatever_fails_a_run_is_over_by_its_deadline_and_every_task_has_its_outcome(
    case: Case, deadline_s: float, slots: int | None, limit_s: float | None, gap_s: float | None
) -> None:
    async def work() -> None:
        bench = Bench(case)
        tasks = Plan(tasks=case.tasks) if gap_s is None else streamed(case.tasks, gap_s)
        limits = Limits(default_slots=slots, limit_s=lambda task: limit_s)
        run = await run_plan(tasks, bench, deadline_s=deadline_s, limits=limits)
        if gap_s is None:
            check(case, bench, run, deadline_s=deadline_s)
        else:  # what the stream had not told by the deadline is no task of the run
            told = Case(tasks=run.plan.tasks, seconds=case.seconds, ends=case.ends)
            check(told, bench, run, deadline_s=deadline_s)

    at_once(work)


@pytest.mark.requirement("sched.failure", "sched.replan")
@many
@given(
    cases(ends=("done", "done", "failed", "raises")),
    st.integers(0, 3),
    st.sampled_from([None, 1]),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
    st.sampled_from([0.0, 0.7]),
)
def test_new_plans_run_nothing_twice_and_lose_nothing(
    case: Case, replans: int, slots: int | None, counts: Sequence[int], thinks_s: float
) -> None:
    async def work() -> None:
        bench = Bench(case)
        asked = 0

        async def replan(setback: Setback) -> Sequence[Task] | None:
            nonlocal asked
            asked += 1
            await asyncio.sleep(thinks_s)
            done = tuple(setback.finished)[:2]
            new = [
                Task(id=f"R{asked}.{number}", intent="", server="x", tool=f"new {asked}", depends_on=done[number:])
                for number in range(counts[asked - 1])
            ]
            again = [task.id for task in setback.replaced][:1]
            return [*new, *(Task(id=name, intent="", server="x", tool="again") for name in again)]

        limits = Limits(replans=replans, default_slots=slots)
        run = await run_plan(Plan(tasks=case.tasks), bench, limits=limits, hooks=Hooks(replan=replan))
        assert asked == run.replans <= replans
        check(case, bench, run)

    at_once(work)


@pytest.mark.requirement("sched.resume")
@many
@given(cases(), st.sampled_from([0.05, 0.2, 1.0, 2.6]), st.sets(st.integers(0, 8)))
def test_a_run_that_was_cut_short_goes_on_without_repeating_what_it_may_not(
    case: Case, cut_s: float, safe: set[int]
) -> None:
    def repeatable(task: Task) -> bool:
        return int(task.id[1:]) in safe

    async def work() -> None:
        bench = Bench(case)
        first = await run_plan(Plan(tasks=case.tasks), bench, deadline_s=cut_s)
        before = list(bench.calls)
        done = {name for name, outcome in first.outcomes.items() if outcome.status == "done"}
        limits = Limits(repeatable=repeatable)
        second = await run_plan(first.plan, bench, known=first.outcomes.values(), limits=limits)
        again = set(before) & set(bench.calls[len(before) :])
        assert not again & done
        assert all(repeatable(task) for task in case.tasks if task.id in again)
        for task in case.tasks:
            outcome = second.outcomes[task.id]
            if task.id in before and task.id not in done and not repeatable(task):
                assert outcome.code == "unknown_outcome"
            elif all(second.outcomes[name].status == "done" for name in task.depends_on):
                assert outcome.status == "done"
            else:
                assert outcome.code == "dependency_failed"

    at_once(work)
