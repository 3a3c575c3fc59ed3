"""Fit the linear reader and write its coefficients; the same input gives the same bytes.

    python -P -m questline.training.reading.fit --corpus FILE --questions FILE --out tools/reading/coefficients.toml

Every question is searched for with the product's own index and read by the product's own code. Finished parts and the
index are kept in ``--cache``, so that a killed run goes on where it stopped. Weights and confidence of the file are
fitted on all questions; every printed figure, the confidence and the threshold rest on held-out folds.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from questline.errors import QuestlineError, UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.reading.ranking import READ_CLOSELY
from questline.tools.retrieval.report import Phase
from questline.tools.retrieval.report import Progress as Hears
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.table import terminal

from .build import Builder
from .confidence import RIGHT, area_under_curve, cross_fitted, fit_confidence, give_up_below
from .examples import SHIPPABLE, load_examples
from .listwise import fit_ranking
from .tables import Table, pick
from .writing import Fitted, Mode, rendered, write

__all__ = ["Options", "fit", "main"]

_WITHOUT_SUPPORT: Final = 4
"""Every so many-th question is also read without the documents that answer it."""
_OUT_OF_ORDER: Final = 0.25
"""Share of the questions whose passages the weights see in any order: costs 0.3 points of F1 at most, see `Table`."""
_PROGRAM: Final = "questline.training.reading.fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is fitted on, and how."""

    corpus: Path
    questions: Path
    cache: Path = Path(".questline") / "eval"
    """Folder of indexes, shared with `agents eval`, and of finished features."""
    sources: tuple[str, ...] = ("2wiki", "nq")
    sentences: int = READ_CLOSELY
    sentences_encoder: int = 8
    """Each costs about 5 ms of encoding; with 12 the F1 of held-out folds is 0.6 points better."""
    folds: int = 5
    f1_cost: float = 0.03
    """Share of the F1 that giving up may cost."""
    seed: int = 0
    today: date | None = None
    """Written into the file; today when left out."""


def fit(options: Options, progress: Progress) -> tuple[str, dict[str, object]]:
    """Return the text of the file of coefficients, and the figures by mode.

    Raises:
        UsageError: ``bad_argument`` for sources whose licence is unknown or numbers out of range, ``bad_data`` when no
            question can be used, and what reading the files raises.
        RunError: What the index raises.
    """
    _check(options)
    encoder = Encoder.load()
    hears = _phases(progress)
    with open_corpus(options.corpus, options.cache, progress=hears) as index:

        def title_of(identifier: str) -> str:
            document = index.document(identifier)
            return document.title if document else ""

        examples = load_examples(options.questions, options.sources, title_of)
        if len(examples) < options.folds:
            raise UsageError(
                f"{len(examples)} questions can be used, fewer than {options.folds} folds",
                code="bad_data",
                path=options.questions,
            )
        builder = Builder(
            index=index, encoder=encoder, cache=options.cache / "reading", data=content_hash(options.corpus)
        )
        some = examples[::_WITHOUT_SUPPORT]
        table = builder.table(examples, progress=_bar(progress, "reading", len(examples)))
        without = builder.table(some, without_support=True, progress=_bar(progress, "reading without", len(some)))
    done = _bar(progress, "fitting", 2)
    fitted: dict[Mode, Fitted] = {}
    for mode, sentences in (("words", options.sentences), ("encoder", options.sentences_encoder)):
        encoded = mode == "encoder"
        seen, unsupported = (full.read_with(encoder=encoded, sentences=sentences) for full in (table, without))
        fitted[mode] = _fitted(seen, unsupported, sentences, options)
        done(1)
    head = _head(options, len(examples), encoder.fingerprint)
    return rendered(head, fitted), {mode: dict(one.figures) for mode, one in fitted.items()}


def _check(options: Options) -> None:
    unknown = sorted(set(options.sources) - set(SHIPPABLE))
    if unknown:
        raise UsageError(
            f"no licence is known for {', '.join(unknown)}; coefficients fitted on it could not ship",
            argument="sources",
        )
    if not 1 <= min(options.sentences, options.sentences_encoder) <= READ_CLOSELY or options.folds < 2:
        raise UsageError(f"sentences must lie in 1 to {READ_CLOSELY}, folds must be at least 2", argument="sentences")
    if not 0 <= options.f1_cost < 1:
        raise UsageError(f"f1_cost={options.f1_cost!r} must lie in [0, 1)", argument="f1_cost")


