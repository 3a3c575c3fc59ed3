"""Play questions to their end: the first plan is what is learnt from, what follows it is the same model's doing too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from questline.agents.workflow_planner.asking import word
from questline.agents.workflow_planner.parse import Choice
from questline.training.planner.mix import entropy

from .cases import Case
from .reward import Outcome

__all__ = ["Play", "Played", "histogram", "play"]

Write = Callable[[Sequence[Case]], list[str]]
"""Writes a plan for each decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One question, played."""

    first: Choice | None
    """The plan of the first decision; None for one that is not legal."""
    outcome: Outcome


Play = list[Played]


def play(cases: Sequence[Case], first: Sequence[str], write: Write) -> Play:
    """Follow each plan to the end of its question.

    Args:
        cases: The decisions that were due.
        first: The plan written for each.
        write: Writes the plans of later decisions, all that are due at once together.
    """
    read: list[Choice | None] = [case.read(text) for case, text in zip(cases, first, strict=True)]
    at: list[Outcome | Case] = [case.ends(choice) for case, choice in zip(cases, read, strict=True)]
    while due := [(place, each) for place, each in enumerate(at) if isinstance(each, Case)]:
        plans = write([case for _, case in due])
        for (place, case), text in zip(due, plans, strict=True):
            at[place] = case.ends(case.read(text))
    return [
        Played(first=choice, outcome=end)
        for choice, end in zip(read, at, strict=True)
        if isinstance(end, Outcome)  # all of them are
    ]


def histogram(played: Sequence[Played]) -> dict[str, float]:
    """Return the shares of questions that an illegal plan ended, that have no answer, and that began with each plan.

    ``plan entropy`` is that of the first plans, in nats.
    """
    plans = Counter("illegal" if each.first is None else word(each.first) for each in played)
    count = max(1, len(played))
    shares = {f"plan {name}": plans[name] / count for name in sorted(plans) if name != "illegal"}
    return {
        "illegal": sum(not each.outcome.legal for each in played) / count,
        "unanswered": sum(not each.outcome.answered for each in played) / count,
        "plan entropy": max(0.0, entropy(plans.values())),
        **shares,
    }
