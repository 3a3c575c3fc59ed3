"""Read units and quantities: ``km/h``, ``m/s^2``, ``square feet``, ``公里每小时``, ``5 ft 10 in``, ``3万公里``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from questline.errors import UsageError

from . import exact
from .limits import bad_expression, too_large
from .parser import parse
from .unit_table import Unit, find, is_known, long_names

__all__ = ["Quantity", "product", "read_quantity", "read_unit"]

_LONGEST: Final = 200
_MOST_POWER: Final = 12
_PRINTED: Final = str.maketrans(
    {
        "×": "*",
        "·": "*",
        "⋅": "*",
        "−": "-",
        "（": "(",
        "）": ")",
        "²": "^2",
        "³": "^3",
        "⁻": "^-",
        "¹": "1",
        "／": "/",
        "，": ",",
        "’": "'",
        "“": '"',
        "”": '"',
    }
)
_PER_HUNDRED: Final = re.compile(
    r"(?:\b(?:l|lit(?:er|re)s?)|(?<=\d)l|升)\s*(?:/|per|每)\s*(?:100\s*(?:km\b|kilomet(?:er|re)s?\b|公里|千米)|百公里)",
    re.IGNORECASE,
)
_BARE_INCHES: Final = re.compile(r"(\d')\s*(\d+(?:\.\d+)?)\s*$")
_PER: Final = re.compile(r"\s*(?:\bper\b|每)\s*", re.IGNORECASE)
_POWERS: Final = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "平方": 2, "立方": 3, "squared": 2, "cubed": 3}
_PART: Final = re.compile(
    r"(?P<sign>[*/()])|\^\s*(?P<power>-?\d{1,3})|(?P<word>[^\s*/()^\d]+)(?P<digit>[2-9](?![\d.]))?|(?P<bad>\S)"
)
_PI: Final = re.compile(r"(?<![A-Za-z])(?:pi|π)(?![A-Za-z])")
_OF_PI: Final = r"[-+]?\s*(?:(?:\d+\*)?(?:pi|π)(?:/\d+)?|\d+/(?:\(\d+\*(?:pi|π)\)|(?:pi|π)))(?![A-Za-z])"
"""The numbers of π that conversions of angles give back: ``pi/6``, ``2*pi``, ``180/(7*pi)``."""
_NUMBER: Final = (
    r"[-+]?\s*(?:\d[\d,_]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?:\s*/\s*\d+)?"
    r"(?:\s*(?:[百千万亿]|(?:thousand|million|billion)\b))*"
)
_TERM: Final = re.compile(
    rf"\s*(?P<number>{_OF_PI}|{_NUMBER})(?P<unit>(?:\^\s*-?\d+|(?<=[A-Za-z])[2-9](?![\d.])|[^\d^])+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number of a unit."""

    value: Fraction
    """The number, without π."""
    pi: int = 0
    """The power of π that `value` is multiplied by."""
    unit: Unit


def read_quantity(text: str, beside: str = "") -> Quantity:
    """Read a number with its unit, or several of one dimension that are added up; `beside` as in `unit_table.find`.

    Raises:
        UsageError: ``bad_expression``; ``unknown_unit``; ``dimension_mismatch`` for ``5 ft 3 kg``; ``too_large``.
    """
    plain = _normal(text)
    terms = list(_TERM.finditer(plain))
    if not terms or "".join(term.group() for term in terms) != plain:
        raise bad_expression(f"{text!r} is no number with a unit", position=0)
    parts = [
        (exact.evaluate(parse(_PI.sub("1", term["number"])).tree), read_unit(term["unit"], beside)) for term in terms
    ]
    value, unit = parts[0]
    if _PI.search(plain) and len(parts) == 1:
        above = _PI.search(terms[0]["number"].partition("/")[0])
        return Quantity(value=exact.checked(value), pi=1 if above else -1, unit=unit)
    sign = -1 if plain.lstrip().startswith("-") else 1
    for more, other in parts[1:]:
        if other.dimension != unit.dimension or other.offset or unit.offset or other.pi != unit.pi:
            raise UsageError(
                f"{unit.symbol} and {other.symbol} cannot be added up", code="dimension_mismatch", unit=other.symbol
            )
        value += sign * more * other.size / unit.size
    return Quantity(value=exact.checked(value), unit=unit)


def read_unit(text: str, beside: str = "") -> Unit:
    """Read a unit or a product of units; `beside` as in `unit_table.find`.

    Raises:
        UsageError: ``unknown_unit``; ``bad_expression``; ``too_large``.
    """
    plain = _normal(text).strip()
    if not plain:
        raise bad_expression("there is no unit", position=0)
    if is_known(plain, beside):
        return find(plain, beside)
    plain = _PER.sub("/", plain)
    return product(_factors(_joined(plain), text, beside))


