"""SISA-style shards: a network for each part of the sessions; forgetting trains again those that lost a click.

Bourtoule et al., arXiv:1912.03817 §IV, without slices: sessions go to shards by their number, and the answers' chances
are averaged. Forgetting is exact; it costs accuracy, and time for every shard that is touched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from questline.errors import UsageError, require
from questline.tools.recommendation.neural.config import NetConfig
from questline.tools.recommendation.neural.nets import ItemNet

require("torch", feature="unlearning of a network")
import torch  # noqa: E402 because the line above says what to install where it is missing
from torch import Tensor, nn  # noqa: E402 for the same reason

__all__ = ["Together", "shard_of", "shards", "touched"]


class Together(nn.Module):
    """Several networks that answer as one."""

    def __init__(self, nets: Sequence[ItemNet]) -> None:
        super().__init__()
        if not nets:
            raise UsageError("shards need at least one network", argument="nets")
        self.nets = nn.ModuleList(nets)
        self.config: NetConfig = nets[0].config
        self._each = list(nets)

    def logits(self, prefixes: Tensor) -> Tensor:
        """Return the logarithms of the mean chances, [B, items]."""
        told = torch.stack([net.logits(prefixes).log_softmax(dim=-1) for net in self._each])
        return told.logsumexp(dim=0) - torch.log(torch.tensor(float(len(self._each))))


def shard_of(number: int, count: int) -> int:
    """Return the shard of a session."""
    return number % count


def shards(sessions: Mapping[int, Sequence[int]], count: int) -> list[dict[int, Sequence[int]]]:
    """Return the sessions of each shard.

    Raises:
        UsageError: ``bad_argument`` for fewer than 1.
    """
    if count < 1:
        raise UsageError(f"count={count!r} must be at least 1", argument="count")
    found: list[dict[int, Sequence[int]]] = [{} for _ in range(count)]
    for number, items in sessions.items():
        found[shard_of(number, count)][number] = items
    return found


def touched(numbers: Collection[int], count: int) -> list[int]:
    """Return the shards that forgetting clicks of some sessions trains again, rising."""
    return sorted({shard_of(number, count) for number in numbers})
