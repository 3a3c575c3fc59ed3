"""The answers that a text asks for and rules can find: of every bare formula that stands before a sign of equality."""

from __future__ import annotations

import re
from typing import Final

from questline.errors import RunError, UsageError
from questline.tools.mathematics.calculator import Calculator

from .solver import solve_problem

__all__ = ["answers_in"]

_ASKED: Final = re.compile(
    r"[^\n;；。,，:：?？]*\d[^\n;；。,，:：?？]*[=＝]\s*(?:[?？]|[_＿]+|[(（]\s*[)）])?\s*(?=$|[\n;；。,，])"
)
_WORKED: Final = re.compile(r"[\d.)%\]]\s*[-+×÷*/^]\s*[-\d(√.\[]|√\s*[\d(]")
"""Something to be worked out: a number alone, of which a sign was perhaps not read, asks for nothing."""
_FORMULA: Final = re.compile(r"[-+0-9.()×÷*/^%√ \[\]]+")


def answers_in(text: str, *, calculator: Calculator) -> tuple[list[str], float]:
    """Return the values of all bare formulas, or else the answer of a rule, with a confidence; nothing where none is.

    What cannot be worked out, is too long or takes too long counts as not found.
    """
    asked = [found.group().rstrip().rstrip("?？_＿()（） ").rstrip("=＝") for found in _ASKED.finditer(text)]
    formulas = [formula.strip() for formula in asked if _is_formula(formula.strip())]
    try:
        if formulas:
            return [calculator.calculate(formula).exact for formula in formulas], 1.0
        solution = solve_problem(text, calculator=calculator)
    except (UsageError, RunError):
        return [], 0.0
    return ([solution.answer], solution.confidence) if solution.status == "solved" else ([], 0.0)


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.fullmatch(text) and _WORKED.search(text))
