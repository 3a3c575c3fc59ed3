"""Recognise questions whether one event was before or after another, or by how much it was earlier or later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from questline.tools.temporal.result import Granularity

__all__ = ["Order", "asks_order"]

_HAPPENS: Final = r"(?:发生|举行|出现|完成|进行|开始)?"
_WHETHER: Final = re.compile(r"是否|是不是|吗|么")
_THAN: Final = re.compile(
    rf"^(?P<one>.+?)(?:是否|是不是|是)?{_HAPPENS}的?(?:时间)?(?:是否|是不是)?(?P<way>早于|先于|晚于|迟于)(?P<other>.+?)(?:的?时间)?(?:吗|么)?$"
)
_IN_FRONT: Final = re.compile(
    rf"^(?P<one>.+?)(?:是否|是不是|是)?(?:{_HAPPENS}在|于)(?P<other>.+?)(?P<way>之前|以前|之后|以后|前|后)"
    rf"(?:就|才|已经?)?{_HAPPENS}的?(?:吗|么)?$"
)
_MORE: Final = re.compile(
    r"^(?P<one>.+?)(?:是否|是不是)?比(?P<other>.+?)(?:发生|来|举行)?得?更?(?P<way>早|晚)(?:发生|举行|出现)?(?:一些|些)?(?:吗|么)?$"
)
_BY: Final = re.compile(
    r"^(?P<one>.+?)比(?P<other>.+?)(?:发生|来|举行)?得?(?P<way>早|晚)了?(?:几|多少)?(?P<unit>天|日|周|星期|个月|月|年|久|长时间)"
)
_SPAN: Final = re.compile(
    r"^(?:(?P<subject>.*?)从)?(?P<one>[^从]+?)(?:到|至)(?P<other>.+?)(?:之间|期间|中间)?(?:一共|总共|共)?"
    r"(?:相隔|间隔|相距|相差|隔|用|花|经过|历时|过)了?(?:几|多少?)(?P<unit>天|日|周|星期|个月|月|年|久|长时间)"
)
_LONGEST: Final = 300
_VERB: Final = 4
"""Characters at most of an event that shares its subject with the one before it: 大桥开工到通车."""
_ENGLISH: Final = re.compile(
    r"^(?:did|was|were|has|have|had|is)\s+(?P<one>.+?)\s+(?P<way>before|after|prior\s+to|earlier\s+than|later\s+than)\s+(?P<other>.+)$",
    re.IGNORECASE,
)
_UNITS: Final[dict[str, Granularity]] = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "个月": "month", "月": "month", "年": "year", "久": "day",
    "长时间": "day",
}  # fmt: skip
_LATER: Final = re.compile(r"晚|迟|后|\b(?:after|later)", re.IGNORECASE)
_NOT: Final = re.compile(r"(?:不|没有?|未|并非|\bnot|n't)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Whether, or by how much, one event was earlier or later than another."""

    one: str
    other: str
    later: bool
    """The first is asked to be later; else earlier."""
    unit: Granularity | None = None
    """Of the distance that is asked for; None for a yes or no."""


def asks_order(question: str) -> Order | None:
    """Return the two events of a question and their order; None for another question, and for one in the negative."""
    text = question.strip().rstrip("？?。. ")
    if len(text) > _LONGEST:  # the patterns take time with its square
        return None
    counts = re.search(r"几|多少|多久|多长", text)
    if counts and (span := _SPAN.match(text)) is not None:
        return _spanned(span)
    found = _BY.match(text) if counts else None
    if found is None and _WHETHER.search(text):
        found = _THAN.match(text) or _MORE.match(text) or _IN_FRONT.match(text)
    found = found or _ENGLISH.match(text)
    if found is None or _NOT.search(found["one"]):
        return None
    unit = found.groupdict().get("unit")
    one, other = (re.sub(r"^(?:请问)|[，,\s]+$", "", found[name]).strip() for name in ("one", "other"))
    return Order(one=one, other=other, later=bool(_LATER.search(found["way"])), unit=_UNITS[unit] if unit else None)


def _spanned(found: re.Match[str]) -> Order:
    """Return how much later the end of a stretch is than its beginning."""
    subject, one, other = found["subject"] or "", found["one"].strip(), found["other"].strip()
    shared = one[: -len(other)] if not subject and len(other) <= _VERB and len(one) > len(other) + 1 else ""
    return Order(one=subject + shared + other, other=subject + one, later=True, unit=_UNITS[found["unit"]])
