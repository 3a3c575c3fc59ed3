"""Days, months and times of day, written as the field's description asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from questline.tools.calendar_words import MONTHS
from questline.tools.temporal import TimeReading, resolve_time
from questline.types import TextSpan

from .mention import Mention
from .schema import Field

__all__ = ["dates_in", "times_in", "written"]

_NO_DAY: Final = date(2000, 1, 1)
"""Stands in where nobody says what day it is: what is counted from it is not used."""
_MONTH: Final = re.compile(rf"\b({'|'.join(MONTHS)})\b")
_DOT: Final = re.compile(r"(?<=[A-Za-z])\.(?=\d)")
_BOUND: Final = re.compile(
    r"(?:after|before|since|until|till|by|from|starting|on or after|as of)\s+(?:the\s+)?", re.IGNORECASE
)
_SPAN: Final = re.compile(r"\w\s*(?:\bto\b|\band\b|\buntil\b|\btill\b|\bthrough\b|[-–—])\s*\w")
_YEAR: Final = re.compile(r"\b\d{4}(?:\s?[-–/]\s?(?:\d{2}|\d{4}))?\b")
_TIME: Final = re.compile(
    r"\b(?:[01]?\d|2[0-3])(?::[0-5]\d){1,2}(?:\s?[ap]\.?m\b\.?)?|\b(?:1[0-2]|[1-9])\s?[ap]\.?m\b\.?|\b(?:noon|midnight)\b",
    re.IGNORECASE,
)


def dates_in(text: str, today: date | None) -> list[Mention]:
    """Return the time expressions of a text; the value is a `TimeReading`, or the words where no day is known.

    Args:
        text: The question.
        today: What "tomorrow" counts from; without one such words are kept as they are.
    """
    found: list[Mention] = []
    last = (-1, -1)
    plain = _DOT.sub(" ", text)
    for said in resolve_time(plain, today or _NO_DAY, "en-US") if text.strip() else ():
        reading = _without_bound(said, plain, today or _NO_DAY)
        span = reading.span
        if (span.start, span.end) == last or reading.kind in ("unresolved", "invalid", "event"):
            continue
        last = (span.start, span.end)
        known = reading.kind == "absolute" or (today is not None and reading.kind in ("partial", "relative"))
        value: object = reading if known else span.text
        found.append(Mention(how="date", value=value, start=span.start, end=span.end, text=text[span.start : span.end]))
    return found


def times_in(text: str) -> Iterator[Mention]:
    """Yield the times of day as they are written."""
    for match in _TIME.finditer(text):
        yield Mention(how="time", value=match[0], start=match.start(), end=match.end(), text=match[0])


def _without_bound(reading: TimeReading, text: str, today: date) -> TimeReading:
    """Read ``after January 1, 2021`` as the day that it names: which side is meant is for the field to say."""
    bound = _BOUND.match(reading.span.text)
    if bound is None:
        return reading
    inner = resolve_time(reading.span.text[bound.end() :], today, "en-US")
    if not inner:
        return reading
    start = reading.span.start + bound.end() + inner[0].span.start
    end = start + len(inner[0].span.text)
    return replace(inner[0], span=TextSpan(start=start, end=end, text=text[start:end]))


def written(mention: Mention, field: Field) -> object | None:
    """Return a date as a field wants it: in the form of its description or its example, ISO otherwise.

    None where the field wants something that the words do not say.
    """
    reading = mention.value
    words = set(field.words.split())
    if not isinstance(reading, TimeReading):
        return mention.text if field.type in ("string", "any") else None
    day = reading.start
    if day is None:
        return None
    if field.type == "integer":
        unit = next((unit for unit in ("year", "month", "day") if unit in words), None)
        return getattr(day, unit) if unit else None
    if field.type not in ("string", "any"):
        return None
    if "month" in words and (match := _MONTH.search(mention.text)):
        return match[0]
    if "season" in words and (match := _YEAR.search(mention.text)):
        return match[0]
    if "year" in words:
        return str(day.year)
    if reading.granularity != "day":
        if reading.granularity == "month" and field.hints.date_form in ("mm-yyyy", "mm/yyyy", "yyyy-mm"):
            return _formed(day, field.hints.date_form)
        return str(day.year) if reading.granularity == "year" else mention.text
    return _formed(day, field.hints.date_form or _form_of_examples(field) or "yyyy-mm-dd")


def _formed(day: date, form: str) -> str:
    text = form.replace("yyyy", f"{day.year:04}").replace("mm", f"{day.month:02}")
    return text.replace("dd", f"{day.day:02}")


def _form_of_examples(field: Field) -> str:
    for example in (*field.hints.examples, field.hints.default):
        if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", example):
            return "yyyy-mm-dd"
        if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", example):
            return "mm/dd/yyyy"
    return ""


def split_range(mention: Mention) -> tuple[Mention, Mention] | None:
    """Return the two ends of an expression that has two different days; None for a single day."""
    reading = mention.value
    if not isinstance(reading, TimeReading) or reading.start is None or reading.end is None:
        return None
    if not _SPAN.search(mention.text):
        return None
    first = replace(reading, end=reading.start, granularity="day")
    last = replace(reading, start=reading.end, granularity="day")
    return replace(mention, value=first), replace(mention, value=last)
