"""What learning on the live graph adds to a policy: a head for the decisions after evidence, over a network that stays.

    logits(s, lambda) = base(s, lambda) + HEAT * g(s) * h(hidden, features, lambda)

h begins as 0, and the gate g is 1 once a workflow has run and 0 before: the first decision, and everything that is
said of quality and cost, stays what the table taught. One decision of a rollout is drawn from softmax(logits / heat),
since the table leaves a policy too sure of itself to try anything else. [ours]
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from .policy_fitted import FittedNet
from .policy_net import Heads, PolicyNet, squeezed

__all__ = ["HEAT", "LiveNet"]

HEAT: Final = 5.0
"""A logit of the head weighs as much as this many of the table's."""


class LiveNet(nn.Module):
    """A policy whose later decisions learn; see the module."""

    def __init__(self, base: PolicyNet | FittedNet, *, first: bool = False, wide: int = 64) -> None:
        """Put the head over `base`, whose own numbers are frozen.

        Args:
            base: Learnt on a table.
            first: Whether the first decision learns too.
            wide: Width of the head.
        """
        super().__init__()
        shape = base.shape
        self.first = first
        self.base = base
        self.base.requires_grad_(requires_grad=False)
        self.after = nn.Linear(shape.narrow + shape.features + shape.components, wide)
        self.more = nn.Linear(wide, shape.workflows + 2)
        nn.init.zeros_(self.more.weight)
        nn.init.zeros_(self.more.bias)

    def forward(self, vector: Tensor, features: Tensor, weights: Tensor) -> Heads:
        """Judge states; arguments as those of `PolicyNet.forward`."""
        heads = self.base(vector, features, weights)
        seen = [self.base.hidden(vector, features), self.base.scaled(features), squeezed(weights)]
        added = HEAT * self.more(torch.relu(self.after(torch.cat(seen, dim=1))))
        if not self.first:
            tried = features[:, -self.base.shape.workflows :]
            added = added * tried.amax(dim=1, keepdim=True)
        return heads._replace(logits=heads.logits + added)

    def train(self, mode: bool = True) -> LiveNet:
        """Set the mode of the head; nothing is dropped in the frozen part."""
        super().train(mode)
        self.base.eval()
        return self
