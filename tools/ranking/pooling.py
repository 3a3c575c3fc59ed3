"""Make numbers that should fall fall, keeping their mean: neighbours in the wrong order share what they have."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["falling"]

Doubles: TypeAlias = NDArray[np.float64]


def falling(values: Doubles) -> Doubles:
    """Return the numbers that never rise and are nearest to `values` (pool adjacent violators): float64 [n].

    What falls already stays as it is, to the bit.
    """
    blocks: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, size = float(value), 1
        while blocks and blocks[-1][0] < mean:
            before, count = blocks.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    return np.repeat([mean for mean, _ in blocks], [size for _, size in blocks]).astype(np.float64)
