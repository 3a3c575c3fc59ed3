"""Arguments in which values are still to come: a hole fits every keyword but a type that it cannot have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from jsonschema import validators
from jsonschema.exceptions import ValidationError

from .schemas import Keyword, bounded

__all__ = ["Hole", "with_holes"]

_validators: Final[Any] = validators  # untyped upstream
_INTO: Final = ("type", "$ref", "allOf", "anyOf", "oneOf")
"""Keywords that say, or lead to what says, of which type a hole must be."""
_WHOLE: Final = ("enum", "const", "uniqueItems", "contains", "not", "if")
"""Keywords that judge a value as a whole, and so none that has a hole in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A value that is not there yet."""

    types: frozenset[str]
    """JSON types that it may have."""


@lru_cache(maxsize=16)
def with_holes(base: Any) -> Any:
    """Return a validator class of the same dialect, bounded as calls are, that knows holes."""
    plain: dict[str, Keyword] = dict(bounded(base).VALIDATORS)
    known = {name: _passed(check) for name, check in plain.items() if name not in _INTO}
    known |= {name: _not_whole(plain[name]) for name in _WHOLE if name in plain}
    known["type"] = _typed(plain["type"])
    if "anyOf" in plain and "oneOf" in plain:
        known["oneOf"] = _one_of(plain["oneOf"], plain["anyOf"])
    return _validators.extend(base, {**plain, **known})


def _passed(check: Keyword) -> Keyword:
    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        return None if isinstance(instance, Hole) else check(validator, value, instance, schema)

    return checked


def _not_whole(check: Keyword) -> Keyword:
    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        return None if _has_hole(instance) else check(validator, value, instance, schema)

    return checked


def _one_of(one: Keyword, any_of: Keyword) -> Keyword:
    """Return a check that lets a value with a hole fit several alternatives."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        return (any_of if _has_hole(instance) else one)(validator, value, instance, schema)

    return checked


def _typed(check: Keyword) -> Keyword:
    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        if not isinstance(instance, Hole):
            return check(validator, value, instance, schema)
        wanted = (
            frozenset(map(str, cast("list[object]", value))) if isinstance(value, list) else frozenset({str(value)})
        )
        numbers = {"integer", "number"}
        if instance.types & wanted or (instance.types & numbers and wanted & numbers):
            return None
        return iter([ValidationError(f"will be of type {_listed(instance.types)}, not {_listed(wanted)}")])

    return checked


def _listed(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def _has_hole(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_hole, cast("Mapping[str, object]", value).values()))
    return isinstance(value, Hole) or (isinstance(value, list) and any(map(_has_hole, cast("list[object]", value))))
