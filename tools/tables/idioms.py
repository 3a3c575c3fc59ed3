"""Words that mean something together alone: verbs with their particles, and other set phrases."""

from __future__ import annotations

from typing import Final

__all__ = ["IDIOMS"]

_BACK: Final = (
    r"\b(?P<a>bring|brings|brought|gave|give|gives|given|handed|hand|took|take|taken|sent|send)\b"
    r"(?:\s+[\w'’-]+){0,6}?\s+(?P<b>back)\b"
)
_DOING: Final = (
    r"\bwhat\s+(?P<a>do|does|did|is|are)\b.{3,40}?\b(?P<b>do|doing)(?:\s+for\s+(?:a|their)\s+living)?"
    r"\s*(?=(?:(?:here|for us|(?:at|for|in|with) (?:the|our|your) \w+)\s*)?(?:\?|\Z))"
)
_CARE: Final = ("care", "responsible")
_COMING: Final = ("arriving", "joining", "start", "delivery")
_COST: Final = ("price", "sum")
IDIOMS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (_BACK, ("return",)),
    (r"\b(?P<a>ha[ds]|have|must|needs?|need)\s+(?:to\s+)?(?:be\s+)?(?P<b>return(?:ed)?|back)\b", ("due", "promise")),
    (r"\b(?P<a>c[oa]mes?)\s+(?P<b>out)\b", ("release", "publishing")),
    (r"\b(?P<a>in)\s+(?P<b>stock)\b", ("stock", "quantity")),
    (r"\b(?P<a>phone|telephone|mobile|cell)\s+(?P<b>numbers?)\b", ("phone",)),
    (r"\b(?P<a>gets?|got|getting)\s+(?P<b>paid)\b", ("pay",)),
    (r"\b(?P<a>is|are|was|were|been)\s+(?P<b>paid)\b", ("pay",)),
    (r"\b(?P<a>in)\s+(?P<b>charge)\b", ("responsible", "leader")),
    (r"\b(?P<a>tak(?:es?|en|ing)|took)\s+(?P<b>(?:good\s+)?care)\b", _CARE),
    (r"\b(?P<a>look(?:s|ed|ing)?|see(?:s|n)?)\s+(?P<b>after|to)\b", _CARE),
    (r"\b(?P<a>runs?|ran|running)\s+(?=the\b)(?P<b>the)\b", ("responsible", "leader")),
    (r"\b(?P<a>set|sets|setting)\b(?:\s+(?:me|us|you|him|her|them|one))?\s+(?P<b>back)\b", _COST),
    (r"\b(?P<a>have|has|had|need|needs)\s+to\s+(?P<b>pay)\b", _COST),
    (r"\b(?P<a>put|puts|set|sets)\s+(?P<b>up)\b", ("building", "opening")),
    (r"\b(?P<a>lets?|letting|rents?|rented|hires?|hired)\s+(?P<b>out)\b", ("letting", "owner")),
    (r"\b(?P<a>gets?|got|com(?:es?|ing)|came|arriv(?:es?|ed))\s+(?:to\s+)?(?P<b>here|in|us)\b", _COMING),
    (r"\b(?P<a>tak(?:en?|es)|took)\s+(?P<b>in)\b", _COMING),
    (r"\b(?P<a>sign(?:s|ed)?|signing)\s+(?P<b>up)\b", ("joining", "start")),
    (r"\b(?P<a>running|runs?|ran)\b(?:\s+(?:very|so))?\s+(?P<b>low|short|out)\b", ("stock", "quantity")),
    (r"\b(?P<a>running|runs?)\s+(?:the\s+)?(?:lowest|shortest)(?:\s+(?P<b>on|of))?\b", ("stock", "quantity")),
    (r"\b(?P<a>on)\s+(?:the\s+|our\s+)?(?P<b>shel(?:f|ves))\b", ("stock", "quantity")),
    (r"\b(?P<a>works?|worked|working)\s+(?P<b>as)\b", ("job",)),
    (_DOING, ("job",)),
    (r"\b(?P<a>part|side|end)\s+of\s+(?:the\s+)?(?P<b>town|city)\b", ("place",)),
    (r"\b(?P<a>part(?:y|ies)|groups?|famil(?:y|ies))\s+(?P<b>of)\b(?=\s*\d)", ("room",)),
    (r"(?P<a>是)(?P<b>[做干]什么(?:工作)?)的?", ("job",)),
    (r"(?P<a>入)(?P<b>会)", ("joining", "start")),
)  # fmt: skip
"""Pattern with the words `a` and `b` → the concepts that they are about, the likelier first."""
