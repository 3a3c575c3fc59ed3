"""A value read inside of a text: of several the one whose words, place and unit fit what is asked.

A number counts only where it can be what is asked for: money where a price is asked, no minutes among pounds, no price
of six where that of one is wanted. Of prices that are told equally of the thing none is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from questline.tools.mathematics.unit_table import is_known
from questline.tools.slot_filling.dates import dates_in, times_in
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.temporal import TimeReading
from questline.tools.text import content_terms, sentences, stem

from .asked_units import UNIT, asked_unit, converts, in_unit
from .composed import Reading
from .literals import PATH
from .number_fit import MONEY_ASKED, NEVER, fits, piece_of
from .places import zones_in
from .told_of import in_words, terms

__all__ = ["end_of_stretch", "inside", "places"]

_OF: Final = re.compile(r"\s(?:of|at|in|from|for)\s")
_DOING: Final = re.compile(r"[a-z]{2,}ing", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")
_DIGIT: Final = re.compile(r"\d")
_BEGINS: Final = re.compile(r"\b(?:starts?|begins?|beginning|opens?|first day|set out|sets out)\b", re.IGNORECASE)
_ENDS: Final = re.compile(r"\b(?:ends?|finish(?:es)?|closes?|last day|until|till|over)\b", re.IGNORECASE)
_TO: Final = r"(?:to|until|till|through|–|-)"
_JOINT: Final = re.compile(rf"(?<=\d)\s*{_TO}\s*(?=(?:the\s+)?\d{{1,2}}\D)")
_FIRST_OF_TWO: Final = re.compile(rf"\s*{_TO}\s*(?=\d|[A-Z]|the\s+\d)")
_SECOND_OF_TWO: Final = re.compile(rf"(?:\d|[a-z])\s*{_TO}\s*(?:the\s+)?$")
_STRETCH: Final = 2.0
"""What it counts that a day or a time is the end of a stretch that is asked for, or the other one."""
_HOW_OFTEN: Final = re.compile(r"[a-z-]+ly|annual", re.IGNORECASE)
"""Says how often something is due, and is no amount of it: a quarterly instalment."""
_NEAR: Final = 0.5
_ITS_OWN: Final = 3.0
"""What the words of the thing count, where they stand in the same piece of a sentence."""


def places(text: str, kind: Reading) -> Iterator[tuple[int, int, object]]:
    """Yield the values of a kind with their places."""
    if kind == "date":
        for one in dates_in(text, None):
            if not isinstance(one.value, TimeReading) or one.value.start is None or one.value.end is None:
                continue
            joint = _JOINT.search(text, one.start, one.end)
            if one.value.start == one.value.end:
                yield one.start, one.end, one.value.start.isoformat()
            elif joint is not None:  # both ends of a stretch are days
                yield one.start, joint.start(), one.value.start.isoformat()
                yield joint.end(), one.end, one.value.end.isoformat()
    elif kind == "time":
        yield from ((one.start, one.end, one.text) for one in times_in(text))
    elif kind == "zone":
        yield from zones_in(text)
    else:
        days = [(one.start, one.end) for one in dates_in(text, None)]
        for one in numbers_in(text):
            if one.ordinal or any(start <= one.start < end for start, end in days):
                continue
            if _HOW_OFTEN.fullmatch(text[one.start : one.end].strip()):
                continue
            if kind == "number":
                yield one.start, one.end, one.value
            elif (unit := UNIT.match(text, one.end)) and (is_known(unit[1]) or is_known(unit[1].rpartition(" ")[2])):
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
        said = frozenset(content_terms(in_words(line)))
        shared = len(wanted & said) + 0.4 * len(wanted & above - said)
        above = said
        for start, end, value in places(line, kind):
            if kind == "quantity" and not converts(str(value), ask):
                continue
            beside = in_unit(line, start, end, unit) if kind == "number" and unit else None
            score = shared + _NEAR * _near(wanted, line, start) + (beside is not None)
            piece = frozenset(terms(piece_of(line, start)))
            score += _ITS_OWN * _share(thing, piece) + (fits(line, start, end, ask) if kind == "number" else 0.0)
            score += _of_the_stretch(line, start, end, ask) if kind in ("date", "time") else 0.0
            if score > NEVER / 2:
                told = value if beside is None else beside
                found.append(_Found(score=score, thing=piece & thing.keys(), asked=piece & asked, value=told))
    found = _of_the_thing(found, thing) if len(_OF.split(of)) == 1 else found
    if not found:
        return None
    best = max(found, key=lambda one: one.score)
    lacking = frozenset(thing) - frozenset(terms(text))
    main = frozenset(term for term, weight in thing.items() if weight == 1.0) if lacking else frozenset[str]()
    rivals = of and MONEY_ASKED.search(ask) and any(_rivals(best, one, main) for one in found)
    return None if rivals else best.value


def end_of_stretch(text: str, kind: Reading, ask: str) -> object:
    """Return the end of the only stretch of days or times in a text that a question asks for; None without such.

    >>> end_of_stretch("The camp runs from 8 July 2028 to 15 July 2028.", "date", "When does the camp start?")
    '2028-07-08'
    """
    found = {
        str(value): value
        for line in _lines(text)
        for start, end, value in places(line, kind)
        if _of_the_stretch(line, start, end, ask) > 0
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _of_the_stretch(line: str, start: int, end: int, ask: str) -> float:
    """Say how well a day or a time is the end of a stretch that is asked for: "from 8 July to 15 July"."""
    first = _FIRST_OF_TWO.match(line, end) is not None
    second = not first and _SECOND_OF_TWO.search(line[:start]) is not None
    begins, ends = _BEGINS.search(ask) is not None, _ENDS.search(ask) is not None
    if begins == ends or not (first or second):
        return 0.0
    return _STRETCH if begins == first else -_STRETCH


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


def _of_the_thing(found: list[_Found], thing: Mapping[str, float]) -> list[_Found]:
    """Return the values beside which most of what tells the thing apart is said: of "car 12, van 18" the van's."""
    most = max((sum(thing[term] == 1.0 for term in one.thing) for one in found), default=0)
    return [one for one in found if sum(thing[term] == 1.0 for term in one.thing) == most]


def _rivals(best: _Found, other: _Found, main: frozenset[str]) -> bool:
    """Say whether another value may be meant as well: told alike, or of such a thing where none is told of this one.

    Of prices for a small dog and a large dog neither is that for a medium one.

    Args:
        best: What counts most.
        other: Another value.
        main: The words of the thing but for its head, where the text lacks some of them.
    """
    if other.value == best.value:
        return False
    held = main & best.thing
    return (other.thing, other.asked) == (best.thing, best.asked) or bool(held and held <= other.thing)


def _share(thing: Mapping[str, float], piece: frozenset[str]) -> float:
    total = sum(thing.values())
    return sum(weight for term, weight in thing.items() if term in piece) / total if total else 0.0


def _weighed(of: str) -> Mapping[str, float]:
    """Return the words of a thing; its head counts half, for a list says it once: "bronze membership, silver, gold".

    Of what is done to a thing the doing counts half: "dogs may board for 32 dollars, cats for 20", for boarding a cat.
    """
    inner = _OF.split(of)[0].split()
    told = dict.fromkeys(terms(of), 1.0)
    done = len(inner) > 1 and _DOING.fullmatch(inner[0]) is not None
    heads = terms(inner[0] if done else inner[-1]) if inner else []
    return {term: 0.5 if term in heads and len(told) > 1 else weight for term, weight in told.items()}


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
