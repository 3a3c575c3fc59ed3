"""How varied a planner's choices are: the entropy of its plans, and what they tell of the kind of question."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["entropy", "mutual_information"]


def entropy(counts: Iterable[int]) -> float:
    """Return the entropy of a histogram in nats; 0 for one kind, or none."""
    kept = [count for count in counts if count > 0]
    total = sum(kept)
    return sum(count / total * math.log(total / count) for count in kept) if total else 0.0


def mutual_information(plans: Sequence[str], kinds: Sequence[str]) -> float:
    """Return the mutual information of two labels of the same questions in nats, at least 0.

    It is the plug-in estimate, which is too high where there are few questions for each pair.
    """
    together = Counter(zip(plans, kinds, strict=True))
    return max(0.0, entropy(Counter(plans).values()) + entropy(Counter(kinds).values()) - entropy(together.values()))
