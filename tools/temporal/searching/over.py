"""The same search over a `Retriever`: it brings candidates, times order them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from questline.errors import UsageError
from questline.tools.retrieval.contract import Retriever
from questline.types import Filters, Passage

from .contract import DatedPassage, Found, Reading, Weights
from .search import TemporalSearch

__all__ = ["Searched", "dated", "search_over"]

_CANDIDATES: Final = 40
"""Passages that the retriever is asked for, for the question."""
_FOR_A_PART: Final = 15
"""For each of its parts, and for each resolved time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What was found in an index, and how the question was understood."""

    reading: Reading
    found: Sequence[Found]
    passages: Sequence[Passage]
    """Those of ``found``, in the same order."""
    undated: int
    """Candidates without a date."""


def dated(passage: Passage) -> DatedPassage:
    """Return a passage of an index as one with a date; a date that is no day counts as none."""
    try:
        published = date.fromisoformat(passage.date) if passage.date else None
    except ValueError:
        published = None
    return DatedPassage(id=passage.id, text=passage.as_text(), published=published)


async def search_over(
    retriever: Retriever,
    question: str,
    *,
    anchor: date | str | None,
    k: int = 5,
    filters: Filters | None = None,
    weights: Weights | None = None,
) -> Searched:
    """Search an index with the times of the question in mind.

    The retriever is asked for the question, for its resolved days, and for each event that the question is cut into;
    what it brings is ranked by `TemporalSearch`.

    Raises:
        UsageError: ``empty_query``, ``bad_k``, ``bad_anchor``; and what the retriever raises.
    """
    if isinstance(k, bool) or k < 1:
        raise UsageError(f"k={k!r} must be at least 1", code="bad_k", argument="k")
    reading = TemporalSearch(()).read(question, anchor=anchor)
    candidates = {p.id: p for p in await retriever.search(question, k=max(_CANDIDATES, 4 * k), filters=filters)}
    first = TemporalSearch([dated(each) for each in candidates.values()], weights=weights)
    parts = first.read(question, anchor=anchor).parts
    asked = [part.text for part in parts]
    if reading.expansion:
        asked.append(f"{question} {reading.expansion}")
    for text in asked:
        for passage in await retriever.search(text, k=_FOR_A_PART, filters=filters):
            candidates.setdefault(passage.id, passage)
    search = TemporalSearch([dated(each) for each in candidates.values()], weights=weights)
    reading, found = search.found(question, anchor=anchor, k=k)
    return Searched(
        reading=reading, found=found, passages=[candidates[each.id] for each in found], undated=search.undated
    )
