"""JSON's true and false are no numbers: Python takes them for 1 and 0, a client that sends them means other things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard, cast

from questline.errors import UsageError

__all__ = ["check_numbers"]

_NUMBERS: Final = frozenset({"integer", "number"})
_MOST_SAID: Final = 5
_REASON: Final = "true and false are no numbers"


def check_numbers(schema: Mapping[str, Any], arguments: object) -> None:
    """Refuse arguments with a truth value where their schema wants a number.

    Args:
        schema: JSON Schema of the arguments, with references into its own ``$defs`` alone.
        arguments: As a client sent them.

    Raises:
        UsageError: ``bad_argument`` with ``argument``, the first such place (``passages.0.score``), and ``reason``.
    """
    places = list(_misplaced(schema, arguments, schema, ""))
    if not places:
        return
    said = "; ".join(f"{place}: {_REASON}" for place in places[:_MOST_SAID])
    more = f"; and {len(places) - _MOST_SAID} more" if len(places) > _MOST_SAID else ""
    raise UsageError(f"the arguments do not fit: {said}{more}", argument=places[0], reason=_REASON)


def _misplaced(schema: Mapping[str, Any], value: object, root: Mapping[str, Any], place: str) -> Iterator[str]:
    branches = list(_branches(schema, root))
    if isinstance(value, bool):
        kinds = {kind for branch in branches for kind in _kinds(branch)}
        if kinds & _NUMBERS and "boolean" not in kinds:
            yield place
    elif _is_object(value):
        members = {name: member for branch in branches for name, member in branch.get("properties", {}).items()}
        rest = next((branch["additionalProperties"] for branch in branches if "additionalProperties" in branch), None)
        for name, each in value.items():
            inner = members.get(name, rest)
            if isinstance(inner, Mapping):
                yield from _misplaced(cast("Mapping[str, Any]", inner), each, root, _below(place, name))
    elif isinstance(value, list):
        items = next((branch["items"] for branch in branches if isinstance(branch.get("items"), Mapping)), None)
        if items is not None:
            for number, each in enumerate(cast("list[object]", value)):
                yield from _misplaced(items, each, root, _below(place, str(number)))


def _branches(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema, and what it refers to or lets choose from, each without references."""
    if "$ref" in schema:
        yield from _branches(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _branches(each, root)
    yield schema


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
