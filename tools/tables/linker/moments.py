"""Numbers, days, months, years and times of the day that a span of words tells, as conditions on a column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from questline.tools.calendar_words import MONTHS
from questline.tools.number_words import NUMBERS
from questline.tools.tables.sources import Field
from questline.tools.tables.units import UNITS, factor

__all__ = ["Told", "condition", "told"]

_NUMBER: Final = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_ZERO: Final = re.compile(r"\b(?:no|none|nothing|zero|out|gone|without|empty|free|full)\b")
"""Says that there is none of what a column counts."""
_SCALED: Final = {"k": 1000, "thousand": 1000, "million": 1_000_000, "hundred": 100}
_ISO: Final = re.compile(r"([12]\d{3})-(\d{1,2})-(\d{1,2})")
_DAY: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?")
_NAMES: Final = {name[:3].casefold(): number for number, name in enumerate(MONTHS, start=1)}
_MONTH: Final = re.compile(rf"\b({'|'.join(_NAMES)})[a-z]*\b")
_ORDER: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\b")
_ORDINAL: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_YEAR: Final = re.compile(r"\b([12]\d{3})\b")
_YM: Final = re.compile(r"([12]\d{3})-(\d{2})(?!-?\d)")
_CLOCK: Final = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))?\s*([ap])?\.?m?\b")
_SPOKEN_TIMES: Final = {"noon": "12:00", "midday": "12:00", "lunchtime": "12:00", "midnight": "00:00"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What words tell of a column of numbers, days or times: from `low` on and before `high`, as SQL writes them."""

    name: str
    """What is compared, as SQL writes it."""
    low: str
    high: str
    """Empty where it is `low` itself that is meant."""
    said: str


def told(text: str, field: Field) -> Told | None:
    """Return what a normalized text tells of a column; None where it tells nothing of such a column, or half a day."""
    match field.kind:
        case "number":
            return _number(text, field)
        case "year":
            year = _YEAR.search(text)
            return Told(name=field.sql, low=year[1], high="", said=year[1]) if year else None
        case "date":
            return _date(text, field)
        case "month":
            return _month(text, field)
        case "time":
            return _time(text, field)
        case _:
            return None


def condition(one: Told, sign: str, *, including: bool) -> tuple[str, str]:
    """Return a comparison as SQL and in words.

    Args:
        one: What is compared with.
        sign: ``more``, ``less``, ``from``, ``until``, or ``=``.
        including: Whether what is compared with is meant too.
    """
    behind = f"{one.name} >= {one.high}" if one.high else f"{one.name} > {one.low}"
    within = f"{one.name} < {one.high}" if one.high else f"{one.name} <= {one.low}"
    if sign in {"more", "from"}:
        sql = f"{one.name} >= {one.low}" if including else behind
        return sql, f">{'=' if including else ''} {one.said}"
    if sign in {"less", "until"}:
        sql = within if including else f"{one.name} < {one.low}"
        return sql, f"<{'=' if including else ''} {one.said}"
    same = f"{one.name} >= {one.low} AND {one.name} < {one.high}" if one.high else f"{one.name} = {one.low}"
    return same, f"= {one.said}"


def _number(text: str, field: Field) -> Told | None:
    found = _NUMBER.findall(text)
    spoken = [word for word in re.findall(r"[a-z]+", text) if word in NUMBERS]
    if not found and not spoken and _ZERO.search(text):
        return Told(name=field.sql, low="0", high="", said="0")
    if len(found) + len(spoken) != 1:
        return None
    value = found[0].replace(",", "") if found else str(NUMBERS[spoken[0]])
    words = re.findall(r"[a-z€$£%]+\d?", text)
    scale = next((_SCALED[word] for word in words if word in _SCALED), 1)
    unit = next((word for word in words if word in UNITS), "")
    times = factor(unit, field.unit) if unit and field.unit else 1.0
    if times is None:
        return None
    whole = scale * times
    low = value if whole == 1.0 else f"({value} * {whole:g})"
    return Told(name=field.sql, low=low, high="", said=low)


def _date(text: str, field: Field) -> Told | None:
    name = field.comparable
    if iso := _ISO.search(text):
        return _span(name, *map(int, iso.groups()))
    if ym := _YM.search(text):
        return _span(name, int(ym[1]), int(ym[2]))
    month, year = _MONTH.search(text), _YEAR.search(text)
    if month is None:
        if (day := _DAY.search(text)) and day[3]:
            return _span(name, int(day[3]) + (2000 if len(day[3]) == 2 else 0), int(day[2]), int(day[1]))
        if not year and not day and (order := _ORDINAL.search(text)):
            return Told(name=f"day({name})", low=order[1], high="", said=f"day {order[1]}")
        return _span(name, int(year[1])) if year and not day else None
    rest = text[: month.start()] + " " + (text[month.end() :].replace(year[1], " ") if year else text[month.end() :])
    orders = _ORDER.findall(rest.replace(year[1], " ") if year else rest)
    if len(orders) > 1:
        return None
    number = _NAMES[month[1]]
    if year:
        return _span(name, int(year[1]), number, *map(int, orders))
    if orders:  # of whatever year
        place = f"{number * 100 + int(orders[0])}"
        return Told(
            name=f"(month({name}) * 100 + day({name}))", low=place, high="", said=f"{MONTHS[number - 1]} {orders[0]}"
        )
    return Told(name=f"month({name})", low=str(number), high="", said=MONTHS[number - 1])


def _span(name: str, year: int, month: int = 0, day: int = 0) -> Told | None:
    try:
        low = date(year, month or 1, day or 1)
        if day:
            high = low + timedelta(days=1)
        elif month:
            high = date(year + month // 12, month % 12 + 1, 1)
        else:
            high = date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
    said = low.isoformat()[: 10 if day else 7 if month else 4]
    return Told(name=name, low=f"DATE '{low}'", high=f"DATE '{high}'", said=said)


def _month(text: str, field: Field) -> Told | None:
    month, year = _MONTH.search(text), _YEAR.search(text)
    if ym := _YM.search(text):
        return Told(name=field.sql, low=f"'{ym[0]}'", high="", said=ym[0])
    if month and year:
        written = f"{year[1]}-{_NAMES[month[1]]:02}"
        return Told(name=field.sql, low=f"'{written}'", high="", said=written)
    if month:
        number = _NAMES[month[1]]
        return Told(name=f"right({field.sql}, 2)", low=f"'{number:02}'", high="", said=MONTHS[number - 1])
    return None


def _time(text: str, field: Field) -> Told | None:
    spoken = next((clock for word, clock in _SPOKEN_TIMES.items() if word in text.split()), "")
    match = _CLOCK.search(text)
    if not spoken and match is None:
        hour = next((NUMBERS[word] for word in text.split() if word in NUMBERS), None)
        spoken = f"{hour:02}:00" if hour is not None and hour < 24 else ""
    if not spoken and match is not None:
        hour, minute = int(match[1]), int(match[2] or 0)
        hour += 12 if match[3] == "p" and hour < 12 else -12 if match[3] == "a" and hour == 12 else 0
        spoken = f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""
    if not spoken:
        return None
    return Told(name=f"try_cast({field.sql} AS TIME)", low=f"TIME '{spoken}'", high="", said=spoken)
