"""A text as a writer wrote it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sample"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A text as a model wrote it."""

    query: str
    text: str
    ended: bool
    """Whether it came to its end within the tokens it had."""
