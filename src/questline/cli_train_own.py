"""`agents train planner own`: a planner tuned on your own documents and questions, and whether it is better."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from questline.cli_train import shown_progress, told_command

if TYPE_CHECKING:
    from questline.training.evaluation.intervals import Difference
    from questline.training.planner.own import Tuned

__all__ = ["EPILOG", "tune_own"]

EPILOG: Final = (
    "Ctrl-C ends after what runs; the same command with --resume goes on from there. At least 100 questions are "
    "needed. Learning needs the extra: pip install 'questline[train]'."
)
_SAID: Final[Mapping[str, str]] = {
    "better": "The tuned planner is better: its gain is beyond luck.",
    "worse": "The tuned planner is worse than the one you have.",
    "undecided": "The two cannot be told apart on these questions: the interval holds 0. More questions narrow it.",
}


def tune_own(
    corpus: Annotated[
        Path, typer.Option(metavar="F", help="Your documents: a folder or file, or JSON lines of {id, title, text}.")
    ],
    questions: Annotated[
        Path, typer.Option(metavar="F", help="JSON lines of {question, answers[]}; without answers with --teacher.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run: table, policy, report.")],
    teacher: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Answers the questions that have no answers, from your documents."),
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="B", help="cheap, balanced or best: how costs weigh.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="The planner to beat; the setting `planner` by default.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(metavar="N", help="Worker processes; as many as there are cores by default.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="What answers questions: embedded, openai:NAME, NAME …")
    ] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="OpenAI-compatible server, with its /v1.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML with [run] (seed, threads, intervals) and [policy].")
    ] = None,
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Folder of indexes.")] = Path(".questline") / "eval",
) -> None:
    """Learn a planner from your own documents and questions, and keep the better one.

    Every workflow runs on four fifths of your questions, a policy learns from what came of it, and on the last fifth it
    is compared with the planner that you have, and with the best single workflow.
    """
    import os

    from questline.errors import UsageError
    from questline.settings import load_settings
    from questline.training.planner.own import Own, tune
    from questline.training.settings import read_tables

    for path in (corpus, questions):
        if not path.exists():
            raise UsageError(f"there is no file or folder {str(path)!r}", code="file_not_found", path=path)
    settings = load_settings(flags={"model": model, "base_url": base_url, "budget": budget, "planner": against})
    given = {"corpus": corpus, "questions": questions, "out": out, "teacher": teacher, "budget": budget}
    order = Own(
        corpus=corpus,
        questions=questions,
        out=out,
        cache=cache,
        processes=(os.cpu_count() or 1) if processes is None else processes,
        settings=settings,
        teacher=teacher,
        tables=read_tables(config, frozenset({"run", "policy"})),
        command=told_command("own", {**given, "against": against, "model": model}),
        resume=resume,
    )
    with shown_progress() as hears:
        try:
            tuned = tune(order, hears)
        except KeyboardInterrupt:
            print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
            raise
    _show(tuned, settings.budget)


def _show(tuned: Tuned, budget: str) -> None:
    found, made = tuned.compared, tuned.taught
    if made is not None:
        print(
            f"The teacher answered {made.answered:,} questions for ${made.usage.usd:.4f}; {made.dropped:,} without an "
            "answer in the documents were left out."
        )
    names = {"tuned": "tuned", "default": tuned.against, "constant": found.constant}
    if found.constant == tuned.against:
        del names["constant"]
    width = max(map(len, names.values()))
    columns = ("utility", "f1", "calls", "tokens", "usd", "seconds")
    print(f"{'planner':<{max(width, 7)}}" + "".join(f"  {column:>9}" for column in columns))
    for side, name in names.items():
        print(f"{name:<{max(width, 7)}}" + "".join(f"  {found.means[side][column]:>9.4g}" for column in columns))
    weighed = ", ".join(f"{name} {weight:.2g}" for name, weight in found.weights.items()) or "no cost"
    print(f"Costs are what was really spent; what weighs (budget {budget}): {weighed}.")
    print(
        f"Gain in utility on {found.gain.n} questions that nothing was learnt from: {_interval(found.gain)}. "
        f"{_SAID[found.verdict]}"
    )
    if found.only:
        print(f"The tuned planner ran {found.only} on every one of them: it does not choose.")
    if "constant" in names:
        print(
            f"{found.constant}, the best single workflow of your table, gains {_interval(found.constant_gain)}; the "
            f"tuned planner over it {_interval(found.over_constant)}."
        )
    if tuned.alike:
        print(
            f"{tuned.alike} of them have an answer that a question learnt from has too; where these are the same "
            "questions in other words, the tuned planner looks better than it is."
        )
    _show_kept(tuned)
    print(f"Report: {tuned.report}")


def _show_kept(tuned: Tuned) -> None:
    kept = tuned.compared.kept
    if kept == "default":
        print(f"Kept: {tuned.against}. Nothing changes; the tuned planner lies in {tuned.report.parent / 'policy'}.")
        return
    what = "the tuned planner" if kept == "tuned" else "a single workflow, as good and simpler than the tuned planner"
    print(f"Kept: {what}. Use it with --planner {tuned.kept}, or in agents.toml:")
    print(f'planner = "{tuned.kept}"')


def _interval(gain: Difference) -> str:
    return f"{gain.difference:+.3f}, 95 % interval {gain.low:+.3f} to {gain.high:+.3f}"
