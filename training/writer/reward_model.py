"""Fit the reward model of characters: a length-balanced log-odds prior, then Bradley-Terry with no reward for length.

``L = mean(w * -log sigma(s_c - s_r)) + lambda * cov(s, len)^2 + ridge``, over the pieces' weights, the layout's, and
two of length, which are there to take the length out (spec 08 §2.4). Two things make it good on pairs of equal length,
where few preference data have many pairs:

- The pieces start from their log odds between chosen and rejected texts, counted so that both sides have the same
  lengths: a text counts by how many texts *of the other side* are about as long. What only tells long from short texts
  then has odds of one. While the rest is fitted, each text's sum of log odds comes from folds that do not hold it.
- A pair counts the more, the closer its lengths: ``1 / (1 + (difference / 10)^2)``.

Where chosen texts are mostly longer, no score can be without correlation to length over *all* texts and within the
chosen and the rejected ones too: ``decorrelate`` says which is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.writing.reward_model.model import CharacterRewardModel, Linear
from questline.tools.writing.types import FloatArray

from .columns import Bags, Texts, read_texts, vocabulary
from .lbfgs import Objective, minimise
from .pairs import Pair, fold_of

__all__ = ["Decorrelate", "Fit", "fit_reward_model", "objective"]

Decorrelate: TypeAlias = Literal["all", "within"]
_PRIOR: Final = 3.0
_SURFACE: Final = 0.15
"""Scales of the columns, against one ridge: what weighs little in a column is believed little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a reward model is fitted; the values were chosen on half of the queries, see its model card."""

    orders: tuple[int, ...] = (1, 2, 3)
    least: int = 3
    """Texts that must hold a piece."""
    smoothing: float = 0.3
    """Added to the counts of each piece."""
    near: float = 10.0
    """Characters of difference at which a pair counts half."""
    ridge: float = 30.0
    """Over the number of pairs, times half the squared weights."""
    decorrelation: float = 10.0
    """The lambda of the loss; lengths count in standard deviations."""
    decorrelate: Decorrelate = "all"
    """all: score and length over all texts; within: over differences to the mean of the chosen, of the rejected."""
    steps: int = 60
    folds: int = 5
    """For the prior's sums of texts that are fitted on."""


def fit_reward_model(
    pairs: Sequence[Pair],
    fit: Fit,
    *,
    origin: dict[str, str | int | float] | None = None,
    hears: Callable[[int], None] | None = None,
) -> CharacterRewardModel:
    """Return the model of `pairs`; without chance, so that the same pairs give the same model.

    Raises:
        UsageError: ``bad_data`` for fewer than two pairs that differ.
    """
    pairs = [pair for pair in pairs if not pair.identical]
    if len(pairs) < 2:
        raise UsageError("a reward model needs at least two pairs whose texts differ", code="bad_data")
    queries = [pair.query for pair in pairs] * 2
    texts = [*(pair.chosen for pair in pairs), *(pair.rejected for pair in pairs)]
    known = vocabulary(texts, fit.orders, fit.least)
    read = read_texts(queries, texts, fit.orders, known)
    prior, odds = _prior(read, [pair.group or pair.query for pair in pairs], fit)
    dense, surface, length = _dense(read, prior)
    loss = objective(read, dense, fit)
    start: FloatArray = np.zeros(int(dense.shape[1]) + len(known))
    point = minimise(loss, start, steps=fit.steps, hears=hears)
    dense_weights, own = point[: dense.shape[1]], point[dense.shape[1] :]
    pieces = own + odds * dense_weights[0] * _PRIOR / max(float(prior.std()), 1e-9)
    cut = 1 + len(surface[0])
    return CharacterRewardModel(
        orders=fit.orders,
        weights={piece: float(pieces[column]) for piece, column in known.items()},
        surface=_linear(*surface, _SURFACE * dense_weights[1:cut]),
        length=_linear(*length, dense_weights[cut:]),
        origin={"pairs": len(pairs), **(origin or {})},
    )


