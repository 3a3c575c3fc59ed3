"""What a summary is: pieces of documents with their places, or that there is no answer in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

from questline.tools.text import CJK
from questline.types import AnswerWarning, Backend, Usage

from .segments import Kind

__all__ = ["MARK", "Conflict", "Summary", "SummarySpan", "joined"]

MARK: Final = "…"
"""Stands where a sentence was cut; it is in no span."""
_WIDE_END: Final = re.compile(rf"[{CJK}。！？；，、…：”’』」》）】]\Z")
_WIDE_START: Final = re.compile(rf"[{CJK}“‘『「《（【…]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySpan:
    """One piece: characters ``start`` to ``end`` of a document, counted in Unicode code points."""

    start: int
    end: int
    text: str
    """``document[start:end]``, to the letter."""
    score: float
    """How well it fits the query, in (0, 1]; the best segment of the documents has 1."""
    kind: Kind = "sentence"
    document: str = ""
    """Id of its document, where several were given."""
    cut_before: bool = False
    """Its sentence begins earlier; the summary shows a mark there."""
    cut_after: bool = False
    """Its sentence goes on; the summary shows a mark there."""
    conflict: bool = False
    """Another place says otherwise: `Summary.conflicts` has both."""

    @property
    def shown(self) -> str:
        """The text with the marks of its cuts."""
        return f"{MARK if self.cut_before else ''}{self.text}{MARK if self.cut_after else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two places that say different things of the same; the later one is preferred."""

    preferred: SummarySpan
    other: SummarySpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The pieces of one or several documents that answer a query; none when they do not."""

    text: str
    """The pieces in the documents' order, as they are shown."""
    spans: tuple[SummarySpan, ...] = ()
    answerability: float = 0.0
    """Calibrated chance that the documents answer the query, in [0, 1]."""
    abstained: bool = False
    """There is no answer here."""
    coverage: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """Which parts (names, words, sub-questions) of the query the summary speaks of."""
    conflicts: tuple[Conflict, ...] = ()
    truncated: bool = False
    """Not all of the documents was read; ``read`` says how far."""
    read: tuple[int, ...] = ()
    """Of each document, one past the last character that was read."""
    fallback_kind: Literal["", "lead"] = ""
    """What stands in for an answer that is not there."""
    backend: Backend = "embedded"
    degraded: bool = False
    """The language model failed, and the embedded algorithm answered in its place."""
    warnings: tuple[AnswerWarning, ...] = ()
    usage: Usage = field(default_factory=Usage)

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON data."""
        return asdict(self)


def joined(spans: Iterable[SummarySpan]) -> str:
    """Put pieces one after the other as a summary shows them.

    Headings, turns, items and rows stand on lines of their own; between Chinese pieces there is no space.
    """
    text = ""
    before: SummarySpan | None = None
    for span in spans:
        shown = span.shown
        if before is not None:
            if before.kind != "sentence" or span.kind != "sentence":
                text += "\n"
            elif not (_WIDE_END.search(text) and _WIDE_START.match(shown)):
                text += " "
        text += shown
        before = span
    return text
