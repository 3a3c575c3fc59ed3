"""How far a share of counted things could be off."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["proportion"]

_Z: Final = 1.959964


def proportion(count: int, total: int) -> tuple[float, float, float]:
    """Return a share and the ends of its 95 % interval by Wilson's score, which stays honest at 0 and 1.

    Args:
        count: Things that are so; 0 to `total`.
        total: All things; of none the share is 0 and the interval everything.
    """
    if not total:
        return 0.0, 0.0, 1.0
    share = count / total
    spread = _Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return share, max(0.0, middle - half), min(1.0, middle + half)
