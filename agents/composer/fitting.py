"""Whether what was found is of the kind that was asked for: an amount in a unit, a date, a time of day, a count.

A reader without a language model finds a sentence for every question. One that shares the question's words may still
answer another one: what a barrel holds for what it weighs, what one costs for what six cost. So each sentence is held
against what the question wants. What is of another kind is no answer. What is near, in another unit or still to be
reckoned with, is told, but not as the whole answer. Where the wording does not say what is wanted, everything fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.agents.tool_executor.asked import Asked
from questline.agents.tool_executor.views import plain_name
from questline.agents.tool_planner.aboutness import Fit
from questline.agents.tool_planner.amounts import amounts
from questline.agents.tool_planner.amounts_zh import amounts_in_chinese
from questline.agents.tool_planner.number_fit import COINS_ZH
from questline.agents.tool_planner.operands import Frame
from questline.agents.tool_planner.pieces import asking
from questline.tools.calendar_words import WEEKDAY, WEEKDAY_ZH
from questline.tools.mathematics.unit_table import dimension_name, find, is_known
from questline.tools.number_words import NUMBERS
from questline.tools.slot_filling.currencies import currencies_in
from questline.tools.slot_filling.mention import Mention
from questline.tools.slot_filling.units import measures
from questline.tools.text import is_cjk

from .figures import figures_of, folded
from .ground import without_source

__all__ = ["Wanted", "attribute_missing", "column_misfits", "fit_of", "reckoned", "wanted_of"]

Kind: TypeAlias = Literal["", "weekday", "time", "hours", "day", "number", "money", "amount", "age", "share"]
_TIME: Final = re.compile(
    r"\b(?:what|which) (?:local )?time (?:is|does|do|did|will|was|should)\b|\bat (?:what|which) (?:time|hour)\b|几点",
    re.IGNORECASE,
)
_HOURS: Final = re.compile(
    r"\bwhen (?:do|does|will)\b.+\b(?:open|close|shut)\b|\bhow (?:late|early) (?:can|may|do|does|is|are|will)\b",
    re.IGNORECASE,
)
"""What is so every day has a time of day; "when are you closed" may be a weekday."""
_UNTIL: Final = re.compile(
    r"\b(?:before|after|until|till|when|once|as soon as|dawn|dusk|sunrise|sunset|noon|midnight|o'clock)\b",
    re.IGNORECASE,
)
_ASKED_COIN: Final = re.compile(r"(?:\bin|\bhow (?:many|much)(?: in)?|多少|几|用|以)\s*$", re.IGNORECASE)
_WEEKDAY: Final = re.compile(
    r"\b(?:what|which) (?:day of (?:the|a) week|week ?day)\b|^(?:the )?week ?days? (?:of|that|when)\b"
    r"|\b(?:is|was|tell me|name|on|find|give) the (?:week ?day|day of the week)\b|星期几|周几|礼拜几",
    re.IGNORECASE,
)
_DAY: Final = re.compile(
    r"\b(?:what|which) date\b|\b(?:on|by|from|until|before) (?:what|which) day\b"
    r"|哪一?天|几月几[日号]|哪[一]?日(?!子)|什么日[期子]",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(
    r"\bhow much (?:does|do|did|would|will) .+\b(?:cost|pay|charge|earn|owe)\b"
    r"|\bwh?at (?:does|do|did|would|will) .+ (?:cost|pay|charge|owe)\b"
    r"|\bwhat (?:is|are|was) the (?:price|cost|fee|rent|salary|premium)s? (?:of|for)\b"
    r"|多少钱|多少(?:镑|元|块|美元|欧元)",
    re.IGNORECASE,
)
_AGE: Final = re.compile(r"\b(?:how old|what age)\b|多少岁|几岁|多大年[纪龄]", re.IGNORECASE)
_AGED: Final = re.compile(r"\d\s?岁|[一二三四五六七八九十]\s?岁|\bold\b|\baged?\b|\bbirthday\b", re.IGNORECASE)
_YEARS: Final = re.compile(r"(?<![\d.,])(?:1[5-9]\d{2}|20\d{2})(?![\d%]|[.,]\d)")
_SHARE: Final = re.compile(r"\b(?:what|how many) per ?cent(?:age)?\b|百分之(?:多少|几)", re.IGNORECASE)
_HOW: Final = re.compile(
    r"\bhow (?P<how>heavy|long|high|tall|deep|wide|thick|far|fast)\b(?! (?:ago|before|after|until|will|have|has|had))"
    r"|\bwhat (?:does|do|did) .+ (?P<weigh>weigh)\b|(?P<zh>多[高长深宽远重快])(?!时间|久)",
    re.IGNORECASE,
)
_DIMENSIONS: Final[dict[str, frozenset[str]]] = {
    "heavy": frozenset({"mass"}), "weigh": frozenset({"mass"}), "多重": frozenset({"mass"}),
    "long": frozenset({"length", "time"}), "多长": frozenset({"length", "time"}),
    "high": frozenset({"length"}), "tall": frozenset({"length"}), "deep": frozenset({"length"}),
    "wide": frozenset({"length"}), "thick": frozenset({"length"}), "far": frozenset({"length", "time"}),
    "多高": frozenset({"length"}), "多深": frozenset({"length"}), "多宽": frozenset({"length"}),
    "多远": frozenset({"length", "time"}), "fast": frozenset({"speed", "time", "length"}),
    "多快": frozenset({"speed", "time", "length"}),
}  # fmt: skip
_UNIT: Final = re.compile(
    r"\bhow (?:many|much) (?P<many>[a-z]+)\b|\bin (?P<in>[a-z]+)\s*[?.]*$|(?:多少|几)(?P<zh>[\u4e00-\u9fff]{1,3})",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(
    r"\bhow many (?P<noun>[a-z-]+)|(?:多少|几)(?P<cl>[个名位人条座届种艘本只辆台家件张棵间])", re.IGNORECASE
)
_COUNTERS: Final = "个名位人条座届种艘本只辆台家件张棵间"
_ATTRIBUTE: Final = re.compile(
    r"的(?P<what>[\u4e00-\u9fff]{2,8}?)(?:是多少|是几|是什么[？?]?$)"
    r"|有(?:多少|几)[个名位座种艘本只辆台家张棵间]?(?P<counted>[\u4e00-\u9fff]{2,8})[？?]?$"
)
_NUMBER: Final = re.compile(
    r"(?P<coin>[$€£¥])?\s?(?P<n>\d[\d,]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千万亿]+(?=[^\W\d_]))\s?"
    r"(?P<unit>%|°\s?[CF]?|[A-Za-z]+(?:/[A-Za-z]+)?|[\u4e00-\u9fff]{1,3})?"
)
_WORDS: Final = re.compile(
    rf"\b(?:{'|'.join(NUMBERS)}|hundred|thousand|million|dozen|half|no"
    r"|none|both|twice|once|not|nothing|nobody|all|every|each|several|few|free)\b",
    re.IGNORECASE,
)
_PLURAL: Final = re.compile(r"[a-z]{3,}s")
_PRICES: Final = frozenset(
    ["price", "cost", "rate", "fee", "wage", "salary", "pay", "fare", "charge", "rent", "amount"]
)
_WEEKDAYS: Final = re.compile(rf"\b{WEEKDAY}s?\b|{WEEKDAY_ZH}", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"\d|\bnoon\b|\bmidnight\b|\bo'clock\b|\bdawn\b|\bsunrise\b|\bsunset\b|\bdusk\b|[上下中]午", re.IGNORECASE
)
_CLOCK_ZH: Final = re.compile(r"\d{1,2}[:：]\d{2}|[\d零一二两三四五六七八九十]{1,3}点|[中正]午|午夜")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an intent asks for, as far as its wording says it."""

    kind: Kind = ""
    unit: str = ""
    """The symbol of the unit that it is wanted in."""
    dimensions: frozenset[str] = frozenset()
    """Of an amount: what it may measure."""
    what: str = ""
    """In words, for whoever reads what is missing; empty for a kind that no wording names."""
    coin: str = ""
    """The code of the currency that money is wanted in."""


