"""Estimate how likely each suggestion of a pane is to be clicked, its slot left out of the account.

The model is a conditional softmax over the options of one pane: score_i = weights · features_i, and in training alone a
term g(slot) beside it. At prediction every option stands in the first slot, so that g says nothing. The log odds of an
option against the others of its pane go through a calibration curve. Which formula and data: spec 06 §2.3 (ours; the
paper, arXiv:2507.04072, names no formula), and the model card beside the shipped file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from questline.tools.models.encoder import dense_is_reliable

from .ctr_calibration import Calibration
from .ctr_features import FEATURES, GROUPS, Doubles, Encoder, features
from .ctr_rates import Rates

__all__ = ["SLOTS", "CTRModel", "Mode", "Tower", "log_odds", "used"]

Mode: TypeAlias = Literal["words", "encoder"]
SLOTS: Final = 5
"""Slots that the position tower tells apart; later ones count as the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tower:
    """What was fitted for scoring with or without an encoder."""

    centre: tuple[float, ...]
    """Mean of each feature in training."""
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    """[len(FEATURES)], of the standardised features; 0 for the features that the mode lacks."""
    position: tuple[float, ...]
    """g of each slot, the first one's 0; for looking at, and for slot-aware scores."""
    calibration: Calibration

    def scores(self, table: Doubles) -> Doubles:
        """Return the slot-blind score of each row of `table`, [n, len(FEATURES)]."""
        standard = (table - np.array(self.centre)) / np.array(self.scale)
        return standard @ np.array(self.weights)

    def slot_terms(self, count: int) -> Doubles:
        """Return g of the first `count` slots."""
        return np.array([self.position[min(slot, SLOTS - 1)] for slot in range(count)])


@dataclass(frozen=True, slots=True, kw_only=True)
class CTRModel:
    """A fitted click model; `questline.tools.suggestion.ctr_file` saves and loads it."""

    towers: Mapping[Mode, Tower]
    rates: Rates
    encoder: str
    """Fingerprint of the encoder that the mode ``encoder`` was fitted with."""
    origin: Mapping[str, str | int | float]
    """Where it comes from: command, data, licence, figures."""

    def tower(self, query: str, encoder: Encoder | None) -> tuple[Tower, Encoder | None]:
        """Return what scores `query`: words alone without the model's own encoder, or where it does not understand."""
        if encoder is None or encoder.fingerprint != self.encoder or not dense_is_reliable(query):
            return self.towers["words"], None
        return self.towers["encoder"], encoder

    def scores(self, query: str, options: Sequence[str], *, encoder: Encoder | None = None) -> Doubles:
        """Return a score for each of `options`, comparable inside this pane; never seen queries and words are fine."""
        tower, with_encoder = self.tower(query, encoder)
        return tower.scores(features(query, options, rates=self.rates, encoder=with_encoder))

    def predict(
        self, query: str, options: Sequence[str], *, encoder: Encoder | None = None, shown: int | None = None
    ) -> Doubles:
        """Return for each option the probability that it is the one clicked when one of its pane is.

        Args:
            query: What the user asked.
            options: The pane, or a larger pool that the pane will be chosen from.
            encoder: See `tower`.
            shown: How many of a pool will be shown; each is then weighed against so many average ones. All by default.
        """
        if not options:
            return np.zeros(0)
        tower, with_encoder = self.tower(query, encoder)
        scores = tower.scores(features(query, options, rates=self.rates, encoder=with_encoder))
        return tower.calibration.apply(log_odds(scores, shown=shown))


def log_odds(scores: Doubles, *, shown: int | None = None) -> Doubles:
    """Return the log odds of each option against the rest of its pane under the softmax of `scores`.

    An option that stands alone is weighed against one average option of the training data, whose score is 0.

    Args:
        scores: [n], of one pane or pool.
        shown: Size of the pane when `scores` are of a larger pool: the rest then is ``shown - 1`` average ones of it.
    """
    if len(scores) == 1:
        return scores.copy()
    top = float(scores.max())
    shares = np.exp(scores - top)
    rest = np.maximum(shares.sum() - shares, 1e-12)
    if shown is not None:
        rest = rest / (len(scores) - 1) * max(1, min(shown, len(scores)) - 1)
    return scores - top - np.log(rest)


def used(mode: Mode) -> tuple[bool, ...]:
    """Say for each feature whether `mode` has it."""
    return tuple(mode == "encoder" or name not in GROUPS["encoder"] for name in FEATURES)
