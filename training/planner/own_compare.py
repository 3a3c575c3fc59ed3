"""Planners on questions that none has learnt from, each run as a user would run it: which is worth more.

    U = F1 - <lambda, c / scale>,   lambda of the budget, scale of the tuned policy's own table

Nothing is read from a table here: every question is asked by each, through the real graph and under the real budget.
What weighs is what was really spent, never a nominal charge. Where no language model is asked, seconds alone are spent,
and what the budget puts on calls is put on them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.agents.contract import WorkflowPlanner
from questline.agents.workflow_planner.trained import Policy
from questline.budget import Budget, Meter
from questline.graphs import search
from questline.graphs.adaptive_rag.state import Run
from questline.runtime import Runtime
from questline.settings import Settings
from questline.tools.retrieval.faults import storage_faults
from questline.tools.retrieval.index import DocumentIndex
from questline.training.evaluation.answer_metrics import token_f1
from questline.training.evaluation.rows import Question
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears
from questline.types import Answer

from .rewards import checked, utilities
from .scoring import plan_of, scored_text

__all__ = ["COSTS", "RUNS", "Line", "Prices", "asked_all"]

Doubles: TypeAlias = NDArray[np.float64]
RUNS: Final = "compare.jsonl"
"""One line a run, in the folder of the run."""
COSTS: Final = ("calls", "tokens", "usd", "seconds")
"""What a run really costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One question with one planner, and what it really cost."""

    question: str
    planner: str
    """A name, and for a trained one the fingerprint of its policy."""
    f1: float
    tokens: int
    usd: float
    calls: int
    seconds: float
    plan: str
    """The workflows that ran, such as ``R,AG > QDS``."""

    def costs(self, components: Sequence[str]) -> list[float]:
        """Return the costs in that order."""
        return [float(getattr(self, name)) for name in components]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What each cost takes off an F1: ``<lambda, c / scale>``."""

    components: tuple[str, ...]
    weights: tuple[float, ...]
    """lambda, by component."""
    scale: tuple[float, ...]

    @classmethod
    def of(cls, policy: Policy, budget: Budget, *, embedded: bool) -> Self:
        """Return those of a budget, in the units of a policy.

        Args:
            policy: The tuned one.
            budget: What the user asks with.
            embedded: Whether no language model is asked: then only seconds are spent, and they weigh what calls would.
        """
        told = dict(zip(policy.components, policy.weights(budget).tolist(), strict=True))
        if embedded:
            told = dict.fromkeys(told, 0.0) | {"seconds": max(told.get("seconds", 0.0), told.get("calls", 0.0))}
        scale = {"seconds": 1.0, **dict(zip(policy.components, policy.scale.tolist(), strict=True))}
        return cls(
            components=tuple(told),
            weights=tuple(told.values()),
            scale=tuple(scale[name] for name in told),
        )

    def utility(self, f1: Doubles, costs: Doubles) -> Doubles:
        """Return the utility of runs of this F1 ``[...]`` and these costs ``[..., c]``."""
        return utilities(f1, costs, np.array(self.scale), np.array(self.weights))

    def of_lines(self, lines: Sequence[Line]) -> list[float]:
        """Return the utility of each line; raises `RunError` for one that is not a finite number."""
        f1 = np.array([line.f1 for line in lines])
        return checked(self.utility(f1, np.array([line.costs(self.components) for line in lines]))).tolist()


async def asked_all(
    questions: Sequence[Question],
    planners: Mapping[str, WorkflowPlanner],
    index: DocumentIndex,
    settings: Settings,
    out: Path,
    hears: Hears,
) -> dict[str, list[Line]]:
    """Ask every question with each planner; runs that are kept in ``compare.jsonl`` are not repeated.

    Planners take turns in asking first, since the first to ask a question finds nothing of it in memory; one run that
    is not kept comes before all, since it loads the models.

    Args:
        questions: Held out of everything.
        planners: By the name that their runs are kept under.
        index: The documents.
        settings: Model and the budget that binds; a failing model raises.
        out: Folder of the run.
        hears: Told the progress.

    Returns:
        By name the lines, in the order of the questions.

    Raises:
        KeyboardInterrupt: After the run that was going on is kept.
        RunError: A run failed; those before are kept.
    """
    kept = {(line.question, line.planner): line for line in _kept(out / RUNS)}
    own = replace(settings, planner="rule", workflow=None, strict=True, servers=None)
    total, done = len(questions) * len(planners), 0
    graph = search.build(checkpointer=False)
    with interrupts() as wanted:
        async with Runtime.build(own, documents=index) as runtime, runtime.connections():

            async def answered(text: str, planner: WorkflowPlanner) -> Answer:
                request = runtime.request(text, planner=planner)
                run = Run(context=runtime.context(request, Meter(budget=request.budget)), planner=planner)
                return await search.answer(graph, run, request.question)

            cold = True
            for number, one in enumerate(questions):
                names = list(planners)
                first = number % len(names)
                for name in (*names[first:], *names[:first]):
                    hears("comparing", done, total)
                    done += 1
                    if (one.text, name) in kept:
                        continue
                    if cold:
                        await answered(one.text, planners[name])
                        cold = False
                    line = _line(one, name, await answered(one.text, planners[name]))
                    kept[one.text, name] = line
                    with storage_faults(out, what="the comparison"), (out / RUNS).open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
                    if wanted.to_end:
                        raise KeyboardInterrupt
    hears("comparing", total, total)
    return {name: [kept[one.text, name] for one in questions] for name in planners}


def _line(one: Question, planner: str, answer: Answer) -> Line:
    return Line(
        question=one.text,
        planner=planner,
        f1=token_f1(scored_text(answer), one.answers),
        tokens=answer.usage.tokens,
        usd=answer.usage.usd,
        calls=answer.usage.calls,
        seconds=answer.ledger.wall_s,
        plan=plan_of(answer),
    )


def _kept(path: Path) -> list[Line]:
    """Read the runs; a last line that a kill cut short is as if it were not there."""
    if not path.exists():
        return []
    found: list[Line] = []
    whole = path.read_text(encoding="utf-8")
    for text in whole.splitlines():
        try:
            found.append(Line(**json.loads(text)))
        except (ValueError, TypeError):
            continue
    if whole and not whole.endswith("\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
    return found
