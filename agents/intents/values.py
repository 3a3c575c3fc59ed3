"""What splitting a question gives: its intents, each with its place, and what was cut where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from questline.types import AnswerWarning, Backend, TextSpan, Usage

__all__ = ["AGAIN", "Cut", "Intent", "IntentKind", "Intents", "Reading", "Rule"]

AGAIN: Final = "{} (again)"
"""How a need is told that is equal to one before it: each is somebody's wish."""

IntentKind: TypeAlias = Literal["", "compare", "condition"]
Rule: TypeAlias = Literal[
    "sentence",
    "list",
    "clause",
    "sequence",
    "condition",
    "enumeration",
    "parallel",
    "ellipsis",
    "again",
    "lead",
    "model",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One atomic need of a question."""

    text: str
    """It, standing alone: with the words that belong to several intents, and names for what its pronouns mean where
    the question says them. A pronoun for another intent's result stays, and ``after`` names that intent."""
    start: int
    """First character of its own words in the question; of an enumeration those of its member."""
    end: int
    """One past the last character."""
    after: tuple[int, ...] = ()
    """Positions (from 0) of the intents whose result its wording needs; always earlier ones."""
    kind: IntentKind = ""
    """``compare``: two or more things are set against each other, and ``members`` says which; documents answer it
    whole, tools may look up each. ``condition``: a later intent depends on whether it holds."""
    members: tuple[TextSpan, ...] = ()
    """What a comparison compares, with places in the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Characters ``start`` to ``end`` of the question stand between two intents and belong to neither."""

    rule: Rule
    """What cut there; ``lead`` for words before the first or after the last intent (``First``, ``Thanks``), ``again``
    for questions that were asked before."""
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """A question, split: every word of it lies in an intent, in ``shared``, or in a cut."""

    items: tuple[Intent, ...]
    """In the order of the question; at least one, at most `questline.tools.tool_retrieval.intents.MOST`."""
    shared: tuple[TextSpan, ...] = ()
    """Words that belong to several intents and stand in the text of each: a preamble, the head of an enumeration."""
    cuts: tuple[Cut, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()
    backend: Backend = "embedded"
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    degraded: bool = False
    """A language model failed, and the rules split in its place."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The intents as texts: what the catalogue is searched with."""
        return tuple(item.text for item in self.items)

    def told(self, number: int) -> str:
        """Return the text of an intent, told apart from an equal one before it."""
        text = self.items[number].text
        return AGAIN.format(text) if any(each.text == text for each in self.items[:number]) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to ask for the same."""

    text: str
    """What is asked; it may be several needs."""
    need: str = ""
    """What an answer is held against: the asker's own words, where `text` has others; empty for `text` itself."""
    parts: tuple[str, ...] = ()
    """The needs that `text` is, where it is several."""
    why: str
    """How it differs, for the trace."""
