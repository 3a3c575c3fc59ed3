"""A value read inside of a text: of several the one whose words, place and unit fit what is asked.

A number counts only where it can be what is asked for: money where a price is asked, no minutes among pounds, no price
of six where that of one is wanted. Of prices that are told equally of the thing none is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from questline.errors import UsageError
from questline.tools.mathematics.unit_table import is_known
from questline.tools.mathematics.units import convert
from questline.tools.slot_filling.dates import dates_in, times_in
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.units import measures
from questline.tools.temporal import TimeReading
from questline.tools.text import STOPWORDS, content_terms, is_cjk, sentences, stem

from .composed import Reading
from .literals import PATH
from .places import zones_in
from .told_of import terms, years_in

__all__ = ["COINS_ZH", "MONEY_ASKED", "SHARE_ASKED", "asked_unit", "converted", "converts", "inside", "places"]

MONEY_ASKED: Final = re.compile(
    r"\b(?:costs?|prices?|priced|pays?|fees?|charges?|rent|wages?|salary|salaries|premiums?|fares?|owe)\b"
    r"|多少(?:钱|镑|元|块)",
    re.IGNORECASE,
)
SHARE_ASKED: Final = re.compile(r"\bper ?cent\b|百分之", re.IGNORECASE)
COINS_ZH: Final = (
    "镑", "元", "块", "克朗", "欧元", "美元", "英镑", "日元", "法郎", "卢比", "便士", "角", "分钱", "钱",
)  # fmt: skip
_COINS: Final = frozenset(["pound", "crown", "penny", "pence", "franc", "krone", "kronor", "kroner", "dollar", "euro"])
_SIGN: Final = re.compile(r"[$€£¥₹]")
_UNIT: Final = re.compile(r"\s?(°\s?[CF]\b|%|(?:degrees?\s)?[^\W\d_]+(?:/[^\W\d_]+)?)")
_AFTER: Final = re.compile(r"\s?-?([^\W\d_]+)(?:\s([^\W\d_]+))?(?:\s([^\W\d_]+))?")
_WANTED_UNIT: Final = re.compile(r"\b(?:in|to|into) (?P<unit>[^\W\d_]+(?:/[^\W\d_]+)?)\s*\??$")
_COUNTED: Final = re.compile(r"\bhow (?P<how>many|much) (?P<unit>[^\W\d_]+)", re.IGNORECASE)
_ONE: Final = re.compile(r"\b(?P<rate>for )?one (?P<noun>[^?]+?)(?= (?:cost|weigh|for|of|at|in|to|from)\b|\?|$)")
_RATES: Final = frozenset(map(stem, ("each", "every", "per", "apiece", "head", "person")))
_PRICED: Final = re.compile(
    r"(?:costs?|charged?|charges|pays?|paid|priced?|prices|fees?|rates?|rent|fares?|premiums?|worth|价格?|费用?|收费?)\b",
    re.IGNORECASE,
)
_BARE: Final = re.compile(r"(?:\s(?:is|are|was|of|at|only|just|about|around|comes to|to|now|[:=]))*[\s:=]*$", re.IGNORECASE)
_CENTS: Final = re.compile(r"\d\.\d\d(?!\d)")
_PAST: Final = re.compile(r"\b(?:in|until|till|before|up to) (?:1[89]|20)\d{2}\b", re.IGNORECASE)
_PERCENT: Final = re.compile(r"\s?(?:%|per ?cent)", re.IGNORECASE)
_OF: Final = re.compile(r"\s(?:of|at|in|from|for)\s")
_PIECE: Final = re.compile(r"[,;:，；、](?!\d)|\s(?:and|but|while|or)\s|(?<=[.。!?])\s")
_WORD: Final = re.compile(r"[^\W_]+")
_DIGIT: Final = re.compile(r"\d")
_JOINED: Final = re.compile(r"[_\W]+")
_SERVED: Final = frozenset(
    map(stem, ("people", "persons", "guests", "adults", "servings", "portions", "eaters", "helpings", "heads"))
)
"""Words for those that something is for, one as good as another."""
_NEAR: Final = 0.5
_NEVER: Final = -1e6
_ITS_OWN: Final = 3.0
"""What the words of the thing count, where they stand in the same piece of a sentence."""


def places(text: str, kind: Reading) -> Iterator[tuple[int, int, object]]:
    """Yield the values of a kind with their places."""
    if kind == "date":
        for one in dates_in(text, None):
            if isinstance(one.value, TimeReading) and one.value.start is not None and one.value.start == one.value.end:
                yield one.start, one.end, one.value.start.isoformat()
    elif kind == "time":
        yield from ((one.start, one.end, one.text) for one in times_in(text))
    elif kind == "zone":
        yield from zones_in(text)
    else:
        days = [(one.start, one.end) for one in dates_in(text, None)]
        for one in numbers_in(text):
            if one.ordinal or any(start <= one.start < end for start, end in days):
                continue
            if kind == "number":
                yield one.start, one.end, one.value
            elif (unit := _UNIT.match(text, one.end)) and (is_known(unit[1]) or is_known(unit[1].rpartition(" ")[2])):
                yield one.start, unit.end(), text[one.start : unit.end()]


def inside(text: str, kind: Reading, ask: str, of: str = "") -> object:
    """Return the value of a kind that answers a question in a text, told of a thing; None where there is none."""
    if kind == "text":
        return _read(text, ask)
    unit = asked_unit(ask)
    thing = _weighed(of)
    wanted = frozenset(content_terms(PATH.sub(" ", ask)))  # a file's name says nothing about a line in it
    asked = frozenset(terms(PATH.sub(" ", ask)))
    found: list[_Found] = []
    above: frozenset[str] = frozenset()
    for line in _lines(text):
        said = frozenset(content_terms(_JOINED.sub(" ", line)))
        shared = len(wanted & said) + 0.4 * len(wanted & above - said)
        above = said
        for start, end, value in places(line, kind):
            if kind == "quantity" and not converts(str(value), ask):
                continue
            beside = _in_unit(line, start, end, unit) if kind == "number" and unit else None
            score = shared + _NEAR * _near(wanted, line, start) + (beside is not None)
            piece = frozenset(terms(_piece(line, start)))
            score += _ITS_OWN * _share(thing, piece) + (_fits(line, start, end, ask) if kind == "number" else 0.0)
            if score > _NEVER / 2:
                told = value if beside is None else beside
                found.append(_Found(score=score, thing=piece & thing.keys(), asked=piece & asked, value=told))
    if not found:
        return None
    best = max(found, key=lambda one: one.score)
    lacking = frozenset(thing) - frozenset(terms(text))
    rivals = of and MONEY_ASKED.search(ask) and any(_rivals(best, one, lacking) for one in found)
    return None if rivals else best.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    score: float
    thing: frozenset[str]
    """The words of the thing in its piece of a sentence.

    A piece ends at a mark or a conjunction, and holds one value: of "bronze costs 24 pounds, silver 42 and gold 68" the
    second is silver's.
    """
    asked: frozenset[str]
    """The words of the question there."""
    value: object


def _rivals(best: _Found, other: _Found, lacking: frozenset[str]) -> bool:
    """Say whether another value may be meant as well: told alike, or of such a thing where none is told of this one.

    Of prices for a small dog and a large dog neither is that for a medium one.
    """
    if other.value == best.value:
        return False
    return (other.thing, other.asked) == (best.thing, best.asked) or bool(lacking and other.thing & best.thing)


def _share(thing: Mapping[str, float], piece: frozenset[str]) -> float:
    total = sum(thing.values())
    return sum(weight for term, weight in thing.items() if term in piece) / total if total else 0.0


def _piece(line: str, at: int) -> str:
    start = max((mark.end() for mark in _PIECE.finditer(line, 0, at)), default=0)
    end = _PIECE.search(line, at)
    return line[start : end.start() if end else len(line)]


def _weighed(of: str) -> Mapping[str, float]:
    """Return the words of a thing; its head counts half, for a list says it once: "bronze membership, silver, gold"."""
    inner = _OF.split(of)[0]
    told = dict.fromkeys(terms(of), 1.0)
    heads = terms(inner.split()[-1]) if inner.split() else []
    return {term: 0.5 if term in heads and len(told) > 1 else weight for term, weight in told.items()}


def _fits(line: str, start: int, end: int, ask: str) -> float:
    """Return what speaks for a number of the kind that is asked for: money, a share, a count of one thing."""
    kinds = _measured(line, start, end)
    if SHARE_ASKED.search(ask):
        return 1.0 if _PERCENT.match(line, end) else _NEVER
    if _of_several(line, start, ask):
        return _NEVER
    if MONEY_ASKED.search(ask):
        past = _PAST.search(line) and not years_in(ask)
        return _NEVER if past or not _rate_told(line, ask) else _as_money(line, start, end, kinds)
    counted = _COUNTED.search(ask)
    if counted is None or counted["unit"].casefold() in STOPWORDS:
        return 0.0
    if asked_unit(ask):
        return _NEVER if kinds and not kinds & measures(asked_unit(ask).casefold()) else 0.0
    return _as_count(line, end, counted["unit"], kinds) if counted["how"].casefold() == "many" else 0.0


def _as_money(line: str, start: int, end: int, kinds: frozenset[str]) -> float:
    if "money" in kinds:
        return 1.0
    if kinds:
        return _NEVER
    verb = max((match.end() for match in _PRICED.finditer(line, 0, start)), default=-1)
    after = _AFTER.match(line, end)
    counts = after is not None and not is_cjk(after[1]) and after[1].casefold() not in STOPWORDS
    if verb >= 0 and _BARE.fullmatch(line, verb, start):
        return 0.5  # "costs 38 talers", "price: 12"
    if not counts and (verb >= 0 or _CENTS.fullmatch(line[start:end].strip())):
        return 0.0
    return _NEVER


def _as_count(line: str, end: int, noun: str, kinds: frozenset[str]) -> float:
    """Return what speaks for a number that is to count a noun: the noun behind it, and no other one."""
    if kinds - {"time"} or _PERCENT.match(line, end):
        return _NEVER
    behind = _behind(line, end)
    wanted = _SERVED if stem(noun) in _SERVED else frozenset({stem(noun)})
    if wanted & frozenset(map(stem, behind)):
        return 1.0
    first = behind[0] if behind else ""
    other = first.isascii() and first.islower() and first.endswith("s") and not first.endswith("ss") and len(first) > 3
    return _NEVER if other or kinds else 0.0


def _behind(line: str, end: int) -> list[str]:
    """Return the words behind a number, at most three, up to a small one: what it counts is among them."""
    after = _AFTER.match(line, end)
    found = [word for word in after.groups() if word] if after else []
    small = next((place for place, word in enumerate(found) if word.casefold() in STOPWORDS), len(found))
    return found[:small]


def _measured(line: str, start: int, end: int) -> frozenset[str]:
    """Return what the unit beside a number measures; nothing where none stands there."""
    if _SIGN.search(line[max(0, start - 2) : end]):
        return frozenset({"money"})
    match = _UNIT.match(line, end)
    if match is None:
        return frozenset()
    word = match[1].rpartition(" ")[2]
    if word.isascii():
        if word.casefold() in STOPWORDS or word.casefold() == "second":
            return frozenset()
        money = frozenset({"money"}) if stem(word) in map(stem, _COINS) else frozenset[str]()
        return measures("percent" if word == "%" else word) | money
    if word.startswith(COINS_ZH):
        return frozenset({"money"})
    return next((measures(word[:size]) for size in (3, 2, 1) if measures(word[:size])), frozenset())


def _of_several(line: str, at: int, ask: str) -> bool:
    """Say whether a number is told of several of what one is asked about: "55 pounds for two people"."""
    piece = _piece(line, at)
    heads = [frozenset(map(stem, one["noun"].split()[-1:])) for one in _ONE.finditer(ask)]
    for one in numbers_in(piece) if heads else ():
        behind = frozenset(map(stem, _behind(piece, one.end)))
        if isinstance(one.value, int) and one.value > 1 and any(_kin(head) & behind for head in heads):
            return True
    return False


def _rate_told(line: str, ask: str) -> bool:
    """Say whether a sentence speaks of each of those that a price is asked for: a price for one adult, a day's rent."""
    rates = [frozenset(map(stem, one["noun"].split()[-1:])) for one in _ONE.finditer(ask) if one["rate"]]
    said = frozenset(stem(word) for word in _WORD.findall(line.casefold()))
    return all(_kin(rate) & said or _RATES & said for rate in rates)


