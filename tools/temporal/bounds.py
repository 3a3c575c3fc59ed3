"""The words around an expression that open its interval (since, until, 截至, 以来) or join two (from … to …)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from .english import FLAGS
from .intervals import Stretch

__all__ = ["ABOUT", "Bound", "Joint", "bound_around", "bounded", "is_about", "is_ahead", "joint"]

Way: TypeAlias = Literal["since", "from", "until", "before", "after"]
_BEFORE_EN: Final = re.compile(
    r"(?:\b(?P<since>(?:ever\s+)?since)|\b(?P<until>until|till|up\s+(?:to|until)|by|through|as\s+of|no\s+later\s+than|not\s+later\s+than)"
    r"|\b(?P<before>before|prior\s+to|earlier\s+than)|\b(?P<after>after|later\s+than)"
    r"|\b(?P<from>(?:starting|beginning)\s+(?:in|on|from|with)|from)|\b(?P<between>between))\s+(?:at\s+least\s+)?(?:the\s+)?$",
    FLAGS,
)
_AFTER_EN: Final = re.compile(r"\s+(?P<onwards>on|onwards?|forward)\b", FLAGS)
_BEFORE_ZH: Final = re.compile(
    r"(?:(?P<until>截[至止]到?|直[到至])|(?P<since>(?<![来亲独各出源发])自从?|从)|(?P<to>到)|(?P<between>在))\s?$"
)
_AFTER_ZH: Final = re.compile(
    r"\s?(?:(?P<since>以来|以降|(?:起|开始)?[至迄]今)|(?P<from>开始|起(?![初码点步草诉伏来到])|以?来(?=的|[，。]))"
    r"|(?P<before>[之以]前(?![夕])|前(?![后半夕往锋景期途沿三两一二四五六七八九十0-9]|提(?![交出供前升醒起到])))"
    r"|(?P<after>[之以]后|后(?![期来者续天年半代方台裔生第卫续]))|(?P<until>为?止)|(?P<between>之间|间(?![接谍断]))|(?P<inside>期间|这段))"
)
_JOINT_EN: Final = re.compile(
    r"\s*(?:,\s*(?=[tu]))?(?:[-–—~]{1,2}|\bto\b|\buntil\b|\btill\b|\bthrough\b|\bup\s+to\b)\s*(?:the\s+)?", FLAGS
)
_JOINT_ZH: Final = re.compile(r"\s?(?:直?[至到]|[-–—~]{1,2})\s?")
_AND: Final = re.compile(r"\s+and\s+(?:the\s+)?|[和与及、]", FLAGS)
_SAID: Final[tuple[Way, ...]] = ("since", "before", "after", "until")
_REACH: Final = 24
_AHEAD: Final = re.compile(
    r"\b(?:until|till|by|before|up\s+(?:to|until)|not?\s+later\s+than|due|deadline|expires?|expiring)"
    r"(?:\s+(?:is|on|by|the|at))*\s+$",
    FLAGS,
)
_ABOUT_BEFORE: Final = re.compile(
    r"(?:\b(?:around|about|circa|ca\.|c\.|approximately|roughly)\s+(?:the\s+)?|大?约|大概)$", FLAGS
)
_ABOUT_AFTER: Final = re.compile(r"前后|左右|上下|前夕")
ABOUT: Final = 0.6
"""Share of the confidence that is left of a time with ``around`` or 前后."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What the words around an expression make of it, and how far they reach."""

    way: Way | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Two expressions are the ends of one interval, with the words around them."""

    start: int
    end: int


def bound_around(text: str, start: int, end: int) -> Bound:
    """Return what the words around ``text[start:end]`` make of it; ``way`` is None when they say nothing."""
    before = text[max(0, start - _REACH) : start]
    chinese = _AFTER_ZH.match(text, end)
    prefix = _BEFORE_ZH.search(before)
    if chinese and chinese[0].strip() == "开始" and not (prefix and prefix["since"]):
        chinese = None  # 会议周二开始 says on which day it began
    if (chinese and chinese.lastgroup not in {"between", "inside"}) or (prefix and prefix["until"]):
        return _chinese(start, end, prefix, chinese)
    if prefix and prefix["since"] and prefix["since"].startswith("自"):
        return Bound(way="from", start=start - len(prefix[0]), end=end)
    match = _BEFORE_EN.search(before)
    after = _AFTER_EN.match(text, end)
    if match is None or match["between"]:
        return Bound(way=None, start=start, end=end)
    first = start - len(match[0])
    if match["from"]:
        plain = match["from"].casefold() == "from"
        if plain and after is None:
            return Bound(way=None, start=start, end=end)
        return Bound(way="from", start=first, end=after.end() if after and plain else end)
    way: Way = "since" if match["since"] else "until" if match["until"] else "before" if match["before"] else "after"
    return Bound(way=way, start=first, end=end)


def _chinese(start: int, end: int, prefix: re.Match[str] | None, suffix: re.Match[str] | None) -> Bound:
    first = start - len(prefix[0]) if prefix and not prefix["between"] else start
    last = suffix.end() if suffix and suffix.lastgroup not in {"between", "inside"} else end
    if prefix and prefix["until"]:
        return Bound(way="until", start=first, end=last)
    assert suffix is not None
    if prefix and prefix["to"] and not suffix["until"]:
        first = start
    ways: list[Way] = [way for way in _SAID if suffix[way]]
    way: Way = ways[0] if ways else "from"
    return Bound(way=way, start=first, end=suffix.end())


def is_ahead(text: str, start: int) -> bool:
    """Say whether the words before ``text[start:]`` set a term (due Friday, by March), which is seldom past."""
    return bool(_AHEAD.search(text[max(0, start - _REACH) : start]))


def is_about(text: str, start: int, end: int) -> bool:
    """Say whether the words around ``text[start:end]`` make it a rough time."""
    return bool(_ABOUT_BEFORE.search(text[max(0, start - _REACH) : start]) or _ABOUT_AFTER.match(text, end))


def joint(text: str, left_start: int, left_end: int, right_start: int, right_end: int) -> Joint | None:
    """Return the interval from one expression to the next, when the words between and around them say so."""
    before = text[max(0, left_start - _REACH) : left_start]
    between = text[left_end:right_start]
    english, chinese = _BEFORE_EN.search(before), _BEFORE_ZH.search(before)
    after = _AFTER_ZH.match(text, right_end)
    opened = bool(english and english["between"])
    closed = bool(after and after["between"])
    if _JOINT_EN.fullmatch(between) or _JOINT_ZH.fullmatch(between):
        first = left_start
        if english and (english["from"] or opened):
            first -= len(english[0])
        elif chinese and chinese["since"]:
            first -= len(chinese[0])
        last = after.end() if after and (after["between"] or after["until"]) else right_end
        return Joint(start=first, end=last)
    if _AND.fullmatch(between) and (opened or closed):
        first = left_start - len(english[0]) if english and opened else left_start
        return Joint(start=first, end=after.end() if after and closed else right_end)
    return None


def bounded(stretch: Stretch, way: Way, anchor: date) -> Stretch:
    """Return a stretch whose interval is opened: ``since`` ends with the anchor, ``until`` includes what it names.

    A stretch that has failed, or that waits for an event, stays as it is.
    """
    start, end = stretch.start, stretch.end
    if stretch.kind in {"event", "unresolved", "invalid"}:
        return stretch
    one = timedelta(days=1)
    if way in {"since", "from"}:
        last = anchor if way == "since" and start is not None and start <= anchor else None
        return replace(stretch, start=start, end=last)
    if way == "until":
        return replace(stretch, start=None)
    if way == "before":
        return replace(stretch, start=None, end=start - one if start and start > date.min else start)
    return replace(stretch, start=end + one if end and end < date.max else end, end=None)
