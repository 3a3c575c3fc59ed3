"""Ask a network about many prefixes: chances of one item each, ranks, and the difficulty of what is to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import require
from questline.tools.recommendation.neural.config import NetConfig
from questline.tools.recommendation.neural.nets import ItemNet
from questline.tools.recommendation.neural.rows import padded

from .difficulty import output_difficulty, state_difficulty
from .losses import LOSSES, Rows, full_gradients, gram
from .samples import Sample
from .ways import Difficulty

require("torch", feature="unlearning of a network")
import torch  # noqa: E402 because the line above says what to install where it is missing
from torch import Tensor  # noqa: E402 for the same reason

__all__ = [
    "Asked",
    "chances_of",
    "difficulties",
    "joined",
    "log_chances",
    "mean_ndcg",
    "ndcg_of",
    "ranks_of",
    "rows_of",
    "states_of",
    "trained_chances",
]

Doubles: TypeAlias = NDArray[np.float64]


class Asked(Protocol):
    """What can be asked: a network, or several that answer together."""

    @property
    def config(self) -> NetConfig:
        """Of the network."""
        ...

    def logits(self, prefixes: Tensor) -> Tensor:
        """See `ItemNet.logits`."""
        ...


_AT_ONCE: Final = 256
_DEPTH: Final = 10


def log_chances(net: Asked, samples: Sequence[Sample]) -> Tensor:
    """Return the logarithms of the chances of all items after each prefix, [samples, items], with gradients."""
    if isinstance(net, ItemNet):
        return net.scores(states_of(net, samples)).log_softmax(dim=-1)
    length = net.config.max_length
    return net.logits(torch.tensor(padded([each.before[-length:] for each in samples], length))).log_softmax(dim=-1)


def states_of(net: ItemNet, samples: Sequence[Sample]) -> Tensor:
    """Return the state after each prefix, [samples, width], with gradients.

    A causal network reads prefixes of one session once, whatever their number.
    """
    length = net.config.max_length
    befores = [each.before[-length:] for each in samples]
    if not net.causal or not samples:
        return net.states(torch.tensor(padded(befores, length)))
    longest, places = joined(befores)
    rows, ends = torch.tensor(places).T
    return net.after(torch.tensor(padded(longest, length)))[rows, ends]


def joined(prefixes: Sequence[tuple[int, ...]]) -> tuple[list[tuple[int, ...]], list[tuple[int, int]]]:
    """Return the prefixes that no other one continues, and where each of all stands: (place among them, length)."""
    home: dict[tuple[int, ...], int] = {}
    longest: list[tuple[int, ...]] = []
    for each in sorted(set(prefixes), key=len, reverse=True):
        if each not in home:
            for end in range(len(each) + 1):
                home.setdefault(each[:end], len(longest))
            longest.append(each)
    return longest, [(home[each], len(each)) for each in prefixes]


def trained_chances(net: Asked, samples: Sequence[Sample]) -> Tensor:
    """Return the same without gradients, as P_rec is kept."""
    found = [told for told, _ in _parts(net, samples)]
    return torch.cat(found) if found else torch.zeros((0, net.config.items))


def chances_of(net: Asked, samples: Sequence[Sample]) -> Doubles:
    """Return P(item | before) of each sample, float64 [samples]."""
    found = [told.gather(1, columns)[:, 0].exp() for told, columns in _parts(net, samples)]
    return np.concatenate([each.double().numpy() for each in found]) if found else np.zeros(0)


def ranks_of(net: Asked, samples: Sequence[Sample]) -> NDArray[np.int64]:
    """Return the rank of each sample's item among all, from 1; of equal scores the smaller number is first."""
    found: list[NDArray[np.int64]] = []
    for told, columns in _parts(net, samples):
        own = told.gather(1, columns)
        earlier = (told == own) & (torch.arange(told.shape[1]) < columns)
        found.append((1 + (told > own).sum(1) + earlier.sum(1)).numpy())
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def ndcg_of(net: Asked, samples: Sequence[Sample]) -> Doubles:
    """Return the NDCG@10 of each click among all items, float64 [samples]."""
    ranks = ranks_of(net, samples)
    return np.where(ranks <= _DEPTH, 1 / np.log2(ranks + 1), 0.0)


def mean_ndcg(net: Asked, samples: Sequence[Sample]) -> float:
    """Return the mean NDCG@10 of some clicks among all items; 1 where there are none."""
    return float(ndcg_of(net, samples).mean()) if samples else 1.0


def rows_of(told: Tensor, trained: Tensor, samples: Sequence[Sample]) -> Rows:
    """Return samples with what two models say of them, as losses take them; all weigh the same, none is retained."""
    return Rows(
        log_chances=told,
        trained=trained,
        targets=torch.tensor([each.item - 1 for each in samples]),
        successors=torch.tensor([-1 if each.successor is None else each.successor - 1 for each in samples]),
        weights=told.new_ones(len(samples)),
        kept=told.new_zeros(0),
    )


def difficulties(net: ItemNet, trained: Tensor, samples: Sequence[Sample], kind: Difficulty) -> Doubles:
    """Return how hard each sample is to forget, float64 [samples]; larger is harder (spec 07 §2.2, §2.5).

    Args:
        net: In evaluation mode.
        trained: Logarithms of the trained model's chances, [samples, items].
        samples: What is to be forgotten.
        kind: How it is told.
    """
    if kind == "full":
        return np.array([_full(net, trained[at : at + 1], each) for at, each in enumerate(samples)])
    with torch.no_grad():
        if kind == "embedding":
            prefixes = torch.tensor(padded([each.before for each in samples], net.config.max_length))
            items = net.embeddings[torch.tensor([each.item - 1 for each in samples], dtype=torch.int64)]
            return state_difficulty(net.states(prefixes).double().numpy(), items.double().numpy())
        told = log_chances(net, samples).double().exp().numpy() if samples else np.zeros((0, 1))
    before = trained.double().exp().numpy()
    return np.array(
        [
            output_difficulty(
                told[at], before[at], each.item - 1, None if each.successor is None else each.successor - 1
            )
            for at, each in enumerate(samples)
        ]
    )


def _full(net: ItemNet, trained: Tensor, sample: Sample) -> float:
    """Return 1 - cos of grad L_unlearn and grad (L_normal + L_KL) over all parameters."""
    rows = rows_of(log_chances(net, [sample]), trained, [sample])
    losses = [LOSSES["unlearn"](rows), LOSSES["normal"](rows) + LOSSES["kl"](rows)]
    products = gram(full_gradients(losses, [each for each in net.parameters() if each.requires_grad])).numpy()
    lengths = float(np.sqrt(products[0, 0] * products[1, 1]))
    return 1.0 - float(np.clip(products[0, 1] / lengths, -1, 1)) if lengths > 0 else 1.0


def _parts(net: Asked, samples: Sequence[Sample]) -> Iterator[tuple[Tensor, Tensor]]:
    for start in range(0, len(samples), _AT_ONCE):
        part = samples[start : start + _AT_ONCE]
        with torch.no_grad():
            yield log_chances(net, part), torch.tensor([[each.item - 1] for each in part])
