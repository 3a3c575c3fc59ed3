"""What a network is taught: the next click among all items, or among some that stand for all; for BERT4Rec hidden ones.

Full softmax:     L = -s_t + log sum_j exp s_j
Sampled softmax:  L = -s_t + log( exp s_t + 1/m sum_{j drawn, j != t} exp(s_j) / q_j )

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

__all__ = ["Loss", "hidden", "sampled"]

_CUT = 0.5
"""How often a session of BERT4Rec ends with the click that it hides, as it will be asked; the paper's Cloze alone never
hides what nothing follows but for the last click of a session."""


def sampled(states: Tensor, targets: Tensor, net: ItemNet, drawn: Tensor, chances: Tensor) -> Tensor:
    """Return the sampled softmax loss of each state, float [n].

    Args:
        states: [n, D].
        targets: Items to tell, int64 [n], from 1.
        net: Whose embeddings score.
        drawn: Items, int64 [m], from 1, drawn with replacement.
        chances: q of every item, float [N].
    """
    rows, biases = net.rows(torch.cat([targets, drawn]))  # looked up once: each look-up costs a gradient of all items
    own = (states * rows[: len(targets)]).sum(dim=-1) + biases[: len(targets)]
    others = states @ rows[len(targets) :].T + biases[len(targets) :]
    others = others - torch.log(chances[drawn - 1]) - math.log(len(drawn))
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
            sessions, asked = hidden(sessions, told, self.settings.masked)
            states = net.masked_states(sessions, asked)
        else:
            asked = told
            states = net.all_states(sessions)
        chosen, targets = states[asked], sessions[asked]
        if not self.settings.negatives:
            return nn.functional.cross_entropy(net.scores(chosen), targets - 1)
        drawn = torch.multinomial(self.chances, self.settings.negatives, replacement=True) + 1
        return sampled(chosen, targets, net, drawn, self.chances).mean()


def hidden(sessions: Tensor, told: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Return sessions, some of them cut off behind the one click that they hide, and bool [B, L] of what is hidden.

    A session that is not cut hides each click with the chance `share`; at least one click is hidden in all.
    """
    b, length = told.shape
    chances = torch.rand((b, length)).masked_fill(~told, -1.0)
    last = chances.argmax(dim=1)  # of the clicks that may be asked for, each as likely
    cut = (torch.rand(b) < _CUT)[:, None]
    drawn = (torch.rand((b, length)) < share) & told
    alone = (torch.arange(length)[None] == last[:, None]) & told
    asked = torch.where(cut | ~drawn.any(), alone, drawn)
    behind = cut & (torch.arange(length)[None] > last[:, None])
    return sessions.masked_fill(behind, 0), asked
