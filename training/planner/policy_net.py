"""The policy as a torch network: expected quality and cost of every choice, and a correction learnt end to end.

    U(q, w, lambda) = Q(q, w) - <lambda, c(q, w)>
    pi(a | q, lambda) = softmax(g(phi, lambda) + U / tau)

Q and c are fitted to what happened; g, which sees lambda too, is fitted to the exact expected utility, so that it holds
what U cannot: that a workflow may be followed by another one. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["TAU", "Heads", "PolicyNet", "Shape", "squeezed"]

TAU: Final = 0.05
"""Difference of utility that counts as one logit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Widths."""

    vector: int = 384
    features: int
    components: int
    workflows: int = 8
    wide: int = 192
    narrow: int = 128
    dropout: float = 0.2


class Heads(NamedTuple):
    """What the network says of n states."""

    quality: Tensor
    """Logits ``[n, w + 1]``: expected F1 after each workflow, and of the draft as it is."""
    cost: Tensor
    """``[n, w, c]``, in units of the scale."""
    high: Tensor
    """``[n, w, c]``: what the cost stays under in 99 of 100 cases."""
    logits: Tensor
    """``[n, w + 2]`` of the policy; what may not be chosen is the caller's to mask."""


def squeezed(weights: Tensor) -> Tensor:
    """Return lambda as the network reads it: small weights apart, large ones close."""
    return torch.log1p(10 * weights)


class PolicyNet(nn.Module):
    """See the module."""

    mean: Tensor
    spread: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        w, c = shape.workflows, shape.components
        self.question = nn.Linear(shape.vector, shape.wide, bias=False)
        self.seen = nn.Linear(shape.features, shape.wide)
        self.trunk = nn.Linear(shape.wide, shape.narrow)
        self.quality = nn.Linear(shape.narrow, w + 1)
        self.cost = nn.Linear(shape.narrow, w * c)
        self.more = nn.Linear(shape.narrow, w * c)
        self.choice = nn.Linear(shape.narrow + c, shape.narrow)
        self.logits = nn.Linear(shape.narrow, w + 2)
        self.drop = nn.Dropout(shape.dropout)
        self.register_buffer("mean", torch.zeros(shape.features))
        self.register_buffer("spread", torch.ones(shape.features))
        nn.init.zeros_(self.logits.weight)
        nn.init.zeros_(self.logits.bias)

    def forward(self, vector: Tensor, features: Tensor, weights: Tensor) -> Heads:
        """Judge states.

        Args:
            vector: ``[n, v]``, L2-normalised.
            features: ``[n, f]``, as `questline.agents.workflow_planner.features.vector` gives them.
            weights: lambda, ``[n, c]``.
        """
        w, c = self.shape.workflows, self.shape.components
        hidden = self.hidden(vector, features)
        quality = self.quality(hidden)
        cost = nn.functional.softplus(self.cost(hidden)).view(-1, w, c)
        high = cost + nn.functional.softplus(self.more(hidden)).view(-1, w, c)
        chosen = torch.relu(self.choice(torch.cat([hidden, squeezed(weights)], dim=1)))
        priced = torch.sigmoid(quality).detach()
        price = (cost.detach() * weights[:, None]).sum(dim=2)
        utility = torch.cat([priced[:, :w] - price, priced[:, w:], torch.zeros_like(priced[:, :1])], dim=1)
        return Heads(quality, cost, high, self.logits(chosen) + utility / TAU)

    def scaled(self, features: Tensor) -> Tensor:
        """Return features with mean 0 and spread 1 over the table."""
        return (features - self.mean) / self.spread

    def hidden(self, vector: Tensor, features: Tensor) -> Tensor:
        """Return what all heads read: ``[n, narrow]``."""
        first = torch.relu(self.drop(self.question(vector)) + self.seen(self.scaled(features)))
        return torch.relu(self.trunk(first))
