"""What the sliding selector asks about one window of passages, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from questline.budget import Meter
from questline.types import AnswerWarning, Passage, Usage

__all__ = ["Judge", "Verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Which passages of one window help."""

    members: Sequence[int]
    """Positions in the window, from 0. What asks leaves out those outside it and repeats, and counts them."""
    answer: str = ""
    """The answer that these passages give; empty where they give none."""
    weight: float = 1.0
    """How much it counts beside other windows, in (0, 1]: less where the text had to be repaired."""
    chances: Mapping[int, float] | None = None
    """By position how likely the judge was to choose each passage, in [0, 1]; None where it does not tell."""
    usage: Usage = field(default_factory=Usage)
    """Already charged to the meter."""
    warnings: tuple[AnswerWarning, ...] = ()
    truncated: frozenset[int] = frozenset()
    """Positions of passages whose text was cut."""
    cleaned: frozenset[int] = frozenset()
    """Positions of passages of which orders to a judge were left out."""
    model: str = ""
    degraded: bool = False
    """A model failed, and another judged in its place."""


class Judge(Protocol):
    """Say which passages of a window help: a language model, the embedded selector, or a simulation."""

    async def judge(
        self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
    ) -> Verdict:
        """Judge `passages` together; `answer_so_far` is what the windows before have found.

        Raises:
            ModelError: The judge cannot answer; carries ``usage``.
            BudgetExceeded: No budget is left to ask; carries ``usage`` too.
        """
        ...
