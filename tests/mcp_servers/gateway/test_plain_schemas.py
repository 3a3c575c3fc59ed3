"""The quick check of plain schemas: it may say yes only where the full check would."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from questline.mcp_servers.gateway.plain_schemas import quick

pytestmark = pytest.mark.requirement("gateway.plain-schemas")

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.sampled_from(["", "a", "b", "1"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
KINDS = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
MORE: dict[str, st.SearchStrategy[Any]] = {
    "enum": st.lists(SCALARS, min_size=1, max_size=3),
    "const": SCALARS,
    "minimum": st.integers(-2, 2),
    "minLength": st.integers(0, 2),
    "minItems": st.integers(0, 2),
    "maxProperties": st.integers(0, 2),
    "title": st.just("A title"),
    "default": SCALARS,
    "format": st.just("date"),
}
Schema: TypeAlias = dict[str, Any]
OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(["", "a", "b", "1"]),
    "integer": st.integers(-3, 3),
    "number": st.integers(-3, 3) | st.floats(-2, 2),
    "boolean": st.booleans(),
    "null": st.none(),
    "object": st.dictionaries(NAMES, SCALARS, max_size=2),
    "array": st.lists(SCALARS, max_size=2),
}


def _leaf(kind: str, more: Schema) -> Schema:
    return {"type": kind, **more}


def _object(inside: dict[str, Schema], more: Schema) -> Schema:
    return {"type": "object", "properties": inside, **more}


def _array(items: Schema | bool) -> Schema:
    return {"type": "array", "items": items}


def _either(branches: list[Schema]) -> Schema:
    return {"anyOf": branches}


def _with_either(one: Schema, other: Schema) -> Schema:
    return {**one, "anyOf": [other]}


def _nested(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    optional: dict[str, st.SearchStrategy[Any]] = {
        "required": st.lists(NAMES, max_size=2, unique=True),
        "additionalProperties": st.booleans() | inner,
        "minProperties": st.integers(0, 2),
    }
    objects = st.builds(
        _object,
        st.dictionaries(NAMES, inner, max_size=3),
        st.just(Schema()) | st.fixed_dictionaries({}, optional=optional),
    )
    lists = st.builds(_array, inner | st.booleans())
    return (
        objects
        | lists
        | st.builds(_either, st.lists(inner, min_size=1, max_size=2))
        | st.builds(_with_either, inner, inner)
    )


LEAVES = st.builds(_leaf, KINDS, st.just(Schema()) | st.fixed_dictionaries({}, optional=MORE))
SCHEMAS: st.SearchStrategy[Schema] = st.recursive(LEAVES, _nested, max_leaves=5)
FULL: Any = Draft202012Validator  # untyped upstream


def meant(schema: Schema | bool) -> st.SearchStrategy[Any]:
    """Return values of about the kind that a schema asks for."""
    if isinstance(schema, bool):
        return SCALARS
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "properties" in schema:
        return st.fixed_dictionaries({name: meant(each) for name, each in schema["properties"].items()})
    if "items" in schema:
        return st.lists(meant(schema["items"]), max_size=2)
    if "anyOf" in schema:
        return st.one_of([meant(each) for each in schema["anyOf"]])
    return OF_KIND[schema["type"]]


@given(SCHEMAS, VALUES, st.data())
def test_what_it_lets_through_the_full_check_lets_through(schema: Schema, value: Any, data: st.DataObject) -> None:
    fits = quick(schema)
    if fits is None:
        event("left to the full check")
        return
    for each in (value, data.draw(meant(schema))):
        event("fits" if fits(each) else "nobody knows")
        assert not fits(each) or FULL(schema).is_valid(each)


PLAIN = {
    "type": "object",
    "title": "look_upArguments",
    "properties": {
        "word": {"type": "string", "title": "Word"},
        "times": {"type": "integer", "default": 1},
        "how": {"anyOf": [{"enum": ["near", "far"], "type": "string"}, {"type": "null"}], "default": None},
        "places": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}}}},
    },
    "required": ["word"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ({"word": "owl"}, True),
        ({"word": "owl", "times": 2, "how": "near", "places": [{"x": 1}, {"x": 1.5, "y": None}]}, True),
        ({"word": "owl", "how": None, "places": []}, True),
        ({"times": 2}, False),
        ({"word": 7}, False),
        ({"word": "owl", "times": True}, False),
        ({"word": "owl", "times": 2.0}, False),
        ({"word": "owl", "how": "away"}, False),
        ({"word": "owl", "places": [{"x": "1"}]}, False),
        ({"word": "owl", "more": 1}, False),
        (["word"], False),
    ],
)
def test_a_sound_call_of_a_plain_tool_is_seen_at_once(value: object, known: bool) -> None:
    fits = quick(PLAIN)
    assert fits is not None
    assert fits(value) is known


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"x": {"type": "string", "pattern": "^a"}}},
        {"type": "object", "properties": {"x": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": "string"}}},
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        {"type": ["string", "null"]},
        {"$schema": "http://json-schema.org/draft-03/schema#", "type": "object"},
        {},
    ],
)
def test_a_schema_that_says_more_is_left_to_the_full_check(schema: dict[str, Any]) -> None:
    assert quick(schema) is None
