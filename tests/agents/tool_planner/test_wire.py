from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.agents.tool_planner.picture import as_mermaid, as_svg, as_tree
from questline.agents.tool_planner.repair import repair
from questline.agents.tool_planner.toolbox import Toolbox
from questline.agents.tool_planner.wire import as_json, from_json, load, save
from questline.errors import UsageError
from questline.types import Plan, Task

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.just("$ref"), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    names = draw(st.lists(TEXT.filter(bool), max_size=4, unique=True))
    waits = st.lists(st.sampled_from(names), max_size=3, unique=True) if names else st.just([])
    return Plan(
        tasks=tuple(
            Task(
                id=name,
                intent=draw(TEXT),
                server=draw(TEXT),
                tool=draw(TEXT),
                arguments=draw(st.dictionaries(TEXT, JSON, max_size=3)),
                depends_on=tuple(draw(waits)),
                status=draw(st.sampled_from(["pending", "done", "failed"])),
                result=draw(TEXT),
                decided_by=draw(TEXT),
                reason=draw(TEXT),
            )
            for name in names
        )
    )


LYON = Task(id="T1", intent="where is Lyon", server="places", tool="geo.lookup", arguments={"name": "Lyon"})
SKY = Task(
    id="T2",
    intent="the weather there",
    server="weather",
    tool="forecast",
    arguments={"lat": {"$ref": "T1.result.lat"}, "label": "$100"},
    depends_on=("T1",),
)
PLAN = Plan(tasks=(LYON, SKY))


@pytest.mark.requirement("tura.plan.file")
@settings(deadline=None)
@given(plan=plans())
def test_a_plan_is_read_back_as_it_was_written(plan: Plan) -> None:
    back = from_json(as_json(plan))
    assert [replace(task, depends_on=()) for task in back.tasks] == [
        replace(task, depends_on=()) for task in plan.tasks
    ]
    assert set(back.edges) == set(plan.edges)
    assert from_json(as_json(back)) == back


@pytest.mark.requirement("tura.plan.file")
@settings(deadline=None)
@given(text=st.text(max_size=60) | JSON.map(json.dumps))
def test_any_text_is_a_plan_or_a_bad_plan(text: str) -> None:
    plan: Plan | None = None
    code = ""
    try:
        plan = from_json(text)
    except UsageError as error:
        code = error.code
    assert (plan is None) == (code == "bad_plan")


@pytest.mark.requirement("tura.plan.file")
def test_a_file_that_a_user_changed_is_read_and_mended(tmp_path: Path, toolbox: Toolbox) -> None:
    path = tmp_path / "plan.json"
    save(PLAN, path)
    assert load(path) == PLAN
    text = path.read_text(encoding="utf-8").replace('"Lyon"', '"Paris"').replace('["T1", "T2"]', "")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    edited = load(path)
    assert edited.tasks[0].arguments == {"name": "Paris"}
    assert edited.edges == ()
    assert repair(edited, toolbox, given=True).plan.edges == (("T1", "T2"),)


@pytest.mark.requirement("tura.plan.file", "tura.plan.bad-plan")
@pytest.mark.parametrize(
    ("old", "new", "task", "field"),
    [
        ('[["T1", "T2"]]', '[["T1", "T2"], ["T2", "T1"]]', "T1", "depends_on"),
        ('"forecast"', '"forecats"', "T2", "tool"),
        ('"weather"', '"wether"', "T2", "server"),
        ('"tool": "forecast",', "", "T2", "tool"),
        ('"id": "T2",', "", "#2", "id"),
        ('"id": "T2"', '"id": "T1"', "T1", "id"),
        ('"args"', '"arg"', "T1", "arg"),
        ('"T1.result.lat"', '"T1.lat"', "T2", "arguments.lat"),
        ('"T1.result.lat"', '"T5.result.lat"', "T2", "arguments.lat"),
        ('["T1", "T2"]', '["T1", "T3"]', "T3", "edges[0]"),
        ('["T1", "T2"]', '["T1"]', "", "edges[0]"),
        ('"name": "Lyon"', '"name": 7', "T1", "arguments.name"),
        ('"name": "Lyon"', "", "T1", "arguments"),
        ('"edges"', '"edge"', "", "edge"),
        ('"intent": "where is Lyon"', '"intent": 3', "T1", "intent"),
        ('"id": "T1"', '"id": "T1", "id": "T3"', "", ""),
        ('"name": "Lyon"', '"name": NaN', "", ""),
        ('"tasks": [', '"tasks": [7,', "#1", ""),
        ('"where is Lyon",', '"where is Lyon", "status": "ready",', "T1", "status"),
    ],
)
def test_each_slip_of_the_pen_is_told_with_its_task(
    tmp_path: Path, toolbox: Toolbox, old: str, new: str, task: str, field: str
) -> None:
    path = tmp_path / "plan.json"
    text = as_json(PLAN)
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    cyclic = field == "depends_on"

    def run() -> None:
        plan = load(path)
        if cyclic:  # a cycle that mending could not end: both edges carry required values
            tied = replace(plan.tasks[0], arguments={"name": {"$ref": "T2.result.name"}})
            plan = Plan(tasks=(tied, plan.tasks[1]))
        repair(plan, toolbox, given=True)

    with pytest.raises(UsageError) as error:
        run()
    assert (error.value.code, error.value.fields["task"], error.value.fields["field"]) == ("bad_plan", task, field)
    assert error.value.fields["reason"]


