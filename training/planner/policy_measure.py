"""What a policy learns from and is measured by: weights of the costs, errors of its estimates, gain over a constant."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from questline.training.recipe import Figures

from . import baselines
from .baselines import LAMBDAS
from .columns import TOP
from .episodes import Episodes
from .mix import entropy
from .policy_fitted import FittedNet
from .policy_net import PolicyNet
from .policy_value import Batch, choices
from .rewards import utilities, weights
from .ways import likeliest

__all__ = ["drawn_weights", "errors", "gains"]

_QUANTILE: Final = 0.99
_LEAST: Final = 0.01
_MOST: Final = 2.0


def drawn_weights(count: int, components: int) -> Tensor:
    """Draw lambda for each of `count` questions: each weight is 0 in half of the draws, else between .01 and 2."""
    size = torch.exp(torch.empty(count, components).uniform_(math.log(_LEAST), math.log(_MOST)))
    return size * (torch.rand(count, components) < 0.5)


def gains(
    net: PolicyNet | FittedNet, train: Episodes, held: Episodes, batch: Batch, scale: np.ndarray[Any, Any]
) -> Figures:
    """Return ``held-out gain`` over the best constant chosen on `train`, in the mean over `LAMBDAS` and at each."""
    net.eval()
    found: dict[str, float] = {}
    first: Counter[int] = Counter()
    total = 0.0
    components = train.matrix.components
    for lam in LAMBDAS:
        own = weights({"calls": lam} if "calls" in components else {}, components)
        best = baselines.best_constant(utilities(train.matrix.f1, train.matrix.costs, scale, own))
        constant = utilities(held.matrix.f1, held.matrix.costs, scale, own)[:, best].mean()
        with torch.no_grad():
            told = torch.as_tensor(own).float().expand(len(batch), -1)
            logits = choices(net, batch, told)[0].double().numpy()
        ways = likeliest(logits, held)
        utility = utilities(ways.f1, ways.costs, scale, own)
        gain = float(utility.mean()) - float(constant)
        total += gain / len(LAMBDAS)
        found[f"gain at {lam:g}"] = gain
        if 0 < lam <= 0.2:
            first.update(way[0] for way in ways.taken)
    counts = [first[w] for w in range(len(TOP))]
    return {"held-out gain": total, **found, "entropy": entropy(counts)}


def errors(quality: Tensor, cost: Tensor, high: Tensor, batch: Batch) -> Tensor:
    """Return cross-entropy of the quality, squared error of the cost, pinball loss of its quantile.

    States where nothing is left to decide count for nothing: the graph does not ask a planner there.
    """
    asked = batch.legal.sum(dim=2) > 1
    wanted = torch.cat([batch.next_f1, batch.draft_f1[..., None]], dim=2)[asked]
    wrong = nn.functional.binary_cross_entropy_with_logits(quality[asked], wanted)
    spent = batch.costs[:, None].expand_as(cost)[asked]
    over = spent - high[asked]
    pinball = torch.maximum(_QUANTILE * over, (_QUANTILE - 1) * over).mean()
    return wrong + nn.functional.mse_loss(cost[asked], spent) + pinball