def wanted_of(asked: Asked) -> Wanted:
    """Return what kind of value an intent asks for."""
    text = without_source(asked.text) or asked.text
    if _TIME.search(text) and "zone" not in text:
        return Wanted(kind="time", what="a time of day")
    if _HOURS.search(text):
        return Wanted(kind="hours", what="a time of day")
    if _WEEKDAY.search(text):
        return Wanted(kind="weekday", what="a day of the week")
    coin = _asked_coin(text)
    if coin is not None:
        return Wanted(kind="money", what=f"an amount in {coin.text}", coin=str(coin.value))
    for pattern, kind, what in (
        (_DAY, "day", "a date"), (_MONEY, "money", "an amount of money"), (_AGE, "age", "an age"),
        (_SHARE, "share", "a percentage"),
    ):  # fmt: skip
        if pattern.search(text):
            return Wanted(kind=kind, what=what)  # pyright: ignore[reportArgumentType]  # because a tuple of literals is read as texts
    unit = _asked_unit(text)
    if unit:
        found = find(unit)
        dimension = dimension_name(found.dimension)
        return Wanted(kind="amount", unit=found.symbol, dimensions=frozenset({dimension}), what=f"an amount in {unit}")
    how = _HOW.search(text)
    if how:
        word = (how["how"] or how["weigh"] or how["zh"]).casefold()
        return Wanted(kind="amount", dimensions=_DIMENSIONS[word], what=f"an amount of {_said(_DIMENSIONS[word])}")
    return Wanted(kind="number", what="a number") if _COUNT.search(text) else Wanted()


