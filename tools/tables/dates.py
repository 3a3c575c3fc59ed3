"""Dates, months and years that a question names, as spans of days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from questline.tools.calendar_words import MONTHS

__all__ = ["Relation", "When", "whens"]

Relation = Literal["in", "before", "after", "since", "until"]
_MONTHS: Final = [name.casefold() for name in MONTHS]
_SHORT: Final = {name[:3]: number for number, name in enumerate(_MONTHS, start=1)}
_NAME: Final = rf"(?:{'|'.join(_MONTHS)}|{'|'.join(_SHORT)}|sept)\.?"
_YEAR: Final = r"[12]\d{3}"
_DAY: Final = (
    rf"(?P<iso>{_YEAR}-\d{{1,2}}-\d{{1,2}})(?!\d)"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m1>{_NAME}),?\s+(?P<y1>{_YEAR})"
    rf"|(?P<m2>{_NAME})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>{_YEAR})"
    rf"|(?P<y3>{_YEAR})年(?P<m3>\d{{1,2}})月(?P<d3>\d{{1,2}})[日号]"
    rf"|(?P<ym>{_YEAR}-\d{{2}})(?![-\d])"
    rf"|(?P<m4>{_NAME})\s+(?:of\s+)?(?P<y4>{_YEAR})"
    rf"|(?P<y5>{_YEAR})年(?P<m5>\d{{1,2}})月份?"
    rf"|(?P<rel>(?:last|this|next|previous)\s+(?:month|year)|上个?月|这个?月|本月|下个?月|去年|今年|明年)"
    rf"|(?P<y6>{_YEAR})(?:年|(?![\d.,]*\d))"
)
_BEFORE: Final = {
    "before": r"(?:earlier than|prior to|before)",
    "after": r"(?:later than|after)",
    "since": r"(?:since|from|starting in|as of)",
    "until": r"(?:until|till|up to|by|no later than)",
    "in": r"(?:in|on|during)",
}
_BEHIND: Final = {
    "before": r"(?:之前|以前|前)",
    "since": r"(?:以后|以来|起|开始)",
    "after": r"(?:之后|后)",
}
_BETWEEN: Final = re.compile(
    rf"\b(?:between|from)\s+(?P<a>{_YEAR})\s+(?:and|to|until|till)\s+(?P<b>{_YEAR})(?![\d.,]*\d)"
    rf"|(?P<c>{_YEAR})年?\s*[到至-]\s*(?P<d>{_YEAR})年(?:之间|间)?"
)
_PLAIN: Final = re.compile(_DAY)
_AHEAD: Final = re.compile("|".join(rf"(?P<{name}>\b{words}\s+(?:the\s+)?\Z)" for name, words in _BEFORE.items()))
_AFTER: Final = re.compile("|".join(rf"(?P<{name}>{words})" for name, words in _BEHIND.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A span of days in a question, with how a date lies to it."""

    start: int
    end: int
    relation: Relation
    low: date
    high: date
    """The first day behind the span."""
    grain: Literal["day", "month", "year"]
    bare: bool
    """Whether nothing but its digits says that it is a year."""


def whens(text: str, *, today: date | None) -> Iterator[When]:
    """Yield the dates of a normalized text in its order.

    Args:
        text: The text.
        today: What "last month" and the like count from; without it they are not read.
    """
    taken: list[tuple[int, int]] = []
    for match in _BETWEEN.finditer(text):
        low, high = int(match["a"] or match["c"]), int(match["b"] or match["d"])
        if low <= high:
            taken.append(match.span())
            yield When(
                start=match.start(), end=match.end(), relation="in", low=date(low, 1, 1), high=date(high + 1, 1, 1),
                grain="year", bare=not match["c"],
            )  # fmt: skip
    for match in _PLAIN.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        if match.start() and text[match.start() - 1].isalnum() and text[match.start() - 1].isascii():
            continue
        if match["rel"] and text[: match.start()].endswith("the "):
            continue  # "in the last year" may be twelve months
        span = _span(match, today)
        if span is None:
            continue
        low, high, grain = span
        ahead, behind = _AHEAD.search(text[: match.start()]), _AFTER.match(text[match.end() :])
        relation = (behind and behind.lastgroup) or (ahead and ahead.lastgroup) or "in"
        yield When(
            start=ahead.start() if ahead else match.start(),
            end=match.end() + (behind.end() if behind else 0),
            relation=relation,  # pyright: ignore[reportArgumentType]  # the names of the groups are relations
            low=low,
            high=high,
            grain=grain,
            bare=bool(match["y6"]) and not match.group().endswith("年") and ahead is None,
        )


def _span(match: re.Match[str], today: date | None) -> tuple[date, date, Literal["day", "month", "year"]] | None:
    if match["rel"]:
        return _relative(match["rel"], today) if today else None
    try:
        if match["iso"]:
            year, month, day = map(int, match["iso"].split("-"))
            low = date(year, month, day)
            return low, low + timedelta(days=1), "day"
        for number in "123":
            if match["y" + number]:
                low = date(int(match["y" + number]), _month(match["m" + number]), int(match["d" + number]))
                return low, low + timedelta(days=1), "day"
        if match["ym"]:
            year, month = map(int, match["ym"].split("-"))
            return *_months(year, month), "month"
        for number in "45":
            if match["y" + number]:
                return *_months(int(match["y" + number]), _month(match["m" + number])), "month"
        year = int(match["y6"])
        return date(year, 1, 1), date(year + 1, 1, 1), "year"
    except ValueError:
        return None


def _month(said: str) -> int:
    return int(said) if said.isdigit() else _SHORT[said[:3]]


def _months(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def _relative(said: str, today: date) -> tuple[date, date, Literal["day", "month", "year"]]:
    step = (
        -1 if said.startswith(("last", "previous", "上", "去")) else 1 if said.startswith(("next", "下", "明")) else 0
    )
    if said.endswith(("year", "年")):
        return date(today.year + step, 1, 1), date(today.year + step + 1, 1, 1), "year"
    whole = today.year * 12 + today.month - 1 + step
    return *_months(whole // 12, whole % 12 + 1), "month"
