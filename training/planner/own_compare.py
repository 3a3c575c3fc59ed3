"""Two planners on questions that neither has learnt from, each run as a user would run it: which is worth more.

    U = F1 - <lambda, c / scale>,   lambda of the budget, scale of the tuned policy's own table

Nothing is read from a table here: every question is asked twice, through the real graph and under the real budget.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

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
from questline.training.evaluation.intervals import Difference, paired_bootstrap
from questline.training.evaluation.rows import Question
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears
from questline.types import Answer

from .nominal import charge
from .rewards import checked

__all__ = ["RUNS", "Compared", "Line", "asked_both", "compared"]

RUNS: Final = "compare.jsonl"
"""One line a run, in the folder of the run."""
_ANSWERED: Final = ("complete", "partial")
Verdict = Literal["better", "worse", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One question with one planner."""

    question: str
    planner: str
    """A name, and for a trained one the fingerprint of its policy."""
    f1: float
    tokens: int
    usd: float
    calls: int
    workflow: str
    """What ran first."""

    def costs(self, components: Sequence[str]) -> list[float]:
        """Return the costs in that order; seconds, which weigh nothing here, are 0."""
        return [float(getattr(self, name, 0.0)) for name in components]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the comparison says."""

    gain: Difference
    """Utility of the tuned planner (b) less that of the other (a), with the 95 % interval of the paired bootstrap."""
    verdict: Verdict
    """``better`` or ``worse`` where the interval leaves 0 out."""
    means: Mapping[str, Mapping[str, float]]
    """By ``tuned`` and ``default``: utility, f1, tokens, usd, calls."""

    def as_dict(self) -> dict[str, Any]:
        """Return JSON data."""
        return {"verdict": self.verdict, "utility": asdict(self.gain), "means": dict(self.means)}


async def asked_both(
    questions: Sequence[Question],
    planners: Mapping[str, WorkflowPlanner],
    index: DocumentIndex,
    settings: Settings,
    out: Path,
    hears: Hears,
) -> dict[str, list[Line]]:
    """Ask every question with each planner; runs that are kept in ``compare.jsonl`` are not repeated.

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
            for one in questions:
                for name, planner in planners.items():
                    hears("comparing", done, total)
                    done += 1
                    if (one.text, name) in kept:
                        continue
                    request = runtime.request(one.text, planner=planner)
                    run = Run(context=runtime.context(request, Meter(budget=request.budget)), planner=planner)
                    line = _line(one, name, await search.answer(graph, run, request.question))
                    kept[one.text, name] = line
                    with storage_faults(out, what="the comparison"), (out / RUNS).open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
                    if wanted.to_end:
                        raise KeyboardInterrupt
    hears("comparing", total, total)
    return {name: [kept[one.text, name] for one in questions] for name in planners}


def _line(one: Question, planner: str, answer: Answer) -> Line:
    text = (answer.short or answer.text) if answer.status in _ANSWERED else ""
    cost = charge(answer.ledger.entries)
    return Line(
        question=one.text,
        planner=planner,
        f1=token_f1(text, one.answers),
        tokens=cost.tokens,
        usd=cost.usd,
        calls=cost.calls,
        workflow=answer.why[0].choice if answer.why else "",
    )


def compared(default: Sequence[Line], tuned: Sequence[Line], policy: Policy, budget: Budget, seed: int = 0) -> Compared:
    """Weigh the runs of two planners on the same questions as a budget asks.

    Raises:
        RunError: A utility is not a finite number.
    """
    lam = policy.weights(budget).astype(np.float64) / policy.scale

    def utility(lines: Sequence[Line]) -> list[float]:
        found = [line.f1 - float(np.dot(lam, line.costs(policy.components))) for line in lines]
        return checked(np.array(found)).tolist()

    gain = paired_bootstrap(utility(default), utility(tuned), seed=seed)
    verdict: Verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "undecided"
    sides = {"default": (default, gain.a), "tuned": (tuned, gain.b)}
    return Compared(gain=gain, verdict=verdict, means={name: _means(*side) for name, side in sides.items()})


def _means(lines: Sequence[Line], utility: float) -> dict[str, float]:
    measures: dict[str, Callable[[Line], float]] = {
        "f1": lambda line: line.f1,
        "tokens": lambda line: line.tokens,
        "usd": lambda line: line.usd,
        "calls": lambda line: line.calls,
    }
    return {"utility": utility} | {name: float(np.mean([of(line) for line in lines])) for name, of in measures.items()}


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
