"""The spans of a question sorted by what they do, and what the rest asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from questline.tools.tables.sources import Field

from .features import Seen
from .spans import Span

__all__ = ["Parts", "Unbuilt"]


class Unbuilt(Exception):
    """Spans that make no question of the table."""


@dataclass(slots=True, kw_only=True)
class Parts:
    """Spans sorted by what they do."""

    seen: Seen
    spans: Sequence[Span]
    denied: set[int] = field(default_factory=set[int])
    """Places in `spans` of what is said not to be so."""

    def of(self, *roles: str) -> list[Span]:
        """Return the spans of some roles."""
        return [each for each in self.spans if each.role in roles]

    def field(self, span: Span) -> Field:
        """Return the column of a span that has one."""
        return self.seen.view.columns[span.column].field

    def text(self, span: Span) -> str:
        """Return the words of a span, normalized."""
        start, end = self.reach(span)
        return self.seen.spoken.sheet.text[start:end]

    def fields(self, *roles: str) -> list[Field]:
        """Return the different columns of the spans of some roles."""
        return list(dict.fromkeys(self.field(each) for each in self.of(*roles)))

    def reach(self, span: Span) -> tuple[int, int]:
        """Return where a span begins and ends in the question."""
        words = self.seen.spoken.words
        return words[span.first].start, words[span.last].end
