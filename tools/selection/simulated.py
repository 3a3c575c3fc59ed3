"""A judge that knows what helps and errs as much as it is told to: for tests, and for measuring the sliding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from questline.budget import Meter
from questline.tools.ranking.first_stage import check_number
from questline.types import Passage, Usage

from .judge import Verdict

__all__ = ["SimulatedSelectionJudge"]


class SimulatedSelectionJudge:
    """Choose what helps, but for errors drawn anew for each window.

    Args:
        answers: By id of each passage that helps, the answer that it gives (empty for one that gives a part of it).
        miss: How likely a passage that helps is left out of a window's selection.
        false: How likely one that does not is chosen.
        seed: Of the errors. They also depend on the question and the window, not on the order of the calls.
    """

    def __init__(self, answers: Mapping[str, str], *, miss: float = 0.0, false: float = 0.0, seed: int = 0) -> None:
        check_number("miss", miss, low=0.0, high=1.0)
        check_number("false", false, low=0.0, high=1.0)
        self._answers = answers
        self._miss = miss
        self._false = false
        self._seed = seed
        self.windows: list[tuple[str, ...]] = []
        """The ids of each window that was judged, in order."""
        self.carried: list[str] = []
        """The answer so far that each window was given."""

    async def judge(
        self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
    ) -> Verdict:
        """Judge a window; one call is charged."""
        ids = tuple(passage.id for passage in passages)
        self.windows.append(ids)
        self.carried.append(answer_so_far)
        random = np.random.default_rng([self._seed, *"\n".join((question, *ids)).encode()])
        drawn = random.random(len(ids)).tolist()
        members = [
            place
            for place, (name, chance) in enumerate(zip(ids, drawn, strict=True))
            if (chance >= self._miss if name in self._answers else chance < self._false)
        ]
        told = [self._answers[ids[place]] for place in members if self._answers.get(ids[place])]
        usage = Usage(calls=1)
        meter.charge(usage)
        return Verdict(members=members, answer=told[0] if told else answer_so_far, usage=usage, model="simulated")
