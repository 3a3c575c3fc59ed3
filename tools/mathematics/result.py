"""What a calculation gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from questline.types import AnswerWarning

from .decimals import decimal_of, is_decimal

__all__ = ["DIGITS", "Calculation", "Solutions", "rational"]

DIGITS: Final = 15
"""Significant digits of decimal approximations unless others are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """One result, exactly and as a decimal number."""

    exact: str
    """The exact form, such as ``1/3``, ``sqrt(2)``, ``x^2 + 1``; ``true`` or ``false`` for a comparison."""
    decimal: str | None = None
    """A decimal number of at most `digits` significant digits; None where the result is no number."""
    digits: int = DIGITS
    """The significant digits that `decimal` was rounded to."""
    decimal_is_exact: bool = False
    """Whether `decimal` is the exact value, not a rounded one."""
    latex: str
    """The exact form in LaTeX, without dollar signs."""
    unit: str = ""
    """The symbol of the unit of both forms; empty for a plain number."""
    warnings: tuple[AnswerWarning, ...] = ()
    """``approximate`` where `exact` is a decimal approximation itself; ``read_as``."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Calculation:
        """Read what a child process sends."""
        fields: dict[str, Any] = dict(value)
        fields["warnings"] = tuple(AnswerWarning(**warning) for warning in value.get("warnings", ()))
        return cls(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solutions:
    """What makes all equations true."""

    names: tuple[str, ...]
    """The unknowns, in the order given."""
    solutions: tuple[Mapping[str, Calculation], ...] = ()
    """Unknown → value, one mapping for each solution; empty where there is none, or infinitely many as `condition`."""
    condition: str = ""
    """What the unknown has to fulfil where solutions form ranges: ``(-2 < x) & (x < 2)``; ``true`` is every value."""
    domain: str
    """``real`` or ``complex``: where solutions were looked for."""
    complete: bool = True
    """Whether there is surely no other solution in the domain."""
    warnings: tuple[AnswerWarning, ...] = ()
    """``approximate``, ``maybe_incomplete``, ``any_whole_number``, ``read_as``."""


def rational(
    value: Fraction, *, digits: int = DIGITS, unit: str = "", warnings: tuple[AnswerWarning, ...] = ()
) -> Calculation:
    """Return a rational number as a result."""
    top, bottom = abs(value.numerator), value.denominator
    sign = "-" if value < 0 else ""
    latex = f"{sign}{top}" if bottom == 1 else f"{sign}\\frac{{{top}}}{{{bottom}}}"
    return Calculation(
        exact=str(value),
        decimal=decimal_of(value, digits),
        digits=digits,
        decimal_is_exact=is_decimal(value, digits),
        latex=latex + (f"\\,\\mathrm{{{unit}}}" if unit else ""),
        unit=unit,
        warnings=warnings,
    )
