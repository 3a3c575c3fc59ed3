"""Fit click models on some queries and score the panes of the others: no model judges a pane whose query it saw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from questline.errors import UsageError
from questline.tools.suggestion.ctr_calibration import Calibration
from questline.tools.suggestion.ctr_features import Doubles, Encoder, facet, features, history
from questline.tools.suggestion.ctr_model import CTRModel, Mode, Tower, log_odds
from questline.tools.suggestion.ctr_rates import Count, Rates, facet_key, word_key
from questline.tools.text import normalize

from .calibrate import calibrate
from .click_fit import Choice, fit_weights
from .panes import Pane

__all__ = ["Held", "Recipe", "cross_fit", "fit_model", "fold_of"]

_MODES: Final[tuple[Mode, ...]] = ("words", "encoder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fit."""

    mode: Mode = "encoder"
    """Of `cross_fit`; `fit_model` fits both."""
    without: tuple[str, ...] = ()
    """Groups of features to leave out."""
    position: bool = True
    """Whether the position tower takes up what the slot explains."""
    ridge: float = 5.0
    strength: float = 5.0
    """Of the prior of historical rates, in engaged showings."""
    least_queries: int = 2
    """A word's rate is kept when so many queries had it."""
    folds: int = 10
    inner_folds: int = 5
    """For the calibration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One pane, scored by a model of other queries."""

    pane: Pane
    scores: Doubles
    """Slot-blind, [options]."""
    slot_scores: Doubles
    """With the slot's term added."""
    chances: Doubles
    """Calibrated, slot-blind: the share of the pane's clicks that each option is expected to get."""


