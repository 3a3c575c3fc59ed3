"""What a suggester gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from questline.types import AnswerWarning, Backend, Usage

__all__ = ["Candidate", "Kind", "Source", "Suggestion", "Suggestions", "Wanted"]

Kind: TypeAlias = Literal["followup", "refine", "clarify"]
Wanted: TypeAlias = Literal["followup", "refine", "clarify", "auto"]
Source: TypeAlias = Literal["session", "template", "evidence", "index", "bank", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that might be suggested, before it was checked."""

    text: str
    kind: Kind
    source: Source
    facet: str
    """What it asks about, for variety: ``when``, ``who``, ``born`` …"""
    expected: str = ""
    """The fact it was made from, where there is one: a date, a name, a number."""
    passage_id: str = ""
    """The passage that states the fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One suggestion that passed every check."""

    text: str
    kind: Kind
    p_click: float
    """Chance in [0, 1] to be the one taken when one of the list is; from the click model, slot left out."""
    answerable: float
    """Chance in [0, 1] that the documents answer it, as far as the embedded reader can tell; 1 for a clarification."""
    sources: tuple[str, ...] = ()
    """Ids of the passages that support its answer."""
    reason: str = ""
    """Where it comes from, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """A list of suggestions, best first; empty with a reason rather than filled up."""

    items: tuple[Suggestion, ...] = ()
    need: int = 1
    """Predicted need for a clarification, from 1 (clear) to 4 (cannot be answered without one)."""
    warnings: tuple[AnswerWarning, ...] = ()
    usage: Usage = field(default_factory=Usage)
    backend: Backend = "embedded"
    degraded: bool = False
    """The language model failed, and the embedded backend answered in its place."""
    impression_id: str = ""
    """What a click is reported under; empty when nothing is stored."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts alone, as `questline.Answer.suggestions` holds them."""
        return tuple(item.text for item in self.items)
