"""How alike a word of a question and the names of columns are in meaning, by the shipped sentence encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Likeness", "alike", "nearest"]

Likeness: TypeAlias = Callable[[str, Sequence[str]], Sequence[float]]
"""A word and phrases → the cosine of each phrase with the word."""
_LEAST: Final = 0.66
_AHEAD: Final = 0.12
"""Cosine that a column has, and has more than the next one; chosen on some sixty pairs of words and columns."""


def nearest(
    word: str, phrases: Sequence[str], likeness: Likeness, *, least: float = _LEAST, ahead: float = _AHEAD
) -> int | None:
    """Return the place of the phrase that alone means what a word means, or None where none or several do.

    Args:
        word: The word.
        phrases: What it may mean.
        likeness: Compares them.
        least: Cosine that the phrase has.
        ahead: Cosine that it has more than any other.
    """
    if not phrases:
        return None
    cosines = list(likeness(word, phrases))
    best = max(range(len(phrases)), key=cosines.__getitem__)
    others = [cosine for place, cosine in enumerate(cosines) if phrases[place] != phrases[best]]
    sure = cosines[best] >= least and all(cosines[best] - cosine >= ahead for cosine in others)
    return best if sure else None


def alike(word: str, phrases: Sequence[str]) -> Sequence[float]:
    """Return the cosine of each phrase with a word.

    Raises:
        RunError: ``damaged_model``.
    """
    return [float(_vector(phrase) @ _vector(word)) for phrase in phrases]


@lru_cache(maxsize=4096)
def _vector(text: str) -> NDArray[np.float32]:
    from questline.tools.models.encoder import Encoder

    return Encoder.load().encode([text])[0]
