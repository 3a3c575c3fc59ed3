"""The kinds of value that an answer can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from questline.tools.mathematics.tree import Node
from questline.tools.mathematics.unit_table import Unit

__all__ = ["Choice", "Formula", "Group", "Interval", "Relation", "Truth", "Value", "Words", "is_typed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A number or an expression, perhaps with a unit."""

    tree: Node
    unit: Unit | str | None = None
    """A unit of the table; the word of a counted thing (块, apples); None for a bare number."""
    places: int | None = None
    """Decimal places as written; None where it is no plain decimal number."""
    rounded: bool = False
    """Whether it is said to be rounded (≈, 约)."""
    percent: bool = False
    lead: str = ""
    """Words before the value."""
    bare: Node | None = None
    """The whole as an expression, where the letters of its unit may be unknowns: ``12 m^2 n``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Formulas compared in a chain: ``x = 2``, ``-4 <= x <= 4``."""

    sides: tuple[Formula, ...]
    signs: tuple[str, ...]
    """One fewer than sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval of numbers; an end of None is infinite."""

    low: Formula | None
    high: Formula | None
    closed: tuple[bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Letters of options, or numbers in circles."""

    letters: frozenset[str]
    order: str = ""
    """As written, for questions that ask for an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Yes or no, right or wrong."""

    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Text that is none of the other kinds."""

    text: str
    closed: bool = False
    """Whether it is one of a closed list whose members exclude each other (directions, solids, signs)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several values: a point, a set, all solutions, a list, or a value with the condition it holds under."""

    kind: Literal["tuple", "set", "any", "list", "condition", "ratio"]
    """`tuple` and `list` are ordered, `set` is not; of `any` one is enough; a `ratio` is the same when scaled."""
    items: tuple[Value, ...]
    name: str = ""
    """Of a point."""


Value: TypeAlias = "Formula | Relation | Interval | Choice | Truth | Words | Group"


def is_typed(value: Value) -> bool:
    """Say whether a value is more than free text, in every member."""
    if isinstance(value, Group):
        return bool(value.items) and all(is_typed(item) for item in value.items)
    return not isinstance(value, Words) or value.closed
