"""Count what a step found in memory instead of having it computed again."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["CacheHits", "counting", "hit"]


class CacheHits:
    """A counter; safe to share between threads."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """Texts and pairs that were remembered."""
        return self._count

    def add(self, count: int) -> None:
        """Count some more."""
        with self._lock:
            self._count += count


_counter: ContextVar[CacheHits | None] = ContextVar("questline_cache_hits", default=None)


@contextmanager
def counting() -> Generator[CacheHits]:
    """Count the hits of what runs inside, in its tasks and threads too, and of nothing that runs beside it."""
    hits = CacheHits()
    before = _counter.set(hits)
    try:
        yield hits
    finally:
        _counter.reset(before)


def hit(count: int) -> None:
    """Say that so many things were remembered; nothing happens where nobody counts."""
    hits = _counter.get()
    if hits is not None and count:
        hits.add(count)
