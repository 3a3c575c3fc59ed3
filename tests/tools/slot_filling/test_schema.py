"""Schemas of every form become fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.slot_filling.schema import leaves, read_schema

pytestmark = pytest.mark.requirement("calls.schema")


def _one(told: object, **more: object) -> Any:
    (field,) = read_schema({"type": "object", "properties": {"x": told}, **more})
    return field


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"type": "dict", "properties": {"y": {"type": "float"}}}, "object"),
        ({"type": "tuple", "items": {"type": "float"}}, "array"),
        ({"type": "float"}, "number"),
        ({"type": ["null", "integer"]}, "integer"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "string"),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "string"),
        ({"enum": ["a", "b"]}, "string"),
        ({"type": "any"}, "any"),
        ({"type": "something"}, "any"),
        (True, "any"),
        ({"$ref": "#/$defs/age"}, "integer"),
        ({"$ref": "#/$defs/loop"}, "any"),
        ({"$ref": "https://a.example/s.json"}, "any"),
    ],
)
def test_a_type_is_one_of_seven(told: object, wanted: str) -> None:
    assert _one(told, **{"$defs": {"age": {"type": "integer"}, "loop": {"$ref": "#/$defs/loop"}}}).type == wanted


def test_constants_of_branches_are_an_enum() -> None:
    assert _one({"anyOf": [{"const": "a"}, {"const": "b"}, {"type": "null"}]}).enum == ("a", "b")


def test_a_schema_that_holds_itself_ends() -> None:
    node: dict[str, object] = {
        "type": "object",
        "properties": {"next": {"$ref": "#/$defs/node"}, "v": {"type": "integer"}},
    }
    fields = read_schema({"properties": {"root": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}})
    assert {one.path[-1] for one in leaves(fields)} == {"v", "next"}


def test_fields_inside_are_required_only_where_all_around_are() -> None:
    inner = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    fields = read_schema({"properties": {"must": inner, "may": inner}, "required": ["must"]})
    assert {one.id for one in leaves(fields) if one.required} == {"must.a"}


@pytest.mark.parametrize("schema", [None, "x", [], {"properties": []}])
def test_what_is_no_schema_is_refused_by_name(schema: object) -> None:
    with pytest.raises(UsageError) as caught:
        read_schema(schema)
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_argument", "schema")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "anyOf", "$ref", "enum", "required", "default", "x", "#/x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=4))
def test_no_form_of_a_property_breaks_the_reading(properties: dict[str, object]) -> None:
    fields = read_schema({"properties": properties, "required": list(properties)})
    assert [one.path[0] for one in fields] == list(properties)
