"""Quantities in an answer: value, unit, rate, bound, direction; in Chinese and English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from questline.tools.number_words import NUMBERS
from questline.tools.reading.values import number_value

from .wording import plain

__all__ = ["COUNTER", "Bound", "Quantity", "folded", "quantities", "rates", "units_named"]

Bound: TypeAlias = Literal["", "above", "below", "front"]
COUNTER: Final = "counter"
_NUMERAL: Final = "零〇一二两三四五六七八九十百千万亿"
_SCALES: Final = {
    "万亿": 1e12, "亿": 1e8, "千万": 1e7, "百万": 1e6, "万": 1e4, "千": 1e3, "百": 1e2, "thousand": 1e3, "million": 1e6,
    "billion": 1e9, "trillion": 1e12, "mn": 1e6, "bn": 1e9,
}  # fmt: skip
_WORDS: Final = NUMBERS | {"zero": 0, "hundred": 100}
_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10,
}  # fmt: skip
_CURRENCIES: Final = {
    "us$": "usd",
    "$": "usd",
    "hk$": "hkd",
    "€": "eur",
    "£": "gbp",
    "¥": "cny",
    "rmb": "cny",
    "cny": "cny",
}
_NUMBER: Final = re.compile(
    r"(?P<money>us\$|hk\$|[$€£¥]|\brmb\s?|\bcny\s?)?(?P<sign>[-+−–](?<![\d%][-+−–]))?(?P<money2>us\$|[$€£¥])?"
    rf"(?P<per>百分之|千分之)?(?P<nth>第)?"
    rf"(?P<number>\d+(?:\.\d+)?|[{_NUMERAL}]+(?:点[{_NUMERAL}]+)?(?![{_NUMERAL}])"
    rf"|(?:\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b[ -]?)+"
    rf"|\b(?:{'|'.join(_ORDINALS)})\b|(?<![\d{_NUMERAL}])一?半(?!年|天|月|小时))"
    rf"(?P<th>(?<=\d)(?:st|nd|rd|th)\b)?(?P<more>多|余|几)?\s?"
    rf"(?P<scale>(?:{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![a-z]))?"
    rf"(?P<more2>多|余)?(?P<tenths>成(?!功|立|为|本|员|交)(?P<half>半)?)?"
)
_RATIO: Final = re.compile(
    rf"(?<![\d.])(\d+|[{_NUMERAL}])\s*(?:-|:|比|—|–|−)\s*(\d+|[{_NUMERAL}])(?![\d.])(?!\s*[年月日%])"
)
_AND_A_HALF: Final = re.compile(rf"\b({'|'.join(_WORDS)}|\d+) and a half\b")
_COMMA: Final = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
_ABOVE_AHEAD: Final = re.compile(
    r"(?:超过|逾|超|多于|至少|高于|不少于|不低于|突破|more than|over|at least|above|exceed\w*)\s?$"
)
_BELOW_AHEAD: Final = re.compile(
    r"(?:近|不足|不到|(?<!不)低于|(?<!不)少于|最多|不超过|未超过|less than|under|nearly|almost|at most|below)\s?$"
)
_FRONT: Final = re.compile(r"(?<!目)前$|\btop $")
_BEHIND: Final = re.compile(r"^\s?(?P<above>以上|or more)|^\s?(?P<below>以下|以内|or less)")
_STRONG: Final = re.compile(r"^\s*$|^[,，。;；.、)）]|^(?:和|及|与|至|到|\s?:)")
_PER: Final = re.compile(
    r"每\s?(?:一)?(?P<zh>[\u4e00-\u9fff]{1,2})|/\s?(?P<slash>[a-z]+|[\u4e00-\u9fff]{1,2})"
    r"|\b(?:per|a|each) (?P<en>[a-z]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number with what stands around it."""

    value: float
    """With scale, ``万`` and ``亿`` multiplied out."""
    unit: str | None
    """Canonical, of ``units.toml``; None where none is named."""
    bound: Bound
    signed: str
    """``up`` or ``down`` by a sign before it, else empty."""
    nth: bool
    counted: str
    """The classifier that stands behind it, as written; empty where its unit is none."""
    start: int
    end: int
    """Place in the folded text."""


@lru_cache(maxsize=1)
def _units() -> Mapping[str, str]:
    table = tomllib.loads((Path(__file__).parent / "units.toml").read_text(encoding="utf-8"))["units"]
    return {spelling: unit for unit, spellings in table.items() for spelling in spellings}


@lru_cache(maxsize=1)
def _unit_pattern() -> re.Pattern[str]:
    spellings = sorted(_units(), key=len, reverse=True)
    parts = (
        re.escape(each) + (r"(?![a-z])" if each[-1].isascii() and each[-1].isalpha() else "") for each in spellings
    )
    return re.compile(rf"\s?(?:{'|'.join(parts)})")


