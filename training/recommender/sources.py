"""Where a trained recommender's sessions come from: a file of them, or a store of `agents learn`.

Of a store it is noted which one it is, which sessions it held, and how far its log of forgetting went, so that a model
is known to be stale once something of what it learnt has been forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from questline.tools.recommendation import SessionRecommender
from questline.tools.recommendation.files import read_sessions
from questline.tools.recommendation.neural.standing import standing
from questline.training.evaluation.rows import content_hash

__all__ = ["Source", "read"]

_SQLITE: Final = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Sessions, oldest first, and what is told of them."""

    sessions: list[tuple[str, ...]]
    learnt: Mapping[str, Any] = field(default_factory=dict[str, Any])
    numbers: tuple[int, ...] = ()
    """Of these sessions in their store; none where they are those of a file."""


def read(path: Path) -> Source:
    """Read a file or a store of sessions.

    Raises:
        UsageError: As `read_sessions`.
        RunError: As `SessionRecommender.open`.
    """
    if path.is_file() and _starts(path) == _SQLITE:
        with SessionRecommender.open(path) as recommender, recommender.store.reading():
            told = standing(recommender.store)
            stored = recommender.store.every()
            rows = recommender.store.connection.execute("SELECT DISTINCT session FROM clicks ORDER BY session")
            numbers = tuple(int(number) for (number,) in rows)
        return Source(sessions=stored, learnt={"store": told.as_dict()}, numbers=numbers)
    return Source(
        sessions=[session.items for session in read_sessions(path)],
        learnt={"file": path.name, "sha256": content_hash(path)},
    )


def _starts(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_SQLITE))
