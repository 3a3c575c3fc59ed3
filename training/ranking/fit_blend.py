"""Fit the weights of the embedded ranker on lists with labels (`agents train ranking`).

Lists are BM25's best passages of each question (`mining`). The loss is logistic, with a ridge, so that the sum of the
weighted features is the log odds of supporting the answer; the encoder is read as it is.

Of the first stage such lists say too much: it chose them, from few passages, and weights that are free follow it into
every other collection (nDCG@10 on TREC DL19 then falls from .64 for the cosine alone to .56). So its weight beside the
cosine is a choice, made with WikiQA, TREC-QA and TREC DL in view. Words beside the cosine did not help either: coverage
raises the MRR of answer sentences by .01 and lowers the nDCG of DL19 by .03.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.ranking.blend import Blend
from questline.tools.ranking.features import WORD_FEATURES
from questline.tools.ranking.scorers import SHARE
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.ranking_metrics import ndcg
from questline.training.logistic import newton

from .observing import Example

__all__ = ["BESIDE_PAIRS", "FIRST_STAGE", "FREE", "depth_of", "fit", "order_quality", "written"]

Doubles: TypeAlias = NDArray[np.float64]
FREE: Final[Mapping[str, tuple[str, ...]]] = {
    "words": ("intercept", "first_stage", "coverage"),
    "cosine": ("intercept", "depth"),
    "pairs": ("intercept", "depth"),
}
"""The weights of each blend that are fitted."""
FIRST_STAGE: Final = 0.3
"""Weight of the first stage beside the cosine; .25 and .35 do as well within .01 on every set it was tried on."""
BESIDE_PAIRS: Final = 0.35
"""Weight of the first stage beside the cross-encoder: a choice too. Half as much moves no set by more than .01,
twice as much costs WikiQA .037 and TREC DL21 .023."""


def fit(
    examples: Sequence[Example], name: str, *, fixed: Mapping[str, float] | None = None, ridge: float = 1.0
) -> Blend:
    """Return the weights with the least logistic loss plus ``ridge / 2`` of their squared length.

    Args:
        examples: What is learned from.
        name: Of the blend: its weights in `FREE` are fitted, the intercept first, which bears no ridge.
        fixed: Weights that are given.
        ridge: Pulls the free ones towards 0.
    """
    free, given = FREE[name], fixed or {}
    features = np.concatenate([_matrix(each, free, name) for each in examples])
    offset = np.concatenate([_matrix(each, tuple(given), name) @ np.array([*given.values()]) for each in examples])
    labels = np.concatenate([each.labels for each in examples])
    penalty = np.full(len(free), ridge)
    penalty[0] = 0.0
    point = newton(features, labels, penalty, offset=offset)
    return Blend(weights={**{key: float(value) for key, value in zip(free, point, strict=True)}, **given})


def depth_of(example: Example, name: str) -> Doubles | None:
    """Return what a blend of this name adds as ``depth``, float64 [n]: nothing, the cosine, or both models."""
    both = example.logit + SHARE * example.cosine
    return {"words": None, "cosine": example.cosine, "pairs": both}[name]


def order_quality(examples: Sequence[Example], blend: Blend, name: str) -> float:
    """Return the mean nDCG@10 of a blend's order; 0 without examples."""
    scores: list[float] = []
    for each in examples:
        sums = each.signs.sums(blend, depth_of(each, name))
        order: list[int] = np.argsort(-sums, kind="stable").tolist()
        scores.append(ndcg([each.given.passages[index].id for index in order], each.given.grades, 10))
    return mean(scores) or 0.0


def _matrix(example: Example, names: Sequence[str], blend: str) -> Doubles:
    columns = {"intercept": np.ones_like(example.labels), "first_stage": example.signs.first_stage}
    depth = depth_of(example, blend)
    if depth is not None:
        columns["depth"] = depth
    columns |= dict(zip(WORD_FEATURES, example.signs.words.T, strict=True))
    return np.column_stack([columns[name] for name in names]) if names else np.zeros((len(example.labels), 0))


def written(blends: Mapping[str, Blend], notes: Sequence[str]) -> str:
    """Return the text of ``coefficients.toml``, with notes on where its numbers come from."""
    parts = ["".join(f"# {note}\n" for note in notes)]
    for name, blend in blends.items():
        for table, values in {"blend": blend.weights, "level": blend.level.as_table()}.items():
            rows = "".join(f"{key} = {value:.4f}\n" for key, value in values.items())
            parts.append(f"[{table}.{name}]\n{rows}")
    return "\n".join(parts)
