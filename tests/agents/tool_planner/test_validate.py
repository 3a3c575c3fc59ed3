from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from questline.agents.tool_planner.problems import Problem
from questline.agents.tool_planner.repair import repair
from questline.agents.tool_planner.toolbox import Toolbox
from questline.agents.tool_planner.validate import validate
from questline.errors import CODES, PlanError, UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import Plan, Task

LYON = Task(id="T1", intent="where is Lyon", server="places", tool="geo.lookup", arguments={"name": "Lyon"})


def forecast(arguments: Mapping[str, Any], *waits: str, name: str = "T2") -> Task:
    return Task(
        id=name, intent="the weather", server="weather", tool="forecast", arguments=arguments, depends_on=tuple(waits)
    )


def ref(text: str) -> dict[str, str]:
    return {"$ref": text}


def found(toolbox: Toolbox, *tasks: Task) -> list[tuple[str, str, str, bool]]:
    report = validate(Plan(tasks=tasks), toolbox)
    return [(each.kind, each.task, each.field, each.repairable) for each in report.problems]


@pytest.mark.requirement("tura.plan.validation")
def test_a_right_plan_has_no_problem(toolbox: Toolbox) -> None:
    plan = Plan(tasks=(LYON, forecast({"lat": ref("T1.result.lat"), "days": 3}, "T1")))
    assert validate(plan, toolbox).problems == ()
    assert validate(Plan(tasks=(LYON,)), toolbox).problems == ()
    assert validate(Plan(), toolbox).problems == ()


@pytest.mark.requirement("tura.plan.validation")
def test_a_plan_of_eighteen_tasks_is_checked_whole(toolbox: Toolbox) -> None:
    chain = [LYON]
    for number in range(2, 19):
        arguments = {"x": ref(f"T{number - 1}.result")}
        task = Task(id=f"T{number}", intent="", server="any", tool="call", arguments=arguments)
        chain.append(replace(task, depends_on=(f"T{number - 1}",)))
    report = validate(Plan(tasks=tuple(chain)), toolbox)
    assert {problem.kind for problem in report.notes} == {"unchecked_reference"}
    assert len(report.notes) == 16  # the whole result of T1 has a schema; what the others return has none


@pytest.mark.requirement("tura.plan.validation")
@pytest.mark.parametrize(
    ("arguments", "waits", "expected"),
    [
        ({"lat": ref("T1.result.lat")}, (), [("missing_edge", "depends_on", True)]),
        ({"lat": ref("T1.result.label")}, ("T1",), [("wrong_type", "arguments.lat", False)]),
        ({"lat": 1, "label": ref("T1.result.lat")}, ("T1",), [("wrong_type", "arguments.label", True)]),
        ({"lat": 1, "days": ref("T1.result.lat")}, ("T1",), []),  # a number may be whole
        ({"lat": ref("T1.result.lta")}, ("T1",), [("no_such_field", "arguments.lat", False)]),
        ({"lat": ref("T7.result.lat")}, (), [("dangling_reference", "arguments.lat", False)]),
        ({"lat": 1, "label": ref("T7.result")}, (), [("dangling_reference", "arguments.label", True)]),
        ({"lat": ref("T2.result.lat")}, (), [("self_reference", "arguments.lat", False)]),
        ({"lat": ref("T1.lat")}, ("T1",), [("bad_reference", "arguments.lat", False)]),
        ({"lat": 1, "options": {"near": ref("T1")}}, ("T1",), [("bad_reference", "arguments.options.near", True)]),
        ({}, ("T1",), [("missing_argument", "arguments", False)]),
        ({"lat": "north"}, ("T1",), [("bad_argument", "arguments.lat", False)]),
        ({"lat": 1, "days": 0}, ("T1",), [("bad_argument", "arguments.days", False)]),
        ({"lat": 1, "what": 1}, ("T1",), [("bad_argument", "arguments", False)]),
        ({"lat": 1, "options": {"unit": ref("T1.result.label")}}, ("T1",), []),
        ({"lat": ref("T1.result.items[3].lat")}, ("T1",), []),
        ({"lat": ref("T1.result.extra.height")}, ("T1",), []),
        ({"lat": 1}, ("T1", "T9"), [("unknown_dependency", "depends_on", True)]),
        ({"lat": 1}, ("T1", "T1"), [("repeated_dependency", "depends_on", True)]),
        ({"lat": 1, "label": "$1"}, ("T1",), []),
        ({"lat": 1, "label": "costs $100"}, ("T1",), []),
    ],
)
def test_each_fault_names_task_field_and_whether_it_can_be_mended(
    toolbox: Toolbox,
    arguments: dict[str, Any],
    waits: tuple[str, ...],
    expected: list[tuple[str, str, bool]],
) -> None:
    fields = [
        (kind, "depends_on" if kind == "missing_edge" else field, mendable)
        for kind, task, field, mendable in found(toolbox, LYON, forecast(arguments, *waits))
        if kind != "isolated_task" and task == "T2"
    ]
    assert fields == expected


@pytest.mark.requirement("tura.plan.validation")
def test_unknown_servers_and_tools_are_told_with_what_is_near(toolbox: Toolbox) -> None:
    gone = replace(LYON, server="place")
    other = replace(LYON, id="T2", tool="geo.lookups")
    problems = validate(Plan(tasks=(gone, other)), toolbox).errors
    assert [(each.kind, each.field) for each in problems] == [("unknown_server", "server"), ("unknown_tool", "tool")]
    assert "did you mean 'places'?" in problems[0].reason
    assert "did you mean 'geo.lookup'?" in problems[1].reason


