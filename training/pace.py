"""How fast a training goes, and how much memory it takes: of learning alone, without measuring and keeping."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .recipe import Figures

__all__ = ["WRITTEN", "Pace", "Written"]


@dataclass
class Written:
    """What language models have written while they learn or are measured, in this process."""

    rollouts: int = 0
    tokens: int = 0

    def add(self, rollouts: int, tokens: int) -> None:
        """Count answers and their tokens."""
        self.rollouts += rollouts
        self.tokens += tokens


WRITTEN: Final = Written()
_GIGABYTE: Final = 1e9


class Pace:
    """Times each step of a run; the first, in which all is warmed up, counts only where it is the only one.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._steps: list[tuple[float, int, int]] = []
        self.go()

    def go(self) -> None:
        """Begin a step."""
        self._from = (self._clock(), WRITTEN.rollouts, WRITTEN.tokens)

    def taken(self) -> None:
        """End it."""
        began, rollouts, tokens = self._from
        self._steps.append((self._clock() - began, WRITTEN.rollouts - rollouts, WRITTEN.tokens - tokens))

    def figures(self) -> Figures:
        """Return steps a second; where something was written, of those steps, with rollouts and tokens; memory in GB.

        Memory is what torch held of a GPU at once; without one, what the process had at once.
        """
        writing = [step for step in self._steps if step[1]]
        steps = writing or self._steps
        steps = steps[1:] or steps
        told: dict[str, float] = {}
        seconds = sum(took for took, _, _ in steps)
        if seconds > 0:
            told["steps_per_second"] = len(steps) / seconds
            if rollouts := sum(each for _, each, _ in steps):
                told["rollouts_per_second"] = rollouts / seconds
                told["tokens_per_second"] = sum(each for _, _, each in steps) / seconds
        return {**told, "peak_memory_gb": _peak()}


def _peak() -> float:
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / _GIGABYTE
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / _GIGABYTE
