"""JSON Schemas as short as they can be: a client pays for each word of them, in every conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

__all__ = ["compact"]

_OF_SCHEMAS: Final = frozenset({"properties", "$defs", "patternProperties", "dependentSchemas"})
"""Keywords whose value maps names to schemas."""
_LISTS: Final = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_ONE: Final = frozenset({"items", "additionalProperties", "not", "contains", "propertyNames"})


def compact(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that accepts the same values, without the titles and docstrings of types.

    A definition that is used once stands in its place. Descriptions of parameters and fields stay, and so does a
    parameter that is called ``title``: only the keyword of schemas goes.
    """
    short = _untitled(schema)
    short.pop("description", None)
    definitions = cast("dict[str, dict[str, Any]]", short.pop("$defs", {}))
    for definition in definitions.values():
        definition.pop("description", None)
    used = [name for name in definitions for _ in range(_count(short, name) + _count(definitions, name))]
    for name in [name for name in definitions if used.count(name) == 1]:
        definition = definitions.pop(name)
        short = cast("dict[str, Any]", _placed(short, name, definition))
        definitions = cast("dict[str, dict[str, Any]]", _placed(definitions, name, definition))
    return {**short, "$defs": definitions} if definitions else short


def _untitled(schema: Mapping[str, Any]) -> dict[str, Any]:
    short: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _OF_SCHEMAS:
            members = cast("Mapping[str, Mapping[str, Any]]", value)
            short[keyword] = {name: _untitled(member) for name, member in members.items()}
        elif keyword in _LISTS:
            short[keyword] = [_untitled(each) for each in cast("list[Mapping[str, Any]]", value)]
        elif keyword in _ONE and isinstance(value, Mapping):
            short[keyword] = _untitled(cast("Mapping[str, Any]", value))
        elif keyword != "title":
            short[keyword] = value
    return short


def _count(value: object, name: str) -> int:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return sum(_count(member, name) for member in members.values()) + (members.get("$ref") == f"#/$defs/{name}")
    return sum(_count(each, name) for each in cast("list[object]", value)) if isinstance(value, list) else 0


def _placed(value: object, name: str, definition: Mapping[str, Any]) -> object:
    """Return `value` with the definition in place of the reference to it."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if members.get("$ref") == f"#/$defs/{name}":
            return {**definition, **{key: member for key, member in members.items() if key != "$ref"}}
        return {key: _placed(member, name, definition) for key, member in members.items()}
    return (
        [_placed(each, name, definition) for each in cast("list[object]", value)] if isinstance(value, list) else value
    )
