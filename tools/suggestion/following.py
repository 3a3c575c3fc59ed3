"""What people asked next: sessions of questions tell which candidate follows this one, by a recommender over them.

A question is an item of a session, without case and signs. Sessions only order candidates that were made, checked and
found answerable without them: what one person asked is never shown to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from questline.tools.text import words

__all__ = ["Follows", "followed", "item_of"]

_SHARE: Final = 0.5
"""Of what sessions say, beside the click model, as far as they know the candidates at all."""
_LONGEST: Final = 500


class Follows(Protocol):
    """What is asked of a recommender; `questline.tools.recommendation.SessionRecommender` is one."""

    def scores(self, session: Sequence[str], items: Sequence[str]) -> list[float]:
        """Return how much speaks for each item as the next one, in [0, 1]; 0 for unknown ones."""
        ...

    def record(self, session: str, items: Sequence[str], *, user: str | None = None) -> None:
        """Add items to the end of a session."""
        ...


def item_of(text: str) -> str:
    """Return a question as an item: its words, without case and signs; empty for one without words."""
    return " ".join(words(text))[:_LONGEST].strip()


def followed(follows: Follows, asked: Sequence[str], texts: Sequence[str], chances: Sequence[float]) -> list[float]:
    """Return the chances of candidates, drawn half-way to how often each was asked next in sessions like this one.

    Args:
        follows: Knows the sessions.
        asked: Questions of this session, oldest first.
        texts: The candidates.
        chances: Of the click model, each in [0, 1]; they stay as they are where no session says anything of any
            candidate.
    """
    told = follows.scores([item for item in map(item_of, asked) if item], [item_of(text) for text in texts])
    total = sum(told)
    if not total > 0:
        return list(chances)
    whole = min(1.0, sum(chances))
    return [(1 - _SHARE) * chance + _SHARE * whole * score / total for chance, score in zip(chances, told, strict=True)]
