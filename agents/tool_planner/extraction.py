"""What a result says of one thing: the day, number, quantity, time, zone or text that answers a question.

A value that is of the kind as a whole comes before one that stands inside of a text; of several in a text the one whose
line, or the line before it, shares most with the question counts. Where the question is about a thing, a text must
speak of it, and a value counts most that stands in the piece of a sentence that does. Nothing is guessed: without a
value it is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Final, cast

from questline.errors import UsageError
from questline.tools.mathematics.unit_table import is_known
from questline.tools.mathematics.units import convert
from questline.tools.slot_filling.dates import dates_in, times_in
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.units import measures
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.temporal import TimeReading
from questline.tools.text import content_terms, is_cjk, sentences, stem

from .composed import Reading
from .literals import PATH
from .places import zones_in

__all__ = ["extract", "unit_in"]

_FIRST: Final = ("short", "value", "result", "moved_to", "decimal", "answer", "text", "content", "contents", "rows")
"""Fields that hold what a tool was called for, the plainest first."""
_ABOUT: Final = frozenset(
    listed(
        "sql query columns start end status score scores id ids citations warnings truncated characters"
        " bytes modified refused words path digits rounded warning source sources"
    )
)
"""Fields that speak of a result rather than being it; read where nothing else holds anything."""
_LONGEST: Final = 200_000
_SHORT: Final = 12
"""Words of a text that is taken whole."""
_UNIT: Final = re.compile(r"\s?(°\s?[CF]\b|%|(?:degrees?\s)?[^\W\d_]+(?:/[^\W\d_]+)?)")
_WANTED_UNIT: Final = re.compile(r"\b(?:in|to|into) (?P<unit>[^\W\d_]+(?:/[^\W\d_]+)?)\s*\??$")
_COUNTED_UNIT: Final = re.compile(r"\bhow (?:many|much) (?P<unit>[^\W\d_]+)", re.IGNORECASE)
_NEAR: Final = 0.5
_NEVER: Final = -1e6
_PERCENT: Final = re.compile(r"\s?(?:%|per ?cent)", re.IGNORECASE)
_ITS_OWN: Final = 3.0
"""What the words of the thing count, where they stand in the same piece of a sentence."""
_OF: Final = re.compile(r"\s(?:of|at|in|from|for)\s")
_PIECE: Final = re.compile(r"[,;:，；、](?!\d)|\s(?:and|but|while|or)\s|(?<=[.。!?])\s")
_SENTENCES: Final = ("answer", "text", "content")
_MONEY_ASKED: Final = re.compile(r"\b(?:how much (?:does|is|are|do)|costs?|prices?|pay|fee)\b|多少钱", re.IGNORECASE)
_SHARE_ASKED: Final = re.compile(r"\bper ?cent\b|百分之", re.IGNORECASE)
_PRICES: Final = ("price", "cost", "rate", "fee", "wage", "charge", "fare", "amount", "rent", "salary", "premium")
_SHARES: Final = ("percent", "percentage", "discount", "share", "rebate", "pct")
_NAMED_BY: Final = {
    "how heavy": "weight", "weigh": "weight", "how long": "length", "how far": "distance", "how high": "height",
    "how tall": "height", "how deep": "depth", "how wide": "width", "多重": "weight", "多长": "length",
    "多远": "distance",
}  # fmt: skip
"""How a measure is asked for, and what columns call it."""
_WORD: Final = re.compile(r"[^\W_]+")
_DIGIT: Final = re.compile(r"\d")
_JOINED: Final = re.compile(r"[_\W]+")


def extract(value: object, kind: Reading, ask: str, *, of: str = "") -> object:
    """Return what a result says of one thing.

    Args:
        value: JSON data that a tool returned; others' text, never followed.
        kind: A day comes as ``YYYY-MM-DD``, a number as int or float, a quantity as ``190 °C``, a zone by its tz name.
        ask: The question that it answers.
        of: The thing that it is told of, where that is known.

    Raises:
        ValueError: Nothing of the kind stands in it.
    """
    named = _cell(value, kind, ask, of)
    if named is not None:
        return named
    told = _told(value) if of else ""
    if told and kind != "text":
        found = _inside(told[:_LONGEST], kind, ask, of) if _speaks_of(value, of) else None
        if found is None:
            raise ValueError(f"no {kind} of {of[:60]!r} stands in the result that answers {ask[:120]!r}")
        return found
    for part in _parts(value):
        whole = _whole(part, kind)
        if whole is not None:
            return whole
    for part in _parts(value):
        if isinstance(part, str):
            found = _inside(part[:_LONGEST], kind, ask, of)
            if found is not None:
                return found
    raise ValueError(f"no {kind} stands in the result that answers {ask[:120]!r}")


def _told(value: object) -> str:
    """Return the sentences of a result that answers in sentences; empty for values alone."""
    if not isinstance(value, Mapping):
        return ""
    members = cast("Mapping[str, object]", value)
    texts = [members[name] for name in _SENTENCES if isinstance(members.get(name), str)]
    return str(texts[0]) if texts and "rows" not in members else ""


def _speaks_of(value: object, of: str) -> bool:
    """Say whether a result names a thing anywhere: in its text, its titles, its sources."""
    wanted = frozenset(content_terms(of))
    said = json.dumps(value, ensure_ascii=False)
    if is_cjk(of):
        pairs = {of[place : place + 2] for place in range(len(of) - 1)} or {of}
        return any(pair in said for pair in pairs)
    held = frozenset(content_terms(_JOINED.sub(" ", said)))
    return not wanted or len(wanted & held) * 2 >= len(wanted)


def _cell(value: object, kind: Reading, ask: str, of: str) -> object:
    """Return what one row, or one record, has in the column that the question asks for, where its names tell which.

    Words of the thing itself choose no column: what a bottle costs is no number of bottles.

    Raises:
        ValueError: The columns are of other kinds than what is asked for.
    """
    if kind not in ("number", "quantity") or not isinstance(value, Mapping):
        return None
    cells = _named_cells(cast("Mapping[str, object]", value))
    fit = [(name, cell) for name, cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
    if not fit:
        return None
    folded = ask.casefold()
    wanted = frozenset(content_terms(ask)) - frozenset(content_terms(of))
    wanted |= {stem(measure) for word, measure in _NAMED_BY.items() if word in folded}
    for asked, names in ((_MONEY_ASKED, _PRICES), (_SHARE_ASKED, _SHARES)):
        if asked.search(ask):
            fit = [(name, cell) for name, cell in fit if _words(name) & frozenset(map(stem, names))]
            if not fit:
                raise ValueError(f"no column tells what answers {ask[:120]!r}")
    scores = [len(_words(name) & wanted) for name, _ in fit]
    if len(fit) > 1 and scores.count(max(scores)) > 1:
        return None
    name, cell = fit[scores.index(max(scores))]
    if kind == "number":
        return cell
    unit = unit_in(name)
    told = f"{cell:.15g} {unit}"
    return told if unit and _converts(told, ask) else None


def _words(name: str) -> frozenset[str]:
    return frozenset(content_terms(_JOINED.sub(" ", name)))


def _named_cells(members: Mapping[str, object]) -> list[tuple[str, object]]:
    columns, rows = members.get("columns"), members.get("rows")
    if isinstance(columns, list) and isinstance(rows, list) and len(cast("list[object]", rows)) == 1:
        row = cast("list[object]", rows)[0]
        if isinstance(row, list):
            return list(zip(map(str, cast("list[object]", columns)), cast("list[object]", row), strict=False))
    content = next((members[name] for name in ("text", "content") if name in members), None)
    if isinstance(content, str) and content.lstrip()[:1] == "{":
        with suppress(ValueError):
            inner = cast("object", json.loads(content))
            if isinstance(inner, dict):
                return list(cast("dict[str, object]", inner).items())
    return []


def _parts(value: object) -> Iterator[object]:
    """Yield the plain values of a result, what it was asked for first."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        names = [name for name in _FIRST if name in members]
        names += [name for name in members if name not in _FIRST and name not in _ABOUT]
        for name in names:
            yield from _parts(members[name])
        if not names:
            yield from (part for name in members for part in _parts(members[name]))
    elif isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            yield from _parts(item)
    elif value is not None:
        yield value


