"""Questions that leave out what the one before them said: "And in Lima?", "What about Shanghai?", "纽约呢？"."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["NAME", "afterthought", "is_ellipsis", "resumed"]

NAME: Final = r"(?:the\s+)?[A-Z][\w'’.-]*(?:\s+(?:(?:of|de|du|la|the|van|von)\s+)?[A-Z0-9][\w'’.-]*)*"
"""A proper name, as a regular expression's group."""
_PREPOSITION: Final = r"(?:in|of|for|at|on|to|from|about|with)"
_SHORT: Final = re.compile(
    rf"^(?:and|or|also)?,?\s*(?:what about|how about|and)?\s*(?P<how>how (?:many|much|long|high|deep|tall|far"
    rf"|old|big|large))?"
    rf"\s*(?P<of>{_PREPOSITION})?\s*(?P<name>{NAME}|\d{{4}})$"
)
_ARTICLE: Final = r"(?:the|an?|our|my|your)\s+[a-z]"
_THING: Final = re.compile(
    rf"^(?:and|or|also)\s+(?P<of>{_PREPOSITION})\s+(?P<x>{_ARTICLE}[^,?]{{1,40}})$", re.IGNORECASE
)
"""The same of another thing: "and of the crisps"."""
_CHINESE: Final = re.compile(r"^(?:那么?)?(?P<name>[\u4e00-\u9fff]{2,6})呢$")
_CHINESE_TOPIC: Final = re.compile(
    r"^(?:请问)?(?:现在|今天|明天|目前)?(?P<name>[\u4e00-\u9fff]{2,4}?)(?=几点|现在|今天|明天|的|有|是|天气|人口|多|在)"
)
_CHINESE_BOUGHT: Final = re.compile(
    r"^(?:那么?)?(?P<verb>买|要|点|订|租|做)(?P<n>\d+|[两二三四五六七八九十百]+)(?P<cl>[个只本张把瓶杯碗壶块件份位条盒包袋罐箱串支套台辆晚夜天])呢$"
)
_CHINESE_PRICED: Final = re.compile(
    r"^(?P<x>.+?)(?:每|一)?(?P<cl>[\u4e00-\u9fff])(?:要|是|卖)?(?P<ask>多少(?:钱|元|镑|块))$"
)
_CHINESE_DAY: Final = re.compile(r"^又?是?(?:星期几|周几|礼拜几)$")
"""The weekday of the day that was asked for before."""
_AFTERTHOUGHT: Final = re.compile(rf"^(?P<first>[^,]+?),\s+and\s+(?P<rest>(?:{_PREPOSITION}\s+)?(?:{NAME}))$")


def is_ellipsis(text: str) -> bool:
    """Whether a text is a question only together with the one before it."""
    if _THING.match(text):
        return True
    match = _SHORT.match(_capital(text))
    if _CHINESE_BOUGHT.match(text) or _CHINESE_DAY.match(text):
        return True
    return _CHINESE.match(text) is not None or (match is not None and _linked(text, match))


def _linked(text: str, match: re.Match[str]) -> bool:
    return bool(match["of"] or match["how"] or re.match(r"(?:and|or|also|what about|how about)\b", text, re.IGNORECASE))


def _capital(text: str) -> str:
    """Return `text` with its first word in small letters where that is one of those that open an ellipsis."""
    return re.sub(rf"^(?:And|Or|Also|What|How|{_PREPOSITION.title()})\b", lambda word: word[0].lower(), text)


def resumed(before: str, text: str) -> str:
    """Return the whole question that `text` stands for after `before`; empty where it cannot be told.

    >>> resumed("What time is it in Tokyo", "And in Lima")
    'What time is it in Lima'
    """
    if _CHINESE_DAY.match(text):
        return f"那天{text}"
    bought = _CHINESE_BOUGHT.match(text)
    if bought:
        priced = _CHINESE_PRICED.match(before)
        alike = priced is not None and priced["cl"] == bought["cl"]
        return f"{bought['verb']}{bought['n']}{bought['cl']}{priced['x']}要{priced['ask']}" if priced and alike else ""
    chinese = _CHINESE.match(text)
    if chinese:
        topic = _CHINESE_TOPIC.match(before)
        return before[: topic.start("name")] + chinese["name"] + before[topic.end("name") :] if topic else ""
    thing = _THING.match(text)
    if thing:
        same = re.search(rf"\b{thing['of']}\s+(?P<x>{_ARTICLE}[^,?]*)$", before, re.IGNORECASE)
        return before[: same.start("x")] + thing["x"] if same else ""
    match = _SHORT.match(_capital(text))
    if match is None:
        return ""
    how, of, name = match["how"], match["of"], match["name"]
    if how and not before.casefold().startswith(how):
        return ""
    places = [
        each
        for each in re.finditer(rf"(?:\b(?P<of>{_PREPOSITION})\s+)?(?P<name>{NAME}|\d{{4}})", before)
        if each.start()
    ]
    fitting = [each for each in places if of is None or each["of"] == of]
    if not fitting:
        return ""
    last = fitting[-1]
    return before[: last.start("name")] + name + before[last.end("name") :]


def afterthought(text: str) -> re.Match[str] | None:
    """Match ``How many people work at A now, and B``: a whole question, then a name in place of its own."""
    match = _AFTERTHOUGHT.match(text)
    if match is None or not re.match(r"(?:how|what|when|where|who|which)\b", text, re.IGNORECASE):
        return None
    names = list(re.finditer(NAME, match["first"]))[1:]
    return match if len(names) == 1 and names[0].end() < len(match["first"]) else None
