"""What an intent asks for: a day of the week, a time, a date, a number, a name; and which words say of what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from questline.tools.calendar_words import WEEKDAY, WEEKDAY_ZH
from questline.tools.number_words import in_words
from questline.tools.reading.questions import analyse
from questline.tools.text import content_terms, is_cjk, stem, words

__all__ = ["Asked", "Kind", "asked_of", "kind_of_value", "may_be"]

Kind: TypeAlias = Literal["weekday", "time", "date", "number", "person", "place", "yesno", "reason", "entity"]
_WEEKDAY: Final = re.compile(
    r"\bday of (?:the|a) w\w{3}\b|\bweek ?days?\b|\b(?:what|which) day (?:is|was|will|does|did|falls?)\b"
    r"|星期几|周几|礼拜几|星期天还是",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\b(?:what|which) (?:local )?time\b|\b(?:what(?:'s| is)|tell me|show me) the (?:\w+ )?time\b"
    r"|\btime (?:is it|now)\b|\bat what (?:time|hour)\b|几点|什么时间|当前时间|现在时间",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"\bon (?:which|what) (?:date|day)\b|\b(?:which|what) (?:date|day)\b|哪一?天|几月几[日号]|哪[一]?日", re.IGNORECASE
)
_MORE_EXACT: Final[dict[Kind, re.Pattern[str]]] = {"weekday": _WEEKDAY, "time": _TIME, "date": _DATE}
_UNITS_ZH: Final[dict[str, str]] = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "个月": "month", "年": "year",
    "小时": "hour", "分钟": "minute", "秒": "second",
}  # fmt: skip
_DIMENSIONS: Final[dict[str, str]] = {
    "long": "length", "longer": "length", "longest": "length", "deep": "depth", "deeper": "depth", "deepest": "depth",
    "wide": "width", "widest": "width", "tall": "height", "tallest": "height", "high": "height", "heavy": "weight",
    "heaviest": "weight", "fast": "speed", "fastest": "speed", "old": "age", "oldest": "age", "expensive": "price",
    "cheapest": "price", "cost": "price",
}  # fmt: skip
"""Words that ask for a measure, and what fields call it."""
_COUNTED_ZH: Final = re.compile("(?:多少|几)(个月|星期|小时|分钟|[天日周年秒])")
_COUNTED: Final = re.compile(r"\bhow (?:many|much)\s+((?:[a-z'-]+\s+){0,1}?[a-z'-]+)", re.IGNORECASE)
_ISO_DAY: Final = re.compile(r"-?\d{4}-\d{2}-\d{2}")
_ISO_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?", re.IGNORECASE
)
_WEEKDAYS: Final = re.compile(rf"{WEEKDAY}|{WEEKDAY_ZH}", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")


_FIGURE: Final = re.compile(
    r"(?<![A-Za-z\d])\d|[一二两三四五六七八九十百千万]"
    rf"|\b(?:{in_words(1, 12)}|dozen|hundred|thousand|million|none|free"
    r"|once|twice|every|hourly|daily|weekly|monthly|yearly)\b",
    re.IGNORECASE,
)
_WHO: Final = re.compile(r"^\W*who(?:se|m|['’]s)?\b|谁|哪位", re.IGNORECASE)
_WHEN: Final = re.compile(
    rf"\d|{WEEKDAY}s?|{WEEKDAY_ZH}|[年月日点]"
    r"|\b(?:noon|midnight|morning|afternoon|evening|night|dawn|dusk|spring|summer|autumn|winter|always|never|every|daily"
    r"|weekly|monthly|yearly|after|before|until|now|today|tomorrow)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An intent, taken apart."""

    text: str
    kind: Kind
    terms: frozenset[str]
    """Stems of its content words."""
    focus: frozenset[str]
    """Stems of the noun that the answer is, or is counted in."""
    chinese: bool


@lru_cache(maxsize=512)
def asked_of(text: str) -> Asked:
    """Take an intent apart by rule."""
    question = analyse(text)
    exact: list[Kind] = [name for name, pattern in _MORE_EXACT.items() if pattern.search(text)]
    focus = set(question.focus)
    counted = _COUNTED.search(text)
    if counted:
        focus |= set(content_terms(counted[1]))
    dimensions = {stem(_DIMENSIONS[word]) for word in words(text) if word in _DIMENSIONS}
    focus |= {stem(_UNITS_ZH[match]) for match in _COUNTED_ZH.findall(text)}
    return Asked(
        text=text,
        kind=exact[0] if exact else question.kind,
        terms=frozenset(content_terms(text)) | focus | dimensions,
        focus=frozenset(focus | dimensions),
        chinese=is_cjk(text),
    )


def kind_of_value(value: object) -> str:
    """Say what a value is: ``number``, ``weekday``, ``date``, ``time``, ``yesno``, ``text`` or nothing."""
    if isinstance(value, bool):
        return "yesno"
    if isinstance(value, (int, float)):
        return "number"
    if not isinstance(value, str) or not value.strip():
        return ""
    text = value.strip()
    for pattern, name in ((_WEEKDAYS, "weekday"), (_ISO_DAY, "date"), (_ISO_TIME, "time"), (_NUMBER, "number")):
        if pattern.fullmatch(text):
            return name
    return "yesno" if text.casefold() in ("true", "false") else "text"


def may_be(asked: Asked, values: Iterable[object], *, figure: bool = False) -> bool:
    """Say whether one of some values may be what is asked for; any may where the wording names no kind with a form.

    A code such as C08 is nobody, and no amount either.

    Args:
        asked: The intent.
        values: Of one thing.
        figure: A number is asked for in any case.

    >>> may_be(asked_of("Who made it?"), ["C08", 150]), may_be(asked_of("Who made it?"), ["Ada Moss"])
    (False, True)
    """
    told = [value for value in values if value not in (None, "") and not isinstance(value, bool)]
    if figure or asked.kind == "number":
        return any(_FIGURE.search(str(value)) for value in told)
    if asked.kind in ("date", "time", "weekday"):
        return any(_WHEN.search(str(value)) for value in told)
    if _WHO.search(asked.text):
        return any(isinstance(value, str) and not re.search(r"\d", value) for value in told)
    return True
