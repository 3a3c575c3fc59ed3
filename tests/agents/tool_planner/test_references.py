from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.references import Reference, find, literal, read, renamed, resolve, without
from questline.agents.tool_planner.result_types import at
from questline.errors import PlanError, UsageError

STEPS = st.lists(st.one_of(st.integers(0, 999_999_999), st.text(min_size=0, max_size=8)), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "$ref", "$literal", "b c"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.requirement("tura.plan.references")
@given(path=STEPS)
def test_every_way_is_read_back_as_it_was_written(path: list[str | int]) -> None:
    try:
        "".join(map(str, path)).encode()
    except UnicodeEncodeError:
        return
    reference = Reference(task="T1", path=tuple(path))
    if len(reference.text) <= 2000:
        assert read(reference.value) == reference


@pytest.mark.requirement("tura.plan.references")
@given(value=JSON)
def test_a_literal_is_passed_on_as_it_is_and_refers_to_nothing(value: object) -> None:
    arguments = {"x": literal(value)}
    assert list(find(arguments)) == []
    assert resolve(arguments, {}) == {"x": value}


@pytest.mark.requirement("tura.plan.references")
def test_dollars_in_texts_stay_what_they_are() -> None:
    arguments = {"a": "$1", "b": "pay $100 to T1.result.lat", "c": ["${T1}", "$T1.result"], "d": {"price": "$1"}}
    assert list(find(arguments)) == []
    assert resolve(arguments, {"T1": {"lat": 1}}) == arguments


@pytest.mark.requirement("tura.plan.references")
def test_references_are_found_resolved_and_renamed_wherever_they_stand() -> None:
    arguments = {
        "lat": {"$ref": "T1.result.items[1].lat"},
        "all": [{"$ref": "T2.result"}, 3],
        "deep": {"name": {"$ref": 'T1.result.items[0]["full name"]'}},
    }
    assert [place for place, _ in find(arguments)] == [("lat",), ("all", 0), ("deep", "name")]
    results = {"T1": {"items": [{"full name": "Lyon"}, {"lat": 45.7}]}, "T2": [1, 2]}
    assert resolve(arguments, results) == {"lat": 45.7, "all": [[1, 2], 3], "deep": {"name": "Lyon"}}
    assert renamed(arguments, {"T2": "T9"})["all"] == [{"$ref": "T9.result"}, 3]
    assert without(arguments, ("deep", "name")) == {**arguments, "deep": {}}


@pytest.mark.requirement("tura.plan.references")
@pytest.mark.parametrize(
    "value",
    [
        {"$ref": 1},
        {"$ref": ""},
        {"$ref": "T1"},
        {"$ref": "T1.results"},
        {"$ref": "T1.result."},
        {"$ref": "T1.result..a"},
        {"$ref": "T1.result[-1]"},
        {"$ref": "T1.result[*]"},
        {"$ref": 'T1.result["a]'},
        {"$ref": "T1.result.a b"},
        {"$ref": " T1.result"},
        {"$ref": "T1.result" + ".a" * 2000},
        {"$ref": "T1.result", "more": 1},
        "T1.result",
    ],
)
def test_what_is_no_reference_is_refused(value: object) -> None:
    with pytest.raises(UsageError) as error:
        read(value)
    assert error.value.code == "bad_plan"
    assert error.value.fields["reason"]


@pytest.mark.requirement("tura.plan.references")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("T9.result", "has no result"),
        ("T1.result.lon", "without a field 'lon'"),
        ("T1.result.items[2]", "a list of 1 without an item 2"),
        ("T1.result.lat.x", "T1.result.lat is a plain value"),
        ("T1.result.items.lat", "a list of 1 without a field"),
        ("T1.result.none.x", "T1.result.none is nothing"),
        ("T1.result[0]", "T1.result is an object without an item 0"),
    ],
)
def test_a_way_that_leads_nowhere_names_task_field_and_reason(text: str, reason: str) -> None:
    results: dict[str, Any] = {"T1": {"lat": 1.5, "items": [{}], "none": None}}
    with pytest.raises(PlanError) as error:
        resolve({"x": [{"$ref": text}]}, results, task="T2")
    fields = error.value.fields
    assert (error.value.code, fields["task"], fields["field"]) == ("bad_plan", "T2", "arguments.x[0]")
    assert reason in str(fields["reason"])


@pytest.mark.requirement("tura.plan.references")
def test_a_list_in_which_nothing_was_found_is_no_fault_of_the_plan() -> None:
    with pytest.raises(PlanError) as error:
        resolve({"path": {"$ref": "T1.result.files[0].path"}}, {"T1": {"files": []}}, task="T2")
    assert error.value.code == "not_found"
    assert "T1.result.files is empty" in error.value.message


@pytest.mark.requirement("tura.plan.references")
def test_arguments_without_a_bottom_are_refused() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(UsageError):
        list(find({"x": deep}))
    with pytest.raises(PlanError):
        resolve({"x": deep}, {})


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "lat": {"type": "number"},
        "free": {"type": "object"},
        "any": {},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
        "either": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/place"}]},
        "both": {"allOf": [{"$ref": "#/$defs/place"}, {"properties": {"more": {"const": 3}}}]},
        "open": {"properties": {"a": True}, "additionalProperties": {"type": "boolean"}},
        "list": {"type": "array", "items": {"enum": ["x", 1]}},
    },
    "$defs": {"place": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


@pytest.mark.requirement("tura.plan.reference-types")
@pytest.mark.parametrize(
    ("path", "known", "types"),
    [
        ((), "known", {"object"}),
        (("lat",), "known", {"number"}),
        (("lat", "x"), "missing", set[str]()),
        (("lta",), "missing", set[str]()),
        (("free", "x", 3), "unchecked", None),
        (("any",), "unchecked", None),
        (("pair", 0), "known", {"string"}),
        (("pair", 1), "missing", set[str]()),
        (("pair", "x"), "missing", set[str]()),
        (("either",), "known", {"null", "object"}),
        (("either", "name"), "known", {"string"}),
        (("either", "nome"), "missing", set[str]()),
        (("both", "more"), "known", {"integer"}),
        (("both", "name"), "known", {"string"}),
        (("open", "z"), "known", {"boolean"}),
        (("list", 7), "known", {"string", "integer"}),
    ],
)
def test_a_schema_says_what_a_way_leads_to(path: tuple[str | int, ...], known: str, types: set[str] | None) -> None:
    target = at(SCHEMA, path)
    assert target.known == known
    assert types is None or target.types == types
    assert bool(target.reason) == (known == "missing")


@pytest.mark.requirement("tura.plan.reference-types")
def test_no_schema_leaves_a_way_unchecked_and_a_doubling_one_ends() -> None:
    assert at(None, ("x",)).known == "unchecked"
    doubling: dict[str, Any] = {"$defs": {"d0": {"type": "object"}}}
    for number in range(1, 60):
        reference = {"$ref": f"#/$defs/d{number - 1}"}
        doubling["$defs"][f"d{number}"] = {"anyOf": [reference, reference]}
    assert at({**doubling, "$ref": "#/$defs/d59"}, ("x",)).known == "unchecked"
    assert at(cast("Any", {"properties": {"a": {"$ref": "#/nowhere"}}}), ("a", "b")).known == "unchecked"
