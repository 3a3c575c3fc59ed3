from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from questline.agents.tool_planner.references import find
from questline.agents.tool_planner.repair import Repaired, repair
from questline.agents.tool_planner.toolbox import Toolbox, uses
from questline.agents.tool_planner.validate import validate
from questline.errors import PlanError, UsageError
from questline.types import Plan, Task

IDS = ("T1", "T2", "T3", "T4", "T5")
_TEXTS = st.sampled_from(["Lyon", "$1", "$100", "T1.result.lat"])
_PATHS = st.sampled_from(["result", "result.lat", "result.label", "result.nothing", "result.items[0].lat", "wrong"])


@st.composite
def references(draw: st.DrawFn) -> dict[str, str]:
    return {"$ref": f"{draw(st.sampled_from([*IDS, 'T9']))}.{draw(_PATHS)}"}


def _arguments() -> st.SearchStrategy[dict[str, object]]:
    values = st.one_of(_TEXTS, st.integers(-2, 3), references(), st.lists(references(), max_size=2))
    inner = st.dictionaries(st.sampled_from(["near", "unit"]), values, max_size=2)
    names = st.sampled_from(["name", "lat", "label", "days", "to", "text", "more"])
    return st.dictionaries(names, values | inner, max_size=4)


@st.composite
def calls(draw: st.DrawFn) -> Task:
    name, arguments = draw(st.sampled_from(IDS)), draw(_arguments())
    waits = draw(st.lists(st.sampled_from([*IDS, "T9"]), max_size=3))
    return Task(id=name, intent="", server="any", tool="call", arguments=arguments, depends_on=tuple(waits))


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    usual = [("places", "geo.lookup"), ("weather", "forecast"), ("mail", "send"), ("any", "call"), ("any", "call")]
    server, tool = draw(st.sampled_from([*usual, ("any", "gone")]))
    return replace(draw(calls()), intent=draw(st.sampled_from(["", "a"])), server=server, tool=tool)


def plans() -> st.SearchStrategy[Plan]:
    unique = st.lists(tasks(), max_size=5, unique_by=lambda task: task.id)
    return st.one_of(unique, unique, st.lists(tasks(), max_size=5)).map(lambda found: Plan(tasks=tuple(found)))


def loose_plans() -> st.SearchStrategy[Plan]:
    """Plans of one tool that takes anything, so that all can be mended."""
    unique = st.lists(calls(), max_size=5, unique_by=lambda task: task.id)
    return unique.map(lambda found: Plan(tasks=tuple(found)))


MANY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def call(name: str, *waits: str, **arguments: Any) -> Task:
    return Task(id=name, intent=name, server="any", tool="call", arguments=arguments, depends_on=tuple(waits))


def ref(text: str) -> dict[str, str]:
    return {"$ref": text}


@pytest.mark.requirement("tura.plan.repair")
@MANY
@given(plan=plans())
def test_a_mended_plan_is_valid_or_the_error_names_what_is_wrong(toolbox: Toolbox, plan: Plan) -> None:
    before = validate(plan, toolbox)
    mended: Repaired | None = None
    refused: PlanError | None = None
    try:
        mended = repair(plan, toolbox)
    except PlanError as error:
        refused = error
    if refused is not None or mended is None:
        event("refused")
        assert refused is not None
        assert refused.code == "bad_plan"
        assert refused.fields["task"] in {task.id for task in plan.tasks}
        assert refused.fields["field"]
        assert refused.fields["reason"]
        assert before.errors
        return
    event("mended" if mended.changes else "left alone")
    after = validate(mended.plan, toolbox)
    assert after.errors == ()
    assert not any(problem.repairable for problem in after.problems)
    if not any(problem.repairable for problem in before.problems):
        assert mended.plan == plan
        assert mended.changes == ()


@pytest.mark.requirement("tura.plan.repair")
@MANY
@given(plan=loose_plans())
def test_plans_of_optional_arguments_are_always_mended_and_mending_twice_changes_nothing(
    toolbox: Toolbox, plan: Plan
) -> None:
    once = repair(plan, toolbox)
    again = repair(once.plan, toolbox)
    assert (again.plan, again.changes) == (once.plan, ())
    for task in once.plan.tasks:
        assert all(use.reference.task in task.depends_on for use in uses(task, None))
        assert len(uses(task, None)) == len(list(find(task.arguments)))


