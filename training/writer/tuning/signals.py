"""How good the texts of one query are, in [0, 1]: by a reward model, by a judge of principles, or by both.

Three forms: ``graded`` looks at each text by itself, on a scale; ``group`` at its place among the texts of its query;
``binary`` says good or not, as published (arXiv:2508.21476), so that a group of equals teaches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, get_args

import numpy as np

from questline.errors import UsageError
from questline.tools.writing.judge import GroupJudge
from questline.tools.writing.types import FloatArray, Judge, RewardModel

__all__ = ["FORMS", "SOURCES", "Form", "JudgeSignal", "ModelSignal", "Signal", "Source", "mean_of", "ranks"]

Form: TypeAlias = Literal["graded", "group", "binary"]
Source: TypeAlias = Literal["model", "judge", "both"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
SOURCES: Final[tuple[Source, ...]] = get_args(Source)


class Signal(Protocol):
    """Says how good the texts of one query are."""

    def __call__(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return a number in [0, 1] for each: [len(texts)]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSignal:
    """A reward model's, on a scale that known texts give: one half for their median."""

    model: RewardModel
    form: Form
    centre: float
    scale: float

    @classmethod
    def of(cls, model: RewardModel, form: Form, known: Sequence[tuple[str, str]]) -> ModelSignal:
        """Take the scale from texts with their queries.

        Raises:
            UsageError: ``bad_data`` without any.
        """
        if not known:
            raise UsageError(
                "a reward model needs texts that give its scale; give texts to learn from", code="bad_data"
            )
        told = np.concatenate([model.score(query, [text]) for query, text in known])
        return cls(model=model, form=form, centre=float(np.median(told)), scale=max(float(told.std()), 1e-6))

    def __call__(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return a logistic of the score, its rank in the group, or whether it is above the centre."""
        told = (self.model.score(query, texts) - self.centre) / self.scale
        if self.form == "group":
            return ranks(told)
        return 1 / (1 + np.exp(-told)) if self.form == "graded" else (told > 0).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSignal:
    """A judge's: its dimensions and score, its scores of the group side by side, or its verdict."""

    judge: Judge
    group: GroupJudge
    form: Form

    def __call__(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return ranks, verdicts, or ``w·dims`` of spec 08 §2.4 with equal weights, averaged with the verdict's score.

        In that score one failed rule that decides alone counts; a mean of dimensions hardly shows it.
        """
        if self.form == "group":
            return ranks(np.array(self.group.scores(query, texts).scores))
        verdicts = [self.judge.judge(query, text) for text in texts]
        if self.form == "binary":
            return np.array([float(verdict.good) for verdict in verdicts])
        return np.array([(_dimensions(list(one.dimensions.values())) + one.score) / 2 for one in verdicts])


def mean_of(signals: Sequence[Signal]) -> Signal:
    """Return the mean of signals as one."""

    def told(query: str, texts: Sequence[str]) -> FloatArray:
        return np.mean([signal(query, texts) for signal in signals], axis=0)

    return told


def ranks(scores: FloatArray) -> FloatArray:
    """Return how many of the others each is above, a tie counting one half, as a share: [n], one half for a single."""
    if len(scores) < 2:
        return np.full(len(scores), 0.5)
    above = (scores[:, None] > scores[None, :]).sum(1) + 0.5 * ((scores[:, None] == scores[None, :]).sum(1) - 1)
    return above / (len(scores) - 1)


def _dimensions(grades: Sequence[float]) -> float:
    return (sum(grades) / len(grades) - 1) / 4 if grades else 0.0
