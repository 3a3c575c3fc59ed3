"""The reward model as it is served: a sum over a text's pieces, its layout and its length; numpy and no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from questline.errors import UsageError
from questline.tools.writing.types import FloatArray

from .features import LENGTHS, SURFACE, lengths, pieces, surface

__all__ = ["CharacterRewardModel", "Linear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A few columns, brought to a common scale, and their weights."""

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]

    def of(self, columns: FloatArray) -> FloatArray:
        """Return the sum for each row of `columns`, [n, k]."""
        return ((columns - np.asarray(self.centre)) / np.asarray(self.scale)) @ np.asarray(self.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterRewardModel:
    """Bradley-Terry logits of texts: the difference of two is the log odds that the first is preferred.

    ``score = sum of its pieces' weights / sqrt(number of its known pieces) + layout + length``; length has a weight
    only so that the whole score does not go with it, see `questline.training.writer.reward_model`.
    """

    orders: tuple[int, ...]
    """Lengths of the pieces, in characters."""
    weights: Mapping[str, float]
    """By piece; one that was not learnt counts as absent."""
    surface: Linear
    """Of `features.SURFACE`."""
    length: Linear
    """Of `features.LENGTHS`."""
    origin: Mapping[str, str | int | float] = field(default_factory=dict[str, "str | int | float"])
    """How it was made: command, data, licence, figures."""

    def __post_init__(self) -> None:
        for part, names in ((self.surface, SURFACE), (self.length, LENGTHS)):
            if not len(part.centre) == len(part.scale) == len(part.weights) == len(names):
                raise UsageError("a reward model has other features than this version's", code="bad_model_file")

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return one Bradley-Terry logit a text, [len(texts)]; an empty text scores as one without known pieces."""
        if not texts:
            return np.zeros(0)
        told = np.array([self._pieces(text) for text in texts])
        told += self.surface.of(np.array([surface(query, text) for text in texts]))
        return told + self.length.of(np.array([lengths(text) for text in texts]))

    def _pieces(self, text: str) -> float:
        known = [weight for piece in pieces(text, self.orders) if (weight := self.weights.get(piece)) is not None]
        return sum(known) / len(known) ** 0.5 if known else 0.0