@pytest.mark.requirement("tura.plan.validation")
def test_a_cycle_is_named_from_first_to_last(toolbox: Toolbox) -> None:
    tasks = [
        Task(id=name, intent=name, server="any", tool="call", depends_on=(waits,)) for name, waits in ("ac", "ba", "cb")
    ]
    problems = [each for each in validate(Plan(tasks=tuple(tasks)), toolbox).errors if each.kind == "cycle"]
    assert problems == [
        Problem(
            kind="cycle",
            task="a",
            field="depends_on",
            reason="the tasks wait for each other: a → b → c → a",
            repairable=True,
            others=("a", "b", "c"),
        )
    ]


@pytest.mark.requirement("tura.plan.validation")
def test_a_cycle_of_required_values_cannot_be_mended_and_each_knot_is_told_once(toolbox: Toolbox) -> None:
    first = forecast({"lat": ref("B.result.x")}, "B", name="A")
    second = forecast({"lat": ref("A.result.x")}, "A", name="B")
    alone = Task(id="C", intent="", server="any", tool="call", depends_on=("C",))
    kinds = [
        (kind, task, mendable) for kind, task, _, mendable in found(toolbox, first, second, alone) if kind == "cycle"
    ]
    assert kinds == [("cycle", "A", False), ("cycle", "C", True)]


@pytest.mark.requirement("tura.plan.validation")
def test_isolated_and_equal_tasks_are_notes(toolbox: Toolbox) -> None:
    twin = replace(LYON, id="T2")
    send = Task(id="T3", intent="tell Ann", server="mail", tool="send", arguments={"to": "a", "text": "b"})
    again = replace(send, id="T4", intent="tell Ann once more")
    report = validate(Plan(tasks=(LYON, twin, send, again)), toolbox)
    assert [(each.kind, each.task, each.repairable) for each in report.notes if each.kind == "duplicate_task"] == [
        ("duplicate_task", "T2", True),
        ("duplicate_task", "T4", False),
    ]
    assert [each.task for each in report.notes if each.kind == "isolated_task"] == ["T1", "T2", "T3", "T4"]
    other = replace(LYON, id="T2", arguments={"name": "Nice"})
    assert [each.kind for each in validate(Plan(tasks=(LYON, other)), toolbox).notes] == ["isolated_task"] * 2


@pytest.mark.requirement("tura.plan.validation")
def test_ids_are_words_and_unique(toolbox: Toolbox) -> None:
    odd = [replace(LYON, id=name) for name in ("", "a b", "a.b", "a[0]", 'a"')]
    assert {kind for kind, *_ in found(toolbox, *odd)} >= {"bad_id"}
    twice = [(kind, mendable) for kind, _, _, mendable in found(toolbox, LYON, LYON, replace(LYON, tool="x"))]
    assert twice[:2] == [("duplicate_id", True), ("duplicate_id", False)]
    assert found(toolbox, replace(LYON, id="步骤一"))[:1] == []


@pytest.mark.requirement("tura.plan.bad-plan", "tura.plan.validation")
def test_the_error_has_all_problems_and_says_whose_to_fix_it_is(toolbox: Toolbox) -> None:
    plan = Plan(tasks=(replace(LYON, arguments={}), forecast({"lat": "x"})))
    with pytest.raises(PlanError) as error:
        repair(plan, toolbox)
    fields = error.value.fields
    assert error.value.code == "bad_plan"
    assert "bad_plan" in CODES
    assert (fields["task"], fields["field"]) == ("T1", "arguments")
    problems = cast("list[Problem]", fields["problems"])
    assert [each.kind for each in problems] == ["missing_argument", "bad_argument"]
    assert "T2" in str(error.value.as_dict()["fields"])
    with pytest.raises(UsageError) as given:
        repair(plan, toolbox, given=True)
    assert given.value.code == "bad_plan"
    assert problems[0].others == ("name",)


@pytest.mark.requirement("tura.plan.validation")
def test_holes_fit_alternatives_and_whole_values_are_left_to_the_call(toolbox: Toolbox) -> None:
    del toolbox
    schema = {
        "type": "object",
        "properties": {
            "either": {"oneOf": [{"type": "number"}, {"type": "integer"}]},
            "named": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/flag"}]},
            "fixed": {"enum": [{"a": 1}]},
            "list": {"type": "array", "uniqueItems": True, "items": {"type": "string"}, "minItems": 2},
        },
        "$defs": {"flag": {"type": "boolean"}},
    }
    tool = ToolDefinition(server="s", name="t", input_schema=schema)
    source = ToolDefinition(
        server="s",
        name="source",
        input_schema={"type": "object"},
        output_schema={"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}},
    )
    box = Toolbox([tool, source])
    start = Task(id="A", intent="", server="s", tool="source")

    def kinds(arguments: dict[str, Any]) -> list[str]:
        task = Task(id="B", intent="", server="s", tool="t", arguments=arguments, depends_on=("A",))
        return [f"{each.kind} {each.field}" for each in validate(Plan(tasks=(start, task)), box).errors]

    assert kinds({"either": ref("A.result.n"), "named": ref("A.result.s")}) == []
    assert kinds({"named": ref("A.result.n")}) == ["wrong_type arguments.named"]
    assert kinds({"fixed": {"a": ref("A.result.n")}}) == []
    assert kinds({"list": [ref("A.result.s"), ref("A.result.s")]}) == []
    assert kinds({"list": [ref("A.result.n"), "x"]}) == ["wrong_type arguments.list[0]"]
    assert kinds({"list": [ref("A.result.s")]}) == ["bad_argument arguments.list"]
