"""What runs when, what it is handed, what a plan that cannot run is told, and what is left when it is cancelled."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping

import pytest
from tests.graphs.tool_search.conftest import World, ids, plan, statuses, task, until

from questline.errors import PlanError, RunError, UsageError
from questline.graphs.tool_search.contract import Limits
from questline.graphs.tool_search.deadlines import allowed_s
from questline.graphs.tool_search.outcomes import Outcome
from questline.graphs.tool_search.scheduler import run_plan
from questline.types import Plan, Task


@pytest.mark.requirement("sched.early")
async def test_a_task_starts_when_its_own_inputs_are_there_though_a_neighbour_still_runs(world: World) -> None:
    world.close("slow")
    run = asyncio.create_task(
        run_plan(plan(task("slow"), task("quick"), task("after", "quick"), task("end", "slow", "after")), world)
    )
    await until(lambda: "after" in world.ended)
    assert "slow" not in world.ended
    assert "end" not in world.calls
    world.gates["slow"].set()
    done = await run
    assert done.complete
    assert ids(done.plan.tasks) == list(done.outcomes) == ["slow", "quick", "after", "end"]
    assert world.inputs["end"] == {"slow": "result of slow", "after": "result of after"}
    assert world.inputs["slow"] == {}
    assert world.allowed["end"] == math.inf
    outcome = done.outcomes["end"]
    assert (outcome.result, outcome.code, outcome.attempts) == ("result of end", "", 1)
    started = outcome.started_s
    assert started is not None
    assert 0 < (done.outcomes["slow"].ended_s) <= started <= outcome.ended_s <= done.wall_s


@pytest.mark.requirement("sched.early")
async def test_a_plan_of_no_task_is_over_at_once_and_tasks_stand_in_any_order(world: World) -> None:
    assert (await run_plan(Plan(), world)).outcomes == {}
    assert (await run_plan(plan(task("b", "a", "a"), task("a")), world)).complete
    assert world.calls == ["a", "b"]


@pytest.mark.requirement("sched.slots")
async def test_scarce_slots_go_to_the_longest_way_to_the_end(world: World) -> None:
    tasks = plan(task("short"), task("long"), task("long2", "long"), task("long3", "long2"), task("mid", server="x"))
    done = await run_plan(tasks, world, limits=Limits(slots={"s": 1}))
    assert done.complete
    assert world.calls == ["long", "mid", "long2", "short", "long3"]  # of equals the first
    assert world.most == {"s": 1, "x": 1}


@pytest.mark.requirement("sched.slots")
async def test_known_times_decide_before_the_number_of_tasks(world: World) -> None:
    seconds = {"heavy": 9.0}
    tasks = plan(task("first"), task("a", "first"), task("b", "a"), task("heavy", "first"))
    limits = Limits(default_slots=1, expected_s=lambda task: seconds.get(task.id))
    await run_plan(tasks, world, limits=limits)
    assert world.calls == ["first", "heavy", "a", "b"]


@pytest.mark.requirement("sched.slots")
async def test_a_task_that_waits_moves_up_when_the_way_below_it_grows(world: World) -> None:
    world.close("first", "stream")

    async def stream() -> AsyncGenerator[Task]:
        for each in (task("first"), task("a"), task("b"), task("below b", "b"), task("below that", "below b")):
            yield each
        world.gates["first"].set()

    assert (await run_plan(stream(), world, limits=Limits(default_slots=1))).complete
    assert world.calls[:3] == ["first", "b", "below b"]


@pytest.mark.requirement("sched.slots")
@pytest.mark.parametrize(
    ("values", "argument"),
    [
        ({"slots": {"s": 0}}, "slots['s']"),
        ({"default_slots": 0}, "default_slots"),
        ({"floor_s": 0.0}, "floor_s"),
        ({"floor_s": math.nan}, "floor_s"),
        ({"replans": -1}, "replans"),
    ],
)
def test_limits_that_make_no_sense_are_refused(values: Mapping[str, object], argument: str) -> None:
    with pytest.raises(UsageError) as refused:
        Limits(**values)  # pyright: ignore[reportArgumentType]  # because each case has one value of its type
    assert refused.value.fields == {"argument": argument}


@pytest.mark.requirement("sched.stream")
async def test_tasks_run_while_the_plan_is_being_written_and_may_build_on_what_has_ended(world: World) -> None:
    world.fails = {"bad": "tool_failed"}

    async def stream() -> AsyncGenerator[Task]:
        yield task("a")
        yield task("bad")
        yield task("later", "to come")
        await until(lambda: {"a", "bad"} <= set(world.ended))
        yield task("b", "a")
        yield task("c", "bad")
        yield task("to come")

    done = await run_plan(stream(), world)
    assert statuses(done.outcomes) == {
        "a": "done",
        "bad": "failed",
        "later": "done",
        "b": "done",
        "c": "skipped",
        "to come": "done",
    }
    assert done.warnings == ()
    assert not done.complete


@pytest.mark.requirement("sched.stream")
async def test_a_stream_of_wrong_tasks_or_one_that_breaks_costs_only_those(world: World) -> None:
    async def stream() -> AsyncGenerator[Task]:
        yield task("a", "b")
        yield task("b", "a")  # a circle
        yield task("c")
        yield task("c")
        yield task("d", "d")
        raise RunError("the model went away", code="backend_unavailable")

    done = await run_plan(stream(), world)
    assert [(warning.code, warning.step) for warning in done.warnings] == [
        *(("bad_plan", name) for name in ("b", "c", "d")),
        ("backend_unavailable", ""),
    ]
    assert statuses(done.outcomes) == {"a": "skipped", "c": "done"}
    assert done.outcomes["a"].code == "bad_plan"
    assert "'b'" in done.outcomes["a"].message


@pytest.mark.requirement("sched.task-deadline")
def test_what_a_task_may_take() -> None:
    assert allowed_s(limit_s=None, left_s=math.inf, own_s=1, below_s=3, floor_s=0.05) == math.inf
    assert allowed_s(limit_s=2, left_s=math.inf, own_s=1, below_s=3, floor_s=0.05) == 2
    assert allowed_s(limit_s=None, left_s=10, own_s=1, below_s=3, floor_s=0.05) == 7
    assert allowed_s(limit_s=8, left_s=10, own_s=1, below_s=3, floor_s=0.05) == 7
    assert allowed_s(limit_s=None, left_s=2, own_s=0, below_s=3, floor_s=0.05) == 0.05
    assert allowed_s(limit_s=None, left_s=2, own_s=1, below_s=3, floor_s=0.05) == 0.5
    assert allowed_s(limit_s=None, left_s=0.01, own_s=1, below_s=3, floor_s=0.05) == 0.01


@pytest.mark.requirement("sched.task-deadline")
async def test_a_task_leaves_time_for_what_is_below_it(world: World) -> None:
    tasks = plan(task("a"), task("b", "a"), task("c", "b"), task("lone"))
    limits = Limits(expected_s=lambda task: 20.0, limit_s=lambda task: 30.0 if task.id == "lone" else None)
    assert (await run_plan(tasks, world, deadline_s=60, limits=limits)).complete
    assert 19 < world.allowed["a"] <= 20
    assert 39 < world.allowed["b"] <= 40
    assert world.allowed["lone"] == 30


@pytest.mark.requirement("sched.task-deadline")
@pytest.mark.parametrize("stubborn", [False, True])
async def test_a_task_that_takes_longer_than_it_may_fails_and_gives_its_slot_back(
    world: World, *, stubborn: bool
) -> None:
    world.close("hangs")
    release = asyncio.Event()

    async def perform(task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        try:
            return await world(task, inputs, deadline_s)
        except asyncio.CancelledError:
            if not stubborn:
                raise
            await release.wait()
            return Outcome(task=task.id, result="too late")

    tasks = plan(task("hangs"), task("next"), task("below", "hangs"))
    limits = Limits(default_slots=1, limit_s=lambda task: 0.05 if task.id == "hangs" else None)
    done = await run_plan(tasks, perform, limits=limits)
    assert statuses(done.outcomes) == {"hangs": "failed", "next": "done", "below": "skipped"}
    assert done.outcomes["hangs"].code == "tool_timeout"
    assert done.outcomes["below"].code == "dependency_failed"
    assert world.cancelled == ["hangs"]
    release.set()
    await until(lambda: len(asyncio.all_tasks()) == 1)


@pytest.mark.requirement("sched.bad-plan")
@pytest.mark.parametrize(
    ("tasks", "named", "reason"),
    [
        (plan(task("a", "b"), task("b", "c"), task("c", "b")), "b", "cycle"),
        (plan(task("a", "a")), "a", "cycle"),
        (plan(task("a"), task("a")), "a", "duplicate"),
        (plan(task("a", "nowhere")), "a", "dependency"),
        (plan(task("")), "", "id"),
    ],
)
async def test_a_plan_that_cannot_run_is_refused_before_anything_starts(
    world: World, tasks: Plan, named: str, reason: str
) -> None:
    with pytest.raises(PlanError) as refused:
        await run_plan(tasks, world)
    assert refused.value.code == "bad_plan"
    assert refused.value.fields == {"task": named, "reason": reason}
    assert world.calls == []


@pytest.mark.requirement("sched.run-deadline")
@pytest.mark.parametrize("deadline_s", [0, -1.0, math.nan])
async def test_a_deadline_that_is_none_is_refused(world: World, deadline_s: float) -> None:
    with pytest.raises(UsageError) as refused:
        await run_plan(plan(task("a")), world, deadline_s=deadline_s)
    assert refused.value.code == "bad_deadline"


@pytest.mark.requirement("sched.run-deadline")
async def test_at_the_deadline_calls_are_cancelled_and_every_task_has_an_outcome(world: World) -> None:
    world.close("hangs")
    tasks = plan(task("quick"), task("hangs", "quick"), task("below", "hangs"), task("queued", "quick"))
    done = await run_plan(tasks, world, deadline_s=0.2, limits=Limits(slots={"s": 1}))
    assert statuses(done.outcomes) == {"quick": "done", **dict.fromkeys(("hangs", "below", "queued"), "cancelled")}
    assert done.outcomes["hangs"].code == done.outcomes["below"].code == "deadline_reached"
    assert (done.outcomes["hangs"].attempts, done.outcomes["below"].attempts) == (1, 0)
    assert done.outcomes["hangs"].started_s is not None
    assert done.outcomes["queued"].started_s is None
    assert done.late
    assert world.cancelled == ["hangs"]
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.requirement("sched.run-deadline")
async def test_a_deadline_holds_where_calls_and_the_stream_ignore_that_they_are_cancelled() -> None:
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async def perform(task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        await stubborn()
        return Outcome(task=task.id)

    async def stream() -> AsyncGenerator[Task]:
        yield task("a")
        yield task("b", "a")
        await stubborn()

    done = await run_plan(stream(), perform, deadline_s=0.1)
    assert statuses(done.outcomes) == {"a": "cancelled", "b": "cancelled"}
    assert done.wall_s >= 0.1
    assert len(asyncio.all_tasks()) == 3  # still there, and nobody waited for them
    release.set()
    await until(lambda: len(asyncio.all_tasks()) == 1)


@pytest.mark.requirement("sched.run-deadline")
async def test_a_deadline_of_a_millisecond_is_kept(world: World) -> None:
    world.close("a")
    done = await run_plan(plan(task("a"), task("b", "a")), world, deadline_s=0.001)
    assert done.late
    assert set(statuses(done.outcomes).values()) == {"cancelled"}


@pytest.mark.requirement("sched.cancel")
async def test_cancelling_the_caller_cancels_all_calls_and_leaves_nothing_behind(world: World) -> None:
    world.close("a", "b")

    async def stream() -> AsyncGenerator[Task]:
        yield task("a")
        yield task("b")
        await asyncio.Event().wait()

    run = asyncio.create_task(run_plan(stream(), world))
    await until(lambda: len(world.calls) == 2)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert sorted(world.cancelled) == ["a", "b"]
    assert len(asyncio.all_tasks()) == 1