@pytest.mark.requirement("tura.plan.repair")
def test_missing_edges_are_added_and_edges_to_nothing_taken_away(toolbox: Toolbox) -> None:
    plan = Plan(tasks=(call("a"), call("b", "gone", x=ref("a.result"))))
    mended = repair(plan, toolbox)
    assert mended.plan == Plan(tasks=(call("a"), call("b", "a", x=ref("a.result"))))
    assert [(change.task, change.field) for change in mended.changes] == [("b", "depends_on"), ("b", "depends_on")]
    assert "'a'" in str(mended.changes[0])


@pytest.mark.requirement("tura.plan.repair")
def test_only_the_innermost_optional_argument_is_dropped(toolbox: Toolbox) -> None:
    task = Task(
        id="T1",
        intent="",
        server="weather",
        tool="forecast",
        arguments={"lat": 1, "label": "$100", "options": {"near": ref("T9.result"), "unit": "C"}},
    )
    mended = repair(Plan(tasks=(task,)), toolbox)
    assert mended.plan.tasks[0].arguments == {"lat": 1, "label": "$100", "options": {"unit": "C"}}
    assert mended.changes[0].field == "arguments.options.near"


@pytest.mark.requirement("tura.plan.repair")
def test_a_cycle_is_cut_where_only_an_order_is_lost(toolbox: Toolbox) -> None:
    plan = Plan(tasks=(call("a", "c"), call("b", "a", x=ref("a.result")), call("c", "b", y=ref("b.result"))))
    mended = repair(plan, toolbox).plan
    assert mended.edges == (("a", "b"), ("b", "c"))
    assert [task.arguments for task in mended.tasks] == [task.arguments for task in plan.tasks]


@pytest.mark.requirement("tura.plan.repair")
def test_of_equal_edges_the_one_against_the_order_of_the_plan_is_cut(toolbox: Toolbox) -> None:
    mended = repair(Plan(tasks=(call("a", "b"), call("b", "a"))), toolbox).plan
    assert mended.edges == (("a", "b"),)
    held = Plan(tasks=(call("a", "b", x=ref("b.result")), call("b", "a", x=ref("a.result"))))
    cut = repair(held, toolbox)
    assert cut.plan.edges == (("a", "b"),)
    assert cut.plan.tasks[0].arguments == {}
    assert [change.field for change in cut.changes] == ["depends_on", "arguments.x"]


@pytest.mark.requirement("tura.plan.repair")
def test_a_cycle_of_required_values_is_an_error_that_names_it(toolbox: Toolbox) -> None:
    tasks = [
        Task(id=name, intent="", server="weather", tool="forecast", arguments={"lat": ref(f"{other}.result.x")})
        for name, other in ("AB", "BA")
    ]
    with pytest.raises(PlanError) as error:
        repair(Plan(tasks=tuple(tasks)), toolbox)
    assert (error.value.code, error.value.fields["task"]) == ("bad_plan", "A")
    assert "A → B → A" in error.value.message


@pytest.mark.requirement("tura.plan.repair")
def test_equal_tasks_become_one_and_what_waited_for_them_follows(toolbox: Toolbox) -> None:
    twins = (call("a", x=1), replace(call("b", x=1), intent="other"))
    after = (call("c", "a", x=ref("a.result")), replace(call("d", "b", x=ref("b.result.y")), intent="d"))
    mended = repair(Plan(tasks=(*twins, *after)), toolbox)
    assert [task.id for task in mended.plan.tasks] == ["a", "c", "d"]
    assert mended.plan.tasks[2] == replace(call("d", "a", x=ref("a.result.y")), intent="d")


@pytest.mark.requirement("tura.plan.repair")
def test_the_same_message_is_sent_twice_only_where_two_intents_want_it(toolbox: Toolbox) -> None:
    send = Task(id="a", intent="tell Ann", server="mail", tool="send", arguments={"to": "Ann", "text": "$1"})
    both = Plan(tasks=(send, replace(send, id="b", intent="tell Ann again")))
    assert repair(both, toolbox).plan == both
    assert len(repair(Plan(tasks=(send, replace(send, id="b"))), toolbox).plan.tasks) == 1


@pytest.mark.requirement("tura.plan.repair", "tura.plan.bad-plan")
def test_a_missing_argument_is_never_guessed(toolbox: Toolbox) -> None:
    plan = Plan(tasks=(Task(id="T1", intent="", server="weather", tool="forecast", arguments={"days": 1}),))
    with pytest.raises(UsageError) as error:
        repair(plan, toolbox, given=True)
    assert error.value.code == "bad_plan"
    assert "lat" in error.value.message
