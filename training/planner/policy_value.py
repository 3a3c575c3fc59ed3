"""The exact value of a policy over a table.

    J(theta) = E_q E_lambda [ V(start) ],
    V(s) = sum_a pi(a | s) * ( F1 of the draft          for ANSWER
                               0                        for ABSTAIN
                               - <lambda, c_a> + V(s+a)  for a workflow a )

after design section on the planner [ours]; where no decision is left after a workflow, its V is the F1 of the draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from .episodes import KEEP, STATES, Episodes, place_of
from .policy_fitted import FittedNet
from .policy_net import PolicyNet

__all__ = ["Batch", "choices", "values"]

_NEVER: Final = -1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """b questions in all s states; see `Episodes`."""

    vectors: Tensor
    """``[b, v]``."""
    features: Tensor
    """``[b, s, f]``."""
    draft_f1: Tensor
    """``[b, s]``."""
    next_f1: Tensor
    """``[b, s, w]``."""
    costs: Tensor
    """``[b, w, c]``, in units of the scale."""
    legal: Tensor
    """``[b, s, w + 2]``."""

    @classmethod
    def of(cls, episodes: Episodes, vectors: Tensor, scale: Tensor) -> Batch:
        """Make it of all questions of some episodes."""
        return cls(
            vectors=vectors,
            features=torch.as_tensor(episodes.features),
            draft_f1=torch.as_tensor(episodes.draft_f1),
            next_f1=torch.as_tensor(episodes.next_f1),
            costs=torch.as_tensor(episodes.matrix.costs).float() / scale,
            legal=torch.as_tensor(episodes.legal),
        )

    def at(self, places: Tensor) -> Batch:
        """Return the part of some questions."""
        return Batch(
            vectors=self.vectors[places],
            features=self.features[places],
            draft_f1=self.draft_f1[places],
            next_f1=self.next_f1[places],
            costs=self.costs[places],
            legal=self.legal[places],
        )

    def __len__(self) -> int:
        return len(self.vectors)


def choices(net: PolicyNet | FittedNet, batch: Batch, weights: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Judge every state of every question.

    Args:
        net: The network.
        batch: b questions.
        weights: lambda of each, ``[b, c]``.

    Returns:
        Log probabilities ``[b, s, w + 2]`` of what is legal, logits of the quality ``[b, s, w + 1]``, cost and high
        cost ``[b, s, w, c]``.
    """
    b, s, _ = batch.features.shape
    heads = net(
        batch.vectors.repeat_interleave(s, dim=0),
        batch.features.flatten(0, 1),
        weights.repeat_interleave(s, dim=0),
    )
    logits = heads.logits.view(b, s, -1).masked_fill(~batch.legal, _NEVER)
    cost, high = heads.cost.view(b, s, *heads.cost.shape[1:]), heads.high.view(b, s, *heads.high.shape[1:])
    return torch.log_softmax(logits, dim=2), heads.quality.view(b, s, -1), cost, high


def values(shares: Tensor, batch: Batch, weights: Tensor) -> Tensor:
    """Return V of the start: ``[b]``.

    Args:
        shares: Probabilities ``[b, s, w + 2]``, 0 where a choice is not legal.
        batch: What the choices bring.
        weights: lambda, ``[b, c]``.
    """
    price = (batch.costs * weights[:, None]).sum(dim=2)
    known: dict[int, Tensor] = {}
    for place in reversed(range(len(STATES))):  # larger states stand behind smaller ones
        state = STATES[place]
        total = shares[:, place, KEEP] * batch.draft_f1[:, place]
        for w in range(KEEP):
            if w in state:
                continue
            after = place_of(state | {w})
            gain = batch.next_f1[:, place, w] if after is None else known[after]
            total = total + shares[:, place, w] * (gain - price[:, w])
        known[place] = total
    return known[0]