def objective(read: Texts, dense: FloatArray, fit: Fit) -> Objective:
    """Return the loss, and its gradient, of weights for `dense` [2n, k] and then for each piece.

    Rows are n chosen texts, then the n rejected ones in the same order.
    """
    n = len(dense) // 2
    length = read.length[:, 0]
    near = 1 / (1 + (np.abs(length[:n] - length[n:]) / fit.near) ** 2)
    near /= near.sum()
    apart = length.reshape(2, n)
    centred = apart - (apart.mean(1, keepdims=True) if fit.decorrelate == "within" else apart.mean())
    told = centred.ravel() / max(float(length.std()), 1e-9) / (2 * n)
    covary = np.concatenate((dense.T @ told, read.bags.transposed(told)))
    ridge, penalty, width = fit.ridge / n, fit.decorrelation, dense.shape[1]

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        scores = dense @ point[:width] + read.bags.times(point[width:])
        margins = scores[:n] - scores[n:]
        pull = near * np.exp(-np.logaddexp(0.0, margins))
        pull = np.concatenate((-pull, pull))
        covariance = float(covary @ point)
        value = float(near @ np.logaddexp(0.0, -margins)) + penalty * covariance**2 + ridge / 2 * float(point @ point)
        gradient = np.concatenate((dense.T @ pull, read.bags.transposed(pull)))
        return value, gradient + 2 * penalty * covariance * covary + ridge * point

    return loss


def _prior(read: Texts, origins: Sequence[str], fit: Fit) -> tuple[FloatArray, FloatArray]:
    """Return each text's sum of log odds [2n], from folds of queries without it, and the log odds of all texts."""
    n = len(origins)
    folds = np.array([fold_of(origin, fit.folds) for origin in origins])
    sums = np.zeros(2 * n)
    for fold in range(fit.folds):
        inside = np.flatnonzero(folds == fold)
        outside = np.flatnonzero(folds != fold)
        if len(inside) and len(outside):
            rows = np.concatenate((inside, inside + n))
            sums[rows] = read.bags.rows(rows).times(_log_odds(read, outside, n, fit))
    return sums, _log_odds(read, np.arange(n), n, fit)


def _log_odds(read: Texts, pairs: NDArray[np.int64], n: int, fit: Fit) -> FloatArray:
    """Return each piece's log odds of chosen against rejected, both brought to the same lengths."""
    bins = np.clip(4 * read.length[:, 1], 0, 63).astype(np.int64)  # of log length: a quarter apart
    sides = pairs, pairs + n
    counts = [np.bincount(bins[side], minlength=64) + 1.0 for side in sides]
    shares = counts[0] / (counts[0] + counts[1])
    held = [
        _held(read.bags, side, weight[bins[side]]) + fit.smoothing
        for side, weight in zip(sides, (1 - shares, shares), strict=True)
    ]
    logs: list[FloatArray] = [np.log(each / each.sum()) for each in held]
    return logs[0] - logs[1]


def _held(bags: Bags, rows: NDArray[np.int64], weights: FloatArray) -> FloatArray:
    return bags.rows(rows).transposed(weights, power=0.0)


def _dense(
    read: Texts, prior: FloatArray
) -> tuple[FloatArray, tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Return the dense columns, brought to their scales, and centre and scale of layout and of length."""
    surface = read.surface.mean(0), read.surface.std(0)
    length = read.length.mean(0), np.array([max(float(read.length[:, 0].std()), 1e-9), 1.0])
    surface[1][surface[1] < 1e-9] = 1.0
    columns = (
        _PRIOR * prior[:, None] / max(float(prior.std()), 1e-9),
        _SURFACE * (read.surface - surface[0]) / surface[1],
        (read.length - length[0]) / length[1],
    )
    return np.concatenate(columns, axis=1), surface, length


def _linear(centre: FloatArray, scale: FloatArray, weights: FloatArray) -> Linear:
    rounded = [tuple(float(f"{value:.6g}") for value in column.tolist()) for column in (centre, scale, weights)]
    return Linear(centre=rounded[0], scale=rounded[1], weights=rounded[2])
