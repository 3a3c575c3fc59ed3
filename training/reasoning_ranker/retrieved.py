"""Lists out of a corpus and questions that name their support: what answers them among what only looks like it.

A list of n passages holds the support, the hardest negatives (the retriever's best passages that are no support) and
some from further down, so that a model meets easy ones too (arXiv:2508.07050 §3.1 takes hard negatives alone).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import Row, read_rows
from questline.training.ranking.mining import corpus_passages
from questline.training.recipe import Hears
from questline.types import Passage

from .lists import MOST, TaughtList

__all__ = ["Drawn", "retrieved_lists"]

_DEEPER: Final = 5
"""Times the passages of a list, from which easy negatives are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """How a list is put together."""

    passages: int = 20
    """Of a list (arXiv:2508.07050 §3.1)."""
    hard: float = 0.7
    """Share of the negatives that are the retriever's best; the others come from further down."""
    support: int = 10
    """Supports of a list, at most; one passage is none at least."""
    seed: int = 0

    def __post_init__(self) -> None:
        bounds = {"passages": (2, MOST), "hard": (0, 1), "support": (1, MOST)}
        for name, (low, high) in bounds.items():
            if not low <= getattr(self, name) <= high:
                raise UsageError(
                    f"{name}={getattr(self, name)!r} must be in [{low}, {high}]", code="bad_param", argument=name
                )


def retrieved_lists(
    corpus: Path, questions: Path, cache: Path, hears: Hears, *, drawn: Drawn, limit: int | None = None
) -> list[TaughtList]:
    """Search the corpus for each question, with the product's own retriever, and put a list together.

    The index is built once a corpus. Questions whose support is not in the corpus are left out.

    Args:
        corpus: JSON lines of ``{id | _id, title, text}``.
        questions: JSON lines of ``{id, question, support[], answer? | answers?}``.
        cache: Folder of the index.
        hears: Progress.
        drawn: How a list is put together.
        limit: The first so many questions by a hash of their text, so that another limit keeps them.

    Raises:
        UsageError: ``bad_data`` for rows that do not fit, or when no support is found.
        RunError: What the index raises.
    """
    known = {each.id: each for each in corpus_passages(corpus)}
    asked = [_asked(row) for row in read_rows(questions) if row.values.get("support")]
    asked = sorted((each for each in asked if set(each.support) & known.keys()), key=lambda each: each.place)[:limit]
    if not asked:
        raise UsageError(
            f"no support of {str(questions)!r} is found in {str(corpus)!r}", code="bad_data", argument="support"
        )
    found: list[TaughtList] = []
    with open_corpus(corpus, cache) as index:
        for done, each in enumerate(asked, start=1):
            passages = index.search_now(each.query, k=drawn.passages * (1 + _DEEPER))
            scores: dict[str, float] = {}
            for one in passages:
                scores.setdefault(one.document_id, one.score)
            found.append(_list(each, scores, known, drawn))
            hears("searching", done, len(asked))
    return [each for each in found if len(each.passages) >= 2 and each.grades]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    id: str
    query: str
    answer: str
    support: tuple[str, ...]

    @property
    def place(self) -> float:
        return question_hash(self.query)


def _asked(row: Row) -> _Asked:
    answer: object = row.values.get("answer") or next(
        iter(row.texts("answers") if row.values.get("answers") else ()), ""
    )
    return _Asked(
        id=row.identifier("id", "_id"),
        query=row.text("question", "text"),
        answer=answer if isinstance(answer, str) else "",
        support=row.texts("support"),
    )


def _list(asked: _Asked, scores: Mapping[str, float], known: Mapping[str, Passage], drawn: Drawn) -> TaughtList:
    """Return the list in the first stage's order; a support that it did not find has its lowest score."""
    chance = random.Random(f"{drawn.seed} {asked.id}")  # noqa: S311 because a draw is no secret
    support = [each for each in dict.fromkeys(asked.support) if each in known]
    support = support[: min(drawn.support, drawn.passages - 1)]
    negatives = [each for each in scores if each in known and each not in asked.support]
    room = drawn.passages - len(support)
    hard = negatives[: round(drawn.hard * room)]
    others = negatives[len(hard) :]
    chosen = [*support, *hard, *chance.sample(others, min(len(others), room - len(hard)))]
    least = min(scores.values(), default=0.0)
    passages = [replace(known[each], score=scores.get(each, least)) for each in chosen]
    ordered: Sequence[Passage] = sorted(passages, key=lambda each: (-each.score, each.id))
    return TaughtList(
        id=asked.id,
        query=asked.query,
        passages=tuple(ordered),
        grades={each: int(each in support) for each in chosen},
        answer=asked.answer,
    )