def folded(text: str) -> str:
    """Return a text as `quantities` looks at it."""
    found = _COMMA.sub("", plain(text).replace("％", "%"))
    found = _AND_A_HALF.sub(lambda match: f"{_WORDS.get(match[1], match[1])}.5", found)
    return _RATIO.sub(r"\1 : \2", found)


def quantities(text: str) -> list[Quantity]:
    """Return the quantities of a text in their order.

    Chinese numerals count only where a unit, a scale or an end follows, for 一 stands in many words.
    """
    text = folded(text)
    found: list[Quantity] = []
    place = 0
    while match := _NUMBER.search(text, place):
        place = max(match.end(), match.start() + 1)
        unit_match = _unit_pattern().match(text, match.end())
        unit = _units()[unit_match[0].strip()] if unit_match else None
        end = unit_match.end() if unit_match else match.end()
        if not _counts(match, unit, text):
            continue
        value, of = _value(match)
        unit = of or unit
        if unit is None and (match["money"] or match["money2"]):
            unit = _CURRENCIES[(match["money"] or match["money2"]).strip()]
        found.append(
            Quantity(
                value=value,
                unit=unit,
                bound=_bound(match, text, end),
                signed={"-": "down", "−": "down", "–": "down", "+": "up"}.get(match["sign"] or "", ""),
                nth=bool(match["nth"] or match["th"] or match["number"] in _ORDINALS),
                counted=unit_match[0].strip() if unit_match and unit == COUNTER else "",
                start=match.start(),
                end=end,
            )
        )
        place = max(place, end)
    return found


def rates(text: str) -> set[str]:
    """Return what a text counts by: ``每吨`` and ``元/吨`` give ``ton``."""
    units = _units()
    found: set[str] = set()
    for match in _PER.finditer(plain(text)):
        name = match["zh"] or match["slash"] or match["en"]
        known = next((units[name[:size]] for size in range(len(name), 0, -1) if name[:size] in units), None)
        if known is not None:
            found.add(known)
    return found


def units_named(text: str) -> set[str]:
    """Return the units that a question names by ``多少亿元``, ``几级`` or ``百分之几``."""
    text = plain(text)
    found = {"%"} if re.search(r"百分之(?:几|多少)|what percent", text) else set[str]()
    for match in re.finditer(r"(?:多少|几|how many )\s?(?:万亿|亿|万|千|million |billion )?", text):
        unit = _unit_pattern().match(text, match.end())
        if unit is not None:
            found.add(_units()[unit[0].strip()])
    return found


def _counts(match: re.Match[str], unit: str | None, text: str) -> bool:
    number = match["number"]
    if number[0].isdigit() or number.strip(" -") in _WORDS or number in _ORDINALS or number[0].isascii():
        return not (number in {"second", "first", "one"} and unit is None and len(text) > len(number) + 4)
    if match["per"] or match["nth"] or match["scale"] or match["tenths"] or unit is not None:
        return True
    return len(number) > 2 or bool(_STRONG.match(text[match.end() :])) or text[: match.start()].endswith(" : ")


def _value(match: re.Match[str]) -> tuple[float, str | None]:
    number = match["number"].strip(" -")
    if number.endswith("半"):
        value, of = 50.0, "%"
    elif number[0].isdigit():
        value, of = float(number), None
    elif number in _ORDINALS:
        value, of = float(_ORDINALS[number]), None
    elif number[0].isascii():
        value, of = float(number_value(number) or 0), None
    else:
        whole, _, part = number.partition("点")
        value, of = _chinese(whole), None
        if part:
            value += float("0." + "".join(str(int(_chinese(digit))) for digit in part))
    value *= _SCALES[match["scale"]] if match["scale"] else 1
    if match["per"]:
        of = "%" if match["per"] == "百分之" else "permille"
    if match["tenths"]:
        value, of = value * 10 + (5 if match["half"] else 0), "%"
    return value, of


def _chinese(number: str) -> float:
    if len(number) > 1 and not any(each in "十百千万亿" for each in number):
        return float("".join(str(int(_chinese(each))) for each in number))
    return float(number_value(number.replace("〇", "零") + "个") or 0)


def _bound(match: re.Match[str], text: str, end: int) -> Bound:
    ahead = text[max(0, match.start() - 10) : match.start()]
    behind = _BEHIND.match(text[end:])
    if _FRONT.search(ahead):
        return "front"
    if _BELOW_AHEAD.search(ahead) or (behind and behind["below"]):
        return "below"
    if _ABOVE_AHEAD.search(ahead) or match["more"] or match["more2"] or (behind and behind["above"]):
        return "above"
    return ""
