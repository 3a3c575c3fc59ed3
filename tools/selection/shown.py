"""What is judged of each passage: its own words, without orders to a judge; and the way back.

The caller's passages stay as they are. Evidence is found in the cleaned text and pointed at in the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from questline.budget import Meter
from questline.tools.ranking.hygiene import without_instructions
from questline.types import Passage, TextSpan

__all__ = ["Seen", "look", "placed"]

_MOST_CHARACTERS: Final = 50_000
"""Of one passage; nothing beyond is looked at, and the passage says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The passages of a call as they are judged, by position in the caller's list."""

    passages: dict[int, Passage]
    """In the order in which they were looked at; those that time did not reach are not here."""
    cleaned: set[int] = field(default_factory=set[int])
    truncated: set[int] = field(default_factory=set[int])

    def warnings(
        self, index: int, *, untouched: frozenset[int] = frozenset(), unread: frozenset[int] = frozenset()
    ) -> tuple[str, ...]:
        """Return what is to be told of one passage."""
        told = {
            "truncated": index in self.truncated,
            "instructions": index in self.cleaned,
            "untouched": index in untouched,
            "unread": index in unread,
        }
        return tuple(name for name, holds in told.items() if holds)


def look(passages: Sequence[Passage], order: Iterable[int], meter: Meter) -> Seen:
    """Clean the passages in `order` until time ends."""
    seen = Seen(passages={})
    for index in order:
        if meter.exhausted(llm=False):
            break
        given = passages[index]
        text, cleaned = without_instructions(given.text[:_MOST_CHARACTERS])
        title, titled = without_instructions(given.title[:_MOST_CHARACTERS])
        seen.passages[index] = replace(given, text=text, title=title) if cleaned or titled else given
        if len(given.text) > _MOST_CHARACTERS:
            seen.truncated.add(index)
            seen.passages[index] = replace(given, text=text, title=title)
        if cleaned or titled:
            seen.cleaned.add(index)
    return seen


def placed(spans: Iterable[TextSpan], text: str) -> tuple[TextSpan, ...]:
    """Return the spans of a cleaned text where they stand in the caller's `text`; those that do not are left out."""
    found: list[TextSpan] = []
    after = 0
    for span in sorted(spans, key=lambda each: each.start):
        at = span.start if text.startswith(span.text, span.start) else text.find(span.text, after)
        if at >= 0:
            after = at + len(span.text)
            found.append(TextSpan(start=at, end=after, text=span.text))
    return tuple(found)