def _said(dimensions: Iterable[str]) -> str:
    return " or ".join(sorted(dimensions))


def _asked_coin(text: str) -> Mention | None:
    """Return the currency that an amount is wanted in; a pound may be one of weight."""
    for coin in currencies_in(text):
        if _ASKED_COIN.search(text[: coin.start]) and (not measures(coin.text.casefold()) - {"money"}):
            return coin
    return None


def _asked_unit(text: str) -> str:
    """Return the unit of measure that an amount is wanted in; days and years count things as often as they measure."""
    for match in _UNIT.finditer(text):
        word = match["many"] or match["in"] or ""
        options = (word,) if word else tuple(match["zh"][:size] for size in (3, 2, 1))
        for option in options:
            known = is_known(option) and (len(option) > 1 or not option.isascii()) and not option.startswith("钱")
            plain = not option.isascii() or measures(option.casefold()) - {"time", "money"}
            if known and plain and dimension_name(find(option).dimension) != "time" and option not in _COUNTERS:
                return option
    return ""


def fit_of(wanted: Wanted, text: str) -> Fit:
    """Say whether a sentence, or several, hold a value of the kind that is wanted."""
    text = folded(text)
    match wanted.kind:
        case "weekday":
            return "fits" if _WEEKDAYS.search(text) else "near" if figures_of(text).days else "other"
        case "time":
            chinese = any("\u4e00" <= char <= "\u9fff" for char in text)
            return "fits" if (_CLOCK_ZH if chinese else _CLOCK).search(text) else "other"
        case "hours":
            figures = figures_of(text)
            if figures.clocks or figures.days or _UNTIL.search(text):
                return "fits"
            return "near" if _WEEKDAYS.search(text) else "other"
        case "day":
            days = figures_of(text).days
            whole = any(reading[1] for day in days for reading in day.readings)
            return "fits" if whole or _WEEKDAYS.search(text) else "other"
        case "share":
            return "fits" if re.search(r"%|per ?cent|百分之|half|third|quarter", text, re.IGNORECASE) else "other"
        case "age":
            return _of_age(text)
        case "money" | "number" | "amount":
            return _of_numbers(wanted, text)
        case _:
            return "fits"


def _of_age(text: str) -> Fit:
    """Say whether a text tells an age: the year in which a mill was built is only near."""
    figures = figures_of(text)
    if is_cjk(text):
        return "fits" if _AGED.search(text) else "near" if figures.days else "other"
    said = [match for match in _NUMBER.finditer(figures.rest) if not _is_year(match, figures.rest)]
    kinds = [_kinds(match["unit"] or "") for match in said if not _YEARS.fullmatch(match["n"])]
    if _AGED.search(text) or _spelled(text) or any(not kind or "time" in kind for kind in kinds):
        return "fits"
    return "near" if figures.days or _YEARS.search(text) else "other"


