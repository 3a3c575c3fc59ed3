"""What the agents of both reward signals are given and give back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = [
    "FLAWS",
    "STRENGTHS",
    "BadText",
    "Detection",
    "Edit",
    "Example",
    "Feedback",
    "Operation",
    "Point",
    "Ruling",
]

STRENGTHS: Final = {
    "language": "语言准确优美",
    "fluency": "通顺连贯",
    "emotion": "情感真挚",
    "creativity": "有新意",
    "specificity": "具体、贴合情境",
    "appropriateness": "得体",
    "positive": "用词积极",
    "intent": "用意纯粹",
    "other": "其他",
}
"""Nine dimensions of the positive critic (arXiv:2508.21476, signal 1), and how a prompt calls them."""
FLAWS: Final = {
    "grammar": "语病、错字",
    "fluency": "不通顺",
    "depth": "情感浅薄",
    "novelty": "陈词滥调",
    "logic": "不合逻辑、不合身份",
    "emptiness": "空洞",
    "wording": "用词不当、有消极暗示",
    "taboo": "触犯忌讳",
    "other": "其他",
}
"""Nine of the negative critic."""
Operation: TypeAlias = Literal["add", "edit", "delete", "merge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text of the user's corpus."""

    query: str
    text: str
    popularity: float = 0.0
    """How often it was chosen or clicked; 0 where nobody counted."""
    similarity: float = 0.0
    """To the query that was searched for, in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One strength or one flaw of a text."""

    dimension: str
    reason: str
    quote: str = ""
    """Words of the text; empty where the point is about what it lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the strict judge, or the reflector after it, says of a text."""

    good: bool
    reason: str
    overturned: bool = False
    """Whether the reflector turned the judge's verdict round."""
    grounds: str = ""
    """Words of the text, or of a critic, on which it did so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadText:
    """A text that is to look good and is not."""

    text: str
    flaws: str
    """The generator's own account of what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What the detector says of a text under a rule set."""

    good: bool
    reason: str
    quote: str = ""
    principles: Sequence[str] = ()
    """Ids of the rules that the text breaks."""
    suggestion: str = ""
    """For the generator, of a text that was found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the reflector says of a verdict that differs from the label."""

    feedback: str
    suggestion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One step of an optimizer on a rule set."""

    operation: Operation
    ids: Sequence[str] = ()
    """The rule that is edited or deleted, or those that are merged into the first of them."""
    text: str = ""
    """Of the rule that is new, edited or merged."""
