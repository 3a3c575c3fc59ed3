"""Whether what a sentence states stands in what it cites: its numbers, units, dates, times, weekdays and names.

The check reads no meaning. It is exact for figures, in whatever form they are written (1,234 and 1234, 62.08 for
62.0833, 14 July 2031 and 2031-07-14, 三百二十 and 320), and asks of a name that its words stand in the evidence side by
side. What it cannot see: a figure of the evidence that is told of the wrong thing, and Chinese names that neither
quotation marks nor grammar show. Source: specs/02 §2.5 (Answer) and §7 (Faithfulness).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache
from typing import Final

from questline.tools.calendar_words import MONTHS, WEEKDAYS, WEEKDAYS_ZH
from questline.tools.slot_filling.units import same_unit
from questline.tools.text import words
from questline.types import Evidence

from .figures import Clock, Day, Figures, Quantity, figures_of, folded
from .names import Held, names_of

__all__ = ["unsupported"]

_WEEKDAYS: Final = tuple(name.casefold() for name in WEEKDAYS)
_WEEKDAY: Final = re.compile(
    rf"\b({'|'.join(_WEEKDAYS)})s?\b|(?:星期|周|礼拜)([一二三四五六日天])(?!个)", re.IGNORECASE
)
_MONTH: Final = re.compile("|".join(rf"\b{name}\b" for name in MONTHS if name != "May"))
"""A month without a day or a year; May is also a word."""
_PERCENT: Final = re.compile(r"%|percent|per cent|百分之", re.IGNORECASE)
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+")
_COINS: Final[dict[str, tuple[str, ...]]] = {
    "dollar": ("$", "usd"),
    "pound": ("£", "gbp"),
    "euro": ("€", "eur"),
    "yen": ("¥", "jpy", "cny", "rmb", "yuan"),
}
_NO_CLAIMS: Final = frozenset({"one", "One"})
_SURE: Final = Decimal("0.005")
"""How far rounding may move a number that keeps fewer than two digits."""


def unsupported(sentence: str, evidence: Sequence[Evidence], *, question: str = "") -> tuple[str, ...]:
    """Return what a sentence states and its evidence does not hold, in words; nothing where all is held.

    Args:
        sentence: One sentence of an answer, without marks of citation.
        evidence: What it cites. Texts and titles count.
        question: What was asked: its small words are no names at the head of a sentence. It supports nothing.
    """
    if not evidence:
        return ("it cites nothing",)
    held = _held("\n".join(_text_of(each) for each in evidence))
    stated = figures_of(sentence)
    missing = [
        *(f"date {day.text!r}" for day in stated.days if not held.has_day(day)),
        *(f"time {clock.text!r}" for clock in stated.clocks if not held.has_clock(clock)),
        *_numbers(stated, held),
        *(f"month {match[0]!r}" for match in _MONTH.finditer(stated.rest) if not held.has_month(match[0])),
        *(f"weekday {text!r}" for text in _weekdays(sentence, stated, held)),
        *(
            f"name {name!r}"
            for name, forms in names_of(sentence, question=question)
            if not any(held.names.has(form) or held.has_code(form) for form in forms)
        ),
    ]
    return tuple(dict.fromkeys(missing))


def _text_of(evidence: Evidence) -> str:
    """Return what counts of an evidence; of a call also which tool of which server answered."""
    named = f"{evidence.source}\n" if evidence.kind == "tool" else ""
    return f"{named}{evidence.title}\n{evidence.text}"


class _Held:
    """What evidence holds, read once."""

    def __init__(self, text: str) -> None:
        self.names = Held(text)
        self._plain = folded(text).casefold()
        figures = figures_of(text)
        self._days = {reading for day in figures.days for reading in day.readings}
        self._clocks = {reading for clock in figures.clocks for reading in clock.readings}
        self.numbers = [*figures.numbers, *_parts(text)]
        self._years = {day[0] for day in self._days}
        self._percent = _PERCENT.search(text) is not None
        self._words = frozenset(words(text.replace("_", " ")))

    def has_day(self, stated: Day) -> bool:
        """Say whether a date of the evidence is the stated one, as far as that says it."""
        return any(
            all(part in (0, other) for part, other in zip(reading, known, strict=True))
            for reading in stated.readings
            for known in self._days
        )

    def has_month(self, name: str) -> bool:
        """Say whether a month is named, or a date lies in it."""
        number = MONTHS.index(name) + 1
        return name.casefold() in self._words or any(known[1] == number for known in self._days)

    def has_clock(self, stated: Clock) -> bool:
        return bool(self._clocks.intersection(stated.readings))

    def has_code(self, code: str) -> bool:
        return any(character.isdigit() for character in code) and self.names.has_code(code)

    def has_weekday(self, number: int) -> bool:
        zh = WEEKDAYS_ZH[number] + ("天" if number == 6 else "")
        return bool({_WEEKDAYS[number], f"{_WEEKDAYS[number]}s"} & self._words) or any(
            f"{name}{character}" in self._plain for name in ("星期", "周", "礼拜") for character in zh
        )

    def has_number(self, stated: Quantity) -> bool:
        if not stated.unit and not stated.percent and stated.value in self._years:
            return True
        return any(self._bears(stated, known) for known in self.numbers)

    def _bears(self, stated: Quantity, known: Quantity) -> bool:
        if stated.percent and not known.percent and not self._percent:
            return 0 <= known.value <= 1 and _rounds(known.value * 100, stated)
        if not _rounds(known.value, stated):
            return False
        if stated.unit:
            return same_unit(stated.unit, known.unit) if known.unit else self._has_unit(stated.unit)
        return True

    def _has_unit(self, unit: str) -> bool:
        signs = _COINS.get(unit.casefold(), ())
        return any(same_unit(unit, word) or word in signs for word in self._words) or any(
            sign in self._plain for sign in (unit.casefold(), *signs[:1])
        )


@lru_cache(maxsize=64)
def _held(text: str) -> _Held:
    return _Held(text)


def _parts(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a list that is written without spaces, which read as one: ``149,240``."""
    for match in _GROUPED.finditer(folded(text)):
        for part in match[0].split(","):
            yield Quantity(text=part, value=Decimal(part), step=Decimal(1))


