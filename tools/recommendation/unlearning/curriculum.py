"""In which order clicks are forgotten: from easy to hard, strictly or by chances that move towards hard (spec 07 §2.2).

The schedule of the paper is not public; soft is ours: without replacement, p_i ~ exp(-d_i / tau_k), tau_k rising from
batch to batch, difficulties scaled to [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

__all__ = ["ORDERS", "Order", "batches"]

Order: TypeAlias = Literal["soft", "hard", "random"]
ORDERS: Final[tuple[Order, ...]] = ("soft", "hard", "random")
_COLD, _WARM = 0.05, 1.0
"""tau of the first and of the last batch: nearly strict, then nearly even."""


def batches(
    difficulty: Sequence[float] | NDArray[np.float64], size: int, *, order: Order, seed: int
) -> list[list[int]]:
    """Return the samples in batches of `size`, each sample once, the last batch perhaps shorter.

    Args:
        difficulty: One a sample; larger is harder.
        size: At least 1.
        order: ``hard`` sorts strictly, ties by place; ``soft`` draws; ``random`` heeds no difficulty.
        seed: Of what is drawn.

    Raises:
        UsageError: ``bad_argument`` for another order, a size below 1, or a difficulty that is no finite number.
    """
    values = np.asarray(difficulty, np.float64)
    if order not in ORDERS:
        raise UsageError(f"order={order!r} is not one of {', '.join(ORDERS)}", argument="order")
    if size < 1:
        raise UsageError(f"size={size!r} must be at least 1", argument="size")
    if values.ndim != 1 or not np.isfinite(values).all():
        raise UsageError("difficulty must be a list of finite numbers", argument="difficulty")
    if order == "hard":
        places = np.argsort(values, kind="stable")
    elif order == "random":
        places = np.random.default_rng(seed).permutation(len(values))
    else:
        places = _drawn(values, size, np.random.default_rng(seed))
    ordered = cast("list[int]", places.tolist())
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def _drawn(values: NDArray[np.float64], size: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw batch after batch; the largest of log p + Gumbel noise is a draw without replacement."""
    if not len(values):
        return np.zeros(0, np.int64)
    spread = float(np.ptp(values)) or 1.0
    scaled = (values - values.min()) / spread
    left = np.arange(len(values))
    count = -(-len(values) // size)
    found: list[NDArray[np.int64]] = []
    for tau in np.geomspace(_COLD, _WARM, count):
        keys = -scaled[left] / tau + random.gumbel(size=len(left))
        chosen = np.argsort(-keys, kind="stable")[:size]
        found.append(left[chosen])
        left = np.delete(left, chosen)
    return np.concatenate(found)
