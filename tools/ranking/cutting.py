"""Where a ranking ends: so many at most, a least score, the largest drop, or nowhere near good enough."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from .contract import RankedPassage, Ranking
from .first_stage import check_number, check_top_n

__all__ = ["Cut"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which items of a ranking to keep; a rule of None does not cut."""

    top_n: int | None = None
    min_score: float | None = None
    """Least calibrated score, in [0, 1]."""
    knee: bool = False
    """End before the largest drop of the calibrated score."""
    abstain_below: float | None = None
    """Keep nothing when the best calibrated score is lower: nothing here is relevant."""

    def __post_init__(self) -> None:
        check_top_n(self.top_n, 1)
        check_number("min_score", self.min_score, low=0.0, high=1.0)
        check_number("abstain_below", self.abstain_below, low=0.0, high=1.0)

    def apply(self, ranking: Ranking) -> tuple[RankedPassage, ...]:
        """Return the kept head of `ranking`, empty when nothing in it is relevant."""
        kept = ranking.items
        if self.abstain_below is not None and kept and kept[0].score < self.abstain_below:
            return ()
        if self.min_score is not None:
            kept = tuple(item for item in kept if item.score >= self.min_score)
        if self.knee and len(kept) > 1:
            drops = [one.score - other.score for one, other in pairwise(kept)]
            largest = max(drops)
            kept = kept[: drops.index(largest) + 1] if largest > 0 else kept
        return kept[: check_top_n(self.top_n, len(kept))] if kept else kept
