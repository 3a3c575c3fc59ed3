"""A call is compared with what a row accepts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.training.evaluation.call_match import accepts, call_matches, calls_match

pytestmark = pytest.mark.requirement("calls.match")

SCHEMA: dict[str, Any] = {
    "type": "dict",
    "properties": {
        "base": {"type": "integer"},
        "rate": {"type": "float"},
        "unit": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "who": {"type": "dict", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}},
        "on": {"type": "boolean"},
    },
    "required": ["base"],
}


@pytest.mark.parametrize(
    ("arguments", "accepted", "right"),
    [
        ({"base": 3}, {"base": [3]}, True),
        ({"base": 3.0}, {"base": [3]}, False),  # a float is no integer
        ({"base": True}, {"base": [1]}, False),
        ({"base": "3"}, {"base": [3]}, False),
        ({"base": 3, "rate": 2}, {"base": [3], "rate": [2.0]}, True),  # an int passes for a float
        ({}, {"base": [3, ""]}, False),  # required
        ({"base": 3}, {"base": [3], "unit": ["cm", ""]}, True),
        ({"base": 3}, {"base": [3], "unit": ["cm"]}, False),
        ({"base": 3, "unit": "C.M "}, {"base": [3], "unit": ["cm"]}, True),
        ({"base": 3, "unit": "x^2 + 1"}, {"base": [3], "unit": ["x**2+1"]}, True),
        ({"base": 3, "unit": "it's"}, {"base": [3], "unit": ['it"s']}, True),
        ({"base": 3, "unit": "mm"}, {"base": [3], "unit": ["cm"]}, False),
        ({"base": 3, "tags": ["A", "b c"]}, {"base": [3], "tags": [["a", "B-C"]]}, True),
        ({"base": 3, "tags": ["b", "a"]}, {"base": [3], "tags": [["a", "b"]]}, False),  # in order
        ({"base": 3, "who": {"name": "Ada"}}, {"base": [3], "who": [{"name": ["ada"], "age": [36, ""]}]}, True),
        ({"base": 3, "who": {"name": "Ada"}}, {"base": [3], "who": [{"name": ["ada"], "age": [36]}]}, False),
        ({"base": 3, "who": {"nick": "A"}}, {"base": [3], "who": [{"name": ["ada"]}]}, False),
        ({"base": 3, "on": True}, {"base": [3], "on": [True, ""]}, True),
        ({"base": 3, "on": 1}, {"base": [3], "on": [True]}, False),
        ({"base": 3, "other": 1}, {"base": [3]}, False),  # the function has no such argument
    ],
)
def test_types_values_and_what_may_be_left_out(
    arguments: dict[str, object], accepted: dict[str, object], right: bool
) -> None:
    assert call_matches("f", arguments, {"f": accepted}, SCHEMA) is right


def test_another_function_is_wrong() -> None:
    assert not call_matches("g", {"base": 3}, {"f": {"base": [3]}}, SCHEMA)


def test_several_calls_are_right_in_any_order_and_only_all_together() -> None:
    accepted = [{"f": {"base": [1]}}, {"f": {"base": [2]}}]
    schemas = {"f": SCHEMA}
    assert calls_match([("f", {"base": 2}), ("f", {"base": 1})], accepted, schemas)
    assert not calls_match([("f", {"base": 2}), ("f", {"base": 2})], accepted, schemas)
    assert not calls_match([("f", {"base": 1})], accepted, schemas)
    assert not calls_match([("h", {}), ("f", {"base": 1})], accepted, schemas)


_VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(min_size=1, max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(_VALUES)
def test_the_accepted_value_itself_is_right(value: object) -> None:
    assert accepts(value, [value], {})
    assert call_matches("f", {"x": value}, {"f": {"x": [value]}}, {"properties": {"x": {}}, "required": ["x"]})