def _kin(head: frozenset[str]) -> frozenset[str]:
    return head | _SERVED if head & _SERVED else head


def asked_unit(ask: str) -> str:
    """Return the unit of measure that a number is wanted in: of "how many grams of trout", "in miles?"; else nothing."""
    for match, name in ((_COUNTED.search(ask), "unit"), (_WANTED_UNIT.search(ask), "unit")):
        if match and match[name].casefold() not in STOPWORDS and measures(match[name]) and is_known(match[name]):
            return match[name]
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


def _in_unit(line: str, start: int, end: int, wanted: str) -> int | float | None:
    """Return a number in the unit that is asked for, where one stands behind it that can be told so."""
    unit = _UNIT.match(line, end)
    if unit is None or not is_known(wanted) or not is_known(unit[1]):
        return None
    return converted(line[start : unit.end()], wanted)


def _near(wanted: frozenset[str], line: str, at: int) -> float:
    """Return how near the question's words stand to a place; those beyond another number count half."""
    total = 0.0
    for term in wanted:
        gaps = [
            (at - match.end() if match.end() <= at else match.start() - at)
            * (2 if _DIGIT.search(line[match.end() : at] if match.end() <= at else line[at + 8 : match.start()]) else 1)
            for match in _WORD.finditer(line)
            if stem(match[0]) == term
        ]
        total += 1 / (1 + max(0, min(gaps)) / 20) if gaps else 0.0
    return total


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


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip():
            yield from (one.text for one in sentences(line))


def _read(text: str, ask: str) -> str | None:
    from questline.tools.models.cross_encoder import CrossEncoder

    wanted = frozenset(content_terms(ask))
    lines = sorted(_lines(text), key=lambda line: -len(wanted & frozenset(content_terms(line))))[:8]
    judged = CrossEncoder.load().judge(ask, lines, spans=1)
    best = max(judged, key=lambda one: one.relevance, default=None)
    return best.spans[0].text if best and best.spans else None
