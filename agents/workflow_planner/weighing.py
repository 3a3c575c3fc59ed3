"""What a budget's limits make its costs weigh: a tighter limit never weighs its cost less, nor another cost otherwise.

    U = F1 - sum over costs k of lambda_k(limit_k) * c_k / scale_k

Each weight depends on its own limit alone, so that nothing hangs on a budget being one of the presets, and a budget
that is cut (a server's `max_budget`, a deadline, a part of a question) weighs as what is left of it says. Calls are the
dial of the presets: 40 weigh 0, 12 weigh .1, 2 weigh .4, and between and below them the weight goes with the logarithm.
Tokens, dollars and seconds weigh from where their limit binds: below what all but one workflow in twenty cost (the
scale), and never above the limit of `cheap`. A cost without a limit weighs nothing. [ours]
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from questline.budget import PRESETS, Budget

__all__ = ["MOST", "WEIGHTS", "weights_of"]

WEIGHTS: Final[Mapping[str, float]] = MappingProxyType({"cheap": 0.4, "balanced": 0.1, "best": 0.0})
"""Weight of calls by named budget."""
MOST: Final = 2.0
"""No cost weighs more: above it no policy has learnt."""
_EACH_HALF: Final = 0.4
"""Weight of tokens, dollars or seconds for each halving of their limit below where it binds."""
_BINDING: Final[Mapping[str, float]] = MappingProxyType(
    {name: float(getattr(PRESETS["cheap"], name)) for name in ("tokens", "usd", "seconds")}
)
_CALLS: Final = tuple(sorted((float(PRESETS[name].calls or 0), weight) for name, weight in WEIGHTS.items()))
"""Limit and weight, the tightest first."""


def weights_of(budget: Budget, scale: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return lambda by cost: ``tokens``, ``usd``, ``calls``, ``seconds``; each in [0, `MOST`].

    Args:
        budget: Its limits.
        scale: What all but one workflow in twenty cost, by cost, where that is known.
    """
    found = {"calls": 0.0 if budget.calls is None else _of_calls(budget.calls)}
    for name, most in _BINDING.items():
        limit = getattr(budget, name)
        binding = min(most, (scale or {}).get(name, most))
        halvings = 0.0 if limit is None else max(0.0, math.log2(binding) - math.log2(limit))
        found[name] = min(MOST, _EACH_HALF * halvings)
    return found


def _of_calls(limit: float) -> float:
    """Return the weight of calls: linear in the logarithm of the limit between the presets, and on below them."""
    for (tight, dear), (wide, cheap) in pairwise(_CALLS):
        if limit < wide:
            return min(MOST, dear + (cheap - dear) * math.log(limit / tight) / math.log(wide / tight))
    return 0.0
