"""What the rules of a language find: parts of time expressions, each with its place and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Make", "Part", "Role", "Rule", "Side", "found", "rules"]

Role: TypeAlias = Literal[
    "century", "decade", "year", "quarter", "season", "half", "month", "week", "isoweek", "nth", "day", "weekday",
    "weekend", "date", "holiday", "event", "offset", "rolling", "bound", "edge", "anchored", "dead",
]  # fmt: skip
Side: TypeAlias = Literal["", "left", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a time expression, such as the month of a date."""

    start: int
    end: int
    role: Role
    low: int = 0
    """The number it says, or how many units from the anchor's own where ``relative``."""
    high: int = 0
    """The last number, where it says several (3–5 May); else as ``low``."""
    unit: str = ""
    name: str = ""
    """Of a season, holiday, event, edge; the kind of a dead end; for dates the digits as they stand."""
    relative: bool = False
    turn: int | None = None
    """``last`` -1, ``this`` 0 or ``next`` 1 before a name that returns (last March, next Friday)."""
    short: bool = False
    """A year or decade without its century."""
    side: Side = ""
    """For what belongs to a neighbour: on which side it stands."""
    needs: Literal["", "neighbour", "cue"] = ""
    """Not a time by itself: it counts only beside other parts, or also after a preposition."""
    sure: float = 1.0


Make: TypeAlias = Callable[[re.Match[str]], Iterable[Part]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A small pattern, and the parts that a match of it says."""

    pattern: re.Pattern[str]
    make: Make


def rules(flags: int, *pairs: tuple[str, Make]) -> tuple[Rule, ...]:
    """Return the rules that patterns and what makes parts of their matches give."""
    return tuple(Rule(re.compile(pattern, flags), make) for pattern, make in pairs)


def found(rules: Sequence[Rule], text: str) -> list[tuple[Part, ...]]:
    """Return the groups of parts of one match each, in the order of the text: from the left, the longest that fits."""
    groups = [tuple(rule.make(match)) for rule in rules for match in rule.pattern.finditer(text)]
    ordered = sorted((group for group in groups if group), key=lambda group: (group[0].start, -group[-1].end))
    kept: list[tuple[Part, ...]] = []
    for group in ordered:
        if not kept or group[0].start >= kept[-1][-1].end:
            kept.append(group)
    return kept
