"""Learn a network from sessions, step by step; the same seed takes the same steps, also after a resume."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from questline.tools.recommendation.neural.nets import ItemNet, build
from questline.tools.recommendation.neural.rows import padded

from .examples import Asked, Examples, Ids
from .losses import Loss
from .settings import Settings

__all__ = ["Fitting", "ndcg", "ranks"]

_BUCKETS: Final = 20
"""Batches whose sessions are sorted by length together, so that little of a batch is padding."""
_CLIP: Final = 5.0
_ASKED: Final = 256
"""Clicks that are asked for at once."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A session, or a part of one that is longer than what is read."""

    clicks: Ids
    first: int
    """From which click on they are asked for."""


class Fitting:
    """A network in the making."""

    def __init__(self, examples: Examples, settings: Settings, seed: int) -> None:
        self.net: ItemNet = build(settings.config(len(examples.items), seed))
        self._settings, self._seed = settings, seed
        self._pieces = [piece for each in examples.learnt for piece in _pieces(each, settings)]
        self._loss = Loss.of(settings, examples.clicks)
        self._optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=settings.rate, betas=(0.9, 0.98), weight_decay=settings.decay, fused=True
        )

    @property
    def per_epoch(self) -> int:
        """Steps in which every session is learnt once."""
        return math.ceil(len(self._pieces) / self._settings.batch)

    @property
    def steps(self) -> int:
        """Steps of all epochs."""
        return self.per_epoch * self._settings.epochs

    def run(self, done: int = 0) -> Iterator[float]:
        """Learn on from step `done`, yielding each step's loss after it was taken."""
        for epoch in range(done // self.per_epoch, self._settings.epochs):
            batches = self._batches(epoch)
            for batch in batches[done % self.per_epoch if epoch == done // self.per_epoch else 0 :]:
                yield self._step(batch)

    def state(self) -> dict[str, Any]:
        """Return weights and the optimizer's state."""
        return {"net": self.weights(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` returned."""
        self.net.load_state_dict(state["net"])
        self._optimizer.load_state_dict(dict(state["optimizer"]))

    def weights(self) -> dict[str, Tensor]:
        """Return a copy of the weights."""
        return {name: tensor.detach().clone() for name, tensor in self.net.state_dict().items()}

    def _batches(self, epoch: int) -> list[list[_Piece]]:
        """Return an epoch's batches: sessions of like lengths together, in random order."""
        random = np.random.default_rng([self._seed, epoch])
        order = random.permutation(len(self._pieces))
        size = self._settings.batch
        found: list[list[_Piece]] = []
        for start in range(0, len(order), size * _BUCKETS):
            some: list[_Piece] = [self._pieces[int(place)] for place in order[start : start + size * _BUCKETS]]
            some.sort(key=lambda piece: len(piece.clicks))
            found += [some[at : at + size] for at in range(0, len(some), size)]
        return [found[int(place)] for place in random.permutation(len(found))]

    def _step(self, batch: Sequence[_Piece]) -> float:
        sessions = torch.tensor(padded([each.clicks for each in batch], self._settings.max_length))
        first = torch.tensor([each.first for each in batch])
        told = (sessions != 0) & (torch.arange(sessions.shape[1])[None] >= first[:, None])
        self.net.train()
        loss = self._loss(self.net, sessions, told)
        self._optimizer.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), _CLIP)
        self._optimizer.step()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        return float(loss.detach())


def ranks(net: ItemNet, asked: Sequence[Asked], *, exclude_seen: bool) -> Ids:
    """Return the rank of each click among all items, from 1, ties against it: int64 [n]; changes nothing of `net`."""
    was = net.training
    net.eval()
    found: list[Ids] = []
    with torch.no_grad():
        for start in range(0, len(asked), _ASKED):
            some = asked[start : start + _ASKED]
            sessions = torch.tensor(padded([each.before for each in some], net.config.max_length))
            targets = torch.tensor([each.item for each in some])[:, None] - 1
            logits = net.logits(sessions)
            own = logits.gather(1, targets)
            better = logits >= own
            if exclude_seen:
                for row, each in enumerate(some):
                    better[row, torch.tensor(each.before - 1)] = False
            better.scatter_(1, targets, value=False)
            found.append(1 + better.sum(dim=1).numpy())
    net.train(was)
    return np.concatenate(found)


def ndcg(found: Ids, depth: int = 10) -> float:
    """Return the mean NDCG of ranks at a depth."""
    return float(np.where(found <= depth, 1 / np.log2(found + 1), 0.0).mean())


def _pieces(clicks: Ids, settings: Settings) -> Iterator[_Piece]:
    """Cut a session that is longer than is read; the first click of a piece that has some before it is not asked."""
    length = settings.max_length
    for end in range(len(clicks), 0, -length):
        start = max(0, end - length)
        yield _Piece(clicks[start:end], 1 if start else 0)
