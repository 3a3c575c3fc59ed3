"""Convert quantities between units, exactly; π stays a sign where an angle needs it."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Final

from questline.errors import UsageError
from questline.types import AnswerWarning

from . import exact
from .decimals import PI, decimal_of
from .limits import undefined
from .result import DIGITS, Calculation, rational
from .unit_reader import Quantity, read_quantity, read_unit
from .unit_table import Unit, contexts, dimension_name

__all__ = ["asked_conversion", "convert", "is_formula"]

_TO: Final = re.compile(
    r"\s+(?:to|in|into|as)(?=\s)|\s*(?:换算成|换算为|转换成|转换为|换成|等于多少|是多少|合多少|->|→|=\s*[?？])\s*",
    re.IGNORECASE,
)
_NUMBER_AND_MORE: Final = re.compile(r"\s*[-+]?[\d.,]+\s*[^\s\d.,]")
"""What stands before ``to`` or ``in`` where a conversion is meant, whether its units are known or not."""
_FORMULA: Final = re.compile(r"\d.*(?:[-+*/^(]|\b(?:of|per|plus|minus|times)\b).*\d")
_HOW_MANY: Final = re.compile(
    r"^\s*how many (?P<unit>.+?) (?:are there in|are in|is|are|in) (?P<quantity>.+)$", re.IGNORECASE
)


def asked_conversion(text: str) -> tuple[str, str] | None:
    """Return quantity and unit of a text that asks for a conversion (``5 km to miles``, ``100公里是多少英里？``)."""
    plain = text.strip().rstrip("?？。.") if isinstance(text, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]  # because callers are not typed
    if match := _HOW_MANY.match(plain):
        return (match["quantity"], match["unit"]) if _is_quantity(match["quantity"]) else None
    for match in _TO.finditer(text if "=" in plain else plain):
        quantity, unit = plain[: match.start()], plain[match.end() :]
        worded = not match.group().strip().isalpha() or match.group().isascii()
        if (
            unit.strip()
            and unit.strip()[0] not in "+-*/^=<>"
            and ((worded and _NUMBER_AND_MORE.match(quantity)) or _is_quantity(quantity))
        ):
            return quantity, unit
    return None


def is_formula(text: str) -> bool:
    """Say whether a text is no quantity but a formula of them (``100 km / 2 h``)."""
    return not _is_quantity(text) and bool(_FORMULA.search(text))


def convert(quantity: str, unit: str, *, digits: int = DIGITS) -> Calculation:
    """Return a quantity in another unit.

    Raises:
        UsageError: ``dimension_mismatch`` naming both; ``unknown_unit``; ``bad_expression``; ``undefined`` for a
            temperature below absolute zero.
    """
    given, target = _both(quantity, unit)
    if given.unit.consumption != target.consumption and _inverse(given.unit, target):
        given = _turned(given)
    elif given.unit.dimension != target.dimension:
        one, other = dimension_name(given.unit.dimension), dimension_name(target.dimension)
        raise UsageError(
            f"{given.unit.symbol} measures {one} and {target.symbol} {other}: neither can become the other",
            code="dimension_mismatch",
            unit=target.symbol,
            given=one,
            wanted=other,
        )
    value = _in_base(given)
    if dimension_name(target.dimension) == "temperature" and value < 0:
        raise undefined(f"{quantity.strip()} is below absolute zero")
    said = dict.fromkeys((*given.unit.assumed, *target.assumed))
    warnings = tuple(_warning("read_as", f"taken as {text}" if ":" not in text else text) for text in said)
    number = exact.checked(value / target.size - target.offset)
    return _told(number, given.pi + given.unit.pi - target.pi, target, digits, warnings)


def _both(quantity: str, unit: str) -> tuple[Quantity, Unit]:
    """Read both sides; a name that says too little alone is read beside each dimension until both sides agree."""
    failed: UsageError | None = None
    try:
        found = read_quantity(quantity), read_unit(unit)
    except UsageError as error:
        failed = error
    else:
        if found[0].unit.dimension == found[1].dimension or not set("′″") & set(quantity + unit):
            return found
    for beside in contexts():
        try:
            given, target = read_quantity(quantity, beside), read_unit(unit, beside)
        except UsageError:
            continue
        if given.unit.dimension == target.dimension:
            return given, target
    if failed is not None:
        raise failed
    return read_quantity(quantity), read_unit(unit)


def _inverse(one: Unit, other: Unit) -> bool:
    return all(power == -more for power, more in zip(one.dimension, other.dimension, strict=True))


def _turned(given: Quantity) -> Quantity:
    """Return litres for a distance as distance for a litre, or the other way round."""
    value = given.value * given.unit.size
    if not value:
        raise undefined("nothing for a distance, or no distance at all, has no inverse")
    dimension = tuple(-power for power in given.unit.dimension)
    unit = replace(given.unit, size=Fraction(1), dimension=dimension)
    return Quantity(value=1 / value, unit=unit)


def _in_base(quantity: Quantity) -> Fraction:
    return (quantity.value + quantity.unit.offset) * quantity.unit.size


def _told(value: Fraction, pi: int, unit: Unit, digits: int, warnings: tuple[AnswerWarning, ...]) -> Calculation:
    if not pi or not value:
        return rational(value, digits=digits, unit=unit.symbol, warnings=warnings)
    sign = "pi" if abs(pi) == 1 else f"pi^{abs(pi)}"
    latex = "\\pi" if abs(pi) == 1 else f"\\pi^{{{abs(pi)}}}"
    top, bottom = str(value.numerator), str(value.denominator)
    above, below = (sign, "") if pi > 0 else ("", sign)
    factors = [part for part in (top if top != "1" or not above else "", above) if part]
    under = [part for part in (bottom if bottom != "1" else "", below) if part]
    divided = f"/{'*'.join(under) if len(under) == 1 else '(' + '*'.join(under) + ')'}" if under else ""
    over = f"{top if top != '1' or pi < 0 else ''}{latex if pi > 0 else ''}"
    beneath = f"{bottom if bottom != '1' else ''}{latex if pi < 0 else ''}"
    return Calculation(
        exact="*".join(factors) + divided,
        decimal=decimal_of(value * PI**pi, digits),
        digits=digits,
        latex=(f"\\frac{{{over}}}{{{beneath}}}" if beneath else over) + f"\\,\\mathrm{{{unit.symbol}}}",
        unit=unit.symbol,
        warnings=warnings,
    )


def _is_quantity(text: str) -> bool:
    for beside in ("", *contexts()):
        try:
            read_quantity(text, beside)
        except UsageError as error:
            if error.code != "dimension_mismatch":
                continue
        return True
    return False


def _warning(code: str, message: str) -> AnswerWarning:
    return AnswerWarning(code=code, message=message, step="convert")
