"""Which windows need not be judged: those that cannot change the top, and those that a cheaper judge leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from questline.budget import Meter
from questline.errors import QuestlineError

from .first_stage import FirstStage, check_number
from .judge import Judge, numbers
from .permutation import repair

__all__ = ["EarlyStop", "agreement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStop:
    """When a window is skipped; with neither rule, never."""

    gap: float | None = None
    """Skip a window when the first stage puts its best passage this many standard deviations below the last one of
    the top that was asked for. Only where the first stage has scores."""
    second: Judge | None = None
    """A cheaper judge; where it agrees with the order a window has, that order stays."""
    agree: float = 1.0
    """Least agreement (Kendall's tau, in [-1, 1]) of the two."""

    def __post_init__(self) -> None:
        check_number("gap", self.gap, low=0.0)
        check_number("agree", self.agree, low=-1.0, high=1.0)

    async def skips(
        self, window: Sequence[int], order: Sequence[int], stage: FirstStage, *, top_n: int, meter: Meter
    ) -> bool:
        """Say whether `window` keeps its order unjudged.

        Args:
            window: Positions, in the order they have so far.
            order: All positions, best first.
            stage: What is ranked.
            top_n: How many places from the top matter.
            meter: Charged by the second judge.
        """
        if self.gap is not None and stage.scored and top_n < len(order):
            best = max(stage.strength[index] for index in window)
            if set(window).isdisjoint(order[:top_n]) and stage.strength[order[top_n - 1]] - best > self.gap:
                return True
        if self.second is None:
            return False
        passages = [stage.passages[index] for index in window]
        try:
            verdict = await self.second.permute(stage.query, passages, meter=meter)
        except QuestlineError:
            return False  # the first judge is asked, as without the rule
        made = repair(numbers(verdict), len(window))
        return made.report.valid and agreement(made.order) >= self.agree


def agreement(order: Sequence[int]) -> float:
    """Return Kendall's tau of an order with the ascending one, in [-1, 1]; 1 for fewer than two items."""
    n = len(order)
    if n < 2:
        return 1.0
    swapped = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
    return 1.0 - 4.0 * swapped / (n * (n - 1))
