"""Texts as the fit sees them: sparse columns of their pieces, dense ones of layout and length; numpy alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from questline.tools.writing.reward_model.features import lengths, pieces, surface
from questline.tools.writing.types import FloatArray

__all__ = ["Bags", "Texts", "read_texts", "vocabulary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bags:
    """A sparse matrix [texts, pieces] of zeros and ones, each row divided by the root of its ones."""

    starts: NDArray[np.int64]
    """[n + 1]: row i has ``columns[starts[i]:starts[i + 1]]``."""
    columns: NDArray[np.int64]
    width: int

    @property
    def counts(self) -> FloatArray:
        """Return the pieces of each row, at least 1."""
        return np.maximum(np.diff(self.starts), 1).astype(np.float64)

    def times(self, weights: FloatArray) -> FloatArray:
        """Return the rows' sums of `weights`, over the roots of their sizes: [n]."""
        told = np.zeros(len(self.columns) + 1)
        np.cumsum(weights[self.columns], out=told[1:])
        return (told[self.starts[1:]] - told[self.starts[:-1]]) / np.sqrt(self.counts)

    def transposed(self, values: FloatArray, *, power: float = 0.5) -> FloatArray:
        """Return for each piece the sum of `values` of the rows that hold it, each over its size to that `power`."""
        spread = np.repeat(values / self.counts**power, np.diff(self.starts))
        return np.bincount(self.columns, spread, self.width).astype(np.float64)

    def rows(self, chosen: NDArray[np.int64]) -> Bags:
        """Return some of the rows."""
        sizes = np.diff(self.starts)[chosen]
        starts = np.zeros(len(sizes) + 1, np.int64)
        np.cumsum(sizes, out=starts[1:])
        places = np.arange(int(starts[-1])) - np.repeat(starts[:-1] - self.starts[chosen], sizes)
        return Bags(starts=starts, columns=self.columns[places], width=self.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Everything of n texts that a reward model knows."""

    bags: Bags
    surface: FloatArray
    """[n, surface features], as they are."""
    length: FloatArray
    """[n, 2]: see `questline.tools.writing.reward_model.features.lengths`."""


def vocabulary(texts: Sequence[str], orders: tuple[int, ...], least: int) -> dict[str, int]:
    """Return the pieces that at least so many of `texts` hold, each with its column."""
    held: Counter[str] = Counter()
    for text in texts:
        held.update(pieces(text, orders))
    return {piece: column for column, piece in enumerate(sorted(piece for piece, n in held.items() if n >= least))}


def read_texts(
    queries: Sequence[str], texts: Sequence[str], orders: tuple[int, ...], known: Mapping[str, int]
) -> Texts:
    """Return the columns of texts, the pieces that are not `known` left out."""
    rows = [sorted(known[piece] for piece in pieces(text, orders) if piece in known) for text in texts]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    columns = np.array([column for row in rows for column in row], np.int64)
    told = [surface(query, text) for query, text in zip(queries, texts, strict=True)]
    return Texts(
        bags=Bags(starts=starts, columns=columns, width=len(known)),
        surface=np.array(told, np.float64),
        length=np.array([lengths(text) for text in texts]),
    )
