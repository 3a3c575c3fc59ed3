"""Lessons and rewards that a recipe is measured beside: an erring expert, answers and rewards of other questions.

Each recipe here is exported as its last step left it: nothing is chosen by held-out answers, which a control must not
see.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from questline.training.embedded.examples import question_hash
from questline.training.tuning.last_step import last
from questline.training.tuning.reinforced import Rollout
from questline.training.tuning.supervised import Lessons
from questline.training.tuning.tuned import Lesson

from .executor_recipe import ExecutorRecipe
from .planner_recipes import GRPORecipe, SFTRecipe
from .traces import Step, Trace, called
from .world import CURRENCIES, World

__all__ = [
    "ForeignGRPO",
    "LastExecutor",
    "LastGRPO",
    "LastSFT",
    "ShuffledExecutor",
    "ShuffledSFT",
    "erring",
    "others",
    "shuffled",
]

T = TypeVar("T")
_OTHERS: Final = {
    "forecast": "tide",
    "tide": "forecast",
    "phone": "office",
    "fare": "captain",
    "mayor": "population",
    "population": "mayor",
}


def erring(world: World, traces: Sequence[Trace], share: float = 0.5) -> list[Trace]:
    """Return traces in a share of which, by a hash, the last call is of another tool that takes the same."""
    return [_wrong(world, each) if question_hash(f"errs {each.question}") < share else each for each in traces]


def _wrong(world: World, trace: Trace) -> Trace:
    last = trace.steps[-1]
    given = dict(last.arguments)
    plain = called(trace, len(trace.steps) - 1) or {}
    name = _OTHERS.get(last.tool, last.tool)
    if last.tool == "convert":
        other = CURRENCIES[(CURRENCIES.index(str(given["currency"])) + 1) % len(CURRENCIES)]
        given["currency"] = plain["currency"] = other
    elif last.tool == "difference":
        given = {"first": given["second"], "second": given["first"]}
        plain = {"first": plain["second"], "second": plain["first"]}
    [server] = [tool.server for tool in world.tools if tool.name == name]
    result = world.recorded.call(server, name, plain)
    wrong: Step = replace(last, server=server, tool=name, arguments=given, result=result, thought="I need the last.")
    return replace(trace, steps=(*trace.steps[:-1], wrong), answer="That is it.")


def shuffled(made: Lessons, seed: int) -> Lessons:
    """Return lessons in which each chat that is learnt has the answer of another one."""
    answers = others([each.answer for each in made.train], seed)
    train_on = [Lesson(each.messages, answer) for each, answer in zip(made.train, answers, strict=True)]
    return replace(made, train=train_on)


def others(values: Sequence[T], seed: int) -> list[T]:
    """Return the values in a drawn order in which none stands where it stood.

    >>> others("abc", 0) != list("abc")
    True
    """
    order = list(range(len(values)))
    random.Random(f"shuffled {seed}").shuffle(order)  # noqa: S311 because it is a control
    after = dict(zip(order, [*order[1:], *order[:1]], strict=True))
    return [values[after[place]] for place in range(len(values))]


class LastSFT(last(SFTRecipe)):
    """The planner, taught."""


class LastGRPO(last(GRPORecipe)):
    """The planner, reinforced."""


class LastExecutor(last(ExecutorRecipe)):
    """The executor."""


class ShuffledSFT(LastSFT):
    """A control: the planner, taught the plans of other questions."""

    def lessons(self) -> Lessons:
        """Read them, and shuffle the answers."""
        return shuffled(super().lessons(), self.job.seed)


class ShuffledExecutor(LastExecutor):
    """A control: the executor, taught the actions of other states."""

    def lessons(self) -> Lessons:
        """Read them, and shuffle the answers."""
        return shuffled(super().lessons(), self.job.seed)


class ForeignGRPO(LastGRPO):
    """A control: a plan is paid as if it were for another question, always the same one."""

    def paid_for(self, rollouts: Sequence[Rollout]) -> Sequence[Trace]:
        """Return the traces of other questions."""
        foreign = others(self.learnt, self.job.seed)
        return [foreign[each.place] for each in rollouts]
