"""Times of an answer against those of the gold answer, at the granularity of the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from questline.tools.temporal import Granularity, TimeReading, resolve_time
from questline.tools.temporal.intervals import unit_around
from questline.tools.temporal.numerals import chinese_number
from questline.tools.temporal.result import UNITS

from .question import Scored, TimedQuestion
from .wording import denies, plain

__all__ = ["readings", "score_time"]

_NO_DAY: Final = date(2000, 1, 1)
"""Counted from where the question has no day of its own; no relative time should then be asked."""
_STEPS: Final[tuple[Granularity, ...]] = ("year", "month", "day")
_SIDE_BY_SIDE: Final = re.compile(r"分别|各自|先后|respectively|依次")
_BESIDE: Final = re.compile(r"(?:早于|晚于|迟于|先于)\s*$|\b(?:before|after|prior to|until|(?:earlier|later) than)\s*$")
_BESIDE_ANY: Final = re.compile(r"早于|晚于|迟于|先于|\b(?:before|after|prior|until|than)\b", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"(?P<half>上午|下午|晚上?|凌晨|早上?|中午|傍晚)?\s*(?P<hour>\d{1,2}|[零一二两三四五六七八九十]{1,3})"
    r"(?:\s*(?:时|点)(?P<minute>半|\d{1,2}(?=分?)|[零一二三四五六七八九十]{1,3}(?=分))?分?|:(?P<sixty>\d{2}))\s*(?P<m>[ap]\.?m)?"
)


def readings(text: str, item: TimedQuestion) -> list[TimeReading]:
    """Return the times of an answer, each the likeliest reading, what it leaves out filled from the question."""
    ahead = f"{item.question}\n"
    found = resolve_time(ahead + text, item.anchor or _NO_DAY) if text.strip() else ()
    kept: dict[int, TimeReading] = {}
    for reading in found:
        if reading.span.start >= len(ahead):
            kept.setdefault(reading.span.start, reading)
    return list(kept.values())


def score_time(prediction: str, item: TimedQuestion) -> Scored | None:
    """Score times; None where no gold answer is a time.

    Right when as many times are named as the gold answer has, each the same at the coarser of the question's and the
    gold answer's unit, in its order where the question says so. Times that the question itself names may be repeated.
    Source: spec 09 §2.7.
    """
    best: Scored | None = None
    for gold in item.answers:
        wanted = [reading for reading in readings(gold, item) if reading.start or reading.end]
        if wanted:
            found = _dates(prediction, gold, wanted, item)
        elif clocks := _clocks(gold):
            found = _same_clocks(prediction, clocks)
        else:
            continue
        if best is None or found.correct or found.partial > best.partial:
            best = found
    return best


def _dates(prediction: str, gold: str, wanted: Sequence[TimeReading], item: TimedQuestion) -> Scored:
    found = readings(prediction, item)
    if any(reading.kind == "invalid" for reading in found):
        return Scored(correct=False, rule="time.invalid", detail="names a day that does not exist")
    found = [reading for reading in found if reading.start or reading.end]
    if not found:
        return Scored(correct=False, rule="time.none", detail="names no time")
    free = _year_free(wanted, item)
    partial = max(_agreement(one, other, item.granularity) for one in found for other in wanted)
    if denies(prediction) and not denies(gold):
        return Scored(correct=False, rule="time.denied", detail="denies it", partial=partial)
    if any(_BESIDE.search(_ahead_of(each, prediction, item)) for each in found) and not _BESIDE_ANY.search(gold):
        return Scored(correct=False, rule="time.beside", detail="says before or after it", partial=partial)
    asked = {(reading.start, reading.end) for reading in _asked(item)}
    own = _distinct(
        [
            reading
            for reading in found
            if any(_same(reading, gold_time, item.granularity, free) for gold_time in wanted)
            or ((reading.start, reading.end) not in asked and not _around(reading, found))
        ]
    )
    shown = "; ".join(reading.span.text for reading in own) or "none"
    detail = f"{'; '.join(reading.span.text for reading in wanted)} against {shown}"
    ordered = _SIDE_BY_SIDE.search(item.question) is not None or len(wanted) == 1
    right = len(own) == len(wanted) and (
        all(_same(one, other, item.granularity, free) for one, other in zip(own, wanted, strict=True))
        or (not ordered and _paired(own, wanted, item.granularity, free))
    )
    if right and _clocks(gold) and _clocks(prediction) and _clocks(gold) != _clocks(prediction):
        return Scored(correct=False, rule="time.clock", detail=detail, partial=partial)
    rule = "time.equal" if right else "time.several" if len(own) > len(wanted) else "time.differs"
    return Scored(correct=right, rule=rule, detail=detail, partial=1.0 if right else partial)


def _ahead_of(reading: TimeReading, prediction: str, item: TimedQuestion) -> str:
    """Return the text of an answer ahead of one of its times."""
    return plain(prediction[: max(0, reading.span.start - len(item.question) - 1)])


def _asked(item: TimedQuestion) -> Sequence[TimeReading]:
    return [reading for reading in resolve_time(item.question, item.anchor or _NO_DAY) if reading.start or reading.end]


def _year_free(wanted: Sequence[TimeReading], item: TimedQuestion) -> bool:
    """Say whether neither the gold answer nor the question names the year."""
    return all(reading.kind == "partial" for reading in wanted) and not _asked(item)


def _around(reading: TimeReading, others: Sequence[TimeReading]) -> bool:
    """Say whether a reading is only the coarser unit around another."""
    return any(
        other is not reading
        and UNITS.index(other.granularity) < UNITS.index(reading.granularity)
        and _begins(reading) <= _begins(other)
        and _ends(other) <= _ends(reading)
        for other in others
    )


def _distinct(found: Sequence[TimeReading]) -> list[TimeReading]:
    return list({(reading.start, reading.end): reading for reading in found}.values())


def _paired(own: Sequence[TimeReading], wanted: Sequence[TimeReading], unit: Granularity, free: bool) -> bool:
    left = list(own)
    for other in wanted:
        one = next((reading for reading in left if _same(reading, other, unit, free)), None)
        if one is None:
            return False
        left.remove(one)
    return True


def _same(one: TimeReading, gold: TimeReading, unit: Granularity, free: bool) -> bool:
    """Compare at a unit: both ends in the same units, the intervals overlapping, and none of a coarser unit."""
    at = max(UNITS.index(unit), UNITS.index(gold.granularity))
    if UNITS.index(one.granularity) > at:
        return False
    if (one.start is None) != (gold.start is None):
        return False
    first, last = _begins(one), _ends(one)
    if one.end is None and gold.end is not None:  # 2023年8月起 says when it began
        if gold.start is None or unit_around(gold.start, gold.granularity) != (gold.start, gold.end):
            return False
        last = unit_around(first, one.granularity)[1]
    if gold.end is None and one.end is not None:
        last = date.max
    begins, ends = _begins(gold), _ends(gold)
    if free and one.kind != "partial":
        try:
            first, last = first.replace(year=begins.year), last.replace(year=ends.year)
        except ValueError:
            return False
    return (
        _unit(first, UNITS[at]) == _unit(begins, UNITS[at])
        and _unit(last, UNITS[at]) == _unit(ends, UNITS[at])
        and first <= ends
        and begins <= last
    )


def _unit(day: date, unit: Granularity) -> date:
    return day if day in {date.min, date.max} else unit_around(day, unit)[0]


def _begins(reading: TimeReading) -> date:
    return reading.start or date.min


def _ends(reading: TimeReading) -> date:
    return reading.end or date.max


def _agreement(one: TimeReading, gold: TimeReading, unit: Granularity) -> float:
    """Return the share of year, month and day, down to the asked unit, that agree from the year on."""
    asked: list[Granularity] = [
        step for step in _STEPS if UNITS.index(step) >= max(UNITS.index(unit), UNITS.index(gold.granularity))
    ]
    if not asked or one.start is None or gold.start is None:
        return 0.0
    agreed = 0
    for step in asked:
        if UNITS.index(step) < UNITS.index(one.granularity) or _unit(one.start, step) != _unit(gold.start, step):
            break
        agreed += 1
    return agreed / len(asked)


def _clocks(text: str) -> list[int]:
    """Return times of day in minutes after midnight."""
    found: list[int] = []
    for match in _CLOCK.finditer(plain(text)):
        hour = chinese_number(match["hour"])
        minute = match["minute"] or match["sixty"] or "0"
        minutes = 30 if minute == "半" else chinese_number(minute)
        if hour > 24 or minutes > 59:
            continue
        late = match["half"] in {"下午", "晚", "晚上", "傍晚"} or (match["m"] or "").startswith("p")
        found.append((hour + 12 if late and hour < 12 else hour) * 60 + minutes)
    return found


def _same_clocks(prediction: str, wanted: list[int]) -> Scored:
    found = _clocks(prediction)
    right = found == wanted and not denies(prediction)
    return Scored(correct=right, rule="time.clock", detail=f"{wanted} against {found} minutes", partial=float(right))
