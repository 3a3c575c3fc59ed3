"""The kinds of things that results are, and their names as words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from questline.tools.text import words

__all__ = [
    "Cited",
    "Nothing",
    "Passages",
    "Place",
    "Plain",
    "Record",
    "Refused",
    "Rows",
    "Text",
    "Value",
    "View",
    "cells_of",
    "is_prose",
    "plain_name",
]

Plain: TypeAlias = str | int | float | bool | None
_SEPARATORS: Final = re.compile(r"[_\-\s.]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PROSE: Final = 4
"""Words from which one value is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value; its name is empty where it has none."""

    value: str | int | float | bool
    name: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Named values of one thing, nested names joined by a dot, in their order."""

    fields: Mapping[str, Plain]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Things of one kind. One unnamed column has the empty name."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Plain, ...], ...]
    name: str = ""
    """What the list is called in the result."""
    more: bool = False
    """The tool has more of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Something to read."""

    text: str
    name: str = ""
    id: str = ""
    source: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """Several things to read, best first."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Characters of an answer rest on the passage with this id."""

    start: int
    end: int
    id: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """An answer that names its own sources."""

    text: str
    short: str = ""
    status: str = ""
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The tool says that it did not do it."""

    reason: str
    nothing: bool = False
    """It has no answer, in its own words; else something went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """There is nothing in it."""


View: TypeAlias = Value | Record | Rows | Text | Passages | Cited | Refused | Nothing


def plain_name(name: str) -> str:
    """Return a field's name as words: ``daysInAll`` and ``days_in_all`` as ``days in all``."""
    return _SEPARATORS.sub(" ", _CAMEL.sub("_", name)).strip().casefold()


def is_prose(value: object) -> bool:
    """Say whether one value is a sentence: it is read as a text is."""
    return isinstance(value, str) and len(words(value)) >= _PROSE


def cells_of(found: View) -> tuple[object, ...]:
    """Return the values that are told of one thing; none of a text, or of several things."""
    match found:
        case Value():
            return (found.value,)
        case Record():
            return tuple(found.fields.values())
        case Rows() if len(found.rows) == 1:
            return found.rows[0]
        case _:
            return ()
