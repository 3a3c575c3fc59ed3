"""What a question asks for: a value, a proof, or a drawing."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

__all__ = ["QuestionKind", "kind_of"]

QuestionKind: TypeAlias = Literal["value", "proof", "drawing"]
_PROOF: Final = re.compile(
    r"求证|证明|说明理由|请?说明.{0,12}成立|试说明|\bprove\b|\bproof\b|\bshow that\b|\bverify that\b|\bjustify\b",
    re.IGNORECASE,
)
_DRAWING: Final = re.compile(
    r"画出|作出(?!贡献)|画一个|画图|作图|尺规|补全.{0,6}图|涂(?:上|出|色)|在图.{0,8}(?:画|标出)|\bdraw\b|\bconstruct\b|\bsketch\b|\bplot\b"
    r"|\bshade\b|\bcomplete the (?:figure|graph|chart)\b",
    re.IGNORECASE,
)


def kind_of(question: str) -> QuestionKind:
    """Return what a question asks for, by its words; a question for a value beside a proof counts as one for a proof.

    Such items are scored apart: nothing here can say whether a proof or a drawing is right, and no text earns points
    for one.
    """
    if _PROOF.search(question):
        return "proof"
    return "drawing" if _DRAWING.search(question) else "value"
