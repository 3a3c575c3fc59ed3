"""Numbers as they are said: 三分之一, 3又2/3, 3小时20分, 负五, 八折, 根号5, 3比4, minus 5, three apples, two thirds."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import Final

from questline.tools.number_words import NUMBERS

from .words import chinese_number

__all__ = ["written"]

_NUMBER: Final = r"\d+|[零〇一二两三四五六七八九十百千]+"
_FRACTION: Final = re.compile(rf"(?:(?P<whole>{_NUMBER})又)?(?P<under>{_NUMBER})分之(?P<over>{_NUMBER})(?!\.)")
_MIXED: Final = re.compile(r"(?<![\d./])(\d+)又\(?\(?(\d+)\)?/\(?(\d+)\)?\)?")
_MINUS: Final = re.compile(
    r"^(≈?)\s*(?:负的?|零下|(?:minus|negative)\s+)\s*(?=[\d√(.零〇一二两三四五六七八九十百])", re.IGNORECASE
)
_TENTHS: Final = re.compile(
    r"(?<![\d.])(?:(\d(?:\.\d+)?)|([一二三四五六七八九])([一二三四五六七八九])?)(?:成|折)(?!立|为|功|本|员|线|叠|[一-九])"
)
_SHARES: Final = {
    word: under
    for under, words in enumerate(
        ("half halves", "third thirds", "quarter quarters fourth fourths", "fifth fifths", "sixth sixths",
         "seventh sevenths", "eighth eighths", "ninth ninths", "tenth tenths"), start=2)
    for word in words.split()
}  # fmt: skip
_SHARE: Final = re.compile(rf"^({'|'.join(NUMBERS)}|an?|\d+)?[ -]?({'|'.join(_SHARES)})$", re.IGNORECASE)
_ENGLISH: Final = re.compile(
    rf"^({'|'.join(sorted(NUMBERS, key=len, reverse=True))})(?=$|\s+(?!and\b|or\b|to\b|of\b)[a-z])", re.IGNORECASE
)
_DOZEN: Final = re.compile(r"^(\d+)\s*(?:dozens?\b|打$)\s*", re.IGNORECASE)
_CHINESE_COUNT: Final = re.compile(
    r"^([一二两三四五六七八九十百千]+)(个|只|块|人|名|位|元|角|米|分米|厘米|毫米|千米|千克|克|吨|升|毫升|天|年|个?小时|分钟|秒|次|本|张|支|件|朵|棵|颗|辆|岁|页|题"
    r"|种|条|组|段|倍|瓶|袋|箱|排|行|列|盒|盏|头|匹|套|枚|粒|盆|根|平方米|立方米|平方厘米|立方厘米)$"
)
_VERSUS: Final = re.compile(rf"^({_NUMBER})比({_NUMBER})(?:比({_NUMBER}))?$")
_AFTERNOON: Final = re.compile(r"^(上午|早上|下午|晚上)\s*(\d{1,2})\s*[时点]$")
_SERIES: Final = (
    (("天", 86400), ("个小时", 3600), ("小时", 3600), ("分钟", 60), ("分", 60), ("秒钟", 1), ("秒", 1)),
    (("千米", 10**6), ("公里", 10**6), ("米", 1000), ("分米", 100), ("厘米", 10), ("毫米", 1)),
    (("吨", 10**6), ("千克", 1000), ("公斤", 1000), ("克", 1)),
    (
        ("hours", 3600),
        ("hour", 3600),
        ("hrs", 3600),
        ("hr", 3600),
        ("h", 3600),
        ("minutes", 60),
        ("mins", 60),
        ("minute", 60),
        ("min", 60),
        ("seconds", 1),
        ("s", 1),
    ),
    (("元", 100), ("角", 10), ("分", 1)),
)
"""Units that are said one after the other, each with what it is in the last one."""


def written(text: str) -> str:
    """Return text with fractions, mixed numbers and amounts in several units as one number each.

    An amount is put together only where it is the whole text, and its units become smaller: 3分20分 stays as it is.
    """
    text = _alone(text)
    text = _MIXED.sub(r"(\1+\2/\3)", _FRACTION.sub(_fraction, text))
    for units in _SERIES:
        if (found := _together(text, dict(units))) is not None:
            return found
    return text


def _alone(text: str) -> str:
    """Return text whose beginning says a number in words with that number in figures."""
    text = re.sub(r"根号(?=[\d(])|\bsqrt\s+(?=\d)", "√", _MINUS.sub(r"\1-", text))
    if text.startswith("-") and (number := chinese_number(text[1:])) is not None:
        return f"-{number}"
    if counted := _CHINESE_COUNT.match(text):
        return f"{chinese_number(counted[1])}{counted[2]}"
    text = _TENTHS.sub(_tenths, text)
    if share := _SHARE.match(text):
        over = (share[1] or "a").lower()
        return (
            f"({over if over.isdecimal() else NUMBERS.get(over, 1)}/{_SHARES[share[2].lower()]})"
            if share[1] or share[2] == "half"
            else text
        )
    text = _ENGLISH.sub(lambda found: str(NUMBERS[found[1].lower()]), text)
    text = re.sub(r"^(-?[\d.]+)\s*(?:percent|per cent)$", r"\1%", text)
    text = _DOZEN.sub(lambda found: f"{12 * int(found[1])} ", text).strip()
    if versus := _VERSUS.match(text):
        return ":".join(str(_whole(each)) for each in versus.groups() if each)
    if hour := _AFTERNOON.match(text):
        later = hour[1] in ("下午", "晚上") and int(hour[2]) < 12
        return f"{int(hour[2]) + 12 * later}时"
    return text


def _tenths(match: re.Match[str]) -> str:
    """Return ``85%`` for 八五折, ``80%`` for 8折 and 八成."""
    if match[1]:
        value = 10 * Fraction(match[1])
    else:
        value = Fraction(10 * (chinese_number(match[2]) or 0) + ((chinese_number(match[3]) or 0) if match[3] else 0))
    return f"{value if value.denominator == 1 else float(value)}%"


def _fraction(match: re.Match[str]) -> str:
    over, under, whole = (_whole(match[name]) for name in ("over", "under", "whole"))
    if over is None or not under or (match["whole"] and whole is None):
        return match[0]
    return f"({over}/{under})" if whole is None else f"({whole}+{over}/{under})"


def _whole(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if text.isdecimal() else chinese_number(text)


def _together(text: str, units: dict[str, int]) -> str | None:
    """Return ``200分钟`` for ``3小时20分``; None for what is no amount in two units and more."""
    names = "|".join(sorted(units, key=len, reverse=True))
    parts = re.findall(rf"(\d+(?:\.\d+)?)\s*({names})", text)
    if len(parts) < 2 or "".join(number + name for number, name in parts) != re.sub(r"\s+", "", text):
        return None
    sizes = [units[name] for _, name in parts]
    if any(after >= before for before, after in pairwise(sizes)):
        return None
    total = sum((Fraction(number) * size for (number, _), size in zip(parts, sizes, strict=True)), Fraction(0))
    last = {"分": "分钟", "秒钟": "秒"}.get(parts[-1][1], parts[-1][1]) if "元" not in units else parts[-1][1]
    value = total / sizes[-1]
    return f"{value}{last}" if value.denominator == 1 else f"{float(value):g}{last}"
