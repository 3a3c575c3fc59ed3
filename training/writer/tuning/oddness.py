"""How odd a text is to the writer that began: what reinforcement bends it to, it would hardly have written itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from .likelihood import example, log_likelihoods
from .models import Loaded
from .sample import Sample
from .texts import Written
from .writing import sampled

__all__ = ["Oddness"]

_FREE: Final = 0.3
"""Nats a token by which one text in four is less likely than the mean."""


class Oddness:
    """Measures texts by a writer that does not learn.

    Args:
        loaded: That writer.
        queries: For which it writes, so that its own texts tell what is usual.
        tokens: Of a text, at most.
        temperature: Of what it writes.
        seed: Of that.
    """

    def __init__(self, loaded: Loaded, queries: Sequence[str], *, tokens: int, temperature: float, seed: int) -> None:
        self._loaded = loaded
        own = sampled(loaded, queries, tokens=tokens, temperature=temperature, seed=seed)
        self.usual = float(np.mean(self._likely(own)))

    def __call__(self, samples: Sequence[Sample]) -> list[float]:
        """Return for each text the nats a token by which it is less likely than is usual, beyond chance."""
        return [max(0.0, self.usual - _FREE - each) for each in self._likely(samples)]

    def _likely(self, samples: Sequence[Sample]) -> list[float]:
        rows = [example(self._loaded, Written(query=one.query, text=one.text)) for one in samples]
        return [total / count for total, count in log_likelihoods(self._loaded, rows)]
