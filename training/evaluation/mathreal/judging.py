"""The optional judge: a model that decides what the rules left open, and says how far it agrees with them elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.tools.models.llm_contract import Prompt

from .answering import prompt_text
from .rows import MathPhoto

__all__ = ["Status", "Verdicts", "judge_prompt", "read_verdicts"]

Status: TypeAlias = Literal["right", "wrong", "undecided"]
_LINE: Final = re.compile(r"^\W*(?P<part>\d+)[\s*_]*[:：.)]+\W*(?P<word>right|wrong)\b", re.IGNORECASE | re.MULTILINE)
_LONGEST: Final = 4_000
"""Characters of an answer that a judge is shown, its end first: that is where results stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What a judge said of an item's parts, in order."""

    parts: tuple[Status, ...]
    """``undecided`` everywhere where its reply could not be read."""
    readable: bool


def judge_prompt(photo: MathPhoto, prediction: str, parts: Sequence[Mapping[str, str]]) -> Prompt:
    """Return the question to the judge; `parts` have ``gold`` and ``prediction``."""
    numbered = (
        f"{at}. right answer: {part['gold'] or '(none)'} | given: {part['prediction'] or '(nothing)'}"
        for at, part in enumerate(parts, start=1)
    )
    return prompt_text("judge").render(
        question=photo.question["zh"] or photo.question["en"] or "(only in the photo)",
        gold_zh=photo.answers["zh"] or "(none)",
        gold_en=photo.answers["en"] or "(none)",
        prediction=prediction[-_LONGEST:],
        parts="\n".join(numbered),
    )


def read_verdicts(text: str, count: int) -> Verdicts:
    """Read one line a part; a reply that lacks a part or contradicts itself decides nothing."""
    told: dict[int, set[str]] = {}
    for found in _LINE.finditer(text):
        told.setdefault(int(found["part"]), set()).add(found["word"].lower())
    if any(len(told.get(at, ())) != 1 for at in range(1, count + 1)):
        return Verdicts(parts=("undecided",) * count, readable=False)
    return Verdicts(
        parts=tuple("right" if "right" in told[at] else "wrong" for at in range(1, count + 1)), readable=True
    )
