"""Which questions a policy learnt from: marks of their words that travel with it, so that it is measured on others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from questline.training.embedded.examples import question_hash

__all__ = ["known", "marks"]

_DIGITS: Final = 8


def marks(questions: Iterable[str]) -> str:
    """Return eight hexadecimal digits for each question, sorted and joined; the words cannot be had back from them."""
    return "".join(sorted({_mark(one) for one in questions}))


def known(learnt: str, questions: Iterable[str]) -> list[str]:
    """Return those questions whose marks are in `learnt`, in their order."""
    there = {learnt[place : place + _DIGITS] for place in range(0, len(learnt), _DIGITS)}
    return [one for one in questions if _mark(one) in there]


def _mark(question: str) -> str:
    return f"{int(question_hash(question) * 16**_DIGITS):0{_DIGITS}x}"
