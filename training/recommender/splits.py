"""What is learnt from and what is asked: every prefix of other sessions, or the last click of each (leave one out)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.tools.recommendation import Session

__all__ = ["SPLITS", "Case", "Split", "cases", "learnt"]

Split: TypeAlias = Literal["sessions", "last"]
SPLITS: Final[tuple[Split, ...]] = ("sessions", "last")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A session with the clicks of it that are to be told."""

    id: str
    items: tuple[str, ...]
    places: tuple[int, ...]
    """Of the clicks that are asked for, each from what stands before it."""


def learnt(sessions: Sequence[Session], split: Split) -> dict[int, tuple[str, ...]]:
    """Return what a recommender may learn: whole sessions, or each without its last click."""
    contents = (session.items if split == "sessions" else session.items[:-1] for session in sessions)
    return {number: items for number, items in enumerate(contents) if items}


def cases(sessions: Sequence[Session], split: Split) -> list[Case]:
    """Return what is asked; sessions of one click ask nothing."""
    return [
        Case(
            id=session.id,
            items=session.items,
            places=tuple(range(1, len(session.items))) if split == "sessions" else (len(session.items) - 1,),
        )
        for session in sessions
        if len(session.items) > 1
    ]
