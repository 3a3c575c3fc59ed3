"""Questions that nothing in their passages answers, made of questions with answers: hard ones, from a first stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.training.embedded.examples import answer_places
from questline.training.ranking.mining import Bm25, corpus_passages

from .readings import ToRead

__all__ = ["unanswerable_twins"]

_DEPTH: Final = 30
"""Passages among which those without the answer are looked for."""


def unanswerable_twins(rows: Sequence[ToRead], corpus: Path) -> list[ToRead]:
    """Return each question with an answer once more, over the best passages of a corpus that do not answer it.

    They are BM25's best that are none of its own and hold none of its answers as words, as many as its own: what a
    search finds where the corpus has no answer. A passage may still answer in other words; that is rare, and counts
    against the reader.

    Args:
        rows: Questions with their passages; those without an answer have no twin.
        corpus: JSON lines of ``{id | _id, title, text}``.

    Raises:
        UsageError: ``bad_data`` where no question has such passages, and what reading raises.
    """
    passages = corpus_passages(corpus)
    index = Bm25([passage.as_text() for passage in passages])

    def twins() -> Iterator[ToRead]:
        for row in rows:
            own = {passage.text for passage in row.passages}
            near = [passages[number] for number, _ in index.best(row.question, _DEPTH)] if row.answers else []
            others = [each for each in near if each.text not in own and not answer_places(each.as_text(), row.answers)][
                : len(row.passages)
            ]
            if others:
                yield replace(row, id=f"{row.id}~", passages=tuple(others), answers=())

    made = list(twins())
    if not made:
        raise UsageError(f"{str(corpus)!r} holds no passage that leaves a question open", code="bad_data", path=corpus)
    return made
