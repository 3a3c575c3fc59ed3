"""Which of the values that a field allows the question names: by its words, their stems, or another name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.text import stem
from questline.tools.tool_retrieval.documents import split_name

from .units import measures, same_unit
from .wording import Word, Wording, content_stems

__all__ = ["Choice", "choices_in"]

_SAME: Final = tuple(
    frozenset(group.split("/"))
    for group in (
        "male/man/men/boy/mr", "female/woman/women/girl/mrs/ms", "ascending/increasing/lowest to highest/low to high",
        "descending/decreasing/highest to lowest/high to low", "imperial/pounds/inches", "metric/kilograms/meters",
        "easy/simple/beginner", "hard/difficult/advanced", "buy/purchase", "sell/sale", "large/big", "small/little",
        "movie/film", "car/driving/drive/automobile", "walking/walk/foot/on foot", "transit/public transport/bus",
        "bicycling/bicycle/bike/cycling", "yearly/annual/annually/per year", "monthly/per month/every month",
        "daily/per day/every day", "weekly/per week/every week", "soccer/football", "celsius/centigrade/c",
        "fahrenheit/f", "usd/dollar/dollars/us dollars/united states dollar", "eur/euro/euros",
        "gbp/pounds sterling/british pounds/british pound", "jpy/yen/japanese yen", "cny/yuan/rmb",
        "inr/rupees/indian rupees",
        "cad/canadian dollars/canadian dollar", "aud/australian dollars", "business/business class",
        "economy/economy class",
        "vegetarian/veggie", "round trip/return", "one way/single", "detailed/detail/details/in detail", "kg/kilograms",
    )
)  # fmt: skip
"""Words that stand for each other in what tools let one choose; general English, not taken from any data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An allowed value that the question names."""

    value: object
    start: int
    end: int
    strength: float
    """1 for the very words, less for stems and other names."""


def choices_in(wording: Wording, options: Sequence[object]) -> list[Choice]:
    """Return each option that is named, with its best place, in the order of the question."""
    found: list[Choice] = []
    for option in options:
        best = max(_named(wording, option), key=lambda one: one.strength, default=None)
        if best is not None:
            found.append(best)
    longest = [
        one
        for one in found
        if not any(
            other is not one
            and other.start <= one.start
            and one.end <= other.end
            and (other.end - other.start, other.strength) > (one.end - one.start, one.strength)
            for other in found
        )
    ]
    return sorted(longest, key=lambda one: one.start)


def _named(wording: Wording, option: object) -> Iterator[Choice]:
    text = str(option)
    plain = split_name(text).casefold() if not text.isupper() else text.casefold()
    if not plain:
        return
    short = len(plain) < 3
    lower = wording.text if short and not plain.isdigit() else wording.text.casefold()
    for wanted, strength in ((text if short else text.casefold(), 1.0), (text if short else plain, 0.95)):
        match = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", lower) if len(lower) == len(wording.text) else None
        if match:
            yield Choice(value=option, start=match.start(), end=match.end(), strength=strength)
            return
    yield from _by_other_names(wording, option, plain)
    yield from _by_stems(wording, option, plain)


def _by_other_names(wording: Wording, option: object, plain: str) -> Iterator[Choice]:
    lower = wording.text.casefold()
    if len(lower) != len(wording.text):
        return
    for group in _SAME:
        if plain not in group:
            continue
        for name in group - {plain}:
            match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", lower) if len(name) > 1 else None
            if match:
                yield Choice(value=option, start=match.start(), end=match.end(), strength=0.8)
    if measures(plain):
        for word in wording.words:
            if len(word.lower) > 1 and same_unit(word.lower, plain):
                yield Choice(value=option, start=word.start, end=word.end, strength=0.85)


def _together(places: Sequence[Word], count: int, wording: Wording) -> bool:
    """Whether the words of an option stand beside each other, with one more between them at most."""
    numbers = [wording.span(one.start, one.end)[0] for one in places]
    return any(
        numbers[first + count - 1] - numbers[first] <= count
        and len({places[n].stem for n in range(first, first + count)}) == count
        for first in range(len(numbers) - count + 1)
    )


def _by_stems(wording: Wording, option: object, plain: str) -> Iterator[Choice]:
    wanted = content_stems(plain)
    if not wanted or (len(plain) < 3):
        return
    places = [word for word in wording.words if word.stem in wanted]
    share = len({word.stem for word in places} & wanted) / len(wanted)
    if share == 1 and not _together(places, len(wanted), wording):
        yield Choice(value=option, start=places[0].start, end=places[0].end, strength=0.55)
    elif share == 1:
        yield Choice(value=option, start=places[0].start, end=places[0].end, strength=0.85)
    elif share >= 0.5 and len(wanted) > 1:
        yield Choice(value=option, start=places[0].start, end=places[0].end, strength=0.5 * share)
    elif len(wanted) == 1 and len(plain) > 4:
        root = stem(plain)[:6]
        for word in wording.words:
            if len(root) >= 5 and word.stem[:6] == root:
                yield Choice(value=option, start=word.start, end=word.end, strength=0.7)
                return
