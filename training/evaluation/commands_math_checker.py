"""The suites over mathematics without a model: `math-checker` and `math-solver`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command_options import Kept, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

__all__ = ["math_checker", "math_solver"]


@spread
def math_checker(
    *,
    data: Annotated[
        list[Path],
        typer.Option(help="Questions with right answers: JSON lines of a known set or {question, answer}. Repeat."),
    ],
    sample: Sample,
    kept: Kept,
) -> None:
    """Check right answers against themselves, rewritten and changed: what the checker accepts and leaves open."""
    from .suites.math_checker import MathCheckerSuite

    suite = MathCheckerSuite(data=tuple(data), limit=sample.limit, seed=sample.seed)
    given: dict[str, object] = {"data": list(data), "limit": sample.limit}
    run_suite("math-checker", lambda _: suite, kept, given=given, seed=sample.seed)


@spread
def math_solver(
    *,
    data: Annotated[
        list[Path],
        typer.Option(help="Questions with right answers: JSON lines of a known set or {question, answer}. Repeat."),
    ],
    part: Annotated[str, typer.Option(help="all rows, or the even or odd ones, from 0.")] = "all",
    sample: Sample,
    kept: Kept,
) -> None:
    """Solve formulas and word problems by rules: how many are answered, and how many answers are right."""
    from .suites.math_solver import PARTS, MathSolverSuite

    suite = MathSolverSuite(data=tuple(data), part=one_of("part", part, PARTS), limit=sample.limit)
    given: dict[str, object] = {"data": list(data), "part": unless("all", part), "limit": sample.limit}
    run_suite("math-solver", lambda _: suite, kept, given=given, seed=sample.seed)
