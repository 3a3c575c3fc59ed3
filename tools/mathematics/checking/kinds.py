"""What a question asks for: a value, a proof, or a drawing."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

__all__ = ["QuestionKind", "asks_of", "kind_of"]

QuestionKind: TypeAlias = Literal["value", "proof", "drawing"]
_PROOF: Final = re.compile(
    r"求证|证明(?!题)|试?说明.{0,12}成立|\bprove\b|\bproof\b|\bshow that\b|\bverify that\b|\bjustify\b", re.IGNORECASE
)
_DRAWING: Final = re.compile(
    r"画出|画一(?!画)|作出(?!贡献)|画图|作图|尺规|补全.{0,6}图|涂出|请.{0,4}涂色|在图.{0,8}(?:画出|标出)|\bdraw\b|\bconstruct\b|\bsketch\b"
    r"|\bplot\b|\bshade\b|\bcomplete the (?:figure|graph|chart)\b",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(
    r"求(?!证)|多少|几(?!何)|_{2,}|[(]\s*[)]|[?？]|写出|计算|化简|判断|\bfind\b|\bhow\b|\bwhat\b|\bdetermine\b|\bcalculate\b|\bcompute\b"
    r"|\bwhich\b|\bsolve\b|\bevaluate\b",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"[;；。，,.\n]|(?=[(（]\d[)）])")


def asks_of(question: str) -> frozenset[QuestionKind]:
    """Return everything that a question asks for, by its words; a value where nothing is recognised."""
    found: set[QuestionKind] = set()
    for clause in _CLAUSE.split(question):
        if _PROOF.search(clause):
            found.add("proof")
        elif _DRAWING.search(clause):
            found.add("drawing")
        elif _VALUE.search(clause):
            found.add("value")
    return frozenset(found or {"value"})


def kind_of(question: str) -> QuestionKind:
    """Return what a question asks for in the main.

    One that asks for a value beside a proof or a drawing asks for a value: its right answer holds values, and the parts
    that it leaves to the reader (``作图略``) are undecided. The others are to be scored apart: nothing here can say
    whether a proof or a drawing is right, and no text earns points for one.
    """
    asked = asks_of(question)
    return next(kind for kind in ("value", "proof", "drawing") if kind in asked)
