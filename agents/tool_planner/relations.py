"""Amounts in relation to others: differences, ratios, parts, periods and multiples of one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from questline.tools.mathematics.unit_table import is_known
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.units import measures
from questline.tools.slot_filling.vocabulary import listed

from .counted import plural
from .literals import PATH
from .operands import Frame, Operand, number_of
from .patterns import CAPITALS, END
from .recipes import scaled

__all__ = ["MEASURES", "related"]

_MORE: Final = re.compile(
    rf"^(?P<lead>.*?)\bhow (?P<many>many|much) (?P<adj>more|fewer|less) (?P<a>.+?) than (?P<b>.+?){END}", re.IGNORECASE
)
_BY: Final = re.compile(
    rf"\b(?:by )?how (?:much|many (?P<unit>[a-z]+)) (?:(?:is|are|was|were) (?P<a1>.+?)"
    rf" (?P<adj1>\w+er|(?:more|less) \w+)"
    rf"|(?P<adj2>\w+er|(?:more|less) \w+) (?:is|are|was|were) (?P<a2>.+?)) than (?P<b>.+?){END}",
    re.IGNORECASE,
)
_DIFFERENCE: Final = re.compile(
    rf"\bdifference in (?P<what>[\w -]+?) between (?P<a>.+?) and (?P<b>.+?){END}", re.IGNORECASE
)
_RATIO: Final = re.compile(
    r"\bhow many (?P<a>[a-z]+)(?: of [a-z]+)? (?P<mid>.*?)\b(?:per|in (?:one|each|every)|(?:to|for) (?:each|every)) "
    rf"(?P<b>[a-z]+)(?: (?:of|in|at) (?P<x>[^?,]+?))?(?:,? on average)?{END}",
    re.IGNORECASE,
)
_PARTS: Final = re.compile(
    rf"\bone of (?:the |its )?(?P<n>[a-z]+|\d+) (?:equal )?(?:parts|shares|instal?ments|payments) of (?P<x>.+?){END}"
    rf"|\b(?P<name>half|a third|one third|a quarter|one quarter|a fifth|one fifth|a tenth|one tenth) (?:of )?"
    rf"(?P<y>(?:the|our|my) .+?){END}",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(
    r"\b(?:if|when) (?P<x>(?:the|our|my) .+?) (?:is|are|were) (?:split|shared|divided)(?: equally| evenly)?"
    r" (?:among|between|by|into) (?P<n>\d+|[a-z]+)",
    re.IGNORECASE,
)
_PRESENT: Final = re.compile(r" (?:(?:is|are|was|were)\b(?= |$)|(?:today|now|at present|currently|these days)$)")
"""What a thing is compared in, and the time that a source speaks of where it names none."""
_FRACTIONS: Final = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_FOLD: Final = re.compile(
    rf"\b(?P<times>twice|double|three times|four times|five times|ten times)(?: as (?:much|many) as)? "
    rf"(?P<x>(?:the|our|my) .+?){END}",
    re.IGNORECASE,
)
_FOLDS: Final = {"twice": 2, "double": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_PERCENT: Final = re.compile(rf"(?P<n>\d+(?:\.\d+)?) ?(?:%|per ?cent) of (?P<x>(?:the|our|my) .+?){END}", re.IGNORECASE)
_PERIOD: Final = re.compile(
    r"\bhow much (?:a|per|each|every) (?P<to>quarter|month|week|day) (?:is|are|was|does) (?P<x>(?:the|our|my) "
    rf"(?P<of>yearly|annual|quarterly|weekly|fortnightly) .+?){END}",
    re.IGNORECASE,
)
_PERIODS: Final = {
    ("quarter", "month"): 3,
    ("year", "quarter"): 4, ("year", "month"): 12, ("year", "week"): 52, ("year", "day"): 365, ("week", "day"): 7,
    ("fortnight", "week"): 2, ("fortnight", "day"): 14,
}  # fmt: skip
MEASURES: Final = {
    "longer": "length", "shorter": "length", "taller": "height", "higher": "height", "deeper": "depth",
    "wider": "width", "older": "age", "heavier": "weight", "lighter": "weight", "cheaper": "price", "dearer": "price",
    "more expensive": "price", "less expensive": "price", "more costly": "price", "pricier": "price",
    "faster": "speed", "slower": "speed", "stronger": "strength", "bigger": "size", "larger": "size",
    "smaller": "size", "thicker": "thickness", "thinner": "thickness", "narrower": "width", "lower": "height",
    "younger": "age", "later": "date", "earlier": "date",
}  # fmt: skip
"""Comparatives, and what they compare."""
_LESS: Final = frozenset(
    listed("shorter lighter cheaper slower smaller thinner narrower lower younger earlier less fewer")
)
"""Comparatives of what has less: how much it is so is the other's amount without its own."""


def related(text: str, opening: str = "") -> Iterator[Frame]:
    """Yield the formulas of one amount and another, the surest first."""
    yield from _parts(text)
    yield from scaled(text, opening)
    for find in (_periods, _multiples_said, _differences, _ratios):
        yield from find(text)


def _value(word: str) -> str:
    found = numbers_in(word)
    return str(found[0].value) if found and not found[0].ordinal else ""


