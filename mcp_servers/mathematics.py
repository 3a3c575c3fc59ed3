"""The server `mathematics`: exact arithmetic and units, algebra with a time limit, and whether an answer is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools.mathematics import Calculation, Calculator, Solutions, variables
from questline.tools.mathematics.checking import Checked, check_answer
from questline.tools.mathematics.problems import Solution, solve_problem

from .serving import READ_ONLY, QuestlineServer, tool
from .shapes import lines, said

__all__ = ["server"]

_SHOWN = 300
"""Characters of a part that a verdict repeats."""

Task: TypeAlias = Literal["solve", "simplify", "expand", "factor", "differentiate", "integrate", "limit", "factorise"]
Digits: TypeAlias = Annotated[int, Field(description="Significant digits of decimals.", ge=1, le=50)]


class Calculated(TypedDict):
    """One value."""

    exact: str
    decimal: str | None
    rounded: bool
    unit: str
    warnings: list[str]


class Solved(TypedDict):
    """One value, or what makes the equations true."""

    result: NotRequired[str]
    decimal: NotRequired[str]
    solutions: NotRequired[list[dict[str, str]]]
    condition: NotRequired[str]
    complete: NotRequired[bool]
    status: NotRequired[Literal["solved", "unsolved"]]
    equation: NotRequired[str]
    warnings: list[str]


Status: TypeAlias = Literal["right", "wrong", "undecided"]


class Verdict(TypedDict):
    """Whether an answer is right; shares count an undecided part as wrong, as right."""

    verdict: Status
    parts: list[dict[str, str]]
    share_low: float
    share_high: float
    route: str
    warnings: list[str]


def server(calculator: Calculator, **options: Any) -> QuestlineServer:
    """Return the server over a calculator, which stays the caller's to close."""

    def calculate(
        expression: Annotated[str, Field(description="Such as 15% of 80, 2^0.5, 5 km to miles.")], digits: Digits = 15
    ) -> Calculated:
        """Work out a formula, comparison or unit conversion, exactly."""
        return _calculated(calculator.calculate(expression, digits=digits))

    def solve_math(
        formulas: Annotated[
            Sequence[str],
            Field(description="Equations or inequalities to solve, else one formula; none beside `text`."),
        ] = (),
        task: Task = "solve",
        unknowns: Annotated[Sequence[str], Field(description="Solved for; else all, where formulas are as many.")] = (),
        low: Annotated[str, Field(description="Integral's lower bound.")] = "",
        high: str = "",
        point: Annotated[str, Field(description="Where the limit is taken; oo is infinity.")] = "",
        domain: Literal["real", "complex"] = "real",
        text: Annotated[str, Field(description="A word problem, instead of formulas.")] = "",
    ) -> Solved:
        """Solve equations, transform a formula, or answer a short text, else unsolved."""
        if text.strip():
            return _read(solve_problem(text, calculator=calculator))
        if not formulas:
            raise UsageError("give formulas, or a text", code="empty_question", argument="formulas")
        if task == "solve":
            return _solved(calculator.solve(formulas, unknowns or _meant(formulas), domain=domain))
        if len(formulas) != 1:
            raise UsageError(f"the task {task!r} takes one formula, not {len(formulas)}", argument="formulas")
        return _worked_out(calculator, task, formulas[0], unknowns, low=low, high=high, point=point)

    def check_math_answer(
        prediction: Annotated[str, Field(description="An answer, with its reasoning or without.")],
        gold: Annotated[str, Field(description="The right answer.")],
        question: str = "",
    ) -> Verdict:
        """Say which parts of the right answer a prediction has."""
        return _verdict(check_answer(prediction, [gold], question=question))

    return QuestlineServer(
        "mathematics",
        title="Mathematics",
        description="Exact arithmetic, units, algebra and calculus, with a time limit.",
        tools=[
            tool(calculate, title="Calculate", hints=READ_ONLY, text=_calculated_text),
            tool(solve_math, title="Solve", hints=READ_ONLY, text=_solved_text, asked_for=["formulas"]),
            tool(
                check_math_answer,
                title="Check an answer",
                hints=READ_ONLY,
                text=_verdict_text,
            ),
        ],
        **options,
    )


