"""From the network's choices for each word to spans of words that do one thing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .features import Seen
from .roles import place_of, role_of

__all__ = ["Span", "spans", "strengths"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words that do one thing."""

    role: str
    column: int
    """-1 for a role without one."""
    first: int
    last: int
    """Places of its words, the last one included."""
    cell: str = ""
    """The cell that is meant, where that is known already."""


def spans(seen: Seen, choices: NDArray[np.integer]) -> list[Span]:
    """Return the spans of words that have one choice, without the idle ones.

    Args:
        seen: The question over its table.
        choices: [words]: places of choices, see `role_of`.
    """
    found: list[Span] = []
    for place, choice in enumerate(choices):
        role, column = role_of(int(choice))
        if role == "idle":
            continue
        last = found[-1] if found else None
        if last is not None and (last.role, last.column) == (role, column) and _joined(seen, last.last, place):
            found[-1] = Span(role=role, column=column, first=last.first, last=place)
        else:
            found.append(Span(role=role, column=column, first=place, last=place))
    return found


def _joined(seen: Seen, last: int, place: int) -> bool:
    """Say whether two words are of one span: next to each other, and no mark between them that parts a list."""
    spoken = seen.spoken
    between = spoken.sheet.text[spoken.words[last].end : spoken.words[place].start]
    return place == last + 1 and not any(mark in between for mark in ",;?!:")


def strengths(probabilities: NDArray[np.float32], found: list[Span]) -> list[float]:
    """Return how sure each span is: the best of its words.

    Args:
        probabilities: [words, choices].
        found: The spans that these give.
    """
    return [float(probabilities[span.first : span.last + 1, place_of(span.role, span.column)].max()) for span in found]
