"""Choose pairs so that the longer text is no hint: of about one length, or as many of either sign at each distance."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from .pairs import MATCHED, Pair, plain

__all__ = ["Matching", "length_report", "matched_pairs", "overlap"]

Matching: TypeAlias = Literal["within", "quantile", "none"]
_CUTS: Final = (5, 10, 20, 40)
"""Ends of the bands of distances in characters."""


def matched_pairs(pairs: Sequence[Pair], how: Matching = "within", *, within: int = MATCHED) -> list[Pair]:
    """Return the pairs that are kept, in their order.

    ``within`` keeps those whose lengths differ by at most `within` characters. ``quantile`` keeps, in each band of
    distances, as many with the longer text chosen as rejected, so that both sides have one distribution of lengths
    relative to each other; equal lengths are kept. ``none`` keeps all.
    """
    if how == "none":
        return list(pairs)
    if how == "within":
        return [pair for pair in pairs if abs(_gap(pair)) <= within]
    bands: dict[tuple[int, bool], list[int]] = {}
    kept = set[int]()
    for place, pair in enumerate(pairs):
        gap = _gap(pair)
        if gap == 0:
            kept.add(place)
        else:
            bands.setdefault((bisect_left(_CUTS, abs(gap)), gap > 0), []).append(place)
    for band, longer in list(bands):
        if longer:
            both = bands[band, True], bands.get((band, False), [])
            count = min(map(len, both))
            kept.update(*(places[:count] for places in both))
    return [pairs[place] for place in sorted(kept)]


def length_report(pairs: Sequence[Pair]) -> dict[str, float]:
    """Return what lengths alone say of pairs; empty without any.

    ``length_rule`` is the accuracy of "the longer one is better", a tie counting one half.
    """
    if not pairs:
        return {}
    gaps = [_gap(pair) for pair in pairs]
    return {
        "n": len(pairs),
        "chosen_longer": sum(gap > 0 for gap in gaps) / len(gaps),
        "rejected_longer": sum(gap < 0 for gap in gaps) / len(gaps),
        "length_rule": sum(1.0 if gap > 0 else 0.5 if gap == 0 else 0.0 for gap in gaps) / len(gaps),
        "mean_chosen": sum(len(pair.chosen) for pair in pairs) / len(pairs),
        "mean_rejected": sum(len(pair.rejected) for pair in pairs) / len(pairs),
    }


def overlap(pairs: Sequence[Pair], texts: Sequence[str], queries: Sequence[str]) -> dict[str, int]:
    """Return how many sides and queries of pairs are among others' texts and queries, spaces and marks aside."""
    known, asked = {plain(text) for text in texts}, {plain(query) for query in queries}
    return {
        "chosen": sum(plain(pair.chosen) in known for pair in pairs),
        "rejected": sum(plain(pair.rejected) in known for pair in pairs),
        "queries": sum(plain(pair.query) in asked for pair in pairs),
    }


def _gap(pair: Pair) -> int:
    return len(pair.chosen) - len(pair.rejected)
