"""The audit of a judge: agreement at equal length beside the rules to beat, biases, and a verdict that can say no.

Pairs are judged by the scores of both sides; all figures of two texts of equal score count one half.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.writing.types import FloatArray
from questline.training.evaluation.intervals import Difference, paired_bootstrap
from questline.training.logistic import newton

from .pairs import MATCHED, fold_of

__all__ = [
    "LIMITS",
    "Slope",
    "agreement",
    "area",
    "area_matched",
    "calibration_error",
    "length_slope",
    "self_preference",
    "thresholds",
    "verdict",
]

LIMITS: Final[Mapping[str, float]] = {"position_flip": 0.05, "praise_flip": 0.05, "transitivity_violations": 0.0}
"""What a judge may show at most (spec 08 §7)."""
_LEAST_MATCHED: Final = 30
"""Pairs of equal length below which nothing is said of a judge."""
_BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """How far the score, in its deviations, rises with the log of the length where the label is held fixed."""

    slope: float
    low: float
    high: float
    """Ends of the 95 % interval, over queries."""


def area(good: FloatArray, bad: FloatArray) -> float | None:
    """Return how often a good text scores above a bad one, over all pairs of them (AUC); None without both."""
    if not len(good) or not len(bad):
        return None
    order: list[float] = sorted(bad.tolist())
    below = [bisect_left(order, score) + bisect_right(order, score) for score in good.tolist()]
    return sum(below) / (2 * len(good) * len(bad))


def area_matched(
    scores: FloatArray, lengths: FloatArray, good: NDArray[np.bool_], *, most: int = MATCHED
) -> float | None:
    """Return the AUC over those pairs of a good and a bad text whose lengths differ by at most `most` characters."""
    bad_at = np.flatnonzero(~good)
    bad_at = bad_at[np.argsort(lengths[bad_at], kind="stable")]
    bad_lengths: list[float] = lengths[bad_at].tolist()
    bad_scores = scores[bad_at]
    wins, n = 0.0, 0
    for length, score in zip(lengths[good].tolist(), scores[good].tolist(), strict=True):
        near = bad_scores[bisect_left(bad_lengths, length - most) : bisect_right(bad_lengths, length + most)]
        wins += float((near < score).sum()) + 0.5 * float((near == score).sum())
        n += len(near)
    return wins / n if n else None


def thresholds(scores: FloatArray, good: NDArray[np.bool_], queries: Sequence[str]) -> NDArray[np.bool_]:
    """Return which texts are called good by the threshold that was best on the queries of the other half."""
    half = np.array([fold_of(query, 2) for query in queries])
    told = np.zeros(len(scores), bool)
    for side in (0, 1):
        fits, inside = half != side, half == side
        told[inside] = scores[inside] >= _best_threshold(scores[fits], good[fits])
    return told


def _best_threshold(scores: FloatArray, good: NDArray[np.bool_]) -> float:
    if not len(scores) or good.all() or not good.any():
        return float(np.median(scores)) if len(scores) else 0.0
    order = np.argsort(-scores, kind="stable")
    hit = np.cumsum(good[order]) / good.sum()
    false = np.cumsum(~good[order]) / (~good).sum()
    last = np.append(scores[order][1:] != scores[order][:-1], True)  # numpy's own signature
    gain = np.where(last, hit - false, -np.inf)
    return float(scores[order][int(gain.argmax())])


def agreement(told: NDArray[np.bool_], good: NDArray[np.bool_]) -> tuple[float | None, float | None]:
    """Return Cohen's kappa and the balanced accuracy of labels; None for what is undefined."""
    if not len(good) or good.all() or not good.any():
        return None, None
    right = float((told == good).mean())
    luck = float(told.mean() * good.mean() + (1 - told.mean()) * (1 - good.mean()))
    kappa = (right - luck) / (1 - luck) if luck < 1 else None
    return kappa, float((told[good].mean() + (~told[~good]).mean()) / 2)


