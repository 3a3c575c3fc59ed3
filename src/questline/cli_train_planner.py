"""`agents train planner`: `own` does all of it; `table` fills what a planner learns from, `folds` makes it honest, and
`live` learns on from there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from questline import cli_train_live, cli_train_own
from questline.cli_options import command
from questline.cli_train import shown_progress, told_command

if TYPE_CHECKING:
    from questline.training.planner.fill import Filled

__all__ = ["planner"]

planner = command("planner", no_args_is_help=True, help="Tune the planner of workflows, in one go or in parts.")
planner.command(name="own", epilog=cli_train_own.EPILOG)(cli_train_own.tune_own)
planner.command(epilog=cli_train_live.EPILOG)(cli_train_live.live)


@planner.command(
    epilog="Ctrl-C ends after the questions that run; the same command with --resume goes on from there. "
    "The table is DIR/table.sqlite, what it says DIR/report.json and DIR/report.svg."
)
def table(
    corpus: Annotated[Path, typer.Option(metavar="F", help="Documents: JSON lines of {id, title, text}.")],
    questions: Annotated[
        Path, typer.Option(metavar="F", help="JSON lines of {id, question, answers[], source?}, plain or .gz.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the table and its report.")],
    processes: Annotated[
        int | None, typer.Option(metavar="N", help="Worker processes; as many as there are cores by default.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the table in --out.")] = False,
    models: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="Fits that have not learnt from fold 1, then those of fold 2; shipped ones without."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="embedded, openai:NAME, anthropic:NAME or NAME.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="OpenAI-compatible server, with its /v1.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only so many questions, drawn by their hash.")] = None,
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Folder of indexes.")] = Path(".questline") / "eval",
) -> None:
    """Run every workflow on every question, once."""
    import os

    from questline.settings import load_settings
    from questline.training.planner.fill import Order, fill
    from questline.training.planner.folds import Fits
    from questline.training.planner.report import write_report

    order = Order(
        corpus=corpus,
        questions=questions,
        out=out,
        cache=cache,
        processes=(os.cpu_count() or 1) if processes is None else processes,
        settings=load_settings(flags={"model": model, "base_url": base_url}),
        fits=Fits(tuple(models or ())),
        limit=limit,
        resume=resume,
    )
    with shown_progress() as hears:
        try:
            filled = fill(order, hears)
        except KeyboardInterrupt:
            print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
            raise
    given = {"corpus": corpus, "questions": questions, "out": out, "processes": processes, "model": model}
    report = write_report(
        out, command=told_command("table", {**given, "base-url": base_url, "limit": limit}, models or ())
    )
    _show(filled, report, out)


@planner.command()
def folds(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of data, with its MANIFEST.tsv.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Gets 1/data and 2/data, for `agents train NAME --data`.")],
) -> None:
    """Make data folders that lack a fold of questions."""
    from questline.errors import UsageError
    from questline.training.planner.folds import QUESTIONS, write_folds

    if not data.is_dir():
        raise UsageError(f"there is no folder {str(data)!r}", code="file_not_found", path=data)
    for fold, count in write_folds(data, out).items():
        print(f"{out / str(fold) / 'data'}: {count:,} questions of {QUESTIONS}, none of fold {fold}.")


def _show(filled: Filled, report: dict[str, Any], out: Path) -> None:
    width = max(len(name) for name in report["constants"])
    print(f"{'workflow':<{width}}  {'F1':>6}  {'EM':>6}" + "".join(f"  {name:>9}" for name in report["components"]))
    for name, values in report["constants"].items():
        if isinstance(values, dict):
            costs = "".join(f"  {values[cost]:>9.4g}" for cost in report["components"])
            print(f"{name:<{width}}  {values['f1']:>6.3f}  {values['em']:>6.3f}{costs}")
    print(f"{'oracle':<{width}}  {report['constants']['oracle_f1']:>6.3f}")
    if report["dropped"]:
        print(f"0 in every run, and left out: {', '.join(report['dropped'])}.")
    if report["nominal"]:
        print("Tokens, dollars and calls of embedded steps are nominal charges.")
    rate = f", {60 * filled.new / filled.processor_s:,.0f} a minute of one processor" if filled.new else ""
    print(f"{filled.runs:,} runs on {filled.questions:,} questions, {filled.new:,} of them new{rate}; in {out}.")
    if filled.deaths:
        print(f"{filled.deaths} workers died; their questions ran again.")
    print(report["warning"])
