"""What a network tells of clicks, as the measures of forgetting take it: ranks, chances, distributions, relearning."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from questline.tools.recommendation.unlearning.asking import Asked, log_chances, ranks_of, trained_chances
from questline.tools.recommendation.unlearning.samples import Sample

from .forgetting_metrics import Doubles, divergences, spread
from .ranks import MISSED

__all__ = ["Told", "relearning", "tell"]

_RATE: Final = 1e-3
_RELEARNT: Final = 200
"""Clicks that are learnt again at most, and steps."""
_BATCH: Final = 64
_AT_ONCE: Final = 256


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a network says of some clicks."""

    own: Doubles
    """Chances of the clicks, 0 for items that left."""
    ranks: list[int]
    """Among all items, from 1; `MISSED` for an item that left."""
    sampled: list[int]
    """… among random items that are not in the click's session."""
    spreads: Doubles
    """[first clicks, items], the whole distributions, none of them 0; see `spread`."""

    def against(self, retrained: Told) -> list[tuple[float, float]]:
        """Return KL(retrained || this) and Jensen-Shannon of each distribution."""
        return [divergences(one, other) for one, other in zip(retrained.spreads, self.spreads, strict=True)]


def tell(
    net: Asked, samples: Sequence[Sample], gone: Collection[int], *, negatives: int, seed: int, compared: int
) -> Told:
    """Ask a network; items that left have no chance, and the others share theirs.

    Args:
        net: In evaluation mode.
        samples: The clicks that are to be told.
        gone: Items that left.
        negatives: Random items that a click is ranked among.
        seed: Of these.
        compared: Distributions that are kept.
    """
    columns = np.array(sorted(item - 1 for item in gone), np.int64)
    own: list[float] = []
    ranks: list[int] = []
    sampled: list[int] = []
    spreads: list[Doubles] = []
    for start in range(0, len(samples), _AT_ONCE):
        part = samples[start : start + _AT_ONCE]
        chances = trained_chances(net, part).double().exp().numpy()
        chances[:, columns] = 0
        chances /= np.maximum(chances.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        for at, (sample, row) in enumerate(zip(part, chances, strict=True), start):
            target = sample.item - 1
            own.append(float(row[target]))
            if len(spreads) < compared:
                spreads.append(spread(row))
            if sample.item in gone:
                ranks.append(MISSED)
                sampled.append(MISSED)
                continue
            ranks.append(1 + int((row > row[target]).sum()) + int((row[:target] == row[target]).sum()))
            if not negatives:
                continue
            drawn = np.random.default_rng([seed, at]).permutation(len(row))[: negatives + len(sample.before) + 1]
            drawn = drawn[~np.isin(drawn, [target, *(item - 1 for item in sample.before)])][:negatives]
            sampled.append(1 + int((row[drawn] > row[target]).sum()))
    return Told(
        own=np.array(own), ranks=ranks, sampled=sampled, spreads=np.array(spreads) if spreads else np.zeros((0, 1))
    )


def relearning(net: Asked, samples: Sequence[Sample], hits: float, depth: int, seed: int) -> int:
    """Return the steps of learning forgotten clicks after which a share of `hits` of them is told again.

    Adam with 1e-3, without dropout, at most 64 clicks a step and 200 steps; 200 too where that is not enough.
    """
    other = cast("nn.Module", copy.deepcopy(net)).eval()
    asked, chosen = cast("Asked", other), list(samples[:_RELEARNT])
    optimizer, random = torch.optim.Adam(other.parameters(), lr=_RATE), np.random.default_rng(seed)
    for step in range(_RELEARNT):
        if float((ranks_of(asked, chosen) <= depth).mean()) >= hits:
            return step
        drawn: list[int] = random.permutation(len(chosen))[:_BATCH].tolist()
        batch = [chosen[at] for at in drawn]
        loss = functional.nll_loss(log_chances(asked, batch), torch.tensor([each.item - 1 for each in batch]))
        optimizer.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        optimizer.step()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
    return _RELEARNT