def calibration_error(margins: FloatArray, queries: Sequence[str]) -> float | None:
    """Return the expected calibration error of the chance that the preferred side scores higher, [n] margins.

    The chance is ``sigma(a * margin)``, with an `a` of the other half of the queries, so that a judge whose scores are
    on another scale is not blamed for that.
    """
    if len(margins) < 2 * _BINS:
        return None
    half = np.array([fold_of(query, 2) for query in queries])
    flip = np.array([1.0 if fold_of(query + "?", 2) else -1.0 for query in queries])  # which side is shown first
    shown, first = margins * flip, (flip > 0).astype(np.float64)
    chance = np.full(len(margins), 0.5)
    scale = max(float(margins.std()), 1e-9)
    for side in (0, 1):
        fits = half != side
        if fits.any():
            weight = newton(shown[fits, None] / scale, first[fits], np.array([1e-3]))
            chance[half == side] = 1 / (1 + np.exp(-np.clip(shown[half == side] / scale * weight[0], -30, 30)))
    bins = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(chance[bins == one].mean() - first[bins == one].mean())) * float((bins == one).mean())
        for one in set(bins.tolist())
    ]
    return float(sum(gaps))


def length_slope(scores: FloatArray, lengths: FloatArray, good: FloatArray, queries: Sequence[str]) -> Slope | None:
    """Return the slope of the standardized score over log length, with the label in the regression; None if undefined.

    The interval is the bootstrap's over queries, 500 draws.
    """
    if len(scores) < 10 or float(scores.std()) < 1e-12 or float(lengths.std()) < 1e-12:
        return None
    spread = float(scores.std())
    columns = np.column_stack((np.log(np.maximum(lengths, 1)), good, np.ones(len(scores))))
    names, place = np.unique(np.asarray(queries), return_inverse=True)
    outer = columns[:, :, None] * columns[:, None, :]
    sums = np.zeros((len(names), 3, 3))
    np.add.at(sums, place, outer)
    right = np.zeros((len(names), 3))
    np.add.at(right, place, columns * (scores / spread)[:, None])
    ridge = 1e-9 * np.eye(3)
    slope = _solved(sums.sum(0) + ridge, right.sum(0))
    random = np.random.default_rng(0)
    drawn: list[float] = []
    for _ in range(500):
        weight = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names)).astype(np.float64)
        left: FloatArray = np.einsum("n,nij->ij", weight, sums) + ridge
        drawn.append(_solved(left, weight @ right))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Slope(slope=slope, low=float(low), high=float(high))


def _solved(left: FloatArray, right: FloatArray) -> float:
    return float(np.linalg.solve(left, right)[0])


def self_preference(own: Sequence[str], sources: Sequence[tuple[str, str]], right: Sequence[float]) -> float | None:
    """Return how much more often a judge errs for its own texts than for others'.

    Args:
        own: Names of sources that are the judge's own model.
        sources: Of the chosen and of the rejected text, a pair.
        right: 1, one half or 0, a pair.
    """
    for_own = [1 - hit for (one, other), hit in zip(sources, right, strict=True) if other in own and one not in own]
    for_others = [1 - hit for (one, other), hit in zip(sources, right, strict=True) if one in own and other not in own]
    if not for_own or not for_others:
        return None
    return sum(for_own) / len(for_own) - sum(for_others) / len(for_others)


def verdict(
    judge: Mapping[str, Sequence[float]], rules: Mapping[str, Mapping[str, Sequence[float]]], faults: Sequence[str]
) -> tuple[str, dict[str, Difference]]:
    """Say whether a judge may be called good, and how it differs from the rules on the same items.

    A judge is called good only where it beats the length rule on the pairs of equal length *and* on all pairs: where
    the rule does as well on all pairs, they cannot show that the judge looks at anything else.

    Args:
        judge: ``matched`` and ``raw``: 1, one half or 0, an item.
        rules: The same of each rule, by its name; ``length`` is one.
        faults: Biases beyond their limits.
    """
    found: dict[str, Difference] = {}
    for name, told in rules.items():
        for part in ("matched", "raw"):
            if judge[part]:
                found[f"{part} {name}"] = paired_bootstrap(list(told[part]), list(judge[part]))
    n = len(judge["matched"])
    if n < _LEAST_MATCHED:
        return f"not called good: {n} items of equal length are too few, give at least {_LEAST_MATCHED}", found
    for part, words in (("matched", "at equal length"), ("raw", "on all pairs")):
        difference = found[f"{part} length"]
        if difference.low <= 0:
            beside = f"({difference.a:.3f} against {difference.b:.3f} of {difference.n})"
            return f"not called good: {words} a length rule does as well {beside}", found
    if faults:
        return f"not called good: beyond its limits are {', '.join(faults)}", found
    best = max((one for one in found if one.startswith("matched")), key=lambda name: found[name].a)
    better = "" if found[best].low > 0 else f"; no better than {best.removeprefix('matched ')} at equal length"
    return (
        f"good: {found['matched length'].b:.3f} at equal length, a length rule {found['matched length'].a:.3f}{better}",
        found,
    )
