"""Values that stand in a row: ``5, 4 and 3``, ``[1, 2]``, ``(40.7, -74.0)``, ``from 1 to 3``, ``ham and olives``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from .mention import Mention

__all__ = ["number_lists", "text_lists"]

_BETWEEN: Final = re.compile(
    r"\s*[^\W\d_]{0,12}[%°]?\s*(?:,\s*(?:and|or)?|;|&|\band\b|\bor\b|、|和)\s*[$€£]?\s*", re.IGNORECASE
)
_RANGE: Final = re.compile(r"\s*[^\W\d]{0,12}%?\s*(?:to|and|until|-|–|—)\s*(?:\w\s?=\s?)?[$€£]?\s*", re.IGNORECASE)
_OPEN: Final = re.compile(r"(?:\bfrom|\bbetween)\s+(?:\w\s?=\s?)?[$€£]?\s*$", re.IGNORECASE)
_BRACKET: Final = re.compile(r"[\[(]([^\[\]()]{1,2000})[\])]")
_COMPASS: Final = re.compile(r"\s?°?\s?([NSEW])\b")
_ITEM: Final = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|([^,'\"]+))\s*(?:,|$)")
_AND: Final = re.compile(r"\s*(?:,\s*(?:and|or|&)?|\band\b|\bor\b|&|、|和)\s*(?:the|a|an)?\s*", re.IGNORECASE)
_NESTED: Final = re.compile(r"\[\s*\[[^\[\]]{1,400}\](?:\s*,\s*\[[^\[\]]{1,400}\]){0,50}\s*\]")
_MOST: Final = 60


def number_lists(text: str, numbers: Sequence[Mention]) -> list[Mention]:
    """Return the lists of numbers: in brackets, in a row, the two ends of a range; and pairs with compass letters."""
    plain = [one for one in numbers if not one.ordinal]
    places = [one for one in numbers if one.ordinal]
    found = [
        *_literals(text),
        *_bracketed_numbers(text, plain),
        *_rows(text, plain),
        *_ranges(text, plain),
        *_rows(text, places),
    ]
    return found[:_MOST]


def text_lists(text: str, atoms: Sequence[Mention]) -> list[Mention]:
    """Return the lists of texts: in brackets, or atoms (names, quoted texts, phrases) in a row.

    Args:
        text: The question.
        atoms: In the order of the text; of those that begin at one place the longest counts.
    """
    found = list(_bracketed_texts(text))
    order: list[Mention] = []
    for one in sorted(atoms, key=lambda one: (one.start, -one.end)):
        if not order or one.start >= order[-1].end:
            order.append(one)
    row: list[Mention] = []
    for one in [*order, None]:
        same = one is not None and bool(row) and (one.how == "quoted") == (row[-1].how == "quoted")
        if one is not None and same and _AND.fullmatch(text[_outer(row[-1], text) : _inner(one, text)]):
            row.append(one)
            continue
        if len(row) > 1:
            found.append(_list(text, row, [str(item.value) for item in row]))
        row = [one] if one is not None else []
    return found[:_MOST]


def _outer(one: Mention, text: str) -> int:
    return one.end + (one.how == "quoted" and text[one.end : one.end + 1] in "'\"”’」》`")


def _inner(one: Mention, text: str) -> int:
    del text
    return one.start - (one.how == "quoted")


def _list(text: str, row: Sequence[Mention], values: list[object] | list[str]) -> Mention:
    start, end = row[0].start, row[-1].end
    return Mention(how="list", value=values, start=start, end=end, text=text[start:end], unit=row[-1].unit)


def _rows(text: str, numbers: Sequence[Mention]) -> Iterator[Mention]:
    row: list[Mention] = []
    for one in [*numbers, None]:
        if one is not None and row and _BETWEEN.fullmatch(text[row[-1].end : one.start]):
            row.append(one)
            continue
        if len(row) > 1:
            yield _list(text, row, [_signed(text, item) for item in row])
        row = [one] if one is not None else []


def _ranges(text: str, numbers: Sequence[Mention]) -> Iterator[Mention]:
    for first, second in pairwise(numbers):
        if _RANGE.fullmatch(text[first.end : second.start]) and _OPEN.search(
            text, max(0, first.start - 24), first.start
        ):
            yield _list(text, [first, second], [first.value, second.value])


def _bracketed_numbers(text: str, numbers: Sequence[Mention]) -> Iterator[Mention]:
    for match in _BRACKET.finditer(text):
        inside = [one for one in numbers if match.start(1) <= one.start and one.end <= match.end(1)]
        rest = match[1]
        for one in inside:
            rest = rest.replace(text[one.start : one.end], "", 1)
        if inside and not re.search(r"[^\W\d_]{2}", _COMPASS.sub("", rest)):
            values = [_signed(text, one) for one in inside]
            yield Mention(how="list", value=values, start=match.start(), end=match.end(), text=match[0])


def _literals(text: str) -> Iterator[Mention]:
    """Yield lists of lists as JSON writes them: ``[[10, 20], [30, 40]]``."""
    for match in _NESTED.finditer(text):
        try:
            value = json.loads(match[0])
        except (ValueError, RecursionError):
            continue
        yield Mention(how="list", value=value, start=match.start(), end=match.end(), text=match[0])


def _signed(text: str, one: Mention) -> object:
    """Return a coordinate in the south or the west below 0."""
    compass = _COMPASS.match(text, one.end)
    west = compass is not None and compass[1] in "SW" and isinstance(one.value, int | float) and one.value > 0
    return -one.value if west and isinstance(one.value, int | float) else one.value


def _bracketed_texts(text: str) -> Iterator[Mention]:
    for match in _BRACKET.finditer(text):
        if text[match.start()] == "(" or not re.search(r"[^\W\d_]", match[1]):
            continue
        items = [next(part for part in one.groups() if part is not None).strip() for one in _ITEM.finditer(match[1])]
        values = [item for item in items if item]
        if values:
            yield Mention(how="list", value=values, start=match.start(), end=match.end(), text=match[0])
