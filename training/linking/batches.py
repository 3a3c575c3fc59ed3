"""Batches of examples, some of them changed: columns taken away, features dropped, words over another table."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from questline.tools.tables.linker.features import PAIRS, Seen
from questline.tools.tables.linker.roles import FREE, place_of, role_of
from questline.tools.tables.linker.sight import KINDS
from questline.tools.tables.linker.spoken import FORMS
from questline.tools.tables.linker.vectors import WIDTH

from .examples import IGNORED, Example
from .net import Batch

__all__ = ["Drawn", "alone", "batched", "changed"]

_CASED = 24
"""Place of the capital among the forms."""
_GROUPS = ((0, 1, 6), (2, 3, 4, 5), (7, 8, 9, 11), (10,), (19, 20, 23), (21, 22), (24, 25), (26, 27), (28,))
"""Features of a word beside a column that are dropped together."""

Drawn = tuple[Seen, NDArray[np.intp], NDArray[np.int64], tuple[int, ...], bool]
"""A question over its table, the columns that are kept, the labels over these, what is dropped, whether case stays."""


def _all(seen: Seen) -> NDArray[np.intp]:
    return np.array(range(seen.pairs.shape[1]), np.intp)


def alone(seen: Seen) -> Batch:
    """Return a question over a table as a batch of its own."""
    labels = np.full(len(seen.spoken.words), IGNORED, np.int64)
    return batched([(seen, _all(seen), labels, (), True)])[0]


def changed(example: Example, draw: random.Random, *, less: float, blind: float) -> Drawn:
    """Return an example with columns taken away and features dropped, by chance.

    Args:
        example: The example.
        draw: The chance.
        less: How often columns go; what words say of one that is gone is absent then.
        blind: How often a group of features goes.
    """
    columns = example.seen.pairs.shape[1]
    kept = _all(example.seen)
    labels = example.labels
    if draw.random() < less and columns > 2:
        spared = draw.random() < 0.5
        used = {role_of(int(label))[1] for label in labels if label >= len(FREE)}
        gone = {each for each in range(columns) if draw.random() < 0.3 and not (spared and each in used)}
        kept = np.array([each for each in range(columns) if each not in gone] or [0], np.intp)
        labels = _over(labels, kept)
    dropped = tuple(place for group in _GROUPS for place in group if draw.random() < blind)
    return example.seen, kept, labels, dropped, draw.random() < 0.6


def _over(labels: NDArray[np.int64], kept: NDArray[np.intp]) -> NDArray[np.int64]:
    places = {int(column): place for place, column in enumerate(kept)}
    found = labels.copy()
    for place, label in enumerate(labels):
        if label >= len(FREE):
            role, column = role_of(int(label))
            found[place] = place_of(role, places[column]) if column in places else place_of("absent")
    return found


def batched(drawn: Sequence[Drawn]) -> tuple[Batch, Tensor]:
    """Return a batch and its labels [B, T]."""
    size = len(drawn)
    longest = max(1, *(len(labels) for _, _, labels, _, _ in drawn))
    broadest = max(len(kept) for _, kept, _, _, _ in drawn)
    shapes = {
        "states": (longest, WIDTH), "alone": (longest, WIDTH), "forms": (longest, FORMS),
        "pairs": (longest, broadest, PAIRS), "names": (broadest, WIDTH), "told": (broadest, WIDTH),
        "natures": (broadest, KINDS), "words": (longest,), "columns": (broadest,),
    }  # fmt: skip
    filled = {name: np.zeros((size, *shape), np.float32) for name, shape in shapes.items()}
    target = np.full((size, longest), IGNORED, np.int64)
    for row, (seen, kept, labels, dropped, cased) in enumerate(drawn):
        t, c = len(labels), len(kept)
        filled["states"][row, :t] = seen.spoken.states
        filled["alone"][row, :t] = seen.spoken.alone
        filled["forms"][row, :t] = seen.spoken.forms
        if not cased:
            filled["forms"][row, :t, _CASED] = 0
        pairs = seen.pairs[:, kept].copy()
        pairs[:, :, list(dropped)] = 0
        filled["pairs"][row, :t, :c] = pairs
        filled["names"][row, :c] = seen.names[kept]
        filled["told"][row, :c] = seen.told[kept]
        filled["natures"][row, :c] = seen.natures[kept]
        filled["words"][row, :t] = 1
        filled["columns"][row, :c] = 1
        target[row, :t] = labels
    return Batch(**{name: torch.as_tensor(values) for name, values in filled.items()}), torch.as_tensor(target)
