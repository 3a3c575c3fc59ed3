"""Find the time expressions of a text and say which days they mean, by rule, in English and Chinese.

Small patterns find parts (``early``, ``March``, ``last year``); neighbours that fit make one expression; it is
understood from its largest part to its smallest against the anchor and what the text has said before; last come the
words around it that open the interval or join two. No model and no clock: the same text and anchor always give the
same readings.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from questline.errors import UsageError
from questline.types import TextSpan

from . import chinese, chinese_counted, english, english_counted, names, numeric
from .ahead import ahead
from .arithmetic import as_day
from .bounds import ABOUT, bound_around, bounded, is_about, is_ahead, joint
from .folding import fold
from .intervals import Stretch
from .meaning import meanings
from .numeric import LOCALES
from .parts import found
from .ranges import between
from .result import TimeReading
from .runs import Run, runs
from .scene import Scene

__all__ = ["resolve_time", "with_event"]

_RULES: Final = (
    *numeric.RULES, *names.RULES, *english.RULES, *english_counted.RULES, *chinese.RULES, *chinese_counted.RULES,
)  # fmt: skip
_COUNTS_FROM: Final = 2500
_COUNTABLE: Final = frozenset({"day", "month", "quarter", "year"})


def resolve_time(text: str, anchor: date | str, locale: str = "auto") -> tuple[TimeReading, ...]:
    """Return what the time expressions of a text mean, in the order of the text; nothing when it has none.

    Args:
        text: English, Chinese (simplified or traditional), or both.
        anchor: The day that relative expressions are counted from: a `date` or an ISO string ``YYYY-MM-DD``. For an old
            article this is its own date, not today. Days are local to the source; zones and times of day are not read.
        locale: Decides which of 3/4/2023 is the month: ``en-US`` the first, ``en-GB`` the second; ``auto``, ``en`` and
            ``zh…`` give both readings. Both languages are always read.

    Returns:
        One reading for each meaning: of an ambiguous expression several with the same span, the likelier first.

    Raises:
        UsageError: ``empty_query`` for a text without content, ``bad_anchor`` for an anchor that is no day,
            ``bad_param`` for a text that is no string or an unknown locale.

    Source: spec 09 §2.4, §6.
    """
    day, order = _checked(text, anchor, locale)
    return _resolve(text, Scene(anchor=day, orders=order))


def with_event(reading: TimeReading, start: date, end: date) -> TimeReading:
    """Return a reading of the kind ``event`` with its interval, once the event's own days are known.

    The words of the span are read again with the event in its place: ``the year of the merger`` is the year that holds
    the event's first day, 当年5月 the May of that year; what comes after the event is counted from its last day.

    Args:
        reading: One of the kind ``event``.
        start: The event's first day.
        end: Its last day.

    Raises:
        UsageError: ``bad_param`` for a reading of another kind, an event that ends before it starts, or a result
            outside the years 1 to 9999.
    """
    if reading.kind != "event":
        raise UsageError(
            f"a reading of the kind {reading.kind!r} waits for no event", code="bad_param", argument="reading"
        )
    if start > end:
        raise UsageError(f"the event would end on {end}, before {start}", code="bad_param", argument="end")
    event = Stretch(start=start, end=end, unit="day", kind="relative", sure=reading.confidence)
    scene = Scene(anchor=end if reading.shift > 0 else start, orders=LOCALES["auto"], inherit=event)
    known = next((again for again in _resolve(reading.span.text, scene) if again.start or again.end), None)
    if known is None:
        raise UsageError(
            f"{reading.span.text!r}, counted from {start}, leaves the years 1 to 9999",
            code="bad_param",
            argument="start",
        )
    return replace(known, span=reading.span, kind="relative", confidence=reading.confidence, shift=0)


def _resolve(text: str, scene: Scene) -> tuple[TimeReading, ...]:
    folded = fold(text)
    expressions = runs(found(_RULES, folded), folded)
    readings: list[TimeReading] = []
    place = 0
    while place < len(expressions):
        stretches, start, end, used = _read(expressions, place, folded, scene)
        span = TextSpan(start=start, end=end, text=text[start:end])
        readings += [_reading(stretch, span) for stretch in stretches]
        known = next((stretch for stretch in stretches if stretch.start or stretch.end), None)
        if known is not None:
            scene = replace(scene, context=known)
        place += used
    return tuple(readings)


def _checked(text: object, anchor: object, locale: object) -> tuple[date, tuple[numeric.DayOrder, ...]]:
    if not isinstance(text, str):
        raise UsageError(f"text={text!r} must be a string", code="bad_param", argument="text")
    if not text.strip():
        raise UsageError("the text is empty; give one to look for times in", code="empty_query", argument="text")
    try:
        day = as_day(anchor, argument="anchor")
    except UsageError as error:
        raise UsageError(error.message, code="bad_anchor", argument="anchor") from error
    if not isinstance(locale, str) or locale not in LOCALES:
        raise UsageError(f"locale={locale!r} must be one of {', '.join(LOCALES)}", code="bad_param", argument="locale")
    return day, LOCALES[locale]


def _read(expressions: list[Run], place: int, text: str, scene: Scene) -> tuple[list[Stretch], int, int, int]:
    """Return what the expression at a place means, where it and the words around it lie, and how many were used."""
    run = expressions[place]
    start, end = run[0].start, run[-1].end
    following = expressions[place + 1] if place + 1 < len(expressions) else None
    if following is not None:
        after, last = following[0].start, following[-1].end
        if _until_now(following) and not _until_now(run) and not text[end:after].strip():
            first = bound_around(text, start, end).start
            first = min(first, _from(text, start))
            return [bounded(stretch, "since", scene.anchor) for stretch in meanings(run, scene)], first, last, 2
        words = joint(text, start, end, after, last)
        if words is not None:
            return between(run, following, scene), words.start, words.end, 2
    bound = bound_around(text, start, end)
    stretches = ahead(run, scene) if is_ahead(text, start) else meanings(run, scene)
    if bound.way is not None and run[0].role != "bound":
        stretches = [
            replace(stretch, start=None, end=None, kind="unresolved", sure=0.0)
            if bound.way == "before" and _is_a_count(stretch)
            else bounded(stretch, bound.way, scene.anchor)
            for stretch in stretches
        ]
        start, end = bound.start, bound.end
        if bound.way == "since":  # what has not begun yet cannot be meant
            stretches = [stretch for stretch in stretches if stretch.end or not stretch.start] or stretches
    elif any(part.high > part.low and part.role in _COUNTABLE for part in run):
        start = _from(text, start)  # from 3 to 5 May
    elif is_about(text, start, end):
        stretches = [replace(stretch, sure=stretch.sure * ABOUT) for stretch in stretches]
    return stretches, start, end, 1


def _until_now(run: Run) -> bool:
    return run[0].role == "bound" and run[0].name == "until now"


def _is_a_count(stretch: Stretch) -> bool:
    """Say whether 5000年前 counts years back, beyond the calendar, and names no year 5000."""
    return stretch.unit == "year" and stretch.start is not None and stretch.start.year >= _COUNTS_FROM


def _from(text: str, start: int) -> int:
    """Return where a ``from`` or 从 right before an expression begins, else where it does itself."""
    for word in ("from ", "From ", "between ", "Between ", "自从", "从", "自"):
        if text.endswith(word, 0, start):
            return start - len(word)
    return start


def _reading(stretch: Stretch, span: TextSpan) -> TimeReading:
    return TimeReading(
        span=span,
        start=stretch.start,
        end=stretch.end,
        granularity=stretch.unit,
        kind=stretch.kind,
        confidence=round(min(1.0, stretch.sure), 2),
        shift=stretch.shift,
    )
