"""What can be audited: judges and reward models, and the rules to beat; all as scores of texts for a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from questline.errors import UsageError
from questline.tools.writing.types import FloatArray, Judge, RewardModel

from .naive_bayes import fit_naive_bayes
from .pairs import Pair, fold_of
from .reward_model import Fit, fit_reward_model

__all__ = ["FOLDS", "CrossFitted", "Judged", "Length", "Way", "cross_fitted"]

FOLDS: Final = 5
_ALWAYS: Final = 1e-9


class Way(Protocol):
    """Scores texts for a query."""

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return a number a text, higher is better: [len(texts)]."""
        ...


class Length:
    """Longer is better."""

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return the lengths in characters."""
        return np.array([float(len(text)) for text in texts])


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judge's score, each text by itself."""

    judge: Judge
    verdicts: bool = True

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return the verdicts' scores."""
        return np.array([self.judge.judge(query, text).score for text in texts])


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFitted:
    """Models by the fold of the query, each fitted on the other folds, their scores brought to one scale."""

    models: Mapping[int, RewardModel]
    centres: Mapping[int, float]
    scales: Mapping[int, float]
    folds: int

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return the scores by the model that saw nothing of this query's fold."""
        fold = fold_of(query, self.folds)
        if fold not in self.models:
            raise UsageError(f"no model was held out for the query {query!r}", code="bad_data")
        return (self.models[fold].score(query, texts) - self.centres[fold]) / self.scales[fold]


def cross_fitted(
    kind: str,
    pairs: Sequence[Pair],
    fit: Fit,
    *,
    folds: int = FOLDS,
    hears: Callable[[str, int, int], None] | None = None,
) -> CrossFitted:
    """Fit ``reward-model`` or ``naive-bayes`` once for each fold of queries, on the others.

    Raises:
        UsageError: ``bad_data`` where all queries are in one fold.
    """
    parts = [fold_of(pair.query, folds) for pair in pairs]
    if len(set(parts)) < 2:
        raise UsageError("all queries fall into one fold; give more of them, or --train another file", code="bad_data")
    models: dict[int, RewardModel] = {}
    centres: dict[int, float] = {}
    scales: dict[int, float] = {}
    for done, fold in enumerate(sorted(set(parts))):
        outside = [pair for pair, part in zip(pairs, parts, strict=True) if part != fold]
        model = fit_naive_bayes(outside) if kind == "naive-bayes" else fit_reward_model(outside, fit)
        told = np.concatenate(
            [model.score(pair.query, (pair.chosen, pair.rejected)) for pair in outside[:: max(1, len(outside) // 500)]]
        )
        models[fold], centres[fold], scales[fold] = model, float(told.mean()), max(float(told.std()), _ALWAYS)
        if hears is not None:
            hears(f"fitting {kind}", done + 1, len(set(parts)))
    return CrossFitted(models=models, centres=centres, scales=scales, folds=folds)
