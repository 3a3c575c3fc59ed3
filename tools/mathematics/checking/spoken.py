"""Numbers as Chinese says them: 三分之一, 3又2/3, 3小时20分, 1米20厘米, 3元5角."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import Final

from .words import chinese_number

__all__ = ["written"]

_NUMBER: Final = r"\d+|[零〇一二两三四五六七八九十百千]+"
_FRACTION: Final = re.compile(rf"(?:(?P<whole>{_NUMBER})又)?(?P<under>{_NUMBER})分之(?P<over>{_NUMBER})(?!\.)")
_MIXED: Final = re.compile(r"(?<![\d./])(\d+)又\(?\(?(\d+)\)?/\(?(\d+)\)?\)?")
_SERIES: Final = (
    (("天", 86400), ("个小时", 3600), ("小时", 3600), ("分钟", 60), ("分", 60), ("秒钟", 1), ("秒", 1)),
    (("千米", 10**6), ("公里", 10**6), ("米", 1000), ("分米", 100), ("厘米", 10), ("毫米", 1)),
    (("吨", 10**6), ("千克", 1000), ("公斤", 1000), ("克", 1)),
    (("元", 100), ("角", 10), ("分", 1)),
)
"""Units that are said one after the other, each with what it is in the last one."""


def written(text: str) -> str:
    """Return text with fractions, mixed numbers and amounts in several units as one number each.

    An amount is put together only where it is the whole text, and its units become smaller: 3分20分 stays as it is.
    """
    text = _MIXED.sub(r"(\1+\2/\3)", _FRACTION.sub(_fraction, text))
    for units in _SERIES:
        if (found := _together(text, dict(units))) is not None:
            return found
    return text


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
