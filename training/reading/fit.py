"""Fit the linear reader; the same input gives the same bytes (`agents train reading`).

Every question is searched for with the product's own index and read by the product's own code. Finished parts and the
index are kept in the cache, so that a killed run goes on where it stopped. Weights and confidence of the file are
fitted on all questions; every figure, the confidence and the threshold rest on held-out folds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.reading.ranking import READ_CLOSELY
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import content_hash
from questline.training.recipe import Hears

from .build import Builder
from .confidence import RIGHT, area_under_curve, cross_fitted, fit_confidence, give_up_below
from .examples import SHIPPABLE, load_examples
from .listwise import fit_ranking
from .tables import Table, pick
from .writing import Fitted, Mode

__all__ = ["Measured", "Options", "fit", "head", "measure"]

_WITHOUT_SUPPORT: Final = 4
"""Every so many-th question is also read without the documents that answer it."""
_OUT_OF_ORDER: Final = 0.25
"""Share of the questions whose passages the weights see in any order: costs 0.3 points of F1 at most, see `Table`."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The candidates of all questions."""

    questions: int
    table: Table
    without: Table
    """Every fourth question, read without the documents that answer it."""


def measure(options: Options, hears: Hears) -> Measured:
    """Search and read every question.

    Raises:
        UsageError: ``bad_argument`` for sources whose licence is unknown or numbers out of range, ``bad_data`` when no
            question can be used, and what reading the files raises.
        RunError: What the index raises.
    """
    _check(options)
    with open_corpus(
        options.corpus, options.cache, progress=lambda phase, done, total: hears(f"indexing: {phase}", done, total)
    ) as index:

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
            index=index, encoder=Encoder.load(), cache=options.cache / "reading", data=content_hash(options.corpus)
        )
        some = examples[::_WITHOUT_SUPPORT]
        table = builder.table(examples, progress=_counted(hears, "reading", len(examples)))
        without = builder.table(
            some, without_support=True, progress=_counted(hears, "reading without the answer", len(some))
        )
    return Measured(questions=len(examples), table=table, without=without)


def fit(measured: Measured, mode: Mode, options: Options) -> Fitted:
    """Fit reading with or without the encoder."""
    encoded = mode == "encoder"
    sentences = options.sentences_encoder if encoded else options.sentences
    seen, unsupported = (
        full.read_with(encoder=encoded, sentences=sentences) for full in (measured.table, measured.without)
    )
    return _fitted(seen, unsupported, sentences, options)


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


def head(options: Options, count: int, origin: Sequence[str]) -> list[str]:
    """Return what stands at the head of the file of coefficients.

    Args:
        options: What was fitted on, and how.
        count: Questions.
        origin: Lines on command and files.
    """
    licences = ", ".join(f"{name} ({SHIPPABLE[name]})" for name in options.sources)
    return [
        "The linear reader's coefficients: one column per group of questions, without and with the encoder's cosine.",
        "Written by a command, not by hand:",
        *(f"  {line}" for line in origin),
        f"{count} questions are read directly or as hops of chains.",
        f"Licences of the sources: {licences}.",
        "",
        "They maximise the log of the expected token F1 of a softmax over a question's candidates, by BFGS: a vector",
        (
            "that all groups share (ridge 0.5) plus one of each group's own (ridge 3), stored as their sum."
            " A quarter of the"
        ),
        "questions was read with the passages out of order.",
    ]


def _counted(hears: Hears, name: str, total: int) -> Callable[[int], None]:
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        hears(name, done, total)

    return more
