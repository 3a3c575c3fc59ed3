"""Dates and numbers as they stand in prose, in English and Chinese, and what they are worth when compared."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import MONTHS
from questline.tools.number_words import NUMBERS

__all__ = ["DATE", "NUMBER", "date_value", "number_value"]

_MONTH = rf"(?:{'|'.join(MONTHS)}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
_YEAR = r"(?:1\d{3}|20\d{2})"
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?"
DATE: Final = re.compile(
    rf"(?P<dmy>\b{_DAY}(?: of)? {_MONTH},? \d{{3,4}}\b)"
    rf"|(?P<mdy>\b{_MONTH} {_DAY}(?:,\s?|\s)\d{{3,4}}\b)"
    rf"|(?P<my>\b(?:{_MONTH}|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)(?: of)?,? {_YEAR}\b)"
    rf"|(?P<iso>\b{_YEAR}-[01]\d-[0-3]\d\b)"
    rf"|(?P<zh>(?:公元前)?\d{{1,4}}年(?:\d{{1,2}}月)?(?:\d{{1,2}}[日号])?|\d{{1,2}}月\d{{1,2}}[日号]|\d{{1,2}}世纪)"
    rf"|(?P<md>\b(?:{_DAY}(?: of)? {_MONTH}|{_MONTH} {_DAY})(?!\w))"
    r"|(?P<century>\b(?:\d{1,2}(?:st|nd|rd|th)|[a-z]+(?:st|nd|rd|th))[ -]centur(?:y|ies)(?: (?:BCE?|CE|AD))?)"
    rf"|(?P<bc>\b\d{{1,4}}(?:[-–]\d{{1,4}})? (?:BCE?|B\.C\.|CE|AD)(?!\w)|\bAD \d{{1,4}}\b)"
    r"|(?P<decade>\b(?:early |mid-|mid |late )?(?:1\d|20)\d0s\b)"
    rf"|(?P<year>(?<![\d,.$£€#/-])\b{_YEAR}\b(?![,.]\d|[%°]|\s?(?:km|m|ft|people|feet|miles|metres|meters)\b))"
)
"""A date, most exact form first; the group's name says which form it has."""
_NUMBER_WORDS: Final = {"zero": 0} | NUMBERS
_SCALES: Final = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8,
}  # fmt: skip
_CJK_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九十")} | {"两": 2}
_SCALE = "|".join(_SCALES)
_WORD_NUMBER = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
NUMBER: Final = re.compile(
    rf"[$£€¥]?(?<![A-Za-z0-9_.])-?\d[\d,]*(?:\.\d+)?(?:\s?(?:{_SCALE}))*(?:\s?(?:%|percent\b|per cent\b|°[CF]?))?"
    rf"|\b(?:{_WORD_NUMBER})(?:-(?:{_WORD_NUMBER}))?(?:\s(?:{_SCALE})\b)*(?!-?[a-z]+th\b)\b"
    rf"|\b(?:hundred|thousand|million|billion)s?\b"
    rf"|[零一二三四五六七八九十百千万亿两]+(?=[个名次人年月日种座位届岁元条])",
    re.IGNORECASE,
)
"""A number with its sign of money, its scale and its per cent."""


def date_value(text: str) -> tuple[int, int, int] | None:
    """Return (year, month, day) of the first date with a year in `text`; 0 stands for a part not given.

    Years before Christ are negative. A bare number of three or four digits counts as a year.
    """
    for match in DATE.finditer(text):
        value = _parts(match)
        if value is not None:
            return value
    bare = re.search(r"(?<!\d)\d{3,4}(?!\d)", text)
    return (int(bare.group()), 0, 0) if bare else None


def _parts(match: re.Match[str]) -> tuple[int, int, int] | None:
    text, kind = match.group(), match.lastgroup
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if kind == "iso":
        return numbers[0], numbers[1], numbers[2]
    if kind == "zh":
        if "年" not in text:
            return None
        sign = -1 if text.startswith("公元前") else 1
        year, month, day = (*numbers, 0, 0)[:3]
        return sign * year, month, day
    if kind == "century":
        return (numbers[0] * 100 - 99, 0, 0) if numbers else None
    if kind == "bc":
        return (-numbers[0] if "B" in text else numbers[0]), 0, 0
    if kind == "md" or not numbers:
        return None
    month = next((place for place, name in enumerate(MONTHS, start=1) if name[:3] in text), 0)
    return numbers[-1], month, numbers[0] if kind in {"dmy", "mdy"} else 0


def number_value(text: str) -> float | None:
    """Return what the first number in `text` is worth (``2.5 million`` → 2500000.0), None when there is none."""
    match = NUMBER.search(text)
    if match is None:
        return None
    found = match.group().casefold()
    digits = re.search(r"-?\d[\d,]*(?:\.\d+)?", found)
    if digits:
        value = float(digits.group().replace(",", ""))
    elif found[0] in "零一二三四五六七八九十百千万亿两":
        return _chinese_value(found)
    else:
        value = float(sum(_NUMBER_WORDS.get(word, 0) for word in re.split(r"[\s-]", found)) or 1)
    for scale in re.findall(_SCALE, found):
        value *= _SCALES[scale]
    return value


def _chinese_value(text: str) -> float:
    total, section, digit = 0.0, 0.0, 0.0
    for character in text:
        if character == "十":
            section, digit = section + (digit or 1) * 10, 0
        elif character in "百千":
            section, digit = section + (digit or 1) * _SCALES[character], 0
        elif character in "万亿":
            total, section, digit = (total + section + digit) * _SCALES[character], 0, 0
        else:
            digit = _CJK_DIGITS[character]
    return total + section + digit
