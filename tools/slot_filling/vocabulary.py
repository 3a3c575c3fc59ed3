"""Small sets of words, written as one text."""

from __future__ import annotations

__all__ = ["listed"]


def listed(words: str) -> tuple[str, ...]:
    """Return the words of a text, in its order."""
    return tuple(words.split())
