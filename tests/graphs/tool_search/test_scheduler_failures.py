"""Failures, new plans in the place of what failed, and going on where an earlier run ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from tests.graphs.tool_search.conftest import World, ids, plan, statuses, task, until

from questline.errors import RunError, ToolTimeout
from questline.graphs.tool_search.contract import Hooks, Limits
from questline.graphs.tool_search.outcomes import Outcome, Setback
from questline.graphs.tool_search.scheduler import run_plan
from questline.types import Task

CHAIN = plan(task("a"), task("b", "a", tool="bad"), task("c", "b"), task("d", "c"), task("other"))
Replan = Callable[[Setback], Awaitable[Sequence[Task] | None]]


@pytest.mark.requirement("sched.failure")
async def test_what_depends_on_a_failed_task_is_skipped_with_the_reason_and_others_go_on(world: World) -> None:
    world.fails = {"b": "server_unavailable"}
    done = await run_plan(CHAIN, world)
    assert statuses(done.outcomes) == {"a": "done", "b": "failed", "c": "skipped", "d": "skipped", "other": "done"}
    assert (done.outcomes["b"].code, done.outcomes["b"].attempts) == ("server_unavailable", 2)
    for name in ("c", "d"):
        assert done.outcomes[name].code == "dependency_failed"
        assert "'b'" in done.outcomes[name].message
        assert (done.outcomes[name].started_s, done.outcomes[name].attempts) == (None, 0)


@pytest.mark.requirement("sched.failure")
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ToolTimeout("late"), "tool_timeout"),
        (ValueError("a bug"), "run_failed"),
        (asyncio.CancelledError(), "cancelled"),
        (None, "run_failed"),
    ],
)
async def test_what_a_task_raises_or_returns_wrongly_is_its_own_failure(error: BaseException | None, code: str) -> None:
    async def perform(task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        await asyncio.sleep(0)
        if task.id == "b" and error is not None:
            raise error
        if task.id == "b":
            return "no outcome"  # pyright: ignore[reportReturnType]  # because that is the case
        return Outcome(task=task.id)

    done = await run_plan(plan(task("a"), task("b"), task("c", "b")), perform)
    assert statuses(done.outcomes) == {"a": "done", "b": "failed", "c": "skipped"}
    assert done.outcomes["b"].code == code


@pytest.mark.requirement("sched.replan")
async def test_a_failed_task_and_what_is_below_it_are_planned_anew_and_what_is_done_stays(world: World) -> None:
    world.fails = {"b": "tool_failed"}
    told: list[Setback] = []

    async def replan(setback: Setback) -> Sequence[Task]:
        told.append(setback)
        return [task("b2", "a", tool="good"), task("d", "b2", "other")]

    done = await run_plan(CHAIN, world, hooks=Hooks(replan=replan))
    (setback,) = told
    assert (setback.task.id, setback.outcome.code) == ("b", "tool_failed")
    assert ids(setback.replaced) == ["c", "d"]
    assert setback.excluded == {("s", "bad")}
    assert set(setback.finished) == {"a", "other"}
    assert statuses(done.outcomes) == {
        "a": "done",
        "b": "failed",
        "c": "skipped",
        "other": "done",
        "b2": "done",
        "d": "done",
    }
    assert done.outcomes["c"].code == "replaced"
    assert "'b2', 'd'" in done.outcomes["c"].message
    assert ids(done.plan.tasks) == ["a", "b", "other", "b2", "d"]
    assert sorted(world.calls) == ["a", "b", "b2", "d", "other"]
    assert done.replans == 1


@pytest.mark.requirement("sched.replan")
async def test_there_are_two_new_plans_at_most_one_after_the_other(world: World) -> None:
    world.fails = dict.fromkeys(("a", "b", "c"), "tool_failed")
    asked: list[str] = []
    at_once = 0

    async def replan(setback: Setback) -> Sequence[Task]:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        await asyncio.sleep(0.01)
        at_once -= 1
        asked.append(setback.task.id)
        return [task(f"new {setback.task.id}", tool="good")]

    tasks = plan(task("a", tool="1"), task("b", tool="2"), task("c", tool="3"), task("end", "c"))
    done = await run_plan(tasks, world, hooks=Hooks(replan=replan))
    assert asked == ["c", "a"]  # the longest way first
    assert done.replans == 2
    assert statuses(done.outcomes) == {
        **dict.fromkeys(("a", "b", "c"), "failed"),
        "end": "skipped",
        "new c": "done",
        "new a": "done",
    }
    assert (await run_plan(plan(task("a")), world, hooks=Hooks(replan=replan), limits=Limits(replans=0))).replans == 0


async def _nothing(setback: Setback) -> None:
    del setback


async def _breaks(setback: Setback) -> None:
    raise RunError("no model", code="backend_unavailable")


def _new(*tasks: Task) -> Replan:
    async def replan(setback: Setback) -> Sequence[Task]:
        return tasks

    return replan


@pytest.mark.requirement("sched.replan")
@pytest.mark.parametrize(
    ("replan", "warned"),
    [
        (_nothing, ""),
        (_new(), ""),
        (_breaks, "no model"),
        (_new(task("x", "a", tool="bad")), "s/bad"),
        (_new(task("x", "b")), "'b'"),
        (_new(task("x", "c")), "'c'"),
        (_new(task("x", "nowhere")), "'nowhere'"),
        (_new(task("a")), "'a'"),
        (_new(task("b")), "'b'"),
        (_new(task("x", "y"), task("y", "x")), "itself"),
        (_new(task("x"), task("x")), "'x'"),
    ],
)
async def test_no_new_plan_or_a_wrong_one_leaves_all_as_it_was(world: World, replan: Replan, warned: str) -> None:
    world.fails = {"b": "tool_failed"}
    done = await run_plan(CHAIN, world, hooks=Hooks(replan=replan))
    assert statuses(done.outcomes) == {"a": "done", "b": "failed", "c": "skipped", "d": "skipped", "other": "done"}
    assert {done.outcomes[name].code for name in ("c", "d")} == {"dependency_failed"}
    assert [(each.code, each.step) for each in done.warnings] == ([("replan_refused", "b")] if warned else [])
    assert all(warned in each.message for each in done.warnings)


@pytest.mark.requirement("sched.replan", "sched.stream")
async def test_tasks_that_come_during_a_new_plan_find_what_was_kept_and_are_skipped_for_what_was_not(
    world: World,
) -> None:
    world.fails = {"a": "tool_failed"}
    asked, streamed = asyncio.Event(), asyncio.Event()

    async def stream() -> AsyncGenerator[Task]:
        for each in (task("a", tool="bad"), task("b", "a"), task("c", "a")):
            yield each
        await asked.wait()
        for each in (task("on a", "a"), task("on b", "b"), task("on c", "c")):
            yield each
        streamed.set()

    async def replan(setback: Setback) -> Sequence[Task]:
        asked.set()
        await streamed.wait()
        return [task("b")]

    done = await run_plan(stream(), world, hooks=Hooks(replan=replan))
    assert statuses(done.outcomes) == {
        "a": "failed",
        "b": "done",
        "c": "skipped",
        "on a": "skipped",
        "on b": "done",
        "on c": "skipped",
    }
    assert {name: done.outcomes[name].code for name in ("c", "on a", "on c")} == {
        "c": "replaced",
        "on a": "dependency_failed",
        "on c": "dependency_failed",
    }


@pytest.mark.requirement("sched.replan", "sched.run-deadline")
async def test_the_deadline_ends_a_question_for_a_new_plan(world: World) -> None:
    world.fails = {"b": "tool_failed"}

    async def replan(setback: Setback) -> None:
        assert 0 < setback.left_s <= 0.2
        await asyncio.Event().wait()

    done = await run_plan(CHAIN, world, deadline_s=0.2, hooks=Hooks(replan=replan))
    assert (done.outcomes["b"].status, done.outcomes["c"].status) == ("failed", "cancelled")
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.requirement("sched.resume")
async def test_an_outcome_is_written_down_before_anything_builds_on_it(world: World) -> None:
    written = asyncio.Event()
    log: list[str] = []

    async def on_started(task: Task) -> None:
        assert task.id not in world.calls
        log.append(f"start {task.id}")

    async def on_finished(outcome: Outcome) -> None:
        if outcome.task == "a":
            await written.wait()
        log.append(f"{outcome.status} {outcome.task}")

    world.fails = {"b": "tool_failed"}
    hooks = Hooks(on_started=on_started, on_finished=on_finished)
    run = asyncio.create_task(run_plan(plan(task("a"), task("b", "a"), task("c", "b")), world, hooks=hooks))
    await until(lambda: world.ended == ["a"])
    await asyncio.sleep(0.02)
    assert world.calls == ["a"]
    written.set()
    await run
    assert log == ["start a", "done a", "start b", "failed b"]


@pytest.mark.requirement("sched.resume")
@pytest.mark.parametrize("hook", ["on_started", "on_finished"])
async def test_what_cannot_be_written_down_ends_the_run(world: World, hook: str) -> None:
    async def full(_: object) -> None:
        raise RunError("the disk is full", code="disk_full")

    hooks = Hooks(on_started=full) if hook == "on_started" else Hooks(on_finished=full)
    with pytest.raises(RunError) as ended:
        await run_plan(plan(task("a"), task("b", "a")), world, hooks=hooks)
    assert ended.value.code == "disk_full"
    assert world.calls == ([] if hook == "on_started" else ["a"])
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.requirement("sched.resume", "sched.run-deadline")
async def test_the_deadline_waits_a_moment_for_what_is_being_written_down(world: World) -> None:
    cut, wrote = asyncio.Event(), asyncio.Event()
    world.close("hangs")

    async def perform(task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        try:
            return await world(task, inputs, deadline_s)
        except asyncio.CancelledError:
            cut.set()
            raise

    async def on_finished(outcome: Outcome) -> None:
        if outcome.task == "a":
            await cut.wait()
            await asyncio.sleep(0)
            wrote.set()
        else:
            await asyncio.Event().wait()

    tasks = plan(task("a"), task("b", "a"), task("hangs"))
    done = await run_plan(tasks, perform, deadline_s=0.1, hooks=Hooks(on_finished=on_finished))
    assert wrote.is_set()
    assert statuses(done.outcomes) == {"a": "done", "b": "cancelled", "hangs": "cancelled"}
    done = await run_plan(plan(task("x")), world, deadline_s=0.1, hooks=Hooks(on_finished=on_finished))
    assert statuses(done.outcomes) == {"x": "done"}
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.requirement("sched.resume")
async def test_a_resumed_run_repeats_nothing_that_is_done_and_nothing_it_may_not_repeat(world: World) -> None:
    tasks = plan(task("a"), task("b", "a"), task("read", "a"), task("send", "a"), task("sent", "send"))
    done = Outcome(task="a", result="kept", started_s=0.0, ended_s=0.5)
    old = Outcome(task="gone", result=1)
    finished: list[str] = []

    async def on_finished(outcome: Outcome) -> None:
        finished.append(outcome.task)

    resumed = await run_plan(
        tasks,
        world,
        known=[done, old],
        started=["read", "send", "a"],
        limits=Limits(repeatable=lambda task: task.id == "read"),
        hooks=Hooks(on_finished=on_finished),
    )
    assert sorted(world.calls) == ["b", "read"]
    assert world.inputs["b"] == {"a": "kept"}
    assert resumed.outcomes["a"] == done
    assert resumed.outcomes["gone"] == old
    assert resumed.outcomes["send"].code == "unknown_outcome"
    assert resumed.outcomes["send"].attempts == 0
    assert resumed.outcomes["sent"].status == "skipped"
    assert sorted(finished) == ["b", "read", "send"]


@pytest.mark.requirement("sched.resume")
async def test_a_call_that_a_deadline_cut_short_counts_as_started_when_its_outcomes_are_given_back(
    world: World,
) -> None:
    world.close("send")
    tasks = plan(task("send"), task("read"), task("below", "send"), task("end", "read", "below"))
    first = await run_plan(tasks, world, deadline_s=0.1)
    assert statuses(first.outcomes)["send"] == "cancelled"
    world.gates.clear()
    second = await run_plan(first.plan, world, known=first.outcomes.values())
    assert second.outcomes["send"].code == "unknown_outcome"
    assert world.calls == ["send", "read"]
    third = await run_plan(
        first.plan, world, known=first.outcomes.values(), limits=Limits(repeatable=lambda task: True)
    )
    assert third.complete
    assert world.calls == ["send", "read", "send", "below", "end"]


@pytest.mark.requirement("sched.resume", "sched.replan")
async def test_a_known_failure_may_be_planned_anew_and_is_not_run_or_written_again(world: World) -> None:
    failed = Outcome(task="b", status="failed", code="tool_failed")

    async def on_finished(outcome: Outcome) -> None:
        assert outcome.task != "b"

    hooks = Hooks(on_finished=on_finished, replan=_new(task("d", "a", tool="good")))
    done = await run_plan(CHAIN, world, known=[failed], hooks=hooks)
    assert statuses(done.outcomes) == {"a": "done", "b": "failed", "c": "skipped", "d": "done", "other": "done"}
    assert "b" not in world.calls
    assert done.outcomes["b"] == replace(failed)
    done = await run_plan(CHAIN, world, known=[failed])
    assert statuses(done.outcomes) == {"a": "done", "b": "failed", "c": "skipped", "d": "skipped", "other": "done"}


@pytest.mark.requirement("sched.resume", "sched.stream")
async def test_a_stream_may_build_on_outcomes_of_tasks_that_are_not_in_it(world: World) -> None:
    async def stream() -> AsyncGenerator[Task]:
        yield task("b", "a")
        yield task("c", "lost")

    known = [Outcome(task="a", result=7), Outcome(task="lost", status="failed", code="tool_failed")]
    done = await run_plan(stream(), world, known=known)
    assert world.inputs == {"b": {"a": 7}}
    assert statuses(done.outcomes) == {"a": "done", "lost": "failed", "b": "done", "c": "skipped"}


@pytest.mark.requirement("sched.cancel")
async def test_a_function_of_the_caller_that_breaks_ends_the_run_with_its_error(world: World) -> None:
    def broken(task: Task) -> float:
        if task.id == "b":
            raise ZeroDivisionError
        return 1.0

    with pytest.raises(ZeroDivisionError):
        await run_plan(plan(task("a"), task("b", "a")), world, limits=Limits(limit_s=broken))
    assert len(asyncio.all_tasks()) == 1
