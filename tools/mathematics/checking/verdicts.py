"""What was found of one answer: each part right, wrong or undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from questline.types import AnswerWarning

__all__ = ["Checked", "PartVerdict", "Route", "Status"]

Status: TypeAlias = Literal["right", "wrong", "undecided"]
Route: TypeAlias = Literal["boxed", "answer_line", "whole", "tail", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartVerdict:
    """What was found of one part of the right answer."""

    gold: str
    """The part of the right answer, as written."""
    prediction: str
    """What was set against it; empty where the prediction has no such part."""
    status: Status
    reason: str
    """Why, in a few words; ``limit`` where it was too large or too slow to compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of one prediction; the denominator of a share is the parts of the right answer."""

    parts: Sequence[PartVerdict]
    route: Route
    """How the answer was found in the prediction."""
    answers: Sequence[str]
    """What was taken from the prediction as its answer, part by part."""
    warnings: Sequence[AnswerWarning] = ()
    """``gold_disagreement`` where right answers in two languages differ."""

    @property
    def share_low(self) -> float:
        """The share of parts that are right, an undecided one counted as wrong."""
        return self._share("right")

    @property
    def share_high(self) -> float:
        """The share of parts that are right, an undecided one counted as right."""
        return self._share("right", "undecided")

    @property
    def strict_low(self) -> bool:
        """Whether every part is right, an undecided one counted as wrong."""
        return self.share_low == 1

    @property
    def strict_high(self) -> bool:
        """Whether every part is right, an undecided one counted as right."""
        return self.share_high == 1

    def _share(self, *counted: Status) -> float:
        return sum(part.status in counted for part in self.parts) / len(self.parts) if self.parts else 0.0
