"""Fit the multi-source click model: weights by ridge logistic regression, curve and figures on rows held out of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.suggestion.ctr_calibration import Calibration
from questline.tools.suggestion.ctr_features import Doubles
from questline.training.evaluation.pane_metrics import click_auc
from questline.training.logistic import newton
from questline.training.suggestion.calibrate import calibrate, expected_error

from .click_counts import Counts, counted
from .click_model import INPUTS, SLOTS, ClickModel, table_of
from .shown import Shown

__all__ = ["Fit", "fit_clicks"]

_WIDE: Final = len(INPUTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How to fit; `position`, `calibrated` and `members` = 1 are switched off to see what they bring."""

    position: bool = True
    """Whether g takes up what the slot explains."""
    calibrated: bool = True
    members: int = 8
    strength: float = 8.0
    """Showings that the prior of a rate weighs as much as."""
    ridge: float = 3.0
    held: float = 0.25
    """Share of the rows, by the hash of their key, that curve and figures rest on."""
    passes: int = 2
    """Over g and the rates, which depend on each other."""

    def __post_init__(self) -> None:
        if self.members < 1 or self.passes < 1 or not (0 < self.held < 1 and self.strength > 0 and self.ridge > 0):
            raise UsageError("members and passes are at least 1, held in (0, 1), strength and ridge above 0")


