"""Periods that a quantity is for: "hourly", "per week", "a month", 每周; in names of columns and in questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.tools.text import normalize

__all__ = ["ADVERBS", "ASKED", "SIGNS", "period", "rate_of"]

ADVERBS: Final = {
    "hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
"""Adverb → the noun of its period."""
SIGNS: Final = {
    "天": "day", "日": "day", "晚": "night", "夜": "night", "周": "week", "星期": "week", "小时": "hour", "月": "month",
    "年": "year",
}  # fmt: skip
"""Chinese word → the English noun of its period."""
_NOUNS: Final = ("minute", "hour", "day", "night", "week", "month", "quarter", "year")
_DIVIDING: Final = frozenset({"per", "each", "every", "a", "an"})
_PAID: Final = re.compile("每?个?(?P<sign>小?时|天|日|晚|周|星期|月|年)(?=薪|工资|租|费|价|收入)")
_BY_MONTH: Final = re.compile("工资|薪水|薪资|薪金|月租|房租")
"""Pay whose name tells no period is for a month in Chinese."""
ASKED: Final = re.compile(
    rf"\b(?:per|each|every|an?)\s+(?P<noun>{'|'.join(_NOUNS)})\b(?!\s*(?:trip|ticket|pass|old\b))"
    rf"|\b(?P<adverb>{'|'.join(ADVERBS)})\b"
    r"|(?:(?:每一?|一)个?(?=小|星|天|晚|夜|周|年)|(?:每一?个?|一个)(?=月))(?P<sign>小时|星期|天|晚|夜|周|月|年)(?![份初末底级])"
)
"""A period that a question asks a quantity for."""


def period(match: re.Match[str]) -> str:
    """Return the noun of the period that `ASKED` has found."""
    if match["adverb"]:
        return ADVERBS[match["adverb"]]
    return match["noun"] or SIGNS[match["sign"]]


def rate_of(name: str, parts: Sequence[str]) -> tuple[str, list[str]]:
    """Return the period that a column's values are for by its name, "" for none, and the other parts of the name.

    Args:
        name: The column's name.
        parts: The words of it.
    """
    plain = [normalize(part) for part in parts]
    for place, word in enumerate(plain):
        if word in ADVERBS and len(plain) > 1:
            return ADVERBS[word], [part for at, part in enumerate(parts) if at != place]
        if place > 1 and word in _NOUNS and plain[place - 1] in _DIVIDING:
            return word, [part for at, part in enumerate(parts) if at not in {place - 1, place}]
    if match := _PAID.search(name):
        return SIGNS.get(match["sign"], "hour"), list(parts)
    return ("month" if _BY_MONTH.search(name) else ""), list(parts)
