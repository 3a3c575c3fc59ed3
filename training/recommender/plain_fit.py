"""Train a recommender's network from nothing, in memory: the same work for the trained model and for those retrained.

Full softmax over all items at every click; BERT4Rec tells hidden clicks instead (Cloze). One click each of a tenth of
the sessions is never learnt: by those the best epoch is chosen, and by those a reference for what is forgotten is told.
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
from questline.tools.recommendation.unlearning.asking import mean_ndcg
from questline.tools.recommendation.unlearning.samples import Sample, padded

__all__ = ["Fit", "FitSettings", "fit", "held_clicks", "held_out", "parts"]

_HELD: Final = 0.1
_HIDDEN: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How long and how fast."""

    epochs: int = 100
    patience: int = 4
    """Looks without a better one after which it ends."""
    every: int = 2
    """Epochs from one look to the next."""
    rate: float = 1e-3
    batch: int = 64
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


def held_out(sessions: Mapping[int, Sequence[int]], seed: int) -> frozenset[int]:
    """Return the sessions of three clicks and more, a tenth of them, whose last click is not learnt."""
    long = sorted(number for number, items in sessions.items() if len(items) > 2)
    order: list[int] = np.random.default_rng([seed, 17]).permutation(len(long))[: round(_HELD * len(long))].tolist()
    return frozenset(long[at] for at in order)


def held_clicks(sessions: Mapping[int, Sequence[int]], held: frozenset[int]) -> list[Sample]:
    """Return the clicks that are not learnt: the last of each session of `held` that has three."""
    chosen = [sessions[number] for number in sorted(held) if len(sessions.get(number, ())) > 2]
    return [Sample(before=tuple(items[:-1]), item=items[-1]) for items in chosen]


def parts(sessions: Mapping[int, Sequence[int]], held: frozenset[int], length: int) -> list[list[int]]:
    """Return what is learnt, in parts of at most `length` clicks: sessions less the clicks held out."""
    found: list[list[int]] = []
    for number in sorted(sessions):
        items = list(sessions[number])
        items = items[:-1] if number in held and len(items) > 2 else items
        found += [items[start : start + length] for start in range(0, len(items), length)]
    return found


def fit(
    sessions: Mapping[int, Sequence[int]],
    config: NetConfig,
    *,
    held: frozenset[int],
    settings: FitSettings | None = None,
    hear: Callable[[int, float], None] | None = None,
) -> Fit:
    """Train; the same arguments give the same network on the same machine.

    Args:
        sessions: Number → items from 1, as they are learnt.
        config: Of the network; its seed also shuffles.
        held: Sessions whose last click is not learnt; see `held_out`.
        settings: How long and how fast.
        hear: Told the epoch and the NDCG@10 of each look.
    """
    settings = settings or FitSettings()
    started = time.process_time()
    watched, learnt = held_clicks(sessions, held), parts(sessions, held, config.max_length)
    net, random = made(config), np.random.default_rng(config.seed)
    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        torch.manual_seed(config.seed)  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        optimizer = torch.optim.Adam(net.parameters(), lr=settings.rate)
        best, weights, since, epoch = -1.0, copy.deepcopy(net.state_dict()), 0, 0
        for epoch in range(1, settings.epochs + 1):
            net.train()
            order: list[int] = random.permutation(len(learnt)).tolist()
            for start in range(0, len(order), settings.batch):
                rows = torch.from_numpy(
                    padded([learnt[at] for at in order[start : start + settings.batch]], config.max_length)
                )
                loss = _loss(net, rows)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
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
