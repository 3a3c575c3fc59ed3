"""What a brief tells beside its occasion: a loss, a hard time, an occasion more than a text speaks of.

A text that passes over it without a word can hurt whom it is for: the writer becomes quiet, and says what it left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .grammar.bank import bank
from .grammar.order import SAD, akin

__all__ = ["Context", "context_of", "grown_over"]

_NO_OCCASION: Final = frozenset(
    {"weekday", "health", "career", "love", "luck", "prayer", "toast", "company", "school", "business", "solar_term"}
    | {"morning", "noon", "night", "general", "nurses_day", "apology", "thanks", "farewell"}
)
"""Read out of words that mostly say what is wished, or when: nothing is lost where no text comes back to them."""
_HARD: Final = tuple(
    (re.compile(pattern), tuple(unsaid.split()))
    for pattern, unsaid in (
        (
            r"失业|下岗|被(?:裁|辞退|开除|降职)|裁员|\b(?:laid off|fired|jobless|unemployed)\b",
            "升职 加薪 加班 工资 奖金 老板 同事 事业 工作 职场 高升 步步 业绩 career promotion boss",
        ),
        (
            r"破产|欠债|负债|倒闭了?|亏(?:本|损|光)|被骗|\bbankrupt",
            "财 富 钱 金 银 生意 兴旺 红火 丰收 wealth money business",
        ),
        (
            r"失恋|分手|离婚|离异|婚变|出轨|婚姻破裂|\b(?:divorc\w+|breakup|broke up|separated|heartbroken)\b",
            "爱情 良缘 百年 成双 双双 另一半 桃花 白头 相守 恩爱 眷属 加班 romance couple",
        ),
        (
            r"落榜|没考[上好]|考砸|考研失败|高考失败|退学|挂科|没录取|失利|\b(?:failed|dropped out)\b",
            "金榜 考 学业 录取 状元 升学 满分 榜 exam",
        ),
        (
            r"不孕|不育|试管失败|没怀上|\b(?:infertil\w*|ivf failed)\b",
            "宝宝 孩子 儿孙 子孙 添丁 贵子 孙 娃 团圆 满座 baby child",
        ),
        (
            r"住院|重病|病重|病危|化疗|瘫痪|癌|截肢|车祸|出事|受伤|骨折|难产|早产|抑郁|焦虑症|\b(?:cancer|chemo\w*|hospital\w*|terminal\w*|depress\w*)\b",
            "奔跑 蹦 跳舞 远行 登高 爬山 酒 干杯 狂欢 长命百岁 dance run",
        ),
        (
            r"坐牢|服刑|入狱|打官司|\bin (?:prison|jail)\b",
            "自由 远方 团圆 回家 free",
        ),
        (
            r"地震|洪水|水灾|火灾|受灾|灾区|战乱|疫区|被隔离|失踪|走丢|\b(?:earthquake|flood\w*)\b",
            "狂欢 热闹 风雨 团圆 新居 party",
        ),
        (
            r"断绝关系|断交|冷战|吵架|绝交|闹翻|被家暴|\bestranged\b",
            "从未 一直 永远 和睦 吵",
        ),
        (
            r"挫折|低谷|失败|失意|难过|伤心|绝望|崩溃|\bgoing through a (?:hard|tough|rough|difficult) time\b",
            "狂欢 嗨 哈哈 party",
        ),
    )
)
"""Hard times in a query, and what is then not said: it would rub them in."""
_WISHED_AWAY: Final = re.compile(
    r"(?:不(?:怕|要|会|再|必|许|曾|言)?|永远?|从不|没有|没|无|别|勿|避免|远离|告别|走出"
    r"|摆脱|战胜|无惧|抗|防|never|no more|not)\s?$"
)
"""Before the hard word: it is denied, or it is what is wished away."""
_STRANGE: Final = re.compile(r"前男友|前女友|前夫|前妻|前任|\bex\b|\bex-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What has to be minded."""

    quiet: bool = False
    """The text is to be a quiet one though its occasion is a happy one."""
    words: str = ""
    """Of the query: what makes it so."""
    unsaid: tuple[str, ...] = ()
    """Words that no text says then."""
    dropped: tuple[str, ...] = ()
    """Occasions that the query names and that no text will speak of."""


def context_of(found: list[str], occasion: str, also: str, query: str, *, two: bool) -> Context:
    """Return what a query tells beside what was read out of it.

    Args:
        found: All occasions whose words stand in it, in the order of `ORDER`.
        occasion: The one that is written for.
        also: A second one.
        query: In simplified characters and lower case.
        two: Whether there is room and voice to speak of the second one.
    """
    if occasion == "thanks":
        return Context()
    happy = occasion not in SAD
    hard, unsaid, rest = _hard(query)
    quiet = happy and bool(hard)
    spoken = (occasion, also) if two and happy and not quiet else (occasion,)
    dropped = tuple(
        name
        for name in found
        if name not in _NO_OCCASION and name not in SAD and not any(name == one or akin(name, one) for one in spoken)
    )
    if quiet:
        return Context(
            quiet=True, words=hard, unsaid=unsaid, dropped=tuple(name for name in dropped if _named(name, rest))
        )
    return Context(dropped=dropped)


def _hard(query: str) -> tuple[str, tuple[str, ...], str]:
    """Return the first words of hard times, all that is not said then, and the query without such words."""
    words, unsaid, rest = "", list[str](), query
    for pattern, each in _HARD:
        for match in pattern.finditer(query):
            if not _WISHED_AWAY.search(query[: match.start()]):
                words, rest = words or match[0], rest.replace(query[max(0, match.start() - 2) : match.end()], " ")
                unsaid += each
    return words, tuple(dict.fromkeys(unsaid)), rest


def _named(occasion: str, query: str) -> bool:
    match = bank().occasions[occasion].match
    return match is not None and match.search(query) is not None


def grown_over(found: list[str], query: str) -> list[str]:
    """Return the occasions without a parting that is only the lot of whom a happy one is for: 失恋的闺蜜生日."""
    happy = any(name not in SAD and name not in _NO_OCCASION for name in found)
    return (
        [name for name in found if name not in ("breakup", "heartbreak")]
        if happy and not _STRANGE.search(query)
        else found
    )
