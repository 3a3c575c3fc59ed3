"""What a rule found."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value, the rule that gave it, and its arithmetic."""

    value: Fraction
    rule: str
    equation: str
