"""Which sub-questions can run now, which never will, and how earlier answers are put into them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from questline.agents.contract import SubQuestion
from questline.agents.executors.parts import REFERENCE

from .state import PartResult

__all__ = ["fill", "needs", "ready", "unreachable"]


def needs(part: SubQuestion) -> frozenset[int]:
    """Return the numbers (from 1) of the parts whose answers a part needs; `settle_parts` declares them all."""
    return frozenset(part.depends_on)


def ready(parts: Sequence[SubQuestion], results: Sequence[PartResult]) -> tuple[int, ...]:
    """Return the numbers of the parts that have not run and whose needs are all answered."""
    ended = {result.number for result in results}
    answered = {result.number for result in results if result.status == "done"}
    return tuple(n for n, part in enumerate(parts, 1) if n not in ended and needs(part) <= answered)


def unreachable(parts: Sequence[SubQuestion], results: Sequence[PartResult]) -> tuple[int, ...]:
    """Return the numbers of the parts that can never run, because something they need has no answer."""
    lost = {result.number for result in results if result.status != "done"}
    waiting = set(range(1, len(parts) + 1)) - {result.number for result in results}
    for _ in parts:  # a loss travels at most as far as there are parts
        lost |= {number for number in waiting if needs(parts[number - 1]) & lost}
    return tuple(sorted(waiting & lost))


def fill(text: str, results: Sequence[PartResult], *, own: Collection[int] = ()) -> str:
    """Put the short answers of earlier parts in place of ``#1``, ``#2`` …, except for the question's `own` numbers."""
    answers = {
        str(result.number): result.draft.short or result.draft.text
        for result in results
        if result.draft and result.number not in own
    }
    return REFERENCE.sub(lambda match: answers.get(match[1]) or match[0], text)
