"""What the loop over queries reads: queries with candidates where there are any, and the user's corpus of examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from questline.agents.writing.values import Example
from questline.errors import UsageError
from questline.training.evaluation.rows import read_rows

__all__ = ["Asked", "read_corpus", "read_queries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query, with texts that were written for it before."""

    query: str
    candidates: Sequence[str] = ()


def read_queries(path: Path, limit: int | None = None) -> list[Asked]:
    """Return the distinct queries of JSON lines ``{query, candidates?: [text…]}``, the first `limit` of them.

    Raises:
        UsageError: ``file_not_found``, ``bad_encoding``, or ``bad_data`` with path, line and field.
    """
    found: dict[str, list[str]] = {}
    for row in read_rows(path):
        query = row.text("query", "prompt").strip()
        texts = row.texts("candidates") if row.values.get("candidates") else ()
        kept = found.setdefault(query, [])
        kept += [text.strip() for text in texts if text.strip() and text.strip() not in kept]
    if not found:
        raise UsageError(f"{str(path)!r} holds no query", code="bad_data", path=path, field="query")
    return [Asked(query=query, candidates=tuple(texts)) for query, texts in list(found.items())[:limit]]


def read_corpus(path: Path) -> list[Example]:
    """Return the texts of JSON lines ``{query, text, popularity?}``; ``clicks`` is understood for ``popularity``.

    Raises:
        UsageError: The same.
    """
    found: list[Example] = []
    for row in read_rows(path):
        told = row.values.get("popularity", row.values.get("clicks", 0))
        if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < float("inf"):
            raise row.fault("popularity", f"has {told!r} for 'popularity'; give a number of at least 0")
        found.append(
            Example(
                query=row.text("query", "prompt").strip(),
                text=row.text("text", "response").strip(),
                popularity=float(told),
            )
        )
    if not found:
        raise UsageError(f"{str(path)!r} holds no text", code="bad_data", path=path, field="text")
    return found
