"""What a schedule asks about one window of passages, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from questline.budget import Meter
from questline.types import AnswerWarning, Passage, Usage

from .contract import Ranker
from .permutation import Report

__all__ = ["Judge", "RankerJudge", "Verdict", "numbers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a judge orders one window."""

    order: Sequence[int]
    """Positions in the window, from 0, best first. It need not keep to the contract: what asks repairs it, and
    reports how."""
    finish_reason: str = "stop"
    """``length`` when an answer was cut off; such a verdict is never used."""
    usage: Usage = field(default_factory=Usage)
    """Already charged to the meter."""
    report: Report | None = None
    """What the judge itself had to repair, where it reads a text; None when it says so by ``order`` alone."""
    warnings: tuple[AnswerWarning, ...] = ()
    truncated: frozenset[int] = frozenset()
    """Positions in the window of passages whose text was cut."""
    cleaned: frozenset[int] = frozenset()
    """Positions of passages of which orders to a judge were left out."""
    model: str = ""
    degraded: bool = False
    """A model failed on the way to this verdict."""


class Judge(Protocol):
    """Order a few passages by how well each answers a query: an LLM, a cross-encoder, or a simulation."""

    async def permute(self, query: str, passages: Sequence[Passage], *, meter: Meter) -> Verdict:
        """Order `passages`, which come in the order they have so far.

        Raises:
            ModelError: The judge cannot answer; carries ``usage``.
            BudgetExceeded: No budget is left to ask; carries ``usage`` too.
        """
        ...


class RankerJudge:
    """A ranker as the judge of windows, such as the embedded one as a second opinion."""

    def __init__(self, ranker: Ranker) -> None:
        self._ranker = ranker

    async def permute(self, query: str, passages: Sequence[Passage], *, meter: Meter) -> Verdict:
        """Order `passages` as the ranker does."""
        ranking = await self._ranker.rank(query, passages, budget=meter)
        return Verdict(
            order=tuple(item.index for item in ranking.items),
            usage=ranking.usage,
            truncated=frozenset(item.index for item in ranking.items if item.truncated),
            model=ranking.model,
            degraded=ranking.degraded,
        )


def numbers(verdict: Verdict) -> list[int]:
    """Return the verdict's order as numbers from 1; what is no position becomes 0, which is foreign everywhere."""
    try:
        given: list[object] = list(verdict.order)
    except TypeError:
        return []
    return [
        place + 1 if isinstance(place, int) and not isinstance(place, bool) and place >= 0 else 0 for place in given
    ]
