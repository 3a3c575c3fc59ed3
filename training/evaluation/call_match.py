"""Whether a call is one that a row accepts, by the rules of BFCL's checker of syntax trees, stated anew here.

The function must be the one of the row; each required argument must be there and none that the function has not; each
value must have the declared type (an int passes for a float) and be among the accepted ones; the empty text among them
means that the argument may be left out. Texts are compared without case, spaces and the marks ``,./-_*^``, with one
kind of quotation mark. Lists are compared in order, objects field by field.

Source: the Berkeley Function Calling Leaderboard, `bfcl_eval/eval_checker/ast_eval` (Apache-2.0).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

__all__ = ["accepts", "call_matches", "calls_match"]

Object = Mapping[str, object]
_DROPPED: Final = re.compile(r"[ ,./\-_*^]")
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "integer": int,
    "number": (int, float),
    "float": (int, float),
    "string": str,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "object": dict,
}


def call_matches(name: str, arguments: Object, accepted: Object, schema: Object) -> bool:
    """Say whether a call is right.

    Args:
        name: The function that is called.
        arguments: By name.
        accepted: The function's name → each argument's name → the list of values that count as right.
        schema: The parameters of the function: ``properties`` and ``required``.
    """
    if name not in accepted or not isinstance(accepted[name], Mapping):
        return False
    values = cast("Object", accepted[name])
    properties = _mapping(schema.get("properties"))
    required = schema.get("required")
    if isinstance(required, list) and not set(cast("list[str]", required)) <= set(arguments):
        return False
    if not set(arguments) <= set(properties) or not set(arguments) <= set(values):
        return False
    if any(one not in arguments and "" not in _list(allowed) for one, allowed in values.items()):
        return False
    return all(accepts(value, _list(values[one]), _mapping(properties[one])) for one, value in arguments.items())


def calls_match(calls: Sequence[tuple[str, Object]], accepted: Sequence[Object], schemas: Mapping[str, Object]) -> bool:
    """Say whether several calls are right, in any order: each accepted one has a call of its own, and none is left."""
    if len(calls) != len(accepted):
        return False
    left = list(calls)
    for one in accepted:
        match = next((call for call in left if call[0] in schemas and call_matches(*call, one, schemas[call[0]])), None)
        if match is None:
            return False
        left.remove(match)
    return True


def accepts(value: object, allowed: Sequence[object], schema: Object) -> bool:
    """Say whether one value has its type and is among the accepted ones."""
    kind = str(schema.get("type", "any"))
    if not _is_of(value, kind) and not any(type(one) is type(value) for one in allowed if one != ""):
        return False
    if isinstance(value, bool):
        return any(one is value for one in allowed)
    if isinstance(value, dict):
        inner = _mapping(schema.get("properties"))
        return any(
            _object(cast("Object", value), cast("Object", one), inner) for one in allowed if isinstance(one, Mapping)
        )
    if isinstance(value, list):
        items = _mapping(schema.get("items"))
        return any(
            _in_order(cast("list[object]", value), cast("list[object]", one), items)
            for one in allowed
            if isinstance(one, list)
        )
    return any(_plain(value) == _plain(one) and isinstance(one, bool) == isinstance(value, bool) for one in allowed)


def _object(value: Object, accepted: Object, properties: Object) -> bool:
    if not set(value) <= set(accepted):
        return False
    if any(one not in value and "" not in _list(allowed) for one, allowed in accepted.items()):
        return False
    return all(accepts(inner, _list(accepted[one]), _mapping(properties.get(one))) for one, inner in value.items())


def _in_order(values: list[object], accepted: list[object], items: Object) -> bool:
    if len(values) != len(accepted):
        return False
    kind = str(items.get("type", "any"))
    for value, one in zip(values, accepted, strict=True):
        if isinstance(value, dict) and isinstance(one, Mapping):
            if not _object(cast("Object", value), cast("Object", one), _mapping(items.get("properties"))):
                return False
        elif isinstance(value, list) and isinstance(one, list):
            if not _in_order(cast("list[object]", value), cast("list[object]", one), _mapping(items.get("items"))):
                return False
        elif not _is_of(cast("object", value), kind) or _plain(cast("object", value)) != _plain(one):
            return False
    return True


def _is_of(value: object, kind: str) -> bool:
    wanted = _TYPES.get(kind.lower())
    if wanted is None:
        return True
    return isinstance(value, wanted) and (not isinstance(value, bool) or wanted is bool)


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _DROPPED.sub("", value).lower().replace("'", '"')


def _mapping(value: object) -> Object:
    return cast("Object", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]
