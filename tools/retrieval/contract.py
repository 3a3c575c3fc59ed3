"""What every retriever promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from questline.types import Filters, Passage

__all__ = ["Retriever"]


@runtime_checkable
class Retriever(Protocol):
    """Find the passages that may answer a query.

    ``questline.testing.RetrieverContract`` holds an implementation to this.
    """

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        """Return at most ``k`` passages, best first, ids unique, scores never rising; none when nothing fits."""
        ...