def _of_numbers(wanted: Wanted, text: str) -> Fit:
    figures = figures_of(text)
    said = [match for match in _NUMBER.finditer(figures.rest) if match["n"] != "一" or _kinds(match["unit"] or "")]
    said = [match for match in said if not _is_year(match, figures.rest)] or said
    units = [(match["coin"] or match["unit"] or "").strip() for match in said]
    kinds = [_kinds(unit) for unit in units]
    if wanted.kind in ("amount", "money"):  # "60 loaves" are no length
        kinds = [kind for kind, unit in zip(kinds, units, strict=True) if kind or not _PLURAL.fullmatch(unit)]
    if wanted.kind == "amount" and wanted.unit:
        symbols = [find(unit).symbol for unit in map(_known, units) if unit]
        if wanted.unit in symbols or any(not kind for kind in kinds):
            return "fits"
        return "near" if any(kind & wanted.dimensions for kind in kinds) else "fits" if _spelled(text) else "other"
    if wanted.kind == "amount":
        fits = any(not kind or kind & wanted.dimensions for kind in kinds)
        fits = fits or (not said and "time" in wanted.dimensions)  # "until the owner comes"
    elif wanted.kind == "money":
        fits = any(not kind or "money" in kind for kind in kinds) or "免费" in text or "free" in text.casefold()
        coins = {coin.value for coin in currencies_in(text)} if wanted.coin else set[object]()
        if coins and wanted.coin not in coins:
            return "near"
    else:
        fits = any(not kind or "count" in kind or "time" in kind for kind in kinds)
    return "fits" if fits or (_spelled(text) and wanted.kind == "number") or (not units and _spelled(text)) else "other"


def _is_year(match: re.Match[str], text: str) -> bool:
    """Say whether a number is the year of a happening: "39 metres tall, and built in 1866" tells one amount."""
    before = text[: match.start()].rstrip()
    bare = _YEARS.fullmatch(match["n"]) is not None and not match["coin"] and not _kinds(match["unit"] or "")
    return bare and before.casefold().endswith(("in", "since", "until", "from", "by", "after", "before"))


def _spelled(text: str) -> bool:
    return _WORDS.search(text) is not None


def _known(unit: str) -> str:
    """Return the longest beginning of what follows a number that is a unit of measure; empty where none is."""
    if unit.casefold() in ("in", "as", "at", "us"):  # words first
        return ""
    if unit.isascii():
        return unit if len(unit) > 1 and is_known(unit) else unit if unit in ("m", "g", "l", "C", "F") else ""
    return next((unit[:size] for size in (3, 2, 1) if len(unit) >= size and is_known(unit[:size])), "")


def _kinds(unit: str) -> frozenset[str]:
    """Return what the word behind a number measures; nothing where it is no unit that is known."""
    if unit in ("$", "€", "£", "¥") or unit.startswith(COINS_ZH) or unit.casefold() in ("pound", "pounds", "crowns"):
        return frozenset({"money", "mass"} if unit.casefold().startswith("pound") else {"money"})
    if not unit.isascii() and unit[:1] in _COUNTERS:
        return frozenset({"count"})
    if unit == "%" or unit.casefold().startswith("percent"):
        return frozenset({"share"})
    known = _known(unit)
    named = measures(unit.casefold().rstrip("s")) | measures(unit.casefold())
    own: frozenset[str] = frozenset({dimension_name(find(known).dimension)}) if known else frozenset()
    return own | named if len(unit) > 1 else own


def attribute_missing(asked: Asked, text: str) -> bool:
    """Say whether a Chinese question asks for something by name of which a text holds no character."""
    match = _ATTRIBUTE.search(asked.text) if asked.chinese else None
    if match is None or (match["counted"] and not is_cjk(text)):  # in another language it is called otherwise
        return False
    return not set(match["what"] or match["counted"]) & set(text)


def column_misfits(wanted: Wanted, name: str) -> bool:
    """Say whether a column or a field holds amounts of another measure than money that is asked for: hours, weights."""
    words = plain_name(name).split()
    if wanted.kind != "money" or not words or any(word in _PRICES for word in words):
        return False
    return any(measures(word) - {"money"} for word in words if len(word) > 1)


def reckoned(asked: Asked, opening: str = "") -> Frame | None:
    """Return how an intent asks for something to be worked out of what sources state; None where it does not."""
    text = asking(asked.text)
    before = f"{opening} {asked.text.replace(text, ' ')}".strip()
    ways = [*amounts(text, before), *amounts_in_chinese(text)]
    return next((way for way in ways if not (isinstance(way.pieces[-1], str) and " in " in way.pieces[-1])), None)
