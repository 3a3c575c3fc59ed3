"""Recognise questions for a date and for a yes or no, and write answers in the question's language."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from questline.tools.temporal.result import Granularity

from .contract import Interval

__all__ = ["When", "asks_when", "asks_whether_within", "date_words", "negated", "span_words", "yes_or_no"]

_WHEN: Final = re.compile(
    r"(?:是)?(?:在|于)?(?:(?P<day>哪一?天|哪一?日|几月几[日号]|几号|(?:具体)?(?:的)?(?:日期|日子)(?:是|为)?(?:什么时候|哪一?天|何时|多少|什么|几号)?)"
    r"|(?P<month>哪一?个?月份?|几月份?)|(?P<year>哪一?年份?|何年)|(?P<any>什么时[候间]|何时|何日|(?:具体)?(?:的)?时间(?:是|为)(?:什么时候|何时|多少|什么)?|多会儿))"
)
_EN_WHEN: Final = re.compile(
    r"^(?:(?:in|on|during|by)\s+)?(?:when|(?:what|which)\s+(?:(?P<day>day|date)|(?P<month>month)|(?P<year>year)|time))"
    r"(?:\s+(?:did|was|were|is|are|does|do|has|have|had|will))?\b",
    re.IGNORECASE,
)
_WITHIN: Final = re.compile(
    r"(?:是否|是不是|都|均|全都|是|也)*(?:在|于)?@(?:期间|内|里|中|之内)?(?:发生|发布|举行|进行|出现|完成|公布|上映|成立)?(?:过|了)?的?(?:吗|么|嘛)?[？?]?\Z"
)
_CLEFT: Final = re.compile(
    r"(?:都|均)?(?:是|是否是?|是不是)(?:在|于)@(?:期间|内|里|中|之内)?(?P<verb>[^，。；？?]{1,12}?)的(?:吗|么|嘛)?[？?]?\Z"
)
_WITHIN_MARK: Final = re.compile(r"吗|么|嘛|是否|是不是")
_EN_WITHIN: Final = re.compile(
    r"^(?:did|was|were|has|have|is|are)\s+(?P<event>.+?)(?:\s+(?:both|all))?(?:\s+(?:happen|occur|take\s+place|held))?\s+(?:in|on|during)?\s*@$",
    re.IGNORECASE,
)
_COUNTED: Final = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}
_NEGATED: Final = re.compile(
    r"(?<!是)不是?(?!否)(?:都|均)?(?:发生)?(?:在|于)?(?:同|相同)|(?:wasn't|didn't|weren't|not)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A question for a date."""

    event: str
    unit: Granularity | None
    """The granularity that is asked for; None: what the evidence says."""


def asks_when(question: str) -> When | None:
    """Return what a question asks the date of; None when it asks for something else."""
    text = question.strip().rstrip("？?。. ")
    found = _EN_WHEN.match(text) or _WHEN.search(text)
    if found is None:
        return None
    groups = found.groupdict()
    unit = next((name for name in ("day", "month", "year") if groups.get(name)), None)
    return When(event=f"{text[: found.start()]} {text[found.end() :]}".strip(), unit=unit)  # pyright: ignore[reportArgumentType]  # because the names of the groups are units


def asks_whether_within(question: str, spans: list[tuple[int, int]]) -> str | None:
    """Return the events of a question whether they lie in a time that it names last; None for another question."""
    if not spans:
        return None
    start, end = spans[-1]
    text = f"{question[:start]}@{question[end:]}".strip()
    found = _EN_WITHIN.match(text.rstrip("?. "))
    if found is not None:
        return found["event"]
    found = _CLEFT.search(text) or _WITHIN.search(text)
    if found is None or not _WITHIN_MARK.search(text):
        return None
    verb = found.groupdict().get("verb") or ""
    return f"{text[: found.start()].strip(' ，,')}{verb}" or None


def negated(question: str) -> bool:
    """Return whether a question is put in the negative, so that a bare yes would be ambiguous."""
    return _NEGATED.search(question) is not None


def yes_or_no(value: bool, *, chinese: bool) -> str:
    """Return the bare judgement."""
    return ("是的" if value else "不是") if chinese else ("Yes" if value else "No")


def span_words(count: int, unit: Granularity, *, chinese: bool) -> str:
    """Return a number of units: ``12天``, ``3个月``, ``1 day``."""
    if chinese:
        return f"{count}{_COUNTED[unit]}"
    return f"{count} {unit}{'' if count == 1 else 's'}"


def date_words(interval: Interval, unit: Granularity | None, *, chinese: bool) -> str | None:
    """Return an interval in words at the granularity that is asked for; None where it is not known so finely."""
    first, last = interval.start, interval.end
    if unit == "day" and first != last and (last - first).days > 31:
        return None
    if unit == "month" and (first.year, first.month) != (last.year, last.month):
        return None
    if unit == "year" and first.year != last.year:
        return None
    if unit in ("month", "year"):
        return _one(first, unit, chinese=chinese)
    if first == last:
        return _one(first, "day", chinese=chinese)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return _one(first, "year", chinese=chinese) if unit is None else None
    whole = first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]
    if whole and (first.year, first.month) == (last.year, last.month):
        return _one(first, "month", chinese=chinese) if unit is None else None
    if whole and unit is None:
        return _range(first, last, "month", chinese=chinese)
    return _range(first, last, "day", chinese=chinese)


def _range(first: date, last: date, unit: Granularity, *, chinese: bool) -> str:
    joint = "至" if chinese else " to "
    return f"{_one(first, unit, chinese=chinese)}{joint}{_one(last, unit, chinese=chinese)}"


def _one(day: date, unit: Granularity, *, chinese: bool) -> str:
    if unit == "year":
        return f"{day.year}年" if chinese else str(day.year)
    if unit == "month":
        return f"{day.year}年{day.month}月" if chinese else f"{calendar.month_name[day.month]} {day.year}"
    if chinese:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
