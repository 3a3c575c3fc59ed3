"""How much two orders agree, counted from the top (spec 03 §2.4)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from questline.errors import UsageError

__all__ = ["average_overlap", "rank_biased_overlap"]


def average_overlap(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """Return AO = (1/n) Σ_d |A_1:d ∩ B_1:d| / d, in [0, 1]; 1 for two empty orders.

    What rank-biased overlap becomes at p = 1 in the code that ReasonRank released, while its text cites the other.

    Raises:
        UsageError: ``bad_param`` when the orders differ in length or repeat an item.
    """
    overlaps = _overlaps(a, b)
    if not overlaps:
        return 1.0
    return sum(shared / depth for depth, shared in enumerate(overlaps, start=1)) / len(overlaps)


def rank_biased_overlap(a: Sequence[Hashable], b: Sequence[Hashable], *, p: float = 0.9) -> float:
    """Return RBO_ext = (X_n/n) p^n + ((1-p)/p) Σ_d (X_d/d) p^d, in [0, 1] (Webber et al. 2010, eq. 30).

    Args:
        a: An order.
        b: Another of the same length; X_d is the number of items that their first d share.
        p: In (0, 1): how far down a reader looks; the top 1/(1-p) places carry most of the weight.

    Raises:
        UsageError: ``bad_param`` for p outside (0, 1), and what `average_overlap` raises.
    """
    if not 0 < p < 1:
        raise UsageError(f"p={p!r} must lie between 0 and 1; p = 1 is average_overlap", code="bad_param", argument="p")
    overlaps = _overlaps(a, b)
    if not overlaps:
        return 1.0
    n = len(overlaps)
    weighted = sum(shared / depth * p**depth for depth, shared in enumerate(overlaps, start=1))
    return overlaps[-1] / n * p**n + (1 - p) / p * weighted


def _overlaps(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[int]:
    """Return |A_1:d ∩ B_1:d| for each depth d from 1."""
    if len(a) != len(b) or len(set(a)) < len(a) or len(set(b)) < len(b):
        raise UsageError(
            f"two orders of the same length without repeats are needed; got {len(a)} and {len(b)} items",
            code="bad_param",
            argument="gold_order",
        )
    seen_a: set[Hashable] = set()
    seen_b: set[Hashable] = set()
    found: list[int] = []
    for one, other in zip(a, b, strict=True):
        seen_a.add(one)
        seen_b.add(other)
        found.append(len(seen_a & seen_b))
    return found
