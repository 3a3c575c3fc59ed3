"""Answer a question of mathematics by rules, or say that it is unsolved."""

from __future__ import annotations

import atexit
import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from questline.errors import UsageError
from questline.tools.mathematics.calculator import Calculator

from .chinese import answer_chinese
from .confidence import confidence_of
from .english import answer_english
from .expressions import answer_expression

__all__ = ["Solution", "solve_problem"]

_LONGEST: Final = 2_000
_LONGEST_STORY: Final = 600
_FORMAL: Final = re.compile(r"\\|\^|=|_|\$[^$\d]*[a-zA-Z]|\$\d+[a-z^\\]")
"""Signs of mathematics that is not told in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What was found of a question."""

    status: Literal["solved", "unsolved"]
    answer: str = ""
    """The value, exactly; empty where it is unsolved."""
    rule: str = ""
    """What read the question: ``expression:TASK``, or the rule of a word problem with its language."""
    equation: str = ""
    """The arithmetic of a word problem."""
    confidence: float = 0.0
    """How often the rule that read it was right where it was measured; 0 where nothing was found."""


def solve_problem(text: str, *, calculator: Calculator | None = None) -> Solution:
    """Answer a formula or a word problem of one or two steps, in English or Chinese; never by a guess.

    Rules read the question: what is asked for, the amounts, and how they change. Where no rule fits wholly, the status
    is ``unsolved``. How often the rules are right is on the results page.

    Args:
        text: The question.
        calculator: What works out formulas; a shared one by default.

    Raises:
        UsageError: ``empty_question``; ``question_too_long``.
    """
    if not text.strip():
        raise UsageError("the question is empty; give its text", code="empty_question", argument="text")
    if len(text) > _LONGEST:
        raise UsageError(
            f"the question has {len(text)} characters; at most {_LONGEST} are read",
            code="question_too_long", argument="text", limit=_LONGEST, length=len(text),
        )  # fmt: skip
    formula = answer_expression(text, calculator or _shared())
    if formula is not None:
        rule = f"expression:{formula[1]}"
        return Solution(status="solved", answer=formula[0], rule=rule, confidence=confidence_of(rule))
    if len(text) > _LONGEST_STORY or _FORMAL.search(text):
        return Solution(status="unsolved")
    chinese = bool(re.search(r"[\u4e00-\u9fff]", text))
    found = answer_chinese(text) if chinese else answer_english(text)
    if found is None:
        return Solution(status="unsolved")
    rule = f"{'zh' if chinese else 'en'}:{found.rule}"
    return Solution(
        status="solved",
        answer=str(found.value),
        rule=rule,
        equation=found.equation,
        confidence=confidence_of(rule),
    )


@cache
def _shared() -> Calculator:
    calculator = Calculator()
    atexit.register(calculator.close)
    return calculator
