"""Questions that are a formula with a word before it: ``计算:3/4+1/2``, ``Solve: x^2=4``, ``Simplify -10-4(n-5)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.errors import RunError, UsageError
from questline.tools.mathematics.calculator import Calculator, variables
from questline.tools.mathematics.checking.formulas import as_formula

__all__ = ["answer_expression"]

_Task: TypeAlias = Literal["value", "simplify", "expand", "factor", "solve"]
_LONGEST: Final = 300
_WORDS: Final[dict[_Task, str]] = {
    "solve": r"(?:solve(?: (?:the )?(?:following )?(?:equation|inequality))?(?: for [a-z])?"
    r"|解(?:下列)?(?:方程|不等式)|求解)",
    "factor": r"(?:factor(?:ise|ize)?(?: completely| the polynomial)?|因式分解|分解因式)",
    "expand": r"(?:expand(?: and simplify)?|multiply(?: out)?|展开)",
    "simplify": r"(?:simplify(?: the expression)?|化简)",
    "value": r"(?:calculate|compute|evaluate|work out|find the value of"
    r"|what(?: i|')s(?: the value of)?|计算|求值|求|直接写出得数|口算)",
}
_TASKS: Final[dict[_Task, re.Pattern[str]]] = {
    task: re.compile(rf"^\s*{words}\s*[:：]?\s*(?P<formula>.+)$", re.IGNORECASE | re.DOTALL)
    for task, words in _WORDS.items()
}
_NOT_READ: Final = re.compile(
    r"\\(?:vec|int|lim|sum|prod|bullet|nabla|partial|begin)|\\frac\s*\{\s*d|f\(|arc(?:sin|cos|tan)|!"
)
_BEHIND: Final = re.compile(r"(?:\s*=\s*(?:[(（]?\s*[)）]?|_+)?|等于(?:多少|几)?|是多少|的值|的结果)?\s*[?？.。]*\s*$")
_REFUSED: Final = frozenset(
    {"bad_expression", "too_large", "undefined", "time_limit", "memory_limit", "too_deep", "unsolved", "bad_param",
     "dimension_mismatch", "unknown_unit"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    task: _Task
    formula: str


def answer_expression(text: str, calculator: Calculator) -> tuple[str, str] | None:
    """Return the answer and the task of a question that is nothing but a formula, or None for any other."""
    asked = _asked(text)
    if asked is None:
        return None
    if asked.task == "value":
        try:
            return calculator.calculate(asked.formula).exact, asked.task
        except (UsageError, RunError) as error:
            if error.code not in _REFUSED:
                raise
    formula = as_formula(asked.formula)
    if formula is None:
        return None
    try:
        return _worked_out(asked.task, formula, calculator), asked.task
    except (UsageError, RunError) as error:
        if error.code not in _REFUSED:
            raise
        return None


def _asked(text: str) -> _Asked | None:
    if len(text) > _LONGEST or _NOT_READ.search(text):
        return None
    for task, pattern in _TASKS.items():
        match = pattern.match(text)
        if match is not None:
            kept = match["formula"] if task == "solve" else _BEHIND.sub("", match["formula"])
            return _Asked(task=task, formula=kept.strip(" .。?？"))
    bare = _BEHIND.sub("", text).strip()
    return _Asked(task="value", formula=bare) if re.search(r"\d\s*[-+*/×÷^]", bare) else None


def _solved(formula: str, calculator: Calculator) -> str:
    """Return all real solutions of one equation or inequality in one unknown, where it has no others."""
    names = variables([formula])
    if len(names) != 1 or not re.search(r"[=<>≤≥]", formula):
        raise RunError("no equation in one unknown", code="unsolved")
    found = calculator.solve([formula], names)
    if found.condition and not found.solutions:
        return "all real numbers" if found.condition == "true" else found.condition
    everywhere = calculator.solve([formula], names, domain="complex")
    if not found.complete or found.warnings or not found.solutions or len(everywhere.solutions) != len(found.solutions):
        raise RunError("no real solutions, or not all of them are real", code="unsolved")
    return " or ".join(f"{names[0]}={row[names[0]].exact}" for row in found.solutions)


def _worked_out(task: _Task, formula: str, calculator: Calculator) -> str:
    if task == "solve":
        return _solved(formula, calculator)
    if task == "value":
        return calculator.calculate(formula).exact
    return {"simplify": calculator.simplify, "expand": calculator.expand, "factor": calculator.factor}[task](
        formula
    ).exact
