"""What a question says about how its answer is told: rounded, in which order, with which π."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from .comparing_formulas import Setting

__all__ = ["setting_of"]

_ORDERED: Final = re.compile(
    r"顺序|次序|排列|排序|从[小大低高短长轻重早晚快慢]到|\b(?:in|the) (?:\w+ )?order\b|\bsequence\b", re.IGNORECASE
)
_PLACES: Final = re.compile(
    r"保留(?:到)?\s*([一二两三四五六1-6])\s*位小数|精确到\s*(0\.0*1)|\b(one|two|three|four|[1-6]) decimal places?"
    r"|nearest (tenth|hundredth|thousandth)",
    re.IGNORECASE,
)
_ROUNDED: Final = re.compile(
    r"保留|精确到|四舍五入|近似|≈|约(?:为|是|等于)?|\bround|\bnearest\b|decimal places?|significant|approximat",
    re.IGNORECASE,
)
_PI: Final = re.compile(
    r"(?:π|\\pi|pi|圆周率)\s*\$?\s*(?:取|=|≈|\\approx|as|is taken as|to be)\s*\$?\s*(3(?:\.\d+)?)", re.IGNORECASE
)
_QUESTION: Final = 4_000
_FREE: Final = re.compile(r"不分先后|顺序不限|in no particular order|in any order", re.IGNORECASE)
_COUNTS: Final = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
}
_NEAREST: Final = {"tenth": 1, "hundredth": 2, "thousandth": 3}


def setting_of(question: str, gold: str = "") -> Setting:
    """Return what a question says about how its answer is told."""
    pi = _PI.search(question)
    free = bool(_FREE.search(f"{question} {gold}"))
    return Setting(
        rounded=bool(_ROUNDED.search(question)),
        percent=bool(re.search(r"百分|%|percent", question, re.IGNORECASE)),
        pi=Fraction(pi[1]) if pi else None,
        unordered=free,
        ordered=not free and bool(_ORDERED.search(question)),
        places=_places(question),
        question=question[:_QUESTION],
    )


def _places(question: str) -> int | None:
    """Return the decimal places that a question asks for, where it asks once."""
    found = list(_PLACES.finditer(question))
    if len(found) != 1:
        return None
    word, exact, english, nearest = (each.lower() if each else "" for each in found[0].groups())
    if exact:
        return len(exact) - 2
    told = word or english
    return _NEAREST[nearest] if nearest else _COUNTS[told] if told in _COUNTS else int(told)