def fold_of(query: str, folds: int) -> int:
    """Return a fold that depends on the words of `query` alone, so that all its panes share it."""
    digest = hashlib.sha256(normalize(query).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") % folds


def cross_fit(panes: Sequence[Pane], recipe: Recipe, encoder: Encoder | None) -> list[Held]:
    """Score every judged pane by a model fitted on the other folds of queries, in the order of `panes`.

    Raises:
        UsageError: ``bad_data`` when the panes with clicks are all of one fold.
    """
    measured = _Measured(panes, encoder if recipe.mode == "encoder" else None)
    held: dict[int, Held] = {}
    for fold in range(recipe.folds):
        out = [place for place, pane in enumerate(measured.panes) if fold_of(pane.query, recipe.folds) == fold]
        rest = [place for place, pane in enumerate(measured.panes) if fold_of(pane.query, recipe.folds) != fold]
        if not out:
            continue
        if not rest:
            raise UsageError(
                f"all queries with clicks are in one of {recipe.folds} folds; more queries are needed", code="bad_data"
            )
        rates = measured.rates(rest, recipe)
        tower = _fitted(measured, rest, recipe.mode, recipe)
        for place in out:
            pane = measured.panes[place]
            scores = tower.scores(history(measured.tables[place], pane.query, pane.options, rates))
            held[place] = Held(
                pane=pane,
                scores=scores,
                slot_scores=scores + tower.slot_terms(len(scores)),
                chances=tower.calibration.apply(log_odds(scores)),
            )
    return [held[place] for place in sorted(held)]


def fit_model(
    panes: Sequence[Pane], recipe: Recipe, encoder: Encoder, origin: Mapping[str, str | int | float]
) -> CTRModel:
    """Fit both modes on all judged panes; the calibration alone rests on inner folds.

    Raises:
        UsageError: ``bad_data`` when the panes with clicks are of fewer than two queries.
    """
    measured = _Measured(panes, encoder)
    everything = list(range(len(measured.panes)))
    towers: dict[Mode, Tower] = {mode: _fitted(measured, everything, mode, recipe) for mode in _MODES}
    rates = measured.rates(everything, recipe)
    return CTRModel(towers=towers, rates=rates, encoder=encoder.fingerprint, origin=origin)


class _Measured:
    """The judged panes with their features and each query's own part of the rates."""

    def __init__(self, panes: Sequence[Pane], encoder: Encoder | None) -> None:
        self.panes = [pane for pane in panes if pane.judged]
        self._queries = [normalize(pane.query) for pane in self.panes]
        if len(set(self._queries)) < 2:
            raise UsageError(
                "panes with clicks of at least two queries are needed to fit a click model", code="bad_data"
            )
        self.tables = [features(pane.query, pane.options, rates=Rates(), encoder=encoder) for pane in self.panes]
        parts: dict[str, list[Rates]] = {}
        for query, pane in zip(self._queries, self.panes, strict=True):
            parts.setdefault(query, []).append(_counts(pane))
        self._own = {query: _once(Rates.total(rates, strength=0.0)) for query, rates in parts.items()}

    def rates(self, places: Sequence[int], recipe: Recipe) -> Rates:
        """Return what the queries of these panes say, what few of them had left out."""
        return self._total(places, recipe).common(recipe.least_queries)

    def choices(self, places: Sequence[int], recipe: Recipe) -> list[Choice]:
        """Return the panes for a fit: each one's rates are those of the other queries."""
        total = self._total(places, recipe)
        return [
            Choice(
                table=self.table(place, total.without(self._own[self._queries[place]]), recipe),
                gains=self.panes[place].gains,
                weight=self.panes[place].weight,
            )
            for place in places
        ]

    def table(self, place: int, rates: Rates, recipe: Recipe) -> Doubles:
        """Return the features of one pane under `rates`, the rare ones of which are dropped as at prediction."""
        pane = self.panes[place]
        known = {key: rates.counts[key] for key in _keys(pane) if key in rates.counts}
        known = {key: count for key, count in known.items() if count[2] >= recipe.least_queries}
        return history(self.tables[place], pane.query, pane.options, Rates(counts=known, strength=recipe.strength))

    def _total(self, places: Sequence[int], recipe: Recipe) -> Rates:
        queries = dict.fromkeys(self._queries[place] for place in places)
        return Rates.total((self._own[query] for query in queries), strength=recipe.strength)


def _fitted(measured: _Measured, places: Sequence[int], mode: Mode, recipe: Recipe) -> Tower:
    """Fit one mode; its calibration rests on scores by weights of the other inner folds."""
    choices = measured.choices(places, recipe)
    folds = [fold_of(f"inner {measured.panes[place].query}", recipe.inner_folds) for place in places]
    odds: list[Doubles] = []
    gains: list[Doubles] = []
    weights: list[Doubles] = []
    for fold in range(recipe.inner_folds):
        rest = [choice for choice, its in zip(choices, folds, strict=True) if its != fold]
        out = [choice for choice, its in zip(choices, folds, strict=True) if its == fold]
        if not rest or not out:
            continue
        inner = fit_weights(rest, mode, without=recipe.without, position=recipe.position, ridge=recipe.ridge)
        for choice in out:
            odds.append(log_odds(inner.scores(choice.table)))
            gains.append(choice.gains)
            weights.append(np.ones(len(choice.gains)))
    curve = calibrate(np.concatenate(odds), np.concatenate(gains), np.concatenate(weights)) if odds else Calibration()
    fitted = fit_weights(choices, mode, without=recipe.without, position=recipe.position, ridge=recipe.ridge)
    return Tower(
        centre=_tuple(fitted.centre),
        scale=_tuple(fitted.scale),
        weights=_tuple(fitted.weights),
        position=_tuple(fitted.position),
        calibration=replace(curve, knots=_tuple(np.array(curve.knots)), values=_tuple(np.array(curve.values))),
    )


def _tuple(values: Doubles) -> tuple[float, ...]:
    # Six digits keep the file small and hide the last bits, which differ between processors.
    return tuple(float(f"{value:.6g}") for value in values)


def _keys(pane: Pane) -> set[str]:
    keys: set[str] = set()
    for option in pane.options:
        new = facet(pane.query, option)
        keys |= {facet_key(new), *(word_key(word) for word in new)}
    return keys


def _counts(pane: Pane) -> Rates:
    """Return what one pane says of its words: clicks above what chance gives each option, and engaged showings."""
    counts: dict[str, Count] = {}
    chance = 1 / len(pane.options)
    for option, rate in zip(pane.options, pane.rates, strict=True):
        new = facet(pane.query, option)
        for key in {facet_key(new), *(word_key(word) for word in new)}:
            above, shown, _ = counts.get(key, (0.0, 0.0, 0))
            counts[key] = (above + pane.weight * (rate - chance), shown + pane.weight, 1)
    return Rates(counts=counts, strength=0.0)


def _once(rates: Rates) -> Rates:
    """Return the counts of one query: however many panes it had, it is one query."""
    return Rates(counts={key: (above, shown, 1) for key, (above, shown, _) in rates.counts.items()}, strength=0.0)
