"""The suite over a checker of answers: `math-checker`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command_options import Kept, Sample
from .option_groups import spread
from .suite_runs import run_suite

__all__ = ["math_checker"]


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
    """Check right answers against themselves, rewritten and changed: what the answer checker accepts and leaves open."""
    from .suites.math_checker import MathCheckerSuite

    suite = MathCheckerSuite(data=tuple(data), limit=sample.limit, seed=sample.seed)
    given: dict[str, object] = {"data": " ".join(map(str, data)), "limit": sample.limit}
    run_suite("math-checker", lambda _: suite, kept, given=given, seed=sample.seed)
