"""A judge that knows the grades and errs as much as it is told to: for measuring schedules, and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np

from questline.budget import Meter
from questline.types import Passage, Usage

from .first_stage import check_number
from .judge import Verdict

__all__ = ["SimulatedJudge"]


class SimulatedJudge:
    """Order a window by grade plus Gaussian noise, drawn anew for each window (spec 03 §7).

    Args:
        grades: By passage id; 0 for those not named.
        sigma: Deviation of the noise, in grades; 0 never errs, and leaves equal grades in the order they came.
        seed: Of the noise. It also depends on the query and the window, not on the order of the calls.
        seconds: How long each call takes.
    """

    def __init__(self, grades: Mapping[str, float], *, sigma: float = 0.0, seed: int = 0, seconds: float = 0.0) -> None:
        check_number("sigma", sigma, low=0.0, high=1e6)
        check_number("seconds", seconds, low=0.0, high=1e6)
        self._grades = grades
        self._sigma = sigma
        self._seed = seed
        self._seconds = seconds
        self.calls = 0
        """Windows that were judged."""
        self.at_once = 0
        """Windows that are being judged now."""
        self.most_at_once = 0
        """The most windows that were judged at the same time."""

    async def permute(self, query: str, passages: Sequence[Passage], *, meter: Meter) -> Verdict:
        """Order `passages`; one call is charged."""
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self.at_once -= 1
        text = "\n".join((query, *(passage.id for passage in passages)))
        random = np.random.default_rng([self._seed, *text.encode()])
        seen = np.array([self._grades.get(passage.id, 0.0) for passage in passages], np.float64)
        seen += self._sigma * random.standard_normal(len(passages))
        usage = Usage(calls=1)
        meter.charge(usage)
        order: list[int] = np.argsort(-seen, kind="stable").tolist()
        return Verdict(order=tuple(order), usage=usage, model="simulated")
