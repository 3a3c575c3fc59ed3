"""How well chosen sets agree with gold ones (spec 04 §7, both averages exactly; arXiv:2507.19102 mixes them).

micro-F1 = 2 * sum tp / (sum |S| + sum |G|)        macro-F1 = mean of 2 * tp / (|S| + |G|), 1 where both are empty
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Counts", "abstention_f1", "macro_f1", "micro_f1", "precision", "recall", "set_f1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """One question's sets, counted."""

    hits: int
    """Members that are gold."""
    chosen: int
    gold: int
    """All that is gold, whether or not it was among the candidates."""
    helpless: bool = False
    """No candidate is gold: the right answer is to abstain."""
    failed: bool = False
    """Nothing was answered, which is neither a set nor abstaining."""


def set_f1(counts: Counts) -> float:
    """Return the F1 of one set; 1 where both are empty, 0 where nothing was answered."""
    if counts.failed:
        return 0.0
    both = counts.chosen + counts.gold
    return 2 * counts.hits / both if both else 1.0


def micro_f1(all_counts: Sequence[Counts]) -> float | None:
    """Return the F1 over all members of all sets together; None where all are empty."""
    both = sum(each.chosen + each.gold for each in all_counts)
    return 2 * sum(each.hits for each in all_counts) / both if both else None


def macro_f1(all_counts: Sequence[Counts]) -> float | None:
    """Return the mean of the sets' own F1; None without sets."""
    return sum(map(set_f1, all_counts)) / len(all_counts) if all_counts else None


def precision(all_counts: Sequence[Counts]) -> float | None:
    """Return the share of all members that are gold; None without members."""
    chosen = sum(each.chosen for each in all_counts)
    return sum(each.hits for each in all_counts) / chosen if chosen else None


def recall(all_counts: Sequence[Counts]) -> float | None:
    """Return the share of all gold passages that are members; None without gold."""
    gold = sum(each.gold for each in all_counts)
    return sum(each.hits for each in all_counts) / gold if gold else None


def abstention_f1(all_counts: Sequence[Counts]) -> float | None:
    """Return the F1 of abstaining; positive is a question of which no candidate helps. None without either."""
    abstained = sum(not each.chosen and not each.failed for each in all_counts)
    helpless = sum(each.helpless for each in all_counts)
    right = sum(each.helpless and not each.chosen and not each.failed for each in all_counts)
    return 2 * right / (abstained + helpless) if abstained + helpless else None