def _differences(text: str) -> Iterator[Frame]:
    by = _BY.search(text)
    adjective = (by["adj1"] or by["adj2"]).casefold() if by else ""
    measure = MEASURES.get(adjective, "")
    if by and measure:
        one, other = (_PRESENT.sub("", x) for x in (by["a1"] or by["a2"], by["b"]))
        if measure in ("date", "age"):
            yield _between(one, other, adjective, by["unit"] or "")
            return
        unit = by["unit"] or ""
        known = measures(unit.casefold()) - {"money", "time"}
        first, second = (
            Operand(
                kind="number",
                ask=f"What is the {measure} of {x}?",
                of=x,
                read=f"What is the {measure} of {x} in {unit}?" if known else "",
            )
            for x in (one, other)
        )
        yield _apart(first, second, adjective)
        return
    match = _DIFFERENCE.search(text)
    if match:
        first, second = (number_of(f"What is the {match['what']} of {x}?", x) for x in (match["a"], match["b"]))
        yield _apart(first, second)
        return
    match = _MORE.match(text)
    if match:
        other = re.sub(r"^(?:of|in|on|at|for|the) ", "", match["b"].strip())
        one = _named(match["a"], other)
        if one:
            first = f"How {match['many']} {match['a']}?"
            yield _apart(number_of(first, one), number_of(first.replace(one, other), other), match["adj"].casefold())


def _is_less(adjective: str) -> bool:
    return adjective.split(maxsplit=1)[0] in _LESS if adjective else False


def _apart(first: Operand, second: Operand, adjective: str = "") -> Frame:
    """Return a difference; with a comparative that of the one that has more and the other, as the question has it."""
    above, below = (second, first) if _is_less(adjective) else (first, second)
    versus = (first.of, second.of, adjective) if adjective else None
    return Frame(amount=True, pieces=(above, " - ", below), versus=versus)


def _between(one: str, other: str, adjective: str, unit: str) -> Frame:
    """Return the time between two days: how much older one is, how much later."""
    aged = MEASURES[adjective] == "age"
    days = [
        Operand(kind="date", ask=f"When was {x} born?" if aged else f"What is the date of {x}?", of=x)
        for x in (one, other)
    ]
    first, last = days if adjective in ("older", "earlier") else reversed(days)
    counted = (
        unit.casefold() if unit.casefold() in ("days", "weeks", "months", "years") else "years" if aged else "days"
    )
    pieces = (f"how many {counted} from ", first, " until ", last)
    return Frame(amount=True, pieces=pieces, versus=(one, other, adjective))


def _periods(text: str) -> Iterator[Frame]:
    match = _PERIOD.search(text)
    said = match["of"].casefold() if match else ""
    whole = {"yearly": "year", "annual": "year", "weekly": "week", "quarterly": "quarter"}.get(said, "fortnight")
    number = _PERIODS.get((whole, match["to"].casefold())) if match else None
    if match and number:
        yield Frame(amount=True, pieces=(_described(match["x"]), f" / {number}"))


def _named(clause: str, other: str) -> str:
    """Return what stands in a clause in the place of `other`: a name for a name, else the same opening word."""
    if other[:1].isupper():
        names = re.findall(r"(?:[A-Z][\w'’-]*)(?: (?:of (?:the )?)?[A-Z][\w'’-]*)*", clause)
        return max(names, key=len, default="")
    head = re.match(r"(?:a|an|the|our|my) ", other)
    found = re.search(rf"\b{head[0]}[a-z-]+(?: [a-z-]+)??(?= |$)", clause) if head else None
    return found[0] if found else ""


def _ratios(text: str) -> Iterator[Frame]:
    match = _RATIO.search(text)
    if not match:
        return
    names = re.search(rf"(?:the )?{CAPITALS}", match["mid"])
    thing = (match["x"] or (names[0] if names else "")).strip()
    if not thing:
        return
    one, verb = match["b"], match["mid"].strip(" ,")
    above = f"How many {match['a']} {verb}?" if not match["x"] else f"How many {match['a']} does {thing} have?"
    below = f"How many {plural(one)} {'is' if is_known(one) else 'does'} {thing}{'' if is_known(one) else ' have'}?"
    yield Frame(amount=True, pieces=(number_of(above, thing), " / ", number_of(below, thing)))


def _parts(text: str) -> Iterator[Frame]:
    match = _PARTS.search(text)
    split = _SPLIT.search(text)
    if match:
        number = _value(match["n"]) if match["n"] else str(_FRACTIONS[match["name"].split()[-1].casefold()])
        thing = match["x"] or match["y"]
    elif split:
        number, thing = _value(split["n"]), split["x"]
    else:
        return
    if number and Decimal(number):
        yield Frame(amount=True, pieces=(_described(thing), f" / {number}"))


def _multiples_said(text: str) -> Iterator[Frame]:
    match = _FOLD.search(text)
    if match:
        yield Frame(amount=True, pieces=(f"{_FOLDS[match['times'].split()[0].casefold()]} * ", _described(match["x"])))
    match = _PERCENT.search(text)
    if match:
        yield Frame(amount=True, pieces=(f"{match['n']} / 100 * ", _described(match["x"])))


def _described(thing: str) -> Operand:
    return number_of(f"How much is {thing}?", PATH.sub("", thing))
