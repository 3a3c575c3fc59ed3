"""Schemas of other people: sound ones are held to, and no other can hang us or reach out."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest

from questline.errors import RunError, UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.schemas import Schemas, problem_of

TREE = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/node"}},
    "required": ["root"],
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "inside": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["value"],
        }
    },
}
DOUBLING = {
    "type": "object",
    "properties": {"x": {"$ref": "#/$defs/a0"}},
    "$defs": {
        **{f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}, {"$ref": f"#/$defs/a{n + 1}"}]} for n in range(40)},
        "a40": {"type": "string"},
    },
}


def tool(schema: dict[str, Any], output: dict[str, Any] | None = None) -> ToolDefinition:
    return ToolDefinition(server="s", name="t", input_schema=schema, output_schema=output)


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"x": schema}}
    return schema


@pytest.mark.requirement("gateway.bad-schema")
@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "objekt"}, "no valid JSON Schema"),
        ({"type": "object", "properties": []}, "no valid JSON Schema"),
        ({"type": "object", "properties": {"x": {"minimum": "1"}}}, "no valid JSON Schema"),
        ({"type": "object", "properties": {"x": {"pattern": "("}}}, "no valid JSON Schema"),
        ({"type": "object", "properties": {"default": {"$ref": "http://h/s"}}}, "another document"),
        ({"type": "array"}, "not the schema of an object"),
        ({"type": "object", "properties": {"x": {"$ref": "https://evil.example/s.json"}}}, "another document"),
        ({"type": "object", "properties": {"x": {"$ref": "file:///etc/passwd"}}}, "another document"),
        ({"$ref": "other.json#/a"}, "another document"),
        ({"type": "object", "properties": {"x": {"$dynamicRef": "http://h/#a"}}}, "another document"),
        ({"type": "object", "properties": {"x": {"$ref": "#/$defs/gone"}}}, "leads nowhere"),
        ({"$ref": "#"}, "without an end"),
        ({"type": "object", "properties": {"x": {"allOf": [{"$ref": "#/properties/x"}]}}}, "without an end"),
        (
            {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"},
            "without an end",
        ),
        (deep(200), "nests too deeply"),
        ({"type": "object", "description": "x" * 300_000}, "longer than"),
        ({"type": "object", "maxProperties": float("nan")}, "not JSON"),
    ],
)
def test_a_schema_that_cannot_be_used_is_told_why(schema: dict[str, Any], why: str) -> None:
    found = problem_of(schema)
    assert found is not None
    assert why in found


@pytest.mark.requirement("gateway.bad-schema")
@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        TREE,
        {"type": "object", "properties": {"$ref": {"type": "string"}}},
        {"type": "object", "properties": {"x": {"enum": [{"$ref": "http://h/"}]}}},
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
        {"$schema": "https://own.example/dialect", "type": "object"},
        {
            "type": "object",
            "properties": {"enum": {"type": "string"}, "default": {"$ref": "#/$defs/node"}},
            "$defs": TREE["$defs"],
        },
    ],
)
def test_a_sound_schema_is_taken_also_where_it_is_recursive(schema: dict[str, Any]) -> None:
    assert problem_of(schema) is None


@pytest.mark.requirement("gateway.arguments")
def test_a_result_need_not_be_an_object() -> None:
    assert problem_of({"type": "array"}, arguments=False) is None


@pytest.mark.requirement("gateway.arguments")
@pytest.mark.parametrize(
    ("schema", "arguments", "field", "reason"),
    [
        ({"properties": {"a": {"type": "integer"}}}, {"a": "1"}, "a", "is not of type integer"),
        ({"properties": {"a": {"type": ["integer", "null"]}}}, {"a": "1"}, "a", "is not of type integer, null"),
        ({"properties": {"a": {"enum": ["x", "y"]}}}, {"a": "z"}, "a", "is none of x, y"),
        ({"properties": {"a": {"items": {"type": "string"}}}}, {"a": ["x", 1]}, "a[1]", "is not of type string"),
        (TREE, {"root": {"value": 1, "inside": [{"value": "x"}]}}, "root.inside[0].value", "is not of type integer"),
        ({"properties": {"a": {"pattern": "^[a-z]+$"}}}, {"a": "1"}, "a", "does not match '^[a-z]+$'"),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, {"b": 2}, {"b": 2}]}, "a", "has items that are equal"),
        ({"properties": {"a": {"const": 1}}}, {"a": 2}, "a", "is not 1"),
        (
            {"properties": {"a": {"anyOf": [{"type": "null"}, {"properties": {"b": {"type": "string"}}}]}}},
            {"a": {"b": 1}},
            "a.b",
            "is not of type string",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_told_by_field_and_reason(
    schema: dict[str, Any], arguments: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Schemas().check_arguments(tool(schema), arguments)
    assert caught.value.code == "bad_argument"
    assert (caught.value.fields["field"], caught.value.fields["reason"]) == (field, reason)
    assert caught.value.fields["argument"] == field.partition(".")[0].partition("[")[0]


@pytest.mark.requirement("gateway.arguments")
def test_all_missing_arguments_are_named_together() -> None:
    with pytest.raises(UsageError) as caught:
        Schemas().check_arguments(tool({"required": ["a", "b", "c"]}), {"b": 1})
    assert caught.value.fields["missing"] == "a,c"


@pytest.mark.requirement("gateway.arguments")
def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(UsageError) as caught:
        Schemas().check_arguments(tool({"properties": {"a": {"maxLength": 3}}}), {"a": "x" * 100_000})
    assert len(caught.value.message) < 1_000


@pytest.mark.requirement("gateway.bounded-schemas")
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"x": {"pattern": "^(a+)+$"}}}, "a" * 50_000 + "!"),
        ({"properties": {"x": {"pattern": "(a*)*b"}}}, "a" * 50_000),
        ({"patternProperties": {"^(x+)+$": {}}, "additionalProperties": False}, "y"),
        ({"properties": {"x": {"pattern": "(?=a)a"}}}, "b"),  # what only a backtracking engine reads is the server's
    ],
)
def test_no_pattern_takes_more_than_linear_time(schema: dict[str, Any], value: str) -> None:
    began = time.monotonic()
    with contextlib.suppress(UsageError):
        Schemas().check_arguments(tool(schema), {"x": value, "x" * 40 + "y": 1})
    assert time.monotonic() - began < 20  # with backtracking: for ever


@pytest.mark.requirement("gateway.bounded-schemas")
def test_a_schema_that_doubles_at_each_level_is_given_up() -> None:
    assert problem_of(DOUBLING) is None
    with pytest.raises(RunError) as caught:
        Schemas().check_arguments(tool(DOUBLING), {"x": "y"})
    assert caught.value.code == "bad_answer"
    assert Schemas().misfit(tool({}, DOUBLING), {"x": "y"}) == "the check comes to no end"


@pytest.mark.requirement("gateway.results")
def test_it_is_told_why_a_result_does_not_fit_its_schema() -> None:
    schemas, made = Schemas(), tool({}, {"type": "object", "required": ["x"]})
    assert schemas.misfit(made, {"x": 1}) is None
    assert schemas.misfit(tool({}), None) is None
    assert schemas.misfit(made, None) == "is not of type object"


@pytest.mark.requirement("gateway.arguments")
def test_validators_are_kept_by_digest_and_not_without_end() -> None:
    schemas = Schemas()
    for number in range(1_100):
        schemas.check_arguments(tool({"properties": {f"a{number}": {"type": "string"}}}), {})
    schemas.check_arguments(tool({"properties": {"a0": {"type": "string"}}}), {"a0": "x"})
    with pytest.raises(UsageError):
        schemas.check_arguments(tool({"properties": {"a0": {"type": "string"}}}), {"a0": 1})
