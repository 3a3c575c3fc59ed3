"""Whether more pairs, spoiled from greetings that the grammar composed, make the reward model better.

    python -P -m questline.training.writer.shown.composed --own GREETINGS --pairs PAIRS --json writer_composed.json

The model of the written greetings alone, as it ships, is compared with one that leaves out rare pieces, and one of
written and composed ones: on held-out written ones (by query, in five folds) and on the pairs of equal length of a file
that none learnt from.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.progress import Progress

from questline.tools.writing.types import FloatArray, RewardModel
from questline.training.benchmarks.harness import parser, positive, run
from questline.training.evaluation.intervals import paired_bootstrap
from questline.training.evaluation.rows import read_rows
from questline.training.writer.composed import composed_greetings
from questline.training.writer.pair_figures import correlation, prefers
from questline.training.writer.pairs import Pair, fold_of, read_pairs
from questline.training.writer.reward_model import Fit, fit_reward_model
from questline.training.writer.spoiling import spoiled_pairs

__all__ = ["main", "measured"]

_FOLDS: Final = 5
_COMMON: Final = 6
"""Texts that must hold a piece in the second and third way; the shipped model asks for three."""


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return each model's agreement, its difference to the first with an interval, and how scores go with length."""
    own = spoiled_pairs([(row.text("query"), row.text("text")) for row in read_rows(arguments.own)], rounds=2)
    composed = composed_greetings(arguments.composed, seed=1)
    extra = spoiled_pairs(composed, rounds=1)
    random.Random(0).shuffle(extra)  # noqa: S311 because examples are no secret
    extra = extra[: arguments.most]
    outside = [pair for pair in read_pairs(arguments.pairs) if pair.matched and not pair.identical]
    ways: Mapping[str, tuple[Fit, list[Pair]]] = {
        "written": (Fit(), []),
        "rare_pieces_left_out": (Fit(least=_COMMON), []),
        "with_composed": (Fit(least=_COMMON), extra),
    }
    task = bar.add_task("fits", total=len(ways) * (_FOLDS + 1))
    lengths = np.array([[len(pair.chosen), len(pair.rejected)] for pair in outside], np.float64)
    rights: dict[str, tuple[list[float], list[float]]] = {}
    found: dict[str, dict[str, object]] = {}
    for name, (fit, more) in ways.items():
        right = np.zeros(len(own))
        for fold in range(_FOLDS):
            learnt = [pair for pair in own if fold_of(pair.query, _FOLDS) != fold]
            inside = [at for at, pair in enumerate(own) if fold_of(pair.query, _FOLDS) == fold]
            right[inside] = prefers(_scores(fit_reward_model([*learnt, *more], fit), [own[at] for at in inside]))
            bar.advance(task)
        model = fit_reward_model([*own, *more], fit)
        scores = _scores(model, outside)
        rights[name] = right.tolist(), prefers(scores).tolist()
        found[name] = {
            "own_held_out": _compared(rights["written"][0], rights[name][0]),
            "outside_matched": _compared(rights["written"][1], rights[name][1]),
            "score_length_correlation": correlation(scores, lengths),
            "pieces": len(model.weights),
        }
        bar.advance(task)
    return {
        "ways": found,
        "pairs": {
            "own": len(own),
            "composed": len(extra),
            "greetings_composed": len(composed),
            "outside": len(outside),
        },
    }


def _scores(model: RewardModel, pairs: Sequence[Pair]) -> FloatArray:
    return np.array([model.score(pair.query, [pair.chosen, pair.rejected]) for pair in pairs]).reshape(-1, 2)


def _compared(first: Sequence[float], second: Sequence[float]) -> dict[str, float]:
    told = paired_bootstrap(first, second)
    values = {"agreement": told.b, "difference": told.difference, "low": told.low, "high": told.high}
    return {name: round(value, 4) for name, value in values.items()} | {"n": told.n}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--own", type=Path, required=True, help="JSON lines of {query, text}")
    options.add_argument("--pairs", type=Path, required=True, help="JSON lines of {query, chosen, rejected}")
    options.add_argument("--composed", type=positive, default=220, help="greetings of the grammar")
    options.add_argument("--most", type=positive, default=2500, help="pairs made of them")
    return run("composed", options, measured, arguments, package="questline.training.writer.shown")


if __name__ == "__main__":
    sys.exit(main())
