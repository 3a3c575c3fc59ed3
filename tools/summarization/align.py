"""Read what a model points at: numbers of segments, and words in them, found again in the documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final, cast

from questline.tools.json_text import json_lists
from questline.tools.text import sentences

from .limits import splits
from .page import Page
from .terms import tokens
from .verifying import unfounded

__all__ = ["Pointed", "Pointers", "aligned", "pointers"]

_NUMBER: Final = re.compile(r"\d{1,6}")
_ELLIPSIS: Final = re.compile(r"\s*(?:…|\.\.\.+)\s*")
_NONE: Final = re.compile(r"\b(?:UNANSWERABLE|NO ANSWER)\b", re.IGNORECASE)
_MOST: Final = 60
"""Items of a list that are looked at."""
_SHORTEST: Final = 4
"""Words of a sentence without a number of a segment that is looked for in all of them."""
_SAME: Final = 0.6
"""Share of a quote's words that must stand in its segment in one run for the segment to stand in for it."""
_FORM: Final = 'write only a JSON list such as [{"id": 3}, {"id": 7, "quote": "words copied from segment 7"}]'


@dataclass(frozen=True, slots=True)
class Pointed:
    """One place: characters of a unit's segment, counted from the start of its document."""

    unit: int
    start: int
    end: int


@dataclass(slots=True)
class Pointers:
    """What a model's text points at, best first as the model wrote it."""

    places: list[Pointed] = field(default_factory=list["Pointed"])
    unsupported: list[str] = field(default_factory=list[str])
    """What it wrote that stands in no segment."""
    foreign: list[str] = field(default_factory=list[str])
    """Numbers that no segment has."""


def pointers(text: str, page: Page, shown: Sequence[int]) -> Pointers:
    """Read a model's text.

    Mended by rule: fences, words around the list, bare numbers, a list that breaks off; whole sentences that stand in
    the documents are taken where there is no list. Of several lists the last one counts.

    Args:
        text: The model's.
        page: The documents.
        shown: Units by their numbers, from 1, in the prompt.

    Raises:
        ValueError: Nothing usable, with a message for the model.
    """
    found = Pointers()
    items = _items(text)
    if items is None:
        if _NONE.search(text):
            return found
        for sentence in sentences(text):
            if len(tokens(sentence.text).all) >= _SHORTEST:
                _take(found, page, shown, sentence.text, None)
        if not found.places:
            raise ValueError(_FORM)
        return found
    for item in items[:_MOST]:
        number, quote = _read(item)
        if number is None and quote is None:
            continue
        if number is not None and not 1 <= number <= len(shown):
            found.foreign.append(str(number))
            if quote is None:
                continue
            number = None
        _take(found, page, shown, quote, None if number is None else shown[number - 1])
    if items and not found.places:
        raise ValueError(f"none of that stands in the segments; {_FORM}, copied to the letter, or [] for no answer")
    return found


def _items(text: str) -> list[object] | None:
    """Return the last list that can be one of pointers; None when there is none."""
    try:
        lists = json_lists(text)
    except ValueError:
        return None
    usable = [items for items in lists if not items or any(_read(item) != (None, None) for item in items)]
    strong = [items for items in usable if not items or any(isinstance(item, dict) for item in items)]
    return (strong or usable or [None])[-1]


def _read(item: object) -> tuple[int | None, str | None]:
    """Return the number and the quote of an item: an object, a number, or a text."""
    if isinstance(item, dict):
        fields = cast("dict[str, object]", item)
        number = next((fields[name] for name in ("id", "segment", "number") if name in fields), None)
        quote = next((fields[name] for name in ("quote", "text") if isinstance(fields.get(name), str)), None)
        return _number(number), quote if isinstance(quote, str) and quote.strip() else None
    if isinstance(item, str) and not _NUMBER.fullmatch(item.strip(" []Ss#")):
        return None, item if len(tokens(item).all) >= _SHORTEST else None
    return _number(item), None


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    match = _NUMBER.search(str(value))
    return int(match[0]) if match and not str(value).startswith("-") else None


def _take(found: Pointers, page: Page, shown: Sequence[int], quote: str | None, unit: int | None) -> None:
    if quote is None:
        assert unit is not None
        segment = page.units[unit].segment
        found.places.append(Pointed(unit, segment.start, segment.end))
        return
    near = [unit] if unit is not None else []
    for part in filter(None, _ELLIPSIS.split(quote)):
        place = next(filter(None, (aligned(part, page, each) for each in (*near, *shown))), None)
        if place is None and unit is not None and _stands_for(part, page, unit):
            segment = page.units[unit].segment
            place = Pointed(unit, segment.start, segment.end)
        if place is None:
            found.unsupported.append(part)
        else:
            found.places.append(place)


def aligned(quote: str, page: Page, number: int) -> Pointed | None:
    """Return where all words of a quote stand in a unit, one after the other; case, marks and space may differ."""
    unit = page.units[number]
    wanted = [token.key for token in tokens(quote).all]
    words = unit.words.all
    for place in range(len(words) - len(wanted) + 1) if wanted else ():
        if [token.key for token in words[place : place + len(wanted)]] != wanted:
            continue
        start, end = words[place].start, words[place + len(wanted) - 1].end
        if unfounded(quote, unit.text):  # stems may agree where figures do not
            return None
        if place == 0:
            start = unit.segment.start
        if place + len(wanted) == len(words):
            end = unit.segment.end
        return _whole(page, number, start, end)
    return None


def _whole(page: Page, number: int, start: int, end: int) -> Pointed:
    """Widen a place to the ends of the words and numbers that it would cut."""
    unit = page.units[number]
    first = unit.segment.start
    while start > first and splits(unit.text, start - first):
        start -= 1
    while end < unit.segment.end and splits(unit.text, end - first):
        end += 1
    return Pointed(number, start, end)


def _stands_for(quote: str, page: Page, number: int) -> bool:
    """Say whether a quote is its segment but for some words: the segment itself is shown then, never the quote."""
    unit = page.units[number]
    mine, theirs = [token.key for token in tokens(quote).all], [token.key for token in unit.words.all]
    if len(mine) < _SHORTEST or unfounded(quote, unit.text):
        return False
    matching = SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks()
    return sum(block.size for block in matching if block.size > 1) >= _SAME * len(mine)
