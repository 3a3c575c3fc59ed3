"""The unit that a value is asked for in, and values told in it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from questline.errors import UsageError
from questline.tools.mathematics.unit_table import is_known
from questline.tools.mathematics.units import convert
from questline.tools.slot_filling.units import measures
from questline.tools.text import STOPWORDS

__all__ = ["COUNTED", "UNIT", "asked_unit", "converted", "converts", "in_unit"]

UNIT: Final = re.compile(r"\s?(°\s?[CF]\b|%|(?:degrees?\s)?[^\W\d_]+(?:/[^\W\d_]+)?)")
_WANTED_UNIT: Final = re.compile(r"\b(?:in|to|into) (?P<unit>[^\W\d_]+(?:/[^\W\d_]+)?)\s*\??$")
COUNTED: Final = re.compile(r"\bhow (?P<how>many|much) (?P<unit>[^\W\d_]+)", re.IGNORECASE)


def asked_unit(ask: str) -> str:
    """Return the unit of measure that a number is wanted in, as of "how many grams of trout"; else nothing."""
    for match in (COUNTED.search(ask), _WANTED_UNIT.search(ask)):
        unit = match["unit"] if match else ""
        if unit and unit.casefold() not in STOPWORDS and measures(unit) and is_known(unit):
            return unit
    return ""


def converted(quantity: str, unit: str) -> int | float | None:
    """Return a quantity as a number of a unit; None where it cannot be told in it."""
    try:
        decimal = convert(quantity, unit).decimal
        told = None if decimal is None else Decimal(decimal)
    except (UsageError, ArithmeticError):
        return None
    if told is None:
        return None
    return int(told) if told == told.to_integral_value() else float(told)


def converts(quantity: str, ask: str) -> bool:
    """Say whether a quantity can be told in the unit that the question ends with, where it ends with one."""
    unit = _WANTED_UNIT.search(ask)
    if unit is None or not is_known(unit["unit"]):
        return True
    try:
        convert(quantity, unit["unit"])
    except UsageError:
        return False
    return True


def in_unit(line: str, start: int, end: int, wanted: str) -> int | float | None:
    """Return a number in the unit that is asked for, where one stands behind it that can be told so."""
    unit = UNIT.match(line, end)
    if unit is None or not is_known(wanted) or not is_known(unit[1]):
        return None
    return converted(line[start : unit.end()], wanted)
