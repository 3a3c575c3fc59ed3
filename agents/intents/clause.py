"""A stretch of a question on its way to an intent."""

from __future__ import annotations

from dataclasses import dataclass

from questline.types import TextSpan

from .values import IntentKind, Rule

__all__ = ["Clause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch of the question on its way to an intent."""

    start: int
    end: int
    rule: Rule = "lead"
    """Why it is apart from the clause before it."""
    text: str = ""
    """What it says, where that is more than its own words."""
    kind: IntentKind = ""
    members: tuple[TextSpan, ...] = ()
    group: int = 0
    """Clauses of one enumeration have the same number."""
