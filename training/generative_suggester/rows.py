"""What is asked, what was suggested, and what documents there are: the rows that the suggester's recipes read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from questline.tools.suggestion.similarity import NEAR, facet, similarity
from questline.tools.text import content_terms, words
from questline.training.evaluation.rows import Row
from questline.training.tuning.chat import Message
from questline.training.tuning.rows import Fitting, fitting

__all__ = ["Asked", "Context", "answered", "documents_of", "read_asked", "repeats"]

_NONE: Final = "-"
_HOLES: Final = re.compile(r"\{(query|shown)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query with suggestions that somebody showed for it, in order."""

    query: str
    suggestions: tuple[str, ...]
    documents: tuple[str, ...] = ()
    """What may answer a suggestion; with none, nothing is known to be unanswerable."""

    def as_dict(self) -> dict[str, object]:
        """Return the row."""
        return {"query": self.query, "suggestions": list(self.suggestions), "documents": list(self.documents)}


@dataclass(frozen=True, slots=True)
class Context:
    """Where one more suggestion is written: the query, and those that stand in the list already."""

    query: str
    shown: tuple[str, ...] = field(default=())

    def messages(self, prompt: str) -> tuple[Message, ...]:
        """Return the chat; `prompt` holds ``{query}`` and ``{shown}``."""
        shown = "; ".join(self.shown) or _NONE
        told = {"query": self.query, "shown": shown}
        return ({"role": "user", "content": _HOLES.sub(lambda hole: told[hole[1]], prompt)},)


def documents_of(rows: Iterable[Asked]) -> dict[str, tuple[str, ...]]:
    """Return the documents of each query, those of all its rows."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        known = found.get(row.query, ())
        found[row.query] = (*known, *(each for each in row.documents if each not in known))
    return found


def read_asked(path: Path, *, skip: bool | None = None) -> Fitting[Asked]:
    """Read rows of {query, suggestions, documents?}; see `fitting` for what does not fit."""
    return fitting(path, _asked, skip=skip)


def _asked(row: Row) -> Asked:
    documents = row.values.get("documents", [])
    given = cast("list[object]", documents) if isinstance(documents, list) else [None]
    if not all(isinstance(each, str) for each in given):
        raise row.fault("documents", "needs 'documents' as a list of texts")
    suggestions = row.texts("suggestions")
    if not all(each.strip() for each in suggestions):
        raise row.fault("suggestions", "holds a suggestion without text")
    return Asked(query=row.text("query"), suggestions=suggestions, documents=tuple(map(str, given)))


def answered(query: str, suggestion: str, documents: Mapping[str, Sequence[str]]) -> bool:
    """Say whether one document of the query holds all content words of the suggestion; True where there is none.

    A check by words, for pairs by the thousand; the product asks its reader (`questline.tools.suggestion.answerable`).
    """
    texts = documents.get(query, ())
    terms = set(content_terms(suggestion)) or set(words(suggestion))
    return not texts or any(terms <= set(content_terms(text)) for text in texts)


def repeats(query: str, suggestion: str, shown: Sequence[str]) -> bool:
    """Say whether a suggestion adds nothing to the query, or is nearly one that is shown already (spec 06 §2.4)."""
    if not facet(query, suggestion):
        return True
    return any(similarity(suggestion, each) > NEAR for each in shown)
