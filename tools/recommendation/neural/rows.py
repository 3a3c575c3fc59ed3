"""Sessions of different lengths as one array, as the networks read them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["padded"]


def padded(sessions: Sequence[Sequence[int] | NDArray[np.int64]], length: int) -> NDArray[np.int64]:
    """Return the last `length` items of each session, zeros behind: int64 [B, L], L the longest of them."""
    last = [each[-length:] for each in sessions]
    found = np.zeros((len(last), max(map(len, last), default=0)), np.int64)
    for row, items in enumerate(last):
        found[row, : len(items)] = items
    return found