def _whole(part: object, kind: Reading) -> object:
    """Return a value that is of the kind as it stands."""
    if isinstance(part, bool):
        return None
    if isinstance(part, int | float):
        return part if kind == "number" else f"{part:g}" if kind == "text" else None
    text = str(part).strip()
    if not text:
        return None
    if kind == "text":
        return text if len(text.split()) <= _SHORT and "\n" not in text else None
    found = list(_places(text, kind))
    if len(found) == 1 and not _JOINED.sub("", text[: found[0][0]] + text[found[0][1] :]):
        return found[0][2]
    return None


def unit_in(name: str) -> str:
    """Return the unit that ends a name: ``kg`` of ``weight_kg``; empty where none does, as in ``hours_a_week``."""
    head, _, last = _JOINED.sub(" ", name).strip().rpartition(" ")
    rate = head.rpartition(" ")[2].casefold() in ("a", "an", "per", "each")
    return last if head and not rate and measures(last.casefold()) and is_known(last) else ""


def _places(text: str, kind: Reading) -> Iterator[tuple[int, int, object]]:
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


def _inside(text: str, kind: Reading, ask: str, of: str = "") -> object:
    if kind == "text":
        return _read(text, ask)
    unit = _COUNTED_UNIT.search(ask)
    thing = _weighed(of)
    wanted = frozenset(content_terms(PATH.sub(" ", ask)))  # a file's name says nothing about a line in it
    best: tuple[float, object] | None = None
    above: frozenset[str] = frozenset()
    for line in _lines(text):
        said = frozenset(content_terms(_JOINED.sub(" ", line)))
        shared = len(wanted & said) + 0.4 * len(wanted & above - said)
        above = said
        for start, end, value in _places(line, kind):
            if kind == "quantity" and not _converts(str(value), ask):
                continue
            beside = _in_unit(line, start, end, unit["unit"]) if kind == "number" and unit else None
            score = shared + _NEAR * _near(wanted, line, start) + (beside is not None) + _fits(line, end, ask)
            score += _ITS_OWN * _own(line, start, thing) if thing else 0.0
            if score > _NEVER / 2 and (best is None or score > best[0]):
                best = (score, value if beside is None else beside)
    return None if best is None else best[1]


