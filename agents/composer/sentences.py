"""Sentences with what they rest on, and the check that decides which of several is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from questline.types import Evidence

from .contract import Dropped
from .faithfulness import unsupported

__all__ = ["Piece", "Sentence", "ended", "first_faithful"]

_ENDS: Final = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence, and the ids of what it cites."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is said of one finding."""

    sentences: tuple[Sentence, ...] = ()
    short: str = ""
    """The shortest form of what answers."""
    kind: str = ""
    """Of the short form, as `questline.agents.tool_executor.asked.kind_of_value` says; ``list`` for several."""
    raw: str = ""
    """The value as the result has it, for comparisons."""
    evidence: tuple[Evidence, ...] = ()
    """Made on the way: how a figure of ours came about."""
    dropped: tuple[Dropped, ...] = ()
    items: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of several named things the value of each, as the result has it."""

    @property
    def found(self) -> bool:
        """Whether anything is said."""
        return bool(self.sentences)


def ended(text: str, *, chinese: bool = False) -> str:
    """Return a text as a sentence: with a mark at its end, and not with two.

    >>> ended("Ask: Ferry & Sons Ltd.")
    'Ask: Ferry & Sons Ltd.'
    """
    return text if text.endswith(_ENDS) else f"{text}{'。' if chinese else '.'}"


def first_faithful(
    candidates: Iterable[str], evidence: Sequence[Evidence], *, question: str
) -> tuple[Sentence | None, tuple[Dropped, ...]]:
    """Return the first of several wordings that its evidence bears; without one, what was wrong with the last.

    Args:
        candidates: Wordings, the one that reads best first.
        evidence: What the sentence cites, all of it.
        question: What was asked.
    """
    cites = tuple(dict.fromkeys(each.id for each in evidence))
    wrong: tuple[Dropped, ...] = ()
    for text in candidates:
        reasons = unsupported(text, evidence, question=question)
        if not reasons:
            return Sentence(text=text, cites=cites), ()
        wrong = (Dropped(text=text, reasons=reasons),)
    return None, wrong