def _fitted(table: Table, without: Table, sentences: int, options: Options) -> Fitted:
    fitted_on = table.out_of_order(_OUT_OF_ORDER, options.seed)
    held = cross_fitted(table, fitted_on, folds=options.folds, seed=options.seed)
    weights = fit_ranking(fitted_on)
    unsupported = pick(without, weights)
    confidence = fit_confidence([held, unsupported])
    sure, unsure = confidence.of(held.evidence), confidence.of(unsupported.evidence)
    threshold = give_up_below(sure, held.f1, cost=options.f1_cost)
    right, kept = held.f1 >= RIGHT, sure >= threshold
    groups = {str(group): float(held.f1[table.group == group].mean()) for group in np.unique(table.group)}
    figures = {
        "F1": float(held.f1.mean()),
        **{f"F1 of {name}": value for name, value in groups.items()},
        "F1 with giving up": float((held.f1 * kept).mean()),
        "area under the curve of confidence": area_under_curve(sure, right),
        "given up": float((~kept).mean()),
        "answered wrongly": float((kept & ~right).mean()),
        "answered wrongly without giving up": float((~right).mean()),
        "given up without the supporting documents": float((unsure < threshold).mean()) if len(without) else 0.0,
    }
    return Fitted(weights=weights, confidence=confidence, sentences=sentences, abstain_below=threshold, figures=figures)


def _head(options: Options, count: int, encoder: str) -> list[str]:
    licences = ", ".join(f"{name} ({SHIPPABLE[name]})" for name in options.sources)
    today = options.today or datetime.now(UTC).date()
    return [
        "The linear reader's coefficients: one column per group of questions, without and with the encoder's cosine.",
        "Written by a command, not by hand:",
        f"  {_command(options)}",
        f"on {today.isoformat()}, with encoder {encoder}, from",
        f"  corpus {options.corpus.name}, sha256 {content_hash(options.corpus)[:16]},",
        f"  questions {options.questions.name}, sha256 {content_hash(options.questions)[:16]}, {count} read directly",
        "  or as hops of chains.",
        f"Licences of the sources: {licences}.",
        "",
        "They maximise the log of the expected token F1 of a softmax over a question's candidates, by BFGS: a vector",
        (
            "that all groups share (ridge 0.5) plus one of each group's own (ridge 3), stored as their sum."
            " A quarter of the"
        ),
        "questions was read with the passages out of order.",
    ]


def _command(options: Options) -> str:
    words = ["python", "-P", "-m", _PROGRAM]
    defaults = Options(corpus=options.corpus, questions=options.questions)
    for name in ("corpus", "questions"):
        path: Path = getattr(options, name)
        words += [f"--{name}", path.name if path.is_absolute() else path.as_posix()]
    for name in ("sources", "sentences", "sentences_encoder", "folds", "f1_cost", "seed"):
        value = getattr(options, name)
        if value != getattr(defaults, name):
            words += [f"--{name.replace('_', '-')}", ",".join(value) if name == "sources" else str(value)]
    return shlex.join([*words, "--out", "tools/reading/coefficients.toml"])


def _bar(progress: Progress, name: str, total: int) -> Callable[[int], None]:
    task = progress.add_task(name, total=total)
    return lambda more: progress.advance(task, more)


def _phases(progress: Progress) -> Hears:
    tasks: dict[Phase, TaskID] = {}

    def show(phase: Phase, done: int, total: int) -> None:
        if phase not in tasks:
            tasks[phase] = progress.add_task(f"indexing: {phase}", total=total)
        progress.update(tasks[phase], completed=done, total=total)

    return show


def _shown() -> AbstractContextManager[Progress]:
    console = terminal(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _options(arguments: Sequence[str] | None) -> tuple[Options, Path]:
    defaults = Options(corpus=Path(), questions=Path())
    parser = argparse.ArgumentParser(prog=f"python -P -m {_PROGRAM}", description="Fit the embedded reader.")
    parser.add_argument("--corpus", type=Path, required=True, help="JSON lines of {id|_id, title, text}")
    parser.add_argument("--questions", type=Path, required=True, help="JSON lines of {id, question, answers, support}")
    parser.add_argument("--out", type=Path, required=True, help="the TOML file to write")
    parser.add_argument("--cache", type=Path, default=defaults.cache, help="index and finished features")
    parser.add_argument("--sources", default=",".join(defaults.sources), help="sources of questions, by commas")
    parser.add_argument("--sentences", type=int, default=defaults.sentences, help="read closely without the encoder")
    parser.add_argument("--sentences-encoder", type=int, default=defaults.sentences_encoder, help="and with it")
    parser.add_argument("--folds", type=int, default=defaults.folds)
    parser.add_argument("--f1-cost", type=float, default=defaults.f1_cost, help="share of F1 that giving up may cost")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--date", type=date.fromisoformat, dest="today", help="written into the file; today by default")
    given = vars(parser.parse_args(arguments))
    out: Path = given.pop("out")
    given["sources"] = tuple(sorted(set(given["sources"].split(","))))
    return Options(**given), out


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the file, print the figures as JSON; return the exit code."""
    options, out = _options(arguments)
    try:
        with _shown() as progress:
            text, figures = fit(options, progress)
        write(out, text)
    except QuestlineError as error:
        terminal(stderr=True).print(f"{error.code}: {error.message}")
        return error.exit_code
    print(json.dumps(figures, indent=2))  # noqa: T201 because a command's result goes to its output
    return 0


if __name__ == "__main__":
    sys.exit(main())
