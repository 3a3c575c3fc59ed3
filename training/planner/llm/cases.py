"""Decisions to learn from: a question, what was run before, and what the costs weigh; and what each choice brings."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

import numpy as np

from questline.agents.workflow_planner.asking import asked, left_line, open_choices
from questline.agents.workflow_planner.parse import Choice, parse_choice
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Workflow
from questline.budget import PRESETS, Budget
from questline.tools import decomposition
from questline.training.planner.columns import SUB
from questline.training.planner.rewards import utilities
from questline.training.planner.rows import Cell, spent_of

from .outcomes import RETRIEVING, Held, Outcomes, held
from .reward import Outcome

__all__ = ["Case", "Drawer", "Role", "best_choice"]

Role: TypeAlias = Literal["top", "part"]
"""A question itself, or a sub-question of it."""
_SPLITS: Final[tuple[tuple[str, Literal["serial", "parallel"]], ...]] = (("QDS", "serial"), ("QDP", "parallel"))
_LEAST: Final = 0.02
_MOST: Final = 0.6
_NO_LIMIT: Final = Budget()
_LIMITS: Final = (_NO_LIMIT, *PRESETS.values())


@dataclass(frozen=True, slots=False, kw_only=True)
class Case:
    """One decision that is due."""

    outcomes: Outcomes
    question: int
    taken: tuple[Workflow, ...] = ()
    weights: tuple[float, ...]
    """lambda, by component."""
    limits: Budget = _NO_LIMIT
    """What the prompt says is left; it ends nothing, for a table knows no limit."""
    split: str = ""
    """The decomposition that a sub-question comes from; empty for the question itself."""
    part: str = ""
    """The sub-question's words."""

    @property
    def role(self) -> Role:
        """Who decides it."""
        return "part" if self.split else "top"

    @cached_property
    def held(self) -> Held:
        """Where the question stands."""
        return held(self.outcomes, self.question, self.taken)

    @cached_property
    def choices(self) -> list[Choice]:
        """What is open."""
        return open_choices(
            self.taken,
            top_level=not self.split,
            documents=True,
            from_memory=bool(self.taken) and self.held.seen["found"] > 0,
            drafted=self.held.drafted,
        )

    @cached_property
    def values(self) -> dict[str, str]:
        """Values for the prompt's placeholders."""
        told = dict(zip(self.outcomes.components, self.weights, strict=True))
        return asked(
            self.part or self.outcomes.questions[self.question].text,
            choices=self.choices,
            seen=self.held.seen,
            tried=self.taken,
            left=left_line(self.limits, calls=self.held.calls, tokens=self.held.tokens, weights=told),
        )

    def read(self, text: str) -> Choice | None:
        """Read a plan; None for one that is not legal here."""
        try:
            return parse_choice(text, top_level=not self.split, allowed=self.choices)
        except ValueError:
            return None

    def after(self, workflow: Workflow) -> Case:
        """Return the decision that is due once a workflow has run."""
        return Case(
            outcomes=self.outcomes,
            question=self.question,
            taken=(*self.taken, workflow),
            weights=self.weights,
            limits=self.limits,
        )

    def ends(self, choice: Choice | None) -> Outcome | Case:
        """Return what comes of a choice: an end, or the next decision.

        An illegal plan ends the question with nothing, as published; what the served planner does instead is not learnt
        from.
        """
        if choice is None:
            return self._outcome((), 0.0, legal=False)
        if choice == "answer":
            return self._outcome((), self.held.f1, answered=True)
        if choice == "abstain":
            return self._outcome((), 0.0)
        if self.split:
            cell = self.outcomes.cell(self.question, SUB[self.split][str(choice)])
            return self._outcome((cell,), cell.f1, answered=bool(cell.answer))
        then = self.after(choice)
        if then.held.settled:
            return then._outcome((), then.held.f1, answered=then.held.drafted)  # noqa: SLF001 because it is its own kind
        return then

    def _outcome(self, cells: tuple[Cell, ...], f1: float, *, answered: bool = False, legal: bool = True) -> Outcome:
        run = (*self.held.cells, *cells) if not self.split else cells
        none = np.zeros(len(self.outcomes.components))
        return Outcome(
            f1=f1,
            costs=tuple(float(each) for each in sum((self.outcomes.costs(cell) for cell in run), none)),
            weights=self.weights,
            legal=legal,
            answered=answered,
            spent=tuple(spent_of(cell) for cell in run),
        )


