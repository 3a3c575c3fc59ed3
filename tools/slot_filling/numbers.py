"""Numbers in a question: digits and words, signs, separators, money, percentages, ordinals, and the unit after them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from questline.tools.number_words import NUMBERS
from questline.tools.temporal.numerals import chinese_number

from .mention import Mention
from .vocabulary import listed

__all__ = ["numbers_in", "read_words"]

_SMALL: Final = {"zero": 0} | NUMBERS
_LARGE: Final = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LETTERS: Final = {"k": 1_000, "m": 10**6, "bn": 10**9, "万": 10_000, "亿": 10**8, "千": 1_000, "百万": 10**6}
_ORDINALS: Final = {
    word: number
    for number, word in enumerate(
        listed("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"), start=1
    )
}
_SIGNS: Final = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee", "US$": "dollar"}
_MONEY: Final = "dollars?|euros?|pounds?|yen|yuan|rupees?|usd|eur|gbp|jpy|cny|inr|cents?|bucks|元|块|美元|欧元"
_UNIT: Final = re.compile(
    rf"\s?(?P<unit>%|°\s?[CF]?|percent(?:age)?|{_MONEY}|[A-Za-zµΩ]+(?:/[A-Za-z]+)?(?:\^?[23²³])?|℃|公里|[^\W\d_])",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(
    r"(?P<money>US\$|[$€£¥₹])?\s?(?P<sign>(?<![\w.)])[-−+](?=[\d.]))?(?P<money2>[$€£])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
    r"(?P<power>\s?(?:\*|x|×)\s?10\s?(?:\^|\*\*)\s?-?\d{1,3}|[eE][-+]?\d{1,3}(?!\w)|\s?(?:\*\*|\^)\s?-?\d{1,3}(?=\D|$))?"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?"
    r"(?P<large>\s(?:hundred|thousand|million|billion|trillion)\b|(?-i:k|bn)(?!\w)|百万|[万亿千])?",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(
    rf"\b(?:(?:minus|negative)\s)?(?:an?\s(?=hundred|thousand|million|dozen))?"
    rf"(?:(?:{'|'.join(sorted([*_SMALL, *_LARGE], key=len, reverse=True))}|dozen)\b(?:[\s-]+(?:and\s)?(?=\w))?)+",
    re.IGNORECASE,
)
_ORDINAL_WORD: Final = re.compile(rf"\b({'|'.join(_ORDINALS)})\b", re.IGNORECASE)
_TIGHT: Final = re.compile(r"[\[(][-\d.,]+[\])]")
"""A list in brackets without spaces."""
_REST: Final = re.compile(r"(?<=\bfrom )rest\b|(?<=\bat )rest\b", re.IGNORECASE)
_PERIOD: Final = re.compile(
    r"\b(?:next|past|last|upcoming|coming|previous)\s+(?P<unit>day|week|month|year|decade|century)\b", re.IGNORECASE
)
_OFTEN: Final = {
    "annually": 1, "yearly": 1, "semi-annually": 2, "semiannually": 2, "quarterly": 4, "monthly": 12, "weekly": 52,
    "daily": 365, "twice": 2, "thrice": 3, "once": 1,
}  # fmt: skip
_OFTEN_WORD: Final = re.compile(rf"\b(?:{'|'.join(_OFTEN)})\b", re.IGNORECASE)
_PI: Final = re.compile(r"(?P<count>\d+(?:\.\d+)?)?\s?\*?\s?(?:π|\bpi\b)", re.IGNORECASE)
_CHINESE: Final = re.compile(r"(?<![\d第])[零一二两三四五六七八九十百千]{1,7}(?=[个只人天年次张本岁元块份公千米])")
_MOST: Final = 200


def numbers_in(text: str) -> list[Mention]:
    """Return the numbers of a text in its order, at most 200: whole ones as int, others as float.

    A percentage keeps its number as written (``5%`` is 5 with the unit ``percent``), money has its currency as unit.
    Digits inside of a word (``C4``, ``v2``) are none.
    """
    found = [*_by_digits(text), *_by_words(text), *_by_pi(text), *_by_meaning(text)]
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Mention] = []
    for one in found:
        if not any(one.overlaps(other) for other in kept[-3:]):
            kept.append(one)
    return kept[:_MOST]


def _by_digits(text: str) -> Iterator[Mention]:
    lists = [(match.start(), match.end()) for match in _TIGHT.finditer(text)]
    for match in _DIGITS.finditer(text):
        if any(low <= match.start() < high for low, high in lists) and "," in match["digits"]:
            yield from _apart(match)
            continue
        start = match.start("sign") if match["sign"] else match.start("digits")
        if start and (text[start - 1].isalnum() or text[start - 1] in "_#") and text[start - 1].isascii():
            continue
        if re.search(r"\d\.$", text[max(0, start - 2) : start]):
            continue  # the end of 10.0.0.1
        if re.match(r"-[A-Z]{2}|/[A-Z]{2}\w*\d", text[match.end() :]):
            continue  # a file number: 123456-ABC
        if re.match(r"[A-Za-z]?\d*\.\d+\.\d", text[match.start("digits") : match.end() + 4]):
            continue  # 10.0.0.1, a version
        value = _value(match)
        if value is None:
            continue
        end = match.end()
        money = match["money"] or match["money2"]
        unit = _SIGNS.get((money or "").upper(), "")
        if not unit and not match["ordinal"]:
            after = _UNIT.match(text, end)
            unit = _unit(after["unit"]) if after else ""
            if after and not after[0][0].isspace() and after["unit"][0].isalpha() and len(after["unit"]) > 12:
                continue
        yield Mention(
            how="number",
            value=value,
            start=match.start("money") if match["money"] else start,
            end=end,
            text=text[start:end].strip(),
            unit=unit,
            ordinal=bool(match["ordinal"]),
        )


def _apart(match: re.Match[str]) -> Iterator[Mention]:
    """Yield the numbers of ``[200,300]``, where the comma separates items and no thousands."""
    place = match.start("digits")
    for digits in match["digits"].split(","):
        value: int | float = float(digits) if "." in digits else int(digits)
        yield Mention(how="number", value=value, start=place, end=place + len(digits), text=digits)
        place += len(digits) + 1


def _value(match: re.Match[str]) -> int | float | None:
    digits = match["digits"].replace(",", "")
    value: int | float = float(digits) if "." in digits else int(digits[:40])
    if match["power"]:
        told = match["power"].strip()
        exponent = int(re.findall(r"-?\d+$", told)[0])
        scientific = told[0] in "eE*x×" and not told.startswith("**")
        if abs(exponent) > 300 or (not scientific and abs(value) > 1e6):
            return None
        if scientific:
            value = float(f"{digits}e{exponent}")
        else:
            try:
                value = value**exponent
            except (OverflowError, ZeroDivisionError):
                return None
    if match["large"]:
        word = match["large"].strip().casefold()
        value = value * _LARGE.get(word, _LETTERS.get(word, 1))
        if isinstance(value, float) and value.is_integer():
            value = int(value)
    if match["sign"] and match["sign"] != "+":
        value = -value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _by_words(text: str) -> Iterator[Mention]:
    for match in _WORDS.finditer(text):
        words = match[0].rstrip(" -").removesuffix(" and")
        value = read_words(words)
        if value is None or (words.casefold() == "one" and not _counts(text, match.start())):
            continue
        end = match.start() + len(words)
        after = _UNIT.match(text, end)
        yield Mention(
            how="number",
            value=value,
            start=match.start(),
            end=end,
            text=words,
            unit=_unit(after["unit"]) if after else "",
        )
    for match in _ORDINAL_WORD.finditer(text):
        value = _ORDINALS[match[1].casefold()]
        yield Mention(how="number", value=value, start=match.start(), end=match.end(), text=match[0], ordinal=True)
    for match in _CHINESE.finditer(text):
        value, unit = chinese_number(match[0]), text[match.end()]
        yield Mention(how="number", value=value, start=match.start(), end=match.end(), text=match[0], unit=unit)


def _by_meaning(text: str) -> Iterator[Mention]:
    """Yield the numbers that words mean: ``from rest`` is 0, ``next week`` one week, ``quarterly`` 4 times a year."""
    for match in _REST.finditer(text):
        yield Mention(how="number", value=0, start=match.start(), end=match.end(), text=match[0], unit="m/s")
    for match in _PERIOD.finditer(text):
        unit = match["unit"].casefold()
        value = {"decade": 10, "century": 100}.get(unit, 1)
        unit = "year" if value > 1 else unit
        yield Mention(how="number", value=value, start=match.start(), end=match.end(), text=match[0], unit=unit)
    for match in _OFTEN_WORD.finditer(text):
        value = _OFTEN[match[0].casefold()]
        yield Mention(how="number", value=value, start=match.start(), end=match.end(), text=match[0], unit="times")


def _by_pi(text: str) -> Iterator[Mention]:
    for match in _PI.finditer(text):
        value = round(float(match["count"] or 1) * math.pi, 4)
        yield Mention(how="number", value=value, start=match.start(), end=match.end(), text=match[0])


def _counts(text: str, start: int) -> bool:
    """Whether a "one" counts something: "one ticket", not "the one" or "which one"."""
    return not re.search(r"\b(?:the|which|this|that|any|every|each|no|number)\s$", text[max(0, start - 8) : start])


def read_words(words: str) -> int | None:
    """Return what English number words mean; None where they are none.

    >>> read_words("two hundred and five thousand"), read_words("a dozen"), read_words("minus twenty-one")
    (205000, 12, -21)
    """
    total = part = 0
    seen = False
    sign = 1
    for word in re.split(r"[\s-]+", words.casefold()):
        if word in ("minus", "negative"):
            sign = -1
        elif word in _SMALL:
            part += _SMALL[word]
            seen = True
        elif word == "dozen":
            part = (part or 1) * 12
            seen = True
        elif word == "hundred":
            part = (part or 1) * 100
            seen = True
        elif word in _LARGE:
            total += (part or 1) * _LARGE[word]
            part = 0
            seen = True
        elif word not in ("and", "a", "an", ""):
            return None
    return sign * (total + part) if seen else None


def _unit(text: str) -> str:
    lower = text.casefold().strip()
    if lower in ("%", "percent", "percentage"):
        return "percent"
    return lower