def _normal(text: str) -> str:
    if len(text) > _LONGEST:
        raise too_large(f"a quantity has at most {_LONGEST} characters")
    plain = text.translate(_PRINTED).replace("''", '"')
    return _BARE_INCHES.sub(r'\1\2"', _PER_HUNDRED.sub(" litre per hundred kilometres", plain))


def _joined(text: str) -> list[re.Match[str] | str]:
    """Return the parts of a unit, with the words of names such as ``nautical mile`` as one part."""
    parts: list[re.Match[str] | str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        name = next((long for long in _longest_first() if _stands(text, long, at)), None)
        match = _PART.match(text, at)
        assert match is not None
        parts.append(text[at : at + len(name)] if name else match)
        at = at + len(name) if name else match.end()
    return parts


def _longest_first() -> list[str]:
    return sorted(long_names(), key=len, reverse=True)


def _stands(text: str, name: str, at: int) -> bool:
    behind = text[at + len(name) : at + len(name) + 1]
    return text[at : at + len(name)].lower() == name and not behind.isalpha()


def _factors(parts: list[re.Match[str] | str], text: str, beside: str) -> list[tuple[Unit, int]]:
    """Return units with their exponents; ``/`` turns the unit or the bracket behind it."""
    found: list[tuple[Unit, int]] = []
    turned, inside, next_power, closed = 1, 1, 1, True
    for part in parts:
        if isinstance(part, str):
            found.append((find(part), turned * inside * next_power))
            turned, next_power, closed = 1, 1, True
        elif part["power"]:
            if not found or not closed or abs(int(part["power"])) > _MOST_POWER:
                raise bad_expression(f"the power in {text!r} has no unit before it", position=part.start())
            found[-1] = (found[-1][0], found[-1][1] * int(part["power"]))
            closed = False
        elif part["word"]:
            unit, power = _worded(part["word"], beside)
            if unit is None:
                if part["word"].lower() in ("squared", "cubed") and found:
                    found[-1] = (found[-1][0], found[-1][1] * power)
                else:
                    next_power = power
                continue
            found.append((unit, turned * inside * next_power * power * int(part["digit"] or 1)))
            turned, next_power, closed = 1, 1, True
        elif part["sign"] == "/":
            turned = -1
        elif part["sign"] == "(" and inside == 1:
            inside, turned = turned, 1
        elif part["sign"] == ")":
            inside = 1
        elif part["sign"] != "*":
            raise bad_expression(f"{text!r} is no unit", position=part.start())
    if not found or turned != 1 or next_power != 1:
        raise bad_expression(f"{text!r} is no whole unit", position=len(text))
    return found


def _worded(word: str, beside: str) -> tuple[Unit | None, int]:
    """Return the unit of a word and its exponent; None for a word that is only an exponent."""
    if word.lower() in _POWERS:
        return None, _POWERS[word.lower()]
    for sign in ("平方", "立方"):
        if word.startswith(sign):
            return find(word.removeprefix(sign)), _POWERS[sign]
    return find(word, beside), 1


def product(factors: Sequence[tuple[Unit, int]]) -> Unit:
    """Return the product of units to their powers, at least one."""
    if len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    if sum(abs(power) for _, power in factors) > _MOST_POWER:
        raise too_large(f"a unit has at most {_MOST_POWER} factors")
    size, pi = Fraction(1), 0
    dimension = (0,) * len(factors[0][0].dimension)
    for unit, power in factors:
        size *= unit.size**power
        pi += unit.pi * power
        dimension = tuple(one + power * more for one, more in zip(dimension, unit.dimension, strict=True))
    assumed = [text for unit, _ in factors for text in unit.assumed]
    if any(unit.offset for unit, _ in factors):
        assumed.append("a degree in a product of units is a difference of temperatures")
    top = [_symbol(unit, power) for unit, power in factors if power > 0]
    below = [_symbol(unit, -power) for unit, power in factors if power < 0]
    bottom = "*".join(below) if len(below) < 2 else f"({'*'.join(below)})"
    symbol = ("*".join(top) or "1") + (f"/{bottom}" if below else "")
    return Unit(symbol=symbol, dimension=dimension, size=size, pi=pi, assumed=tuple(dict.fromkeys(assumed)))


def _symbol(unit: Unit, power: int) -> str:
    name = f"({unit.symbol})" if power != 1 and not unit.symbol.isalpha() and len(unit.symbol) > 1 else unit.symbol
    return name if power == 1 else f"{name}^{power}"
