"""A quick yes for values that fit a plain schema; everything else is left to the full check.

Nearly every tool declares an object of strings, numbers, lists and objects. Seeing that a sound value fits such a
schema takes a few comparisons, where the library, which must know every keyword, takes longer than all else the gateway
does for a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

__all__ = ["Fits", "quick"]

Fits: TypeAlias = Callable[[object], bool]
"""True: the value fits; False: the full check must say."""
_NOTES: Final = frozenset({"title", "description", "default", "examples", "format", "deprecated", "$comment"})
"""Keywords that refuse nothing here."""
_DIALECTS: Final = (None, "https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#")
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def quick(schema: Mapping[str, Any]) -> Fits | None:
    """Return the quick check of a sound schema, or None where the schema says more than this can see.

    Args:
        schema: Valid, as `schemas.problem_of` says.
    """
    if schema.get("$schema") not in _DIALECTS:
        return None
    return _fits({name: value for name, value in schema.items() if name != "$schema"})


def _fits(schema: object) -> Fits | None:
    if not isinstance(schema, Mapping):
        return None
    said = {name: value for name, value in cast("Mapping[str, Any]", schema).items() if name not in _NOTES}
    kind = said.pop("type", None)
    names = said.keys()
    if kind == "object" and names <= {"properties", "required", "additionalProperties"}:
        return _object(said)
    if kind == "array" and names <= {"items"}:
        return _array(said)
    if isinstance(kind, str) and kind in _KINDS and names <= {"enum"}:
        return _scalar(_KINDS[kind], said)
    if kind is None and names == {"anyOf"}:
        return _any(said["anyOf"])
    return None


def _object(said: Mapping[str, Any]) -> Fits | None:
    others = said.get("additionalProperties", True)
    inside = {name: _fits(each) for name, each in said.get("properties", {}).items()}
    checks = {name: fits for name, fits in inside.items() if fits is not None}
    if not isinstance(others, bool) or len(checks) < len(inside):
        return None
    required = tuple(said.get("required", ()))

    def fits(value: object) -> bool:
        if type(value) is not dict:
            return False
        members = cast("dict[str, object]", value)
        for name in required:
            if name not in members:
                return False
        for name, member in members.items():
            check = checks.get(name)
            if not (others if check is None else check(member)):
                return False
        return True

    return fits


def _array(said: Mapping[str, Any]) -> Fits | None:
    if "items" not in said:
        return lambda value: type(value) is list
    check = _fits(said["items"])
    if check is None:
        return None
    return lambda value: type(value) is list and all(map(check, cast("list[object]", value)))


def _scalar(kinds: tuple[type, ...], said: Mapping[str, Any]) -> Fits:
    if "enum" in said:  # of words alone: 1, 1.0 and true are one and the same to Python
        words = frozenset(each for each in said["enum"] if isinstance(each, str)) if str in kinds else frozenset[str]()
        return lambda value: type(value) is str and value in words
    if len(kinds) == 1:
        (only,) = kinds
        return lambda value: type(value) is only
    return lambda value: type(value) in kinds


def _any(branches: list[object]) -> Fits | None:
    checks = [_fits(each) for each in branches]
    sure = [check for check in checks if check is not None]
    if len(sure) < len(checks):
        return None
    return lambda value: any(check(value) for check in sure)
