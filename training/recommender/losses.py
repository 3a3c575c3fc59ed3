"""What a network is taught: the next click among all items, or among some that stand for all; for BERT4Rec hidden ones.

Full softmax:     L = -s_t + log sum_j exp s_j
Sampled softmax:  L = -s_t + log( exp s_t + 1/m sum_{j drawn, j != t} exp(s_j) (1 - q_t) / q_j )

The sum over the m drawn items estimates that over all others without bias (logQ correction): q_j is the chance that
item j is drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from questline.tools.recommendation.neural.nets import BERT4Rec, ItemNet

from .examples import Ids
from .settings import Settings

__all__ = ["Loss", "sampled"]

_LAST = 0.15
"""How often a session of BERT4Rec hides its last click alone, as it is asked later."""


def sampled(states: Tensor, targets: Tensor, net: ItemNet, drawn: Tensor, chances: Tensor) -> Tensor:
    """Return the sampled softmax loss of each state, float [n].

    Args:
        states: [n, D].
        targets: Items to tell, int64 [n], from 1.
        net: Whose embeddings score.
        drawn: Items, int64 [m], from 1, drawn with replacement.
        chances: q of every item, float [N].
    """
    own = (states * net.embeddings[targets - 1]).sum(dim=-1) + net.bias[targets - 1]
    others = states @ net.embeddings[drawn - 1].T + net.bias[drawn - 1]
    others = others - torch.log(chances[drawn - 1]) - math.log(len(drawn))
    others = others + torch.log1p(-chances[targets - 1].clamp(max=0.999))[:, None]
    others = others.masked_fill(drawn[None] == targets[:, None], -math.inf)
    return torch.logsumexp(torch.cat([own[:, None], others], dim=1), dim=1) - own


@dataclass(frozen=True)
class Loss:
    """The loss of a batch, as the settings have it."""

    settings: Settings
    chances: Tensor
    """Of each item to be drawn, float [N]."""

    @classmethod
    def of(cls, settings: Settings, clicks: Ids) -> Loss:
        """Return the loss over items clicked so often, int64 [N]."""
        weights = np.ones(len(clicks)) if settings.sampling == "uniform" else clicks + 1.0
        return cls(settings, torch.tensor(weights / weights.sum(), dtype=torch.float32))

    def __call__(self, net: ItemNet, sessions: Tensor, told: Tensor) -> Tensor:
        """Return the mean loss over the clicks of a batch.

        Args:
            net: In training mode.
            sessions: int64 [B, L], zeros behind.
            told: bool [B, L]: clicks that may be asked for.
        """
        if isinstance(net, BERT4Rec):
            asked = _hidden(told, self.settings.masked)
            states = net.masked_states(sessions, asked)
        else:
            asked = told
            states = net.all_states(sessions)
        chosen, targets = states[asked], sessions[asked]
        if not self.settings.negatives:
            return nn.functional.cross_entropy(net.scores(chosen), targets - 1)
        drawn = torch.multinomial(self.chances, self.settings.negatives, replacement=True) + 1
        return sampled(chosen, targets, net, drawn, self.chances).mean()


def _hidden(told: Tensor, share: float) -> Tensor:
    """Draw which clicks are hidden: a share of each session, or its last one alone; at least one in a batch."""
    b, length = told.shape
    lengths = told.sum(dim=1)
    last = torch.zeros_like(told)
    last[torch.arange(b), (lengths - 1).clamp(min=0)] = True
    drawn = torch.rand((b, length)) < share
    hidden = torch.where(torch.rand((b, 1)) < _LAST, last, drawn) & told
    return hidden if bool(hidden.any()) else last & told
