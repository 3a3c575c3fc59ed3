"""What several servers take and give: passages in, warnings and fenced texts out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from questline.budget import Budget
from questline.types import AnswerWarning, Passage

__all__ = ["BudgetMs", "PassageIn", "Passages", "budget_of", "line", "lines", "passages_of", "said"]

_MOST_PASSAGES: Final = 1000
_LONGEST_MS: Final = 10**12
"""Thirty years: more is as good as no limit, and may be too large for a number of seconds."""


class PassageIn(TypedDict):
    """A text to rank or to select; its place in the list stands in for a missing id."""

    text: str
    id: NotRequired[str]
    title: NotRequired[str]
    score: NotRequired[float]


Passages: TypeAlias = Annotated[
    list[PassageIn],
    Field(description="As found: by falling score, else best first.", max_length=_MOST_PASSAGES),
]
BudgetMs: TypeAlias = Annotated[int, Field(description="Milliseconds; 0: no limit.", ge=0)]


def passages_of(given: Sequence[PassageIn]) -> list[Passage]:
    """Return passages as the tools take them."""
    return [
        Passage(
            id=each.get("id", str(place)),
            document_id=each.get("id", str(place)),
            source="",
            title=each.get("title", ""),
            text=each["text"],
            score=each.get("score", 0.0),
        )
        for place, each in enumerate(given)
    ]


def budget_of(milliseconds: int) -> Budget | None:
    """Return the limit that a caller gave; None for none."""
    return Budget(seconds=min(milliseconds, _LONGEST_MS) / 1000) if milliseconds else None


def said(warnings: Iterable[AnswerWarning]) -> list[str]:
    """Return warnings as ``code: message``."""
    return [f"{warning.code}: {warning.message}" for warning in warnings]


def line(text: str, *, limit: int = 300) -> str:
    """Return a short text that others wrote on one line; a cut is marked."""
    whole = " ".join(text.split())
    return whole if len(whole) <= limit else f"{whole[: limit - 1]}…"


def lines(*parts: str | Iterable[str]) -> str:
    """Join what is not empty, each on a line of its own."""
    rows = [row for part in parts for row in ([part] if isinstance(part, str) else part)]
    return "\n".join(row for row in rows if row)