def best_choice(case: Case) -> Choice:
    """Return the choice of the highest utility if whatever it runs were the last workflow.

    Of equals it is the one that ends the question, the answer before the abstention (the reward of a wrong one is no
    lower); of workflows, the cheapest.
    """

    def worth(choice: Choice) -> float:
        lam = np.array(case.weights)
        if choice in ("answer", "abstain"):
            return case.held.f1 if choice == "answer" else 0.0
        assert isinstance(choice, Workflow)
        if case.split:
            cell = case.outcomes.cell(case.question, SUB[case.split][str(choice)])
            f1 = cell.f1
        else:
            cell = case.outcomes.cell(case.question, str(choice))
            f1 = case.after(choice).held.f1
        ones = np.ones_like(lam)
        return float(utilities(np.array(f1), case.outcomes.costs(cell), ones, lam + 1e-6))

    return max(case.choices, key=lambda choice: (worth(choice), _ENDS.get(str(choice), 0)))


_ENDS: Final = {"answer": 2, "abstain": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """Draws decisions; the same key gives the same ones."""

    outcomes: Outcomes
    places: Sequence[int]
    """Questions that are drawn from."""
    role: Literal["top", "part", "both"] = "both"
    later: float = 0.3
    """Share of decisions that are due after one or two workflows."""
    blind: bool = False
    """Every decision is a first one, as published."""

    def draw(self, key: str, count: int) -> list[Case]:
        """Return so many decisions."""
        chance = random.Random(key)  # noqa: S311 because decisions are no secret
        return [self._one(chance) for _ in range(count)]

    def _one(self, chance: random.Random) -> Case:
        question = self.places[chance.randrange(len(self.places))]
        weights = tuple(_weight(chance, name) for name in self.outcomes.components)
        limits = chance.choice(_LIMITS)
        if self.role == "part" or (self.role == "both" and chance.random() < _SHARE_OF_PARTS):
            parts = _parts(self.outcomes, question)
            if parts:
                split, part = chance.choice(parts)
                return Case(
                    outcomes=self.outcomes, question=question, weights=weights, limits=limits, split=split, part=part
                )
        taken: tuple[Workflow, ...] = ()
        if not self.blind and chance.random() < self.later:
            question, taken = self._later(chance, question)
        return Case(outcomes=self.outcomes, question=question, taken=taken, weights=weights, limits=limits)

    def _later(self, chance: random.Random, question: int) -> tuple[int, tuple[Workflow, ...]]:
        """Find a question that a model would be asked about again; most are settled by their first workflow."""
        for _ in range(_TRIES):
            taken = (chance.choice(RETRIEVING),)
            if held(self.outcomes, question, taken).settled:
                question = self.places[chance.randrange(len(self.places))]
                continue
            more = (*taken, chance.choice([each for each in TOP_WORKFLOWS if each not in taken]))
            twice = chance.random() < _TWICE and not held(self.outcomes, question, more).settled
            return question, more if twice else taken
        return question, ()


_TRIES: Final = 8
_TWICE: Final = 1 / 2
"""Share of later decisions that are due after two workflows, where the second does not settle the question either."""
_SHARE_OF_PARTS: Final = 0.2


def _weight(chance: random.Random, name: str) -> float:
    """Draw a weight, as it is told: with two digits. Calls weigh mostly, for named budgets weigh them alone."""
    drawn = math.exp(chance.uniform(math.log(_LEAST), math.log(_MOST)))
    return round(drawn, 2) if chance.random() < (0.75 if name == "calls" else 0.15) else 0.0


def _parts(outcomes: Outcomes, question: int) -> list[tuple[str, str]]:
    """Return the sub-questions that stand by themselves, each with its decomposition."""
    text = outcomes.questions[question].text
    found: list[tuple[str, str]] = []
    for split, how in _SPLITS:
        parts = decomposition.serial(text) if how == "serial" else decomposition.parallel(text)
        found += [(split, part) for part in map(str, parts) if "#" not in part]
    return found
