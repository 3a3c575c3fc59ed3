"""What a loop made of a question, and which of its needs were served."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from .questions import Question

__all__ = ["Loop", "Said", "served", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The end of a loop."""

    text: str
    missing: tuple[str, ...] = ()
    """Needs that it names as missing."""


class Loop(Protocol):
    """Answers a question."""

    def __call__(self, question: Question, /) -> Awaitable[Said]:
        """Return what it says in the end."""
        ...


def served(question: Question, said: Said) -> tuple[int, int]:
    """Return how many needs are answered rightly, and how many others are named as missing."""
    right = [_stands(need.value, need.sentence, said.text) for need in question.needs]
    lost = {_bare(text) for text in said.missing}
    named = [_bare(need.text) in lost for need in question.needs]
    return sum(right), sum(name and not good for name, good in zip(named, right, strict=True))


def wrong(question: Question, said: Said) -> int:
    """Return how many needs are neither answered rightly nor named as missing."""
    return len(question.needs) - sum(served(question, said))


def _stands(value: object, sentence: str, text: str) -> bool:
    return sentence in text or bool(re.search(rf"\b{re.escape(str(value))}\b", text))


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(" .?").casefold()