def fit_clicks(rows: Sequence[Shown], fit: Fit, *, weights: Sequence[float] | None = None, seed: int = 0) -> ClickModel:
    """Fit on a log.

    Args:
        rows: Of the log.
        fit: How.
        weights: Of each row beside its own, to let it speak for other lists than it was drawn with.
        seed: Of the members' resampling.

    Raises:
        UsageError: ``bad_data`` where no row is left to fit or to hold out, or nothing was clicked, or everything.
    """
    given = np.ones(len(rows)) if weights is None else np.array(weights, np.float64)
    place = np.array([_place(row.key) for row in rows])
    learnt = [(row, weight) for row, weight, at in zip(rows, given, place, strict=True) if at >= fit.held]
    held = [(row, weight) for row, weight, at in zip(rows, given, place, strict=True) if at < fit.held]
    if not learnt or not held:
        raise UsageError(f"{len(rows)} rows are too few to fit and to hold some out", code="bad_data")
    batch = _Batch.of([row for row, _ in learnt], np.array([weight for _, weight in learnt]))
    mass = batch.weights.sum()
    mean = float(batch.weights @ batch.rates) / mass if mass else 0.0
    if not 0 < mean < 1:
        raise UsageError("a click model needs clicks, and showings without any", code="bad_data")
    theta: list[float] = [1.0] * SLOTS
    model = _fitted(batch, fit, theta, mean, seed, members=1)
    for step in range(fit.passes):
        theta, first = _seen(model, batch) if fit.position else (theta, mean)
        last = step == fit.passes - 1
        model = _fitted(batch, fit, theta, first, seed, members=fit.members if last else 1)
    return _measured(model, [row for row, _ in held], np.array([weight for _, weight in held]), fit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """All options of all rows, one below the other."""

    rows: Sequence[Shown]
    given: Doubles
    """Weight of each row."""
    row: NDArray[np.int64]
    """Which row an option is of."""
    slot: NDArray[np.int64]
    rates: Doubles
    weights: Doubles

    @classmethod
    def of(cls, rows: Sequence[Shown], given: Doubles) -> _Batch:
        sizes = [len(row.options) for row in rows]
        row = np.repeat(np.arange(len(rows), dtype=np.int64), sizes)
        own = given * np.array([each.weight for each in rows])
        return cls(
            rows=rows,
            given=given,
            row=row,
            slot=np.minimum(np.concatenate([np.arange(size, dtype=np.int64) for size in sizes]), SLOTS - 1),
            rates=np.array([rate for each in rows for rate in each.rates]),
            weights=own[row],
        )

    def inputs(self, counts: Counts, theta: Sequence[float]) -> Doubles:
        """Return the inputs; what a row brought to the counts is taken away first."""
        parts: list[Doubles] = []
        for row, given in zip(self.rows, self.given, strict=True):
            own = given * row.weight
            told = [
                counts.features(row.query, option, less=(own * rate, own * theta[min(at, SLOTS - 1)]))
                for at, (option, rate) in enumerate(zip(row.options, row.rates, strict=True))
            ]
            parts.append(np.concatenate([table_of(row.query, row.options), np.array(told)], axis=1))
        return np.concatenate(parts)

    def one_hot(self) -> Doubles:
        """Return which slot an option stands in, the first one left out: [n, SLOTS - 1]."""
        return np.eye(SLOTS)[self.slot][:, 1:]


def _fitted(batch: _Batch, fit: Fit, theta: Sequence[float], mean: float, seed: int, *, members: int) -> ClickModel:
    counts = counted(batch.rows, batch.given, theta, mean=mean, strength=fit.strength)
    table = batch.inputs(counts, theta)
    centre, scale = table.mean(axis=0), table.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    columns = [(table - centre) / scale, np.ones((len(table), 1))]
    if fit.position:
        columns.append(batch.one_hot())
    whole = np.concatenate(columns, axis=1)
    penalty = np.full(whole.shape[1], fit.ridge)
    penalty[_WIDE:] = 1e-3
    penalty[_WIDE + 1 :] = 0.3
    found = newton(whole, batch.rates, penalty, weights=batch.weights)
    drawn = np.random.default_rng(seed).poisson(1.0, (members, len(batch.rows)))
    each = [
        newton(whole, batch.rates, penalty, weights=batch.weights * drawn[number][batch.row])
        for number in range(members if members > 1 else 0)
    ] or [found]
    slots = (0.0, *_tuple(found[_WIDE + 1 :])) if fit.position else (0.0,) * SLOTS
    return ClickModel(
        centre=_tuple(centre),
        scale=_tuple(scale),
        weights=_tuple(found[: _WIDE + 1]),
        slots=slots,
        members=tuple(_tuple(member[: _WIDE + 1]) for member in each),
        counts=counts,
    )


def _seen(model: ClickModel, batch: _Batch) -> tuple[list[float], float]:
    """Return how often each slot is clicked beside the first, for the same suggestions, and the first one's rate."""
    odds = np.concatenate([model.log_odds(row.query, row.options) for row in batch.rows])
    share = batch.weights / batch.weights.sum()
    rates = [float(share @ (1 / (1 + np.exp(-(odds + g))))) for g in model.slots]
    return [rate / rates[0] for rate in rates], rates[0]


def _measured(model: ClickModel, rows: Sequence[Shown], given: Doubles, fit: Fit) -> ClickModel:
    """Fit the curve on the rows held out; measure it on each half with the curve of the other."""
    odds = [model.log_odds(row.query, row.options, slots=True) for row in rows]
    rates = [np.array(row.rates) for row in rows]
    weights = [np.full(len(row.rates), row.weight * weight) for row, weight in zip(rows, given, strict=True)]
    half = np.array([_place(f"half {row.key}") < 0.5 for row in rows])
    chances: list[Doubles] = []
    truth: list[Doubles] = []
    for side in (True, False):
        out = [at for at in range(len(rows)) if half[at] == side]
        rest = [at for at in range(len(rows)) if half[at] != side]
        if not out or not rest:
            continue
        curve = _curve([odds[at] for at in rest], [rates[at] for at in rest], [weights[at] for at in rest], fit)
        chances.append(curve.apply(np.concatenate([odds[at] for at in out])))
        truth.append(np.concatenate([rates[at] for at in out]))
    told, clicked = (np.concatenate(each) if each else np.zeros(0) for each in (chances, truth))
    curve = _curve(odds, rates, weights, fit)
    figures = {
        "ece": expected_error(told, clicked),
        "log loss": -float(np.mean(clicked * np.log(told) + (1 - clicked) * np.log(1 - told))) if len(told) else 0.0,
        "auc": click_auc(told.tolist(), clicked.tolist()) or 0.5,
        "rows": float(len(rows)),
    }
    curve = replace(curve, knots=_tuple(np.array(curve.knots)), values=_tuple(np.array(curve.values)))
    return replace(model, calibration=curve, figures={name: round(value, 4) for name, value in figures.items()})


def _curve(odds: Sequence[Doubles], rates: Sequence[Doubles], weights: Sequence[Doubles], fit: Fit) -> Calibration:
    if not fit.calibrated:
        return Calibration()
    return calibrate(np.concatenate(odds), np.concatenate(rates), np.concatenate(weights))


def _place(key: str) -> float:
    digest = hashlib.blake2b(f"clicks {key}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _tuple(values: Doubles) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values)