def _read(found: Solution) -> Solved:
    """Return what was read out of a text."""
    solved = Solved(status=found.status, warnings=[])
    if found.status == "solved":
        solved["result"] = found.answer
        solved["equation"] = found.equation
    return solved


def _meant(formulas: Sequence[str]) -> Sequence[str]:
    """Return the variables of formulas that have as many, where nobody said which are the unknowns."""
    found = variables(formulas)
    if len(found) != len(formulas):
        told = f"there are {', '.join(found)}" if found else "there is none"
        raise UsageError(f"name the unknowns; {told}", argument="unknowns")
    return found


def _worked_out(
    calculator: Calculator, task: Task, formula: str, unknowns: Sequence[str], *, low: str, high: str, point: str
) -> Solved:
    if task == "factorise":
        if not formula.strip().isdecimal():
            raise UsageError(f"{formula!r} is no whole number above 0", argument="formulas")
        primes = calculator.factorise(int(formula))
        return Solved(result=" * ".join(f"{p}^{n}" if n > 1 else str(p) for p, n in primes.items()) or "1", warnings=[])
    if task in ("simplify", "expand", "factor"):
        return _value(
            {"simplify": calculator.simplify, "expand": calculator.expand, "factor": calculator.factor}[task](formula)
        )
    unknowns = unknowns or _meant([formula])
    if len(unknowns) != 1:
        raise UsageError(f"the task {task!r} takes one unknown, not {len(unknowns)}", argument="unknowns")
    if task == "differentiate":
        return _value(calculator.differentiate(formula, unknowns[0]))
    if task == "integrate":
        return _value(calculator.integrate(formula, unknowns[0], low or None, high or None))
    if not point.strip():
        raise UsageError("the task 'limit' needs a point", argument="point")
    return _value(calculator.limit(formula, unknowns[0], point))


def _verdict(found: Checked) -> Verdict:
    return Verdict(
        verdict="right" if found.strict_low else "undecided" if found.strict_high else "wrong",
        parts=[
            {
                "gold": part.gold[:_SHOWN],
                "prediction": part.prediction[:_SHOWN],
                "status": part.status,
                "reason": part.reason,
            }
            for part in found.parts
        ],
        share_low=found.share_low,
        share_high=found.share_high,
        route=found.route,
        warnings=said(found.warnings),
    )


def _verdict_text(found: Verdict) -> str:
    parts = [f"{part['gold']}: {part['status']}, {part['reason']}" for part in found["parts"]]
    return lines(found["verdict"], parts, found["warnings"])


def _calculated(found: Calculation) -> Calculated:
    return Calculated(
        exact=found.exact,
        decimal=found.decimal,
        rounded=found.decimal is not None and not found.decimal_is_exact,
        unit=found.unit,
        warnings=said(found.warnings),
    )


def _value(found: Calculation) -> Solved:
    solved = Solved(result=found.exact, warnings=said(found.warnings))
    if found.decimal is not None:
        solved["decimal"] = found.decimal
    return solved


def _solved(found: Solutions) -> Solved:
    return Solved(
        solutions=[{name: value.exact for name, value in row.items()} for row in found.solutions],
        condition=found.condition,
        complete=found.complete,
        warnings=said(found.warnings),
    )


def _calculated_text(found: Calculated) -> str:
    rounded = f" ≈ {found['decimal']}" if found["rounded"] else ""
    return lines(f"{found['exact']}{rounded} {found['unit']}".strip(), found["warnings"])


def _solved_text(found: Solved) -> str:
    if found.get("status") == "unsolved":
        return "unsolved: no rule reads this question"
    rows = [", ".join(f"{name} = {value}" for name, value in row.items()) for row in found.get("solutions", [])]
    value = found.get("result", "")
    decimal = found.get("decimal", value)
    nothing = "no solution" if not (value or rows or found.get("condition")) else ""
    return lines(
        value if decimal == value else f"{value} ≈ {decimal}",
        rows,
        found.get("condition", ""),
        nothing,
        found["warnings"],
    )
