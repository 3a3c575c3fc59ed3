"""What a model plans on held-out questions, at its likeliest, and what that is worth beside the best constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from questline.budget import Budget
from questline.training.planner.baselines import LAMBDAS
from questline.training.planner.rewards import utilities, weights
from questline.training.recipe import Figures
from questline.training.tuning.chat import token_ids
from questline.training.tuning.generation import Writer

from .cases import Case
from .grammar import Grammar
from .outcomes import RETRIEVING, Outcomes
from .reward import ours
from .rollouts import Play, histogram, play
from .words import Prompts

__all__ = ["Held", "measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Questions that nothing is learnt from, and what the best constant brings on them at each of `LAMBDAS`."""

    outcomes: Outcomes
    places: tuple[int, ...]
    constants: tuple[float, ...]

    @classmethod
    def of(cls, outcomes: Outcomes, chosen_on: Sequence[int], places: Sequence[int]) -> Held:
        """Choose the constants on other questions."""
        own, other = (_worth(outcomes, each) for each in (places, chosen_on))
        constants: list[float] = []
        for lam in LAMBDAS:
            told = _weights(outcomes, lam)
            best = int(_utility(other, told).mean(axis=0).argmax())
            constants.append(float(_utility(own, told)[:, best].mean()))
        return cls(outcomes=outcomes, places=tuple(places), constants=tuple(constants))

    def cases(self, lam: float) -> list[Case]:
        """Return the first decision about each, at a weight of calls."""
        told = _weights(self.outcomes, lam)
        return [
            Case(outcomes=self.outcomes, question=place, weights=tuple(told.tolist()), limits=Budget())
            for place in self.places
        ]


def measured(writer: Writer, prompts: Prompts, held: Held) -> Figures:
    """Return ``held-out gain`` over the constants, in the mean over `LAMBDAS` and at each, and what was planned.

    The model is held to the open choices, as the server's grammar does; ``freely illegal`` is the share of first plans
    that it writes illegally without.
    """
    grammar = Grammar(writer.tokenizer)

    def write(due: Sequence[Case]) -> list[str]:
        ids = [token_ids(writer.tokenizer, prompts.messages(case)) for case in due]
        tries = [grammar.of(case.choices) for case in due]
        return [writer.text(each) for each in writer.write(ids, temperature=0.0, tries=tries)]

    cases = [held.cases(lam) for lam in LAMBDAS]
    flat = [case for each in cases for case in each]
    played = play(flat, write(flat), write)
    size = len(held.places)
    by_weight = [played[start : start + size] for start in range(0, len(played), size)]
    gains = {
        f"gain at {lam:g}": float(np.mean([ours(each.outcome) for each in part])) - constant
        for lam, part, constant in zip(LAMBDAS, by_weight, held.constants, strict=True)
    }
    balanced: Play = [each for lam, part in zip(LAMBDAS, by_weight, strict=True) if 0 < lam <= 0.2 for each in part]
    told = histogram(balanced)
    ids = [token_ids(writer.tokenizer, prompts.messages(case)) for case in cases[0]]
    free = writer.write(ids, temperature=0.0)
    unread = [case.read(writer.text(each)) is None for case, each in zip(cases[0], free, strict=True)]
    return {
        "held-out gain": float(np.mean(list(gains.values()))),
        **gains,
        "f1": float(np.mean([each.outcome.f1 for each in balanced])),
        **{name: told[name] for name in ("illegal", "unanswered", "plan entropy")},
        "freely illegal": sum(unread) / len(unread),
    }


def _weights(outcomes: Outcomes, lam: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return weights({"calls": lam} if "calls" in outcomes.components else {}, outcomes.components)


@dataclass(frozen=True, slots=True)
class _Worth:
    f1: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    costs: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]


def _worth(outcomes: Outcomes, places: Sequence[int]) -> _Worth:
    cells = [[outcomes.cell(place, str(workflow)) for workflow in RETRIEVING] for place in places]
    return _Worth(
        np.array([[cell.f1 for cell in row] for row in cells]),
        np.array([[outcomes.costs(cell) for cell in row] for row in cells]),
    )


def _utility(
    worth: _Worth, told: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return utilities(worth.f1, worth.costs, np.ones_like(told), told)
