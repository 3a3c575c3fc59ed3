"""What plans earn, by hand: as published and as ours; whatever their ids are called and however tasks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.agents.tool_planner.references import renamed
from questline.training.tool_planner.made import made_traces
from questline.training.tool_planner.measures import PlanJudge, plan_figures
from questline.training.tool_planner.plan_text import read_plan, trace_lines
from questline.training.tool_planner.reward import Judged, Weights, judged, ours, overlap, published
from questline.training.tool_planner.traces import Trace, plan_of
from questline.training.tool_planner.world import World
from questline.types import Plan

WORLD = World(towns=6)
MADE = made_traces(WORLD)
JUDGE = PlanJudge(WORLD.recorded)
RIGHT = '1. locate(town="Varn")\n2. forecast(square=$1.square)'


def asked(question: str) -> Trace:
    return next(each for each in MADE if each.question == question)


WEATHER = asked("what is the weather in Varn?")
MAYOR = asked("who is mayor of Varn?")
BOTH = next(each for each in MADE if len(each.needs) == 2 and len(each.steps) == 4)
SQUARE = str(WORLD.recorded.call("places", "locate", {"town": "Varn"})["square"])  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]  # as the world made it

GOLDEN: list[tuple[str, Trace, str, list[float], float]] = [
    ("right", WEATHER, RIGHT, [0, 0, 5, 5], 1.0),
    ("right by other numbers", WEATHER, '7. locate(town="Varn")\n3. forecast(square=$7.square)', [0, 0, 5, 5], 1.0),
    ("not to be read", WEATHER, "I would look at the sky.", [-10, 0, 0, 0], 0.0),
    ("an unknown tool", WEATHER, '1. look_up(town="Varn")', [-10, 0, 0, 0], 0.0),
    # .1 parses; nodes 2 · 1 / (2 + 2) = 1/2, .15 of it
    ("a circle", WEATHER, "1. locate(town=$2.sky)\n2. forecast(square=$1.square)", [-10, 0, 0, 0], 0.175),
    # .1 + .1; nodes 2 · 1 / (1 + 2) = 2/3, so much of .2 for running and of .15
    ("half of it", WEATHER, '1. locate(town="Varn")', [0, 0, 0, 0], 0.1 + 0.1 + 0.2 * 2 / 3 + 0.1),
    ("another tool", WEATHER, '1. locate(town="Varn")\n2. tide(square=$1.square)', [0, 0, 0, 0], 0.375),
    ("a value in the place of a reference", WEATHER, f'1. locate(town="Varn")\n2. forecast(square="{SQUARE}")',
     [0, 0, 0, 0], 0.375),
    # a field that is not there: neither valid nor run; nodes 1/2
    ("another field", WEATHER, '1. locate(town="Varn")\n2. forecast(square=$1.town)', [0, 0, 0, 0], 0.175),
    # nodes 2 · 2 / (3 + 2) = .8, edges 1, less .05; the published hierarchy sees no call without an edge
    ("one too many", WEATHER, f'{RIGHT}\n3. mayor(town="Varn")', [0, 0, 5, 5], 0.58),
    # as valid as any: .1 + .1; the tool fails on a town that nobody recorded: half of it was done
    ("a town that is none", WEATHER, '1. locate(town="Nowhere")\n2. forecast(square=$1.square)',
     [0, 0, 0, 0], 0.2 + 0.075),
    ("no call at all", WEATHER, "missing 1: no_tool", [0, 0, 0, 0], 0.1),
    ("one call, right", MAYOR, '1. mayor(town="Varn")', [0, 0, 5, 5], 1.0),
    # the published hierarchy takes any single call for right; ours pays its form alone, not that it runs: .1 + .1
    ("one call, wrong", MAYOR, '1. twin(town="Varn")', [0, 0, 5, 5], 0.2),
    ("two needs", BOTH, trace_lines(BOTH, WORLD.tools), [0, -2, 0, 0], 1.0),
]  # fmt: skip


@pytest.mark.requirement("tool-training.reward", "tool-training.reward.published")
@pytest.mark.parametrize(
    ("trace", "text", "parts", "total"), [row[1:] for row in GOLDEN], ids=[row[0] for row in GOLDEN]
)
def test_rewards_by_hand(trace: Trace, text: str, parts: list[float], total: float) -> None:
    [one] = JUDGE.judge([text], [trace])
    assert list(published(one).values()) == pytest.approx(parts)
    assert sum(ours(one).values()) == pytest.approx(total)


@pytest.mark.requirement("tool-training.reward")
def test_the_parts_of_ours_by_hand() -> None:
    [one] = JUDGE.judge([f'{RIGHT}\n3. mayor(town="Varn")'], [WEATHER])
    assert ours(one) == pytest.approx(
        {"parses": 0.1, "valid": 0.1, "executes": 0.16, "nodes": 0.12, "edges": 0.15, "exact": 0.0, "extra": -0.05}
    )
    assert ours(one, Weights(extra=0.5, nodes=0))["extra"] == -0.5
    assert ours(Judged(parsed=True, extra=9))["extra"] == pytest.approx(-0.2)  # of four at most
    assert overlap([], []) == 1.0
    assert overlap("ab", "") == 0.0


@pytest.mark.requirement("tool-training.reward")
def test_figures_count_what_cannot_be_read_as_wrong() -> None:
    found = JUDGE.judge([RIGHT, "nothing", '1. locate(town="Varn")'], [WEATHER] * 3)
    told = plan_figures(found)
    assert told.pop("score") == pytest.approx((1.0 + 0.0 + 0.1 + 0.1 + 0.2 * 2 / 3 + 0.1) / 3)
    assert told == pytest.approx(
        {
            "exact plans": 1 / 3,
            "edge F1": 1 / 3,
            "node F1": 5 / 9,
            "executed": 2 / 3,
            "invalid": 1 / 3,
            "unparsable": 1 / 3,
        }
    )


@pytest.mark.requirement("tool-training.executes")
def test_plans_run_by_the_scheduler_once_each() -> None:
    judge = PlanJudge(WORLD.recorded)
    texts = [trace_lines(each, WORLD.tools) for each in MADE]
    found = judge.judge([*texts, *texts], [*MADE, *MADE])
    assert {(one.exact, one.executed, sum(ours(one).values())) for one in found} == {(True, 1.0, 1.0)}
    assert judge.runs == len(MADE)


def moved(plan: Plan, names: Sequence[str], order: Sequence[int]) -> Plan:
    """Return a plan with other ids and its tasks in another order."""
    new = {task.id: name for task, name in zip(plan.tasks, names, strict=False)}
    tasks = [
        replace(
            task,
            id=new[task.id],
            arguments=renamed(task.arguments, new),
            depends_on=tuple(new[each] for each in task.depends_on),
        )
        for task in plan.tasks
    ]
    return Plan(tasks=tuple(tasks[place] for place in order if place < len(tasks)))


TEXTS = [row[2] for row in GOLDEN]


@pytest.mark.requirement("tool-training.reward")
@settings(max_examples=60, deadline=None)
@given(
    row=st.sampled_from(GOLDEN),
    names=st.permutations(["T1", "T2", "T3", "T4", "T9", "a"]),
    order=st.permutations(range(4)),
    done=st.floats(0, 1),
)
def test_neither_ids_nor_the_order_of_tasks_matter(
    row: tuple[str, Trace, str, list[float], float], names: list[str], order: list[int], done: float
) -> None:
    written = read_plan(row[2], row[1], {(tool.server, tool.name): tool for tool in WORLD.tools})
    if written is None:
        return
    right, box = plan_of(row[1]), WORLD.recorded.toolbox
    one = judged(written.plan, right, box, executed=done)
    assert judged(moved(written.plan, names, order), right, box, executed=done) == one
    assert judged(written.plan, moved(right, names, order), box, executed=done) == one
    assert -0.2 <= sum(ours(one).values()) <= 1.0 + 1e-9
    assert -10 <= sum(published(one).values()) <= 10


@pytest.mark.requirement("tool-training.reward")
@settings(max_examples=60, deadline=None)
@given(one=st.sampled_from(MADE), other=st.sampled_from(MADE))
def test_only_the_right_plan_earns_everything(one: Trace, other: Trace) -> None:
    [told] = JUDGE.judge([trace_lines(other, WORLD.tools)], [one])
    same = trace_lines(other, WORLD.tools) == trace_lines(one, WORLD.tools)
    assert (sum(ours(told).values()) > 1 - 1e-9) == same
