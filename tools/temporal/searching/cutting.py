"""Cut the events of a question apart at the words that join them.

和 and "and" also stand inside one event, so all cuts into the right number of pieces are offered; the search takes the
one whose pieces the passages answer best.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from .asking import Asked

__all__ = ["cuts", "wanted_count"]

_JOINTS: Final = re.compile(
    r"[，,]?(?:以及|还有|还是|或者|或是)|[，,]?(?<![共总议温饱缓祥人柔调])和(?![平解谐田睦约声好硕服牛县记])|[，,]?(?<![参给赠])与(?!会|否|其)"
    r"|(?<![涉普埃提波触顾遍危企])及(?![其时格第以])|[，,]?跟(?!进|踪|随)|或(?!许|将)|、|；|[，,]"
)
_EN_JOINTS: Final = re.compile(r",?\s+(?:and|or|than|before|after)\s+|,\s+|;\s+", re.IGNORECASE)
_CLOSED: Final = re.compile(r"《[^》]*》|“[^”]*”|‘[^’]*’|（[^）]*）|\([^)]*\)|\"[^\"]*\"")
_MOST_JOINTS: Final = 9
_LEAST: Final = 2
"""Characters of a piece."""


def wanted_count(asked: Asked) -> tuple[int, ...]:
    """Return into how many pieces the body may be cut: one number where the wording says it."""
    if asked.count:
        return (asked.count,)
    joints = _joints(asked.body, chinese=asked.chinese)
    if asked.ask in ("between", "each") or len(joints) < 2:
        return (2,)
    marks = [mark for _, _, mark in joints if mark in ("、", "；", "，", ",") or not asked.chinese]
    if asked.ask == "same":
        return (3, 2) if "、" in marks[:1] and len(joints) == 2 else (2,)
    return (min(len(joints) + 1, 4),) if len(marks) == len(joints) and len(joints) <= 3 else (3, 2) if marks else (2,)


def cuts(body: str, count: int, *, chinese: bool) -> Iterator[tuple[str, ...]]:
    """Yield the ways to cut a body into so many pieces, each piece at least two characters long."""
    joints = _joints(body, chinese=chinese)[:_MOST_JOINTS]
    for chosen in combinations(joints, count - 1):
        pieces: list[str] = []
        place = 0
        for start, end, _ in chosen:
            pieces.append(body[place:start].strip(" ，,、的"))
            place = end
        pieces.append(body[place:].strip(" ，,、"))
        if all(len(piece) >= _LEAST for piece in pieces):
            yield tuple(pieces)


def _joints(body: str, *, chinese: bool) -> list[tuple[int, int, str]]:
    closed = [(found.start(), found.end()) for found in _CLOSED.finditer(body)]
    pattern = _JOINTS if chinese else _EN_JOINTS
    return [
        (found.start(), found.end(), found.group().strip())
        for found in pattern.finditer(body)
        if not any(start < found.start() < end for start, end in closed)
    ]
