"""``agents eval``: the suites and the comparison as commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from questline.errors import UsageError

from .command_options import JsonFile, Seed
from .commands_documents import qa, retrieval, suggestion
from .commands_math_checker import math_checker, math_solver
from .commands_passages import ranking, selection
from .commands_photos import mathreal
from .commands_planner import planner
from .commands_reading import reading, summary
from .commands_recommendation import recommendation, unlearning
from .commands_report import report
from .commands_temporal import chronoqa, temporal_qa
from .commands_tools import calls, plans, routes, scenarios, schedule, tools
from .commands_writing import judge, writing
from .suite_runs import check_target

__all__ = ["eval_app"]

eval_app = typer.Typer(
    help="Measure retrieval, ranking and answers, and compare two measurements.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@eval_app.callback(invoke_without_command=True)
def group(
    context: typer.Context,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A.json B.json", help="Paired bootstrap of two measurements of one suite: B minus A."),
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
) -> None:
    """Measure retrieval, ranking and answers, and compare two measurements."""
    if context.invoked_subcommand is not None:
        if compare is not None:
            raise UsageError("--compare takes two files and no suite", argument="compare")
        return
    if compare is None:
        raise UsageError(
            "name report and result files, a suite (retrieval, ranking,"
            " selection, reading, qa, planner, summary, suggestion,"
            " recommendation, unlearning, tools, calls,"
            " plans, routes, scenarios, schedule, judge, writing,"
            " chronoqa, temporal-qa, math-checker, math-solver, mathreal),"
            " or two files and --compare",
            argument="suite",
        )
    from .compare import compare as compare_reports
    from .reports import write_json
    from .table import comparison_table, terminal

    check_target(json_file)
    comparison = compare_reports(*compare, seed=seed)
    terminal().print(comparison_table(comparison))
    if json_file is not None:
        write_json(json_file, comparison.as_dict())


_SUITES = (
    retrieval,
    qa,
    planner,
    suggestion,
    recommendation,
    unlearning,
    ranking,
    selection,
    summary,
    reading,
    tools,
    calls,
    plans,
    routes,
    scenarios,
    schedule,
    judge,
    writing,
    chronoqa,
    temporal_qa,
    mathreal,
    math_checker,
    math_solver,
)
for _suite in _SUITES:  # in the order of `agents eval --help`
    eval_app.command()(_suite)
eval_app.command()(report)
