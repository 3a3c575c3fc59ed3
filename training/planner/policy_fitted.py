"""A policy that is linear in what it sees, apart for what was run: expected quality and cost, and what may follow.

    logits(s, a, lambda) = ( Q(s, a) + G(s, a, t) - <lambda, c(s, a)> ) / tau,   t = <lambda, c2>

Q, the F1 to expect of each workflow and of the draft, and c are linear in the features, hinges of the draft's
confidence, and its products with the shape of the question. They have coefficients of their own before the first
workflow, with the draft of each one, with a draft after two, and without a draft. G is what a second workflow is
expected to add to a first, known at a few prices t of a second workflow (c2 is its mean cost) and linear between them;
it is 0 once something was run. A third workflow would have to be worth more than a right answer: on the questions of
cross-validation it never paid. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from questline.agents.workflow_planner.features import NAMES

from .columns import TOP
from .policy_net import TAU, Heads, Shape

__all__ = ["FAR", "KNOTS", "LEAST", "THIRD", "FittedNet", "experts", "width"]

KNOTS: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Prices of a second workflow that G is fitted at, as weights of its mean calls."""
LEAST: Final = 1e-4
"""An F1 that is told is at least this, and at most 1 less this."""
THIRD: Final = 1.0
"""F1 that a third workflow must bring beside its price."""
_HINGES: Final = (0.1, 0.2, 0.35, 0.5, 0.7)
_CONFIDENCE: Final = NAMES.index("confidence")
_DRAFTED: Final = NAMES.index("drafted")
FAR: Final = 9.0
"""More than workflows can be run: what shuts a gate."""
_PRODUCTS: Final = tuple(
    (NAMES.index(shape), NAMES.index(other))
    for shape in NAMES
    if shape.startswith("shape_")
    for other in ("confidence", "agreement")
)
_WORKFLOWS: Final = len(TOP)


def experts() -> int:
    """Return how many sets of coefficients there are.

    Before the first workflow, with the draft of each workflow alone, with a draft after more, without a draft.
    """
    return _WORKFLOWS + 3


def width() -> int:
    """Return how many numbers are made of the features."""
    return len(NAMES) + len(_HINGES) + len(_PRODUCTS)


@dataclass(frozen=True, slots=True)
class _Bends:
    """Hinges as one layer: ``relu(features @ weight + bias)``."""

    weight: Tensor
    """``[f, h]``."""
    bias: Tensor
    """``[h]``."""

    @classmethod
    def made(cls) -> _Bends:
        """Return ``max(0, confidence - t)``, and products of 0 or 1 with a number in [0, 1]: ``max(0, x + y - 1)``."""
        count = len(_HINGES) + len(_PRODUCTS)
        weight, bias = torch.zeros(len(NAMES), count), torch.zeros(count)
        for place, at in enumerate(_HINGES):
            weight[_CONFIDENCE, place], bias[place] = 1.0, -at
        for place, (one, other) in enumerate(_PRODUCTS, start=len(_HINGES)):
            weight[one, place] = weight[other, place] = 1.0
            bias[place] = -1.0
        return cls(weight, bias)


class FittedNet(nn.Module):
    """See the module; `questline.training.planner.policy_ridge` fills it."""

    mean: Tensor
    spread: Tensor
    bend: Tensor
    bent: Tensor
    said: Tensor
    over: Tensor
    follows: Tensor
    second: Tensor

    def __init__(self, components: int) -> None:
        """Make one that knows nothing.

        Args:
            components: Costs, c.
        """
        super().__init__()
        w, c, m = _WORKFLOWS, components, width()
        bends = _Bends.made()
        self.shape = Shape(features=len(NAMES), components=c, workflows=w, wide=m, narrow=m, dropout=0.0)
        self.register_buffer("bend", bends.weight)
        self.register_buffer("bent", bends.bias)
        for name, shape in {
            "said": (experts() * (m + 1), w + 1 + w * c),  # quality, then cost
            "over": (experts(), w * c),  # what the quantile lies above the mean
            "follows": (m + 1, len(KNOTS) * w),
            "second": (c,),
            "mean": (m,),
        }.items():
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("spread", torch.ones(m))

    def basis(self, features: Tensor) -> Tensor:
        """Return the features, their hinges and products, not yet scaled: ``[n, m]``."""
        return torch.cat([features, torch.relu(features @ self.bend + self.bent)], dim=1)

    def hidden(self, vector: Tensor, features: Tensor) -> Tensor:
        """Return what all heads read, ``[n, m]``; the sentence vector is not read."""
        del vector
        return (self.basis(features) - self.mean) / self.spread

    def scaled(self, features: Tensor) -> Tensor:
        """Return the features with mean 0 and spread 1 over the table: ``[n, f]``."""
        return self.hidden(features, features)[:, : len(NAMES)]

    @staticmethod
    def expert(features: Tensor) -> Tensor:
        """Return which coefficients count: one 1 in each row of ``[n, experts]``."""
        tried, drafted = features[:, -_WORKFLOWS:], features[:, _DRAFTED, None]
        many = tried.sum(dim=1, keepdim=True)
        alone, more = 2 * tried - many + drafted - 1, many + FAR * (drafted - 1) - 1
        return torch.cat([1 - many, alone, more, many - FAR * drafted], dim=1).clamp(0, 1)

    def forward(self, vector: Tensor, features: Tensor, weights: Tensor) -> Heads:
        """Judge states; arguments as those of `PolicyNet.forward`."""
        n, w, c = len(features), _WORKFLOWS, self.shape.components
        hidden = self.hidden(vector, features)
        with_one = torch.cat([hidden, torch.ones_like(hidden[:, :1])], dim=1)
        expert = self.expert(features)
        told = (expert[:, :, None] * with_one[:, None]).flatten(1) @ self.said
        quality, cost = told[:, : w + 1], told[:, w + 1 :].relu()
        high = cost + expert @ self.over
        price = (cost.view(n, w, c) * weights[:, None]).sum(dim=2)
        nothing = torch.zeros_like(price[:, :1])
        utility = quality - torch.cat([price, nothing], dim=1)
        third = (features[:, -w:].sum(dim=1, keepdim=True) - 1).clamp(0, 1)
        added = expert[:, :1] * self._follows(with_one, weights) - THIRD * third
        logits = torch.cat([utility[:, :w] + added, utility[:, w:], nothing], dim=1) / TAU
        odds = torch.logit(quality.clamp(LEAST, 1 - LEAST))
        return Heads(odds, cost.view(n, w, c), high.view(n, w, c), logits)

    def _follows(self, with_one: Tensor, weights: Tensor) -> Tensor:
        """Return G, ``[n, w]``: at each knot, and linear between them."""
        at = (with_one @ self.follows).view(-1, len(KNOTS), _WORKFLOWS)
        price = (weights @ self.second)[:, None]
        total = at[:, 0]
        for place in range(1, len(KNOTS)):
            gap = KNOTS[place] - KNOTS[place - 1]
            total = total + ((price - KNOTS[place - 1]) / gap).clamp(0, 1) * (at[:, place] - at[:, place - 1])
        return total
