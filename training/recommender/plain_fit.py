"""Train a recommender's network from nothing, in memory: the same work for the trained model and for those retrained.

Full softmax over all items at every click; BERT4Rec tells hidden clicks instead (Cloze). One click each of a tenth of
the sessions is never learnt: by those the best epoch is chosen, and by those a reference for what is forgotten is told.

Not `questline.training.recommender.fitting`, though close to it: that one sorts batches by length, cuts sessions from
their ends, clips gradients, may end BERT4Rec's sessions early, and lives on torch's global draws, which the driver's
checkpoints hold. To join them would change every figure of docs/results.md on forgetting in a network.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from questline.tools.recommendation.neural import NetConfig, made
from questline.tools.recommendation.neural.nets import BERT4Rec, ItemNet
from questline.tools.recommendation.neural.rows import padded
from questline.tools.recommendation.unlearning.asking import mean_ndcg
from questline.tools.recommendation.unlearning.samples import Sample

__all__ = ["Fit", "FitSettings", "fit", "held_out"]

_HELD: Final = 0.1
_HIDDEN: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How long and how fast."""

    epochs: int = 100
    patience: int = 3
    """Looks without a better one after which it ends."""
    every: int = 2
    """Epochs from one look to the next."""
    rate: float = 3e-3
    """Of Adam: on LastFM as good as the 1e-3 of the papers, in a third of the time."""
    batch: int = 32
    """Sessions, or parts of long ones, in a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A trained network."""

    net: ItemNet
    """In evaluation mode, with the weights of its best epoch."""
    epochs: int
    """Trained in all."""
    ndcg: float
    """NDCG@10 of the clicks held out, at the best epoch."""
    seconds: float
    """Of the processor."""


def held_out(sessions: Mapping[int, Sequence[object]], seed: int) -> dict[int, set[int]]:
    """Return the clicks that nothing learns: number → place, one in the second half of a tenth of the sessions."""
    random = np.random.default_rng([seed, 17])
    long = sorted(number for number, items in sessions.items() if len(items) > 2)
    order: list[int] = random.permutation(len(long))[: round(_HELD * len(long))].tolist()
    chosen = sorted(long[at] for at in order)
    return {n: {int(random.integers(len(sessions[n]) // 2, len(sessions[n])))} for n in chosen}


def fit(
    sessions: Mapping[int, Sequence[int]],
    config: NetConfig,
    *,
    watched: Sequence[Sample],
    settings: FitSettings | None = None,
    hear: Callable[[int, float], None] | None = None,
) -> Fit:
    """Train; the same arguments give the same network on the same machine.

    Args:
        sessions: Number → items from 1, as they are learnt.
        config: Of the network; its seed also shuffles.
        watched: Clicks that are not among them, by which the best epoch is chosen.
        settings: How long and how fast.
        hear: Told the epoch and the NDCG@10 of each look.
    """
    settings = settings or FitSettings()
    started = time.process_time()
    length = config.max_length
    learnt = [
        list(sessions[number][start : start + length])
        for number in sorted(sessions)
        for start in range(0, len(sessions[number]), length)
    ]
    net, random = made(config), np.random.default_rng(config.seed)
    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        torch.manual_seed(config.seed)  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        optimizer = torch.optim.Adam(net.parameters(), lr=settings.rate)
        best, weights, since, epoch = -1.0, copy.deepcopy(net.state_dict()), 0, 0
        for epoch in range(1, settings.epochs + 1):
            net.train()
            order: list[int] = random.permutation(len(learnt)).tolist()
            for start in range(0, len(order), settings.batch):
                rows = torch.tensor(
                    padded([learnt[at] for at in order[start : start + settings.batch]], config.max_length)
                )
                loss = _loss(net, rows)
                optimizer.zero_grad()
                loss.backward()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
                optimizer.step()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
            if epoch % settings.every and epoch < settings.epochs:
                continue
            net.eval()
            now = mean_ndcg(net, watched)
            if hear is not None:
                hear(epoch, now)
            since += 1
            if now > best:
                best, weights, since = now, copy.deepcopy(net.state_dict()), 0
            if since >= settings.patience:
                break
        net.load_state_dict(weights)
    return Fit(net=net.eval(), epochs=epoch, ndcg=best, seconds=time.process_time() - started)


def _loss(net: ItemNet, rows: Tensor) -> Tensor:
    """Return the mean cross-entropy of the clicks of a batch, int64 [B, L]."""
    if isinstance(net, BERT4Rec):
        there = rows != 0
        asked = there & (torch.rand(rows.shape) < _HIDDEN)
        last = torch.nn.functional.one_hot(there.sum(1).clamp(min=1) - 1, rows.shape[1]).bool()
        asked = torch.where(torch.rand(len(rows), 1) < _HIDDEN, last & there, asked)
        states = net.masked_states(rows, asked)
    else:
        asked, states = rows != 0, net.all_states(rows)
    if not bool(asked.any()):
        return states.sum() * 0.0
    return functional.cross_entropy(net.scores(states[asked]), rows[asked] - 1)
