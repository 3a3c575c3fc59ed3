"""Where a segment holds something of the kind that a query asks for: names, dates, numbers, places, reasons."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from questline.tools.reading.relations import NAME
from questline.tools.reading.values import DATE, NUMBER

from .asked import Asked
from .terms import Token

__all__ = ["VALUES", "asked_values", "names_and_numbers"]

VALUES: Final = (
    "person",
    "date",
    "number",
    "number_unit",
    "where",
    "reason",
    "entity",
    "focus_value",
    "near",
    "values",
)
"""Names of what `asked_values` returns, in order."""
_NAMES: Final = re.compile(NAME)
_FIGURE: Final = re.compile(r"\d+(?:[.,]\d+)*")
_CJK_NAME: Final = re.compile(
    r"[《「『“][^《》「」『』“”]{1,20}[》」』”]|[\u4e00-\u9fff]{1,6}(?:[·・•][\u4e00-\u9fff]{1,8})+"
    r"|(?:由|是|被|和|与|與|、|，|。|^)[\u4e00-\u9fff]{2,4}(?=[、，。和与與（(]|担任|擔任|创|創|设计|設計|所|执|執|等)"
)
_CJK_PLACE: Final = re.compile(r"[\u4e00-\u9fff]{1,4}[省市县縣区區镇鎮村州国國山河湖岛島路街港湾灣]|位于|位於|在")
_CJK_NUMBER: Final = re.compile(r"[\d０-９]+|[一二三四五六七八九十百千万萬亿億两兩]+(?=[\u4e00-\u9fff])")
_CJK_DATE: Final = re.compile(r"\d{1,4}年|\d{1,2}月|\d{1,2}[日号號]|世纪|世紀|年代|[一二三四五六七八九十]+[年月日]")
_UNIT: Final = re.compile(
    r"\d\s?(?:%|percent|per cent|million|billion|thousand|km|kilomet|miles?|met(?:er|re)s?|feet|ft|years?|days?|hours?"
    r"|minutes?|people|times|points?|[个個名次人座位届屆岁歲元条條公英平米千万萬億亿种種倍%％])",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"\b(?:in|at|near|from|to|on|across|of) (?:the )?[A-ZÀ-Þ]")
_REASON: Final = re.compile(
    r"\b(?:because|since|due to|so that|in order to|as a result|caused?|reason|therefore|thus|owing to|leads? to"
    r"|led to)\b|因为|因為|由于|由於|因此|所以|原因|为了|為了|导致|導致|以便",
    re.IGNORECASE,
)
_ENGLISH: Final = {"person": _NAMES, "entity": _NAMES, "date": DATE, "number": NUMBER, "place": _PLACE}
_CHINESE: Final = {
    "person": _CJK_NAME, "entity": _CJK_NAME, "date": _CJK_DATE, "number": _CJK_NUMBER, "place": _CJK_PLACE,
}  # fmt: skip
_REACH: Final = 8
"""Words; a value this near to a word of the query counts as beside it; twice as many CJK characters."""
_LOOKED_AT: Final = 8


def asked_values(asked: Asked, text: str, start: int, words: tuple[Token, ...], focused: bool) -> list[float]:
    """Return the values of `VALUES` for one segment, each in [0, 2].

    Args:
        asked: The query.
        text: The segment's text.
        start: Where it starts; the words count from the start of the document.
        words: Its words.
        focused: The noun that the answer must be, or its unit, stands here.
    """
    spans = _new(asked, text)
    found: dict[str, float] = dict.fromkeys(VALUES, 0.0)
    if asked.kind in {"person", "date", "number", "place"}:
        found["where" if asked.kind == "place" else asked.kind] = min(len(spans), 3) / 3 + float(bool(spans))
    if asked.kind == "number":
        found["number_unit"] = float(bool(_UNIT.search(text)))
    elif asked.kind == "reason":
        found["reason"] = float(bool(_REASON.search(text)))
    elif asked.kind in {"entity", "yesno"}:
        found["entity"] = min(len(spans), 4) / 4
    found["focus_value"] = float(focused and bool(spans))
    found["near"] = _nearness(asked, words, [(start + first, start + last) for first, last in spans])
    found["values"] = min(2.0, len(names_and_numbers(text)) ** 0.5 / 2)
    return list(found.values())


def names_and_numbers(text: str) -> list[str]:
    """Return the numbers and the capitalised names of a text."""
    return [*_FIGURE.findall(text), *_NAMES.findall(text)]


def _new(asked: Asked, text: str) -> list[tuple[int, int]]:
    """Return where values of the asked kind stand that the query does not name itself."""
    kind = "entity" if asked.kind == "yesno" else asked.kind
    pattern = (_CHINESE if asked.chinese else _ENGLISH).get(kind)
    if pattern is None:
        return []
    folded = asked.text.casefold()
    return [match.span() for match in pattern.finditer(text) if match[0].casefold() not in folded]


def _nearness(asked: Asked, words: tuple[Token, ...], spans: list[tuple[int, int]]) -> float:
    """Return the share of the query's terms that stand near the best of these values."""
    if not spans or not asked.terms:
        return 0.0
    hits = [(place, token.key) for place, token in enumerate(words) if token.content and token.key in asked.terms]
    starts = [token.start for token in words]
    reach = 2 * _REACH if asked.chinese else _REACH
    best = 0
    for first, last in spans[:_LOOKED_AT]:
        low, high = bisect_left(starts, first), bisect_left(starts, last)
        near = {key for place, key in hits if low - reach <= place <= high + reach and not low <= place < high}
        best = max(best, len(near))
    return best / len(asked.terms)