def _own(line: str, at: int, thing: Mapping[str, float]) -> float:
    """Return the share of a thing's words in the piece of a sentence that a value stands in.

    A piece ends at a mark or a conjunction, and holds one value: of "bronze costs 24 pounds, silver 42 and gold 68" the
    second is silver's.
    """
    start = max((mark.end() for mark in _PIECE.finditer(line, 0, at)), default=0)
    ends = [mark.start() for mark in _PIECE.finditer(line, at)]
    said = frozenset(content_terms(line[start : ends[0] if ends else len(line)]))
    return sum(weight for term, weight in thing.items() if term in said) / sum(thing.values())


def _weighed(of: str) -> Mapping[str, float]:
    """Return the words of a thing; its head counts half, for a list says it once: "bronze membership, silver, gold"."""
    inner = _OF.split(of)[0]
    terms = dict.fromkeys(content_terms(of), 1.0)
    heads = content_terms(inner.split()[-1]) if inner.split() else []
    return {term: 0.5 if term in heads and len(terms) > 1 else weight for term, weight in terms.items()}


def _fits(line: str, end: int, ask: str) -> float:
    """Return what speaks for a number of the kind that is asked for: money, or a share."""
    unit = _UNIT.match(line, end)
    kinds = measures(unit[1].strip().casefold()) if unit else frozenset[str]()
    if _SHARE_ASKED.search(ask):
        return 1.0 if _PERCENT.match(line, end) else _NEVER
    if _MONEY_ASKED.search(ask):
        return 1.0 if "money" in kinds or unit is None else -1.0 if kinds else 0.0
    return 0.0


def _in_unit(line: str, start: int, end: int, wanted: str) -> int | float | None:
    """Return a number in the unit that is asked for, where one stands behind it that can be told so."""
    unit = _UNIT.match(line, end)
    if unit is None or not is_known(wanted) or not is_known(unit[1]):
        return None
    try:
        converted = convert(line[start : unit.end()], wanted).decimal
        told = None if converted is None else Decimal(converted)
    except (UsageError, ArithmeticError):
        return None
    if told is None:
        return None
    return int(told) if told == told.to_integral_value() else float(told)


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


def _converts(quantity: str, ask: str) -> bool:
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