def _rounds(known: Decimal, stated: Quantity) -> bool:
    """Say whether a known number, rounded to the digits that are shown, is the stated one."""
    if known == stated.value:
        return True
    try:
        with localcontext() as context:
            context.prec = 100
            rounded = {known.quantize(stated.step, rounding=how) for how in (ROUND_HALF_UP, ROUND_HALF_EVEN)}
            if stated.value not in rounded:
                return False
            digits = stated.value.adjusted() - stated.step.adjusted() + 1 if stated.value else 0
            return digits >= 2 or abs(known - stated.value) <= _SURE * abs(known)
    except InvalidOperation:
        return False


def _numbers(stated: Figures, held: _Held) -> Iterator[str]:
    for number in stated.numbers:
        if number.text not in _NO_CLAIMS and not held.has_number(number):
            unit = (
                "%" if number.percent else f" {number.unit}" if number.unit and number.unit not in number.text else ""
            )
            yield f"number {number.text + unit!r}"


def _weekdays(sentence: str, stated: Figures, held: _Held) -> Iterator[str]:
    """Yield the weekdays that neither stand in the evidence nor are those of a date of the same sentence."""
    dated = {number for day in stated.days if held.has_day(day) for number in _days_of(day)}
    for match in _WEEKDAY.finditer(sentence):
        english = match[1] and match[1].casefold()
        number = _WEEKDAYS.index(english) if english else WEEKDAYS_ZH.index(match[2].replace("天", "日"))
        if number not in dated and not held.has_weekday(number):
            yield match[0]


def _days_of(day: Day) -> Iterator[int]:
    for year, month, number in day.readings:
        if year and month and 0 < number <= monthrange(max(1, min(9999, year)), month)[1]:
            yield date(max(1, min(9999, year)), month, number).weekday()
