"""Words before a value: those that bend it (不是, at least, 第), and those that say what it is the value of."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["bends_too", "bent_by", "same_subject"]

_NEED: Final = r"(?:需要?|要|有|得|花|用|买|是|为|等于)*"
_OF: Final = (
    "half(?: of)?|twice|thrice|double|triple|quarter of|square(?: root)? of|cube(?: root)? of|reciprocal of"
    "|opposite of|times|root"
)
_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("at least", rf"(?:至少|最少|不少于|不小于|不低于|不短于)\s*{_NEED}|\b(?:at least|no (?:less|fewer) than)"),
    ("at most", rf"(?:至多|最多|不超过|不多于|不大于|不高于)\s*{_NEED}|\b(?:at most|(?:no|not) more than|up to)"),
    ("less", r"小于|少于|低于|不到|不足|[未不]满|\b(?:less than|fewer than|under|below|smaller than)"),
    ("more", r"大于|超过|多于|高于|超出|\b(?:more than|greater than|over|above|larger than|bigger than)"),
    ("nearly", r"接近|将近|\b(?:nearly|almost|close to)"),
    (
        "not",
        r"不|没有?|并?非|并未|未|不(?:会|可能|应该?|一定)|\b(?:not|never|neither|cannot|isn′t|ain′t|wrong|false)",
    ),
    (
        "to",
        r"(?:[增减][加少长产]|[上下][升降涨调跌]|[提降][高低]|缩短|扩大|延长)了?[到至]|\b(?:rose|fell|up|down) to",
    ),
    ("than", r"比|相比"),
    ("nth", r"第|(?<![之以从])前"),
    ("of it", rf"\b(?:{_OF})"),
)
_ENDS: Final = tuple((name, re.compile(rf"(?:{words})\s*$", re.IGNORECASE)) for name, words in _WORDS)
_ASKED: Final = {name: words for name, words in _WORDS if name in ("at least", "at most", "less", "more", "nearly")} | {
    "nth": r"[第前]\s*(?:几|多少|[(_])|\bwhich\b"
}
"""What a question says that asks for values so bent."""
_CLAUSE: Final = re.compile(r"[,;.:∴∵]|所以|因此|那么|则")
_FILLER: Final = re.compile(
    r"答案?|故|即|于是|可得|得到|求得|解得|得|是|等于|为|了|的|一共|总共|共|总计|合计|还?有|值|结果|本题|最终|最后|大?约|需要?|应该?|这|该|它"
    r"|\b(?:the|a|an|of|is|are|was|were|so|therefore|thus|hence|answer|total|there|final|result|value|we|i|get|gets|got|have"
    r"|has|had|it|its|and|be|to|equals?|equal|approximately|about|around|by|will|must|this|that|in|at|for|point)\b",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9]+|[^\W_]")


def bent_by(lead: str) -> str:
    """Return how the end of a lead changes the value behind it, empty where it does not: ``at least``, ``not``."""
    return next((name for name, words in _ENDS if words.search(lead)), "")


def bends_too(question: str, bend: str) -> bool:
    """Say whether a question holds words of the same kind, so that an answer may repeat them or leave them out."""
    return bool(_ASKED.get(bend) and re.search(_ASKED[bend], question, re.IGNORECASE))


def same_subject(one: str, other: str) -> bool:
    """Say whether two leads can name the same thing: one holds the words of the other in their order.

    An empty one names nothing and goes with any.
    """
    first, second = sorted((_content(one), _content(other)), key=len)
    rest = iter(second)
    return all(token in rest for token in first)


def _content(lead: str) -> list[str]:
    """Return the words of the last clause that say what a value is of; Chinese by the character."""
    last = next((part for part in reversed(_CLAUSE.split(lead)) if _TOKEN.search(_FILLER.sub(" ", part))), "")
    return _TOKEN.findall(_FILLER.sub(" ", last).lower())
