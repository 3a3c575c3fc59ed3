"""Judges of other prompts: what they accept is what is reported.

``transformer`` shares neither prompts nor features with the reward: it reads characters in order. ``surface`` looks at
layout alone, which is a part of what the reward of characters sees too; both learnt from pairs of other prompts.
``principles`` learnt nothing. Each of the first two accepts from the score on at which chosen and rejected texts of
prompts that were held out from it are told apart best; ``…_strict`` from the median of those chosen texts on, so that
it accepts every other of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from questline.tools.writing.judge import embedded_judge
from questline.tools.writing.reward_model.features import surface
from questline.tools.writing.types import FloatArray
from questline.training.logistic import newton
from questline.training.writer.pairs import Pair
from questline.training.writer.tuning.levelled import levelled
from questline.training.writer.tuning.scorer import TransformerRewardModel
from questline.training.writer.tuning.texts import held_out

__all__ = ["STRICT", "Accepts", "Scores", "SurfaceModel", "balanced", "independent_judges", "threshold"]

Scores: TypeAlias = Callable[[Sequence[str], Sequence[str]], FloatArray]
"""Of queries and their texts: one score a text."""
Accepts: TypeAlias = Callable[[Sequence[str], Sequence[str]], FloatArray]
"""The same, 0 or 1."""
STRICT: Final = 0.5
"""Share of the held-out chosen texts that a strict judge turns down; fixed before the seeds of `fresh` were drawn."""
_RIDGE: Final = 10.0


class SurfaceModel:
    """A Bradley-Terry model of layout alone: marks, clauses, repetition, how query and text go together; no length."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """Fit it, by Newton's steps."""
        chosen = np.array([surface(pair.query, pair.chosen) for pair in pairs])
        rejected = np.array([surface(pair.query, pair.rejected) for pair in pairs])
        both = np.concatenate((chosen, rejected))
        self._scale = np.maximum(both.std(0), 1e-9)
        apart = (chosen - rejected) / self._scale
        labels = np.concatenate((np.ones(len(apart)), np.zeros(len(apart))))
        ridge = np.full(apart.shape[1], _RIDGE)
        self._weights = newton(np.concatenate((apart, -apart)), labels, ridge)

    def score_all(self, queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
        """Return one logit a text."""
        told = np.array([surface(query, text) for query, text in zip(queries, texts, strict=True)])
        return np.asarray(told / self._scale @ self._weights, np.float64)


def independent_judges(
    pairs: Sequence[Pair], transformer: TransformerRewardModel
) -> tuple[Mapping[str, Accepts], Mapping[str, Scores], dict[str, dict[str, float]]]:
    """Return what the judges accept, the scores behind it, and how well they do on prompts that they have not seen.

    Args:
        pairs: Of the judges' part; the transformer learnt from all but its held-out tenth.
        transformer: Learnt.
    """
    outside = [pair for pair in pairs if held_out(pair.query)]
    scores: dict[str, Scores] = {
        "transformer": transformer.score_all,
        "surface": SurfaceModel([pair for pair in pairs if not held_out(pair.query)]).score_all,
    }
    accepts: dict[str, Accepts] = {}
    told: dict[str, dict[str, float]] = {}
    for name, score in scores.items():
        good, bad = _sides(outside, score)
        least = threshold(good, bad)
        accepts[name] = _from(score, least)
        accepts[f"{name}_strict"] = _from(score, float(np.quantile(good, STRICT)))
        matched = np.array([pair.matched for pair in outside])
        right = (good > bad) + 0.5 * (good == bad)
        told[name] = {
            "pair_accuracy": float(right.mean()),
            "pair_accuracy_length_matched": float(right[matched].mean()),
            "pair_accuracy_cut": _cut_accuracy(outside, score),
            "balanced_accuracy": balanced(good, bad, least),
            "accepts_chosen": float((good >= least).mean()),
            "accepts_rejected": float((bad >= least).mean()),
            "n": float(len(outside)),
            "n_matched": float(matched.sum()),
        }
    judge = embedded_judge()

    def principles(queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
        return np.array([float(judge.judge(query, text).good) for query, text in zip(queries, texts, strict=True)])

    accepts["principles"] = principles
    good, bad = _sides(outside, principles)
    told["principles"] = {"accepts_chosen": float(good.mean()), "accepts_rejected": float(bad.mean())}
    return accepts, scores, told


def threshold(good: FloatArray, bad: FloatArray) -> float:
    """Return the score from which on to accept, for the best balanced accuracy; the lowest where several do."""
    places = np.unique(np.concatenate((good, bad)))
    return float(max(places, key=lambda least: (balanced(good, bad, least), -least)))


def balanced(good: FloatArray, bad: FloatArray, least: float) -> float:
    """Return the mean of the shares that are rightly accepted and rightly rejected."""
    return float(((good >= least).mean() + (bad < least).mean()) / 2)


def _cut_accuracy(pairs: Sequence[Pair], score: Scores) -> float:
    """Return the accuracy on pairs whose longer side is cut behind a clause to the length of the other."""
    good, bad = _sides([levelled(pair) for pair in pairs], score)
    return float(((good > bad) + 0.5 * (good == bad)).mean())


def _from(score: Scores, least: float) -> Accepts:
    return lambda queries, texts: (score(queries, texts) >= least).astype(np.float64)


def _sides(pairs: Sequence[Pair], score: Scores) -> tuple[FloatArray, FloatArray]:
    queries = [pair.query for pair in pairs]
    return score(queries, [pair.chosen for pair in pairs]), score(queries, [pair.rejected for pair in pairs])
