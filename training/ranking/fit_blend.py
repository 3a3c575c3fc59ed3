"""Fit the weights of the embedded ranker on lists with labels (`agents train ranking`).

Lists are BM25's best passages of each question (`mining`). The loss is logistic, with a ridge, so that the sum of the
weighted features is the log odds of supporting the answer; the encoder is read as it is.

Of the first stage such lists say too much: it chose them, from few passages, and weights that are free follow it into
every other collection (nDCG@10 on TREC DL19 then falls from .64 for the cosine alone to .56). So its weight beside the
cosine is a choice, made with WikiQA, TREC-QA and TREC DL in view. Words beside the cosine did not help either: coverage
raises the MRR of answer sentences by .01 and lowers the nDCG of DL19 by .03.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.ranking.blend import Blend
from questline.tools.ranking.chunks import chunk
from questline.tools.ranking.features import WORD_FEATURES, word_features
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.ranking.scorers import Scorer
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.lists import RankingList
from questline.training.evaluation.ranking_metrics import ndcg

from .calibrate import ece, fill

__all__ = ["BESIDE_PAIRS", "FIRST_STAGE", "FREE", "Example", "fit", "measure", "observe", "written"]

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
_STEPS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One list as the ranker sees it."""

    given: RankingList
    first_stage: Doubles
    words: Doubles
    depth: Doubles
    """What the scorer says of each passage: cosines, or logits of the cross-encoder."""
    labels: Doubles
    """1 where a passage supports the answer."""


def observe(
    lists: Sequence[RankingList], scorer: Scorer, *, hears: Callable[[int], None] = lambda _: None
) -> list[Example]:
    """Measure the features of every list, reading long passages in pieces as the ranker does.

    Args:
        lists: What is measured.
        scorer: Reads the passages.
        hears: Told how many lists are done.
    """
    found: list[Example] = []
    for done, each in enumerate(lists, start=1):
        stage = FirstStage.read(each.query, each.passages)
        texts = [passage.as_text() for passage in each.passages]
        fits = partial(scorer.fits, each.query)
        pieces = [chunk(text, fits=fits, most=16).texts for text in texts]
        found.append(
            Example(
                given=each,
                first_stage=stage.strength,
                words=word_features(each.query, texts),
                depth=np.array([float(scorer(each.query, own).max()) for own in pieces]),
                labels=np.array([float(each.grades.get(passage.id, 0) > 0) for passage in each.passages]),
            )
        )
        hears(done)
    return found


def fit(
    examples: Sequence[Example], free: Sequence[str], *, fixed: Mapping[str, float] | None = None, ridge: float = 1.0
) -> Blend:
    """Return the weights with the least logistic loss plus ``ridge / 2`` of their squared length.

    Args:
        examples: What is learned from.
        free: Names of the weights that are fitted, the intercept first; it bears no ridge.
        fixed: Weights that are given.
        ridge: Pulls the free ones towards 0.
    """
    given = fixed or {}
    features = np.concatenate([_matrix(each, free) for each in examples])
    offset = np.concatenate([_matrix(each, tuple(given)) @ np.array([*given.values()]) for each in examples])
    labels = np.concatenate([each.labels for each in examples])
    penalty = np.full(len(free), ridge)
    penalty[0] = 0.0
    point = np.zeros(len(free))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(features @ point + offset, -30, 30)))
        gradient = features.T @ (chance - labels) + penalty * point
        weight = np.maximum(chance * (1 - chance), 1e-9)
        hessian = (features * weight[:, None]).T @ features + np.diag(penalty) + 1e-9 * np.eye(len(point))
        step = np.linalg.solve(hessian, gradient)
        point = point - step
        if np.abs(step).max() < 1e-9:
            break
    return Blend(weights={**{name: float(value) for name, value in zip(free, point, strict=True)}, **given})


def measure(examples: Sequence[Example], blend: Blend, *, depth: bool) -> dict[str, float | None]:
    """Return nDCG@10 and calibration error of a blend."""
    scores: list[float] = []
    chances: list[float] = []
    labels: list[int] = []
    for each in examples:
        odds = blend.log_odds(each.first_stage, each.words, each.depth if depth else None)
        order: list[int] = np.argsort(-odds, kind="stable").tolist()
        scores.append(ndcg([each.given.passages[index].id for index in order], each.given.grades, 10))
        chances += (1 / (1 + np.exp(-odds))).tolist()
        labels += each.labels.astype(int).tolist()
    return {"ndcg@10": mean(scores), "ece": ece(fill(chances, labels))}


def _matrix(example: Example, names: Sequence[str]) -> Doubles:
    columns = {"intercept": np.ones_like(example.labels), "first_stage": example.first_stage, "depth": example.depth}
    columns |= dict(zip(WORD_FEATURES, example.words.T, strict=True))
    return np.column_stack([columns[name] for name in names]) if names else np.zeros((len(example.labels), 0))


def written(blends: Mapping[str, Blend], notes: Sequence[str]) -> str:
    """Return the text of ``coefficients.toml``, with notes on where its numbers come from."""
    parts = ["".join(f"# {note}\n" for note in notes)]
    for name, blend in blends.items():
        rows = "".join(f"{key} = {value:.4f}\n" for key, value in blend.weights.items())
        parts.append(f"[blend.{name}]\n{rows}")
    return "\n".join(parts)
