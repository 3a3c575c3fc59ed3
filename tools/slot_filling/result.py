"""What was found for the arguments of one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from questline.types import TextSpan

__all__ = ["Filled", "Filling", "How"]

How: TypeAlias = Literal[
    "number", "date", "time", "place", "name", "quoted", "phrase", "formula", "code", "list", "choice", "unit",
    "switch", "default",
]  # fmt: skip
"""Which extractor found a value; ``default`` is what the schema or the description says stands in for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One argument with its value."""

    name: str
    """The field; a field inside another with dots: ``customer.name``."""
    value: object
    """JSON data of the field's type."""
    span: TextSpan | None
    """Where the question says it, in code points; None for a default."""
    how: How
    confidence: float
    """How likely the value is the one meant, in [0, 1]."""

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON data."""
        span = None if self.span is None else {"start": self.span.start, "end": self.span.end, "text": self.span.text}
        return {
            "name": self.name,
            "value": self.value,
            "span": span,
            "how": self.how,
            "confidence": round(self.confidence, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """The arguments of one call of one tool, as far as the question says them."""

    tool: str
    arguments: Mapping[str, object]
    """Ready to send when `missing` is empty. An optional field that the question does not speak of is left out, so
    that the tool's own default counts."""
    fields: tuple[Filled, ...]
    """What `arguments` is made of, in the order of the schema."""
    missing: tuple[str, ...] = ()
    """Required fields without a value, never guessed: the status of an answer is then ``needs_input``."""
    covered: float
    """Share of the required fields that have a value, each weighed by its confidence, in [0, 1]; 1 without any."""
    read: int
    """Characters of the question that were read."""

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON data."""
        return {
            "tool": self.tool,
            "arguments": dict(self.arguments),
            "fields": [one.as_dict() for one in self.fields],
            "missing": list(self.missing),
            "covered": round(self.covered, 4),
            "read": self.read,
        }
