"""The quick check of plain schemas: it may say yes only where the full check would."""

from __future__ import annotations

from typing import Any

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
LEAVES = st.builds(lambda kind, more: {"type": kind, **more}, KINDS, st.fixed_dictionaries({}, optional=MORE))


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    made = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=3)},
        optional={
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.booleans() | inner,
            "minProperties": st.integers(0, 2),
        },
    )
    lists = st.fixed_dictionaries({"type": st.just("array")}, optional={"items": inner | st.booleans()})
    either = st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=2))
    return made | lists | either | st.builds(lambda one, other: {**one, "anyOf": [other]}, inner, inner)


SCHEMAS = st.recursive(LEAVES, _nested, max_leaves=5)


@given(SCHEMAS, VALUES)
def test_what_it_lets_through_the_full_check_lets_through(schema: dict[str, Any], value: Any) -> None:
    fits = quick(schema)
    if fits is None:
        event("left to the full check")
        return
    event("fits" if fits(value) else "nobody knows")
    assert not fits(value) or Draft202012Validator(schema).is_valid(value)


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