@pytest.mark.requirement("tura.plan.file")
def test_files_that_are_none_say_so(tmp_path: Path) -> None:
    def code(path: Path) -> str:
        with pytest.raises(UsageError) as error:
            load(path)
        return error.value.code

    assert code(tmp_path / "none.json") == "file_not_found"
    assert code(tmp_path) == "unreadable_file"
    for name, data, expected in (
        ("latin.json", b"\xff\xfe\xfa", "bad_encoding"),
        ("large.json", b" " * (1024 * 1024 + 1), "bad_plan"),
        ("deep.json", b"[" * 100_000, "bad_plan"),
        ("empty.json", b"", "bad_plan"),
        ("many.json", json.dumps({"tasks": [{}] * 1001}).encode(), "bad_plan"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert code(path) == expected, name
    with pytest.raises(UsageError) as error:
        save(PLAN, tmp_path / "no" / "folder.json")
    assert error.value.code == "unreadable_file"
    with pytest.raises(UsageError) as odd:
        as_json(Plan(tasks=(replace(LYON, arguments={"x": object()}),)))
    assert (odd.value.code, odd.value.fields["task"]) == ("bad_plan", "T1")


@pytest.mark.requirement("tura.plan.pictures")
def test_the_tree_shows_each_task_once_under_what_it_waits_for_longest() -> None:
    both = Task(id="T3", intent="", server="mail", tool="send", arguments={"n": 1}, depends_on=("T1", "T2"))
    assert as_tree(Plan(tasks=(LYON, SKY, both, replace(LYON, id="T4", intent="")))) == [
        "T1 places/geo.lookup(name='Lyon')  where is Lyon",
        "└─ T2 weather/forecast(lat=‹T1.result.lat›, label='$100')  the weather there",
        "   └─ T3 mail/send(n=1)  (also after T1)",
        "T4 places/geo.lookup(name='Lyon')",
    ]
    knot = Plan(tasks=(replace(LYON, depends_on=("T2",)), SKY))
    assert [line.partition("  (never")[1] for line in as_tree(knot)] == ["  (never"] * 2
    assert as_tree(Plan()) == []


@pytest.mark.requirement("tura.plan.pictures")
def test_mermaid_has_a_box_a_task_and_an_arrow_an_edge_and_runs_no_markup() -> None:
    evil = replace(SKY, intent='"]; click t0 "javascript:alert(1)" <script>', depends_on=("T1", "gone"))
    text = as_mermaid(Plan(tasks=(LYON, evil, replace(SKY, id="T3", arguments={}, depends_on=("T2",)))))
    assert text.splitlines()[0] == "flowchart TD"
    assert '    t0 -->|"lat"| t1' in text
    assert "    t1 -.-> t2" in text
    assert "<script>" not in text
    assert all(re.fullmatch(r'    t\d\["[^"]*"\]|    t\d -.*', line) for line in text.splitlines()[1:])


@pytest.mark.requirement("tura.plan.pictures")
@settings(deadline=None)
@given(plan=plans())
def test_every_plan_can_be_drawn(plan: Plan) -> None:
    root = ET.fromstring(as_svg(plan))
    boxes = root.findall("{http://www.w3.org/2000/svg}rect")
    assert len(boxes) == len(plan.tasks)
    assert len({(box.get("x"), box.get("y")) for box in boxes}) == len(plan.tasks)
    assert len(as_tree(plan)) == len(plan.tasks)
    assert len(as_mermaid(plan).splitlines()) == 1 + len(plan.tasks) + len(plan.edges)
