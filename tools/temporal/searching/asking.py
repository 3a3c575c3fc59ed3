"""What a question asks of the times of events, by its wording: their order, whether they share a day, how far apart.

What is left when the words that ask are taken out are the events themselves, to be cut apart in `cutting`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.tools.temporal.result import Granularity

__all__ = ["Ask", "Asked", "asked"]

Ask: TypeAlias = Literal["first", "last", "same", "between", "shared", "each", "one"]
"""``first``, ``last``: which event came first, last. ``same``: whether they share a day, month or year. ``between``:
how long between them. ``shared``: what was on the day of an event. ``each``: several things at once. ``one``: the
rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, and of what."""

    ask: Ask
    body: str
    """The events, with the words between them; for ``shared`` the event that gives the day."""
    rest: str = ""
    """For ``shared``: what is asked of that day."""
    unit: Granularity = "day"
    """Of ``same``, ``between`` and ``shared``."""
    count: int = 0
    """How many events there are, where the wording says so; else 0."""
    chinese: bool = True


_UNITS: Final[dict[str, Granularity]] = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "月": "month", "季": "quarter", "年": "year",
    "day": "day", "date": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year",
}  # fmt: skip
_NUMBER: Final = {"两": 2, "二": 2, "2": 2, "三": 3, "3": 3, "四": 4, "4": 4, "五": 5, "5": 5}
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_EVENTS: Final = (
    r"(?:(?:这|上述|以上)?(?P<n>[两二三四五2-5])?(?:个|件|项|场|则)?(?:历史|重大|重要|新闻)?"
    r"(?:事件|事情|事)(?:之?[中间里]|当中)?)"
)
_TAIL: Final = r"[^，,：:。；;？?、]{0,14}?"
_ORDER: Final = re.compile(
    rf"[，,、；;]?\s*(?:在|按照?)?(?:时间(?:上|顺序)?[，,]?)?{_EVENTS}?[，,、]?(?:中|相比|之?中|之间)?[，,]?\s*(?:的?时间)?"
    rf"(?:是?哪\s*(?:一)?\s*(?:个|件|项|场|次|者|会|届|则|款|家|位|部|条|种|支)?|谁|孰){_TAIL}"
    r"(?P<way>最早|更早|较早|最先|首先|先于|在先|在前|更先|先|最晚|更晚|较晚|最后|最近|更近|更迟|最迟|在后|后|早|晚)"
    rf"{_TAIL}(?=[：:。；;？?]|\Z)"
)
_ORDER_HEAD: Final = re.compile(
    r"[，,、；;]?\s*(?:最|更)(?P<way>早|先|晚|后|迟)(?:发生|出现|举行|发布|进行)?的?(?:是|为)?(?:哪|什么|谁)[^，,：:。；;？?、]{0,8}(?=[：:。；;？?]|\Z)"
)
_LEAD: Final = re.compile(
    r"(?:请问|问)?(?:在|于)?(?:以下|下列|下面|上述|以上)(?:的)?(?P<n>[两二三四五几2-5])?(?:个|件|项)?(?:事件|事情|事|选项)?(?:之?[中里]|当中)?(?:的)?[，,：:]?"
)
_AMONG: Final = re.compile(
    r"发生(?:过)?的(?:下列|以下)?(?:事件|事情)(?:之?中|里)?[，,：:]?|(?:，|,|、)(?:这些|这几[个件])(?:事件|事情|事)?(?:之?中|里)?(?=[，,]|\Z)"
)
_SAME: Final = re.compile(
    rf"[，,、]?\s*(?:{_EVENTS})?[，,]?(?:的)?(?:时间|日期)?(?:是否|是不是|会不会|有没有|都|均|是|也|各自)*(?:发生|举行|发布|进行|出现)?(?:在|于)?"
    r"(?:同|相同的?)(?:一)?(?:个)?(?P<unit>天|日|周|星期|月|季|年)(?:份|度|期)?[^，,。；;？?]{0,8}(?=[，,。；;？?]|\Z)"
)
_SHARED: Final = re.compile(
    r"(?P<event>.{4,}?)(?:的|发生|那)?(?:当|同一?|那一?)(?:个)?(?P<unit>天|日|周|月|年)(?:份|度)?[，,：:]?\s*(?P<rest>(?![吗么呢？?]).{5,})\Z"
)
_BETWEEN: Final = re.compile(
    rf"[，,、]?\s*(?:{_EVENTS})?(?:之间|中间|时间|相互)?(?:总共|一共|大约|大概|约)?(?:相隔|间隔|相差|相距|隔了?|差了?|过了?|经过了?|用了)(?:的时间)?(?:是|有|了)?(?:多少|几|多)(?:个)?"
    r"(?P<unit>天|日|周|星期|月|年|久|长时间)[^，,。；;]{0,4}(?=[？?]|\Z)"
)
_EACH: Final = re.compile(r"分别|各自|以及|并且|，且|，并|又(?:有|是)|[一二两三四]个重要")

_EN_ORDER: Final = re.compile(
    r"(?:^|[,:;]?\s*)\b(?:which|what|who)\b(?:\s+(?:of\s+(?:these|the\s+following)(?:\s+\w+)?|one|event|came|come|was|is|were|did|has|had|happened|happens|occurred|occurs|took\s+place|started|began|ended|opened|held|released|published|the|of|them|two|three))*?"
    r"\s+(?P<way>first|earliest|earlier|sooner|last|latest|later)\b[,:;]?",
    re.IGNORECASE,
)
_EN_SAME: Final = re.compile(
    r"\b(?:both\s+)?(?:happen(?:ed)?|occur(?:red)?|take\s+place|took\s+place|held|fall|fell|come)?\s*(?:in|on|during|within)\s+the\s+same\s+(?P<unit>day|date|week|month|quarter|year)\b",
    re.IGNORECASE,
)
_EN_SHARED: Final = re.compile(
    r"^(?:in|on|during)\s+the\s+(?:same\s+)?(?P<unit>day|week|month|year)\s+(?:of|that|when|in\s+which|on\s+which|as)\s+(?P<event>[^,?]+),\s*(?P<rest>.+)$",
    re.IGNORECASE,
)
_EN_SHARED_LATE: Final = re.compile(
    r"^(?P<rest>.{8,}?)\s+(?:in|on|during)\s+the\s+(?:same\s+)?(?P<unit>day|week|month|year)\s+(?:of|that|when|in\s+which|on\s+which|as)\s+(?P<event>[^,?]{4,})\??$",
    re.IGNORECASE,
)
_EN_BETWEEN: Final = re.compile(
    r"^how\s+(?:many\s+(?P<unit>day|week|month|quarter|year)s?|long|much\s+time)(?:\s+(?:were|was|are|is|passed|went\s+by|elapsed|there))*\s+between\b",
    re.IGNORECASE,
)
_EN_HELPER: Final = re.compile(r"^(?:did|was|were|is|are|has|have|do|does)\s+(?:both\s+)?", re.IGNORECASE)
_LAST: Final = frozenset("晚后迟近") | {"last", "latest", "later"}


def asked(question: str) -> Asked:
    """Return what a question asks of times; by its wording alone, nothing is looked up.

    Source: spec 09 §2.5, §2.6.
    """
    return _chinese(question.strip()) if _CHINESE.search(question) else _english(question.strip())


def _chinese(question: str) -> Asked:
    for pattern in (_ORDER, _ORDER_HEAD):
        found = pattern.search(question)
        if found is not None:
            way = found["way"]
            body, count = _without_lead(question[: found.start()] + "，" + question[found.end() :])
            told = found.groupdict().get("n")
            number = _NUMBER.get(told or "", count)
            return Asked(ask="last" if way[-1] in _LAST else "first", body=body, count=number)
    found = _SAME.search(question)
    if found is not None:
        body, count = _without_lead(question[: found.start()] + "，" + question[found.end() :])
        return Asked(ask="same", body=body, unit=_UNITS[found["unit"]], count=_NUMBER.get(found["n"] or "", count))
    found = _BETWEEN.search(question)
    if found is not None:
        body, _ = _without_lead(question[: found.start()] + question[found.end() :])
        return Asked(ask="between", body=body, unit=_UNITS.get(found["unit"], "day"), count=2)
    found = _SHARED.match(question)
    if found is not None:
        return Asked(ask="shared", body=found["event"], rest=found["rest"], unit=_UNITS[found["unit"]], count=2)
    ask: Ask = "each" if _EACH.search(question) else "one"
    return Asked(ask=ask, body=question.strip("？?。"))


def _without_lead(text: str) -> tuple[str, int]:
    count = 0
    text = _AMONG.sub("", text)
    found = _LEAD.search(text)
    if found is not None:
        count = _NUMBER.get(found["n"] or "", 0)
        text = text[: found.start()] + text[found.end() :]
    return text.strip(" ，,：:；;。？?、的"), count


def _english(question: str) -> Asked:
    text = question.rstrip("?. ")
    for pattern in (_EN_SHARED, _EN_SHARED_LATE):
        found = pattern.match(text)
        if found is not None:
            unit = _UNITS[found["unit"].lower()]
            return Asked(ask="shared", body=found["event"], rest=found["rest"], unit=unit, count=2, chinese=False)
    found = _EN_BETWEEN.search(text)
    if found is not None:
        unit = _UNITS[(found["unit"] or "day").lower()]
        return Asked(ask="between", body=text[found.end() :].strip(), unit=unit, count=2, chinese=False)
    found = _EN_SAME.search(text)
    if found is not None:
        body = _EN_HELPER.sub("", (text[: found.start()] + text[found.end() :]).strip())
        return Asked(ask="same", body=body, unit=_UNITS[found["unit"].lower()], chinese=False)
    found = _EN_ORDER.search(text)
    if found is not None:
        body = _EN_HELPER.sub("", (text[: found.start()] + " " + text[found.end() :]).strip(" ,:;"))
        ask: Ask = "last" if found["way"].lower() in _LAST else "first"
        return Asked(ask=ask, body=body, chinese=False)
    return Asked(
        ask="each" if re.search(r"\b(?:respectively|each)\b", text, re.IGNORECASE) else "one", body=text, chinese=False
    )
