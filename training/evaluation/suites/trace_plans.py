"""``agents eval plans`` over a folder of traces: the plans of a tuned planner, read and run as served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.models.llm_contract import Prompt
from questline.training.evaluation.asked_model import AskedModel, answered
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.tool_planner.data import read_examples
from questline.training.tool_planner.made import RECORDING, TRACES
from questline.training.tool_planner.measures import PlanJudge, plan_figures
from questline.training.tool_planner.prompts import PlannerPrompts, shelf
from questline.training.tool_planner.traces import Trace
from questline.types import Message

__all__ = ["TracePlansSuite"]

_MOST: Final = 400
"""Tokens that a model may write."""


@dataclass(kw_only=True)
class TracePlansSuite:
    """Let a language model plan the question of each trace, and compare with the plan that the trace amounts to."""

    folder: Path
    """With ``recording.jsonl`` and ``traces.jsonl``; traces are filtered as for the recipes."""
    asks: AskedModel
    shown: int = 12
    """Tools that are shown: those that the trace needs, and others."""
    held: bool = False
    """Only the tenth of the questions, by their hash, that the recipes do not learn from."""
    limit: int | None = None
    name = "plans"

    def load(self) -> Sequence[Trace]:
        """Return the traces; raises `UsageError` ``bad_data`` where none is left."""
        found = read_examples(self.folder, thoughts=False)
        self._tools, self._judge = found.tools, PlanJudge(found.recorded)
        rows = [*found.held, *found.train[: 0 if self.held else None]][: self.limit]
        if not rows:
            raise UsageError(f"no trace of {str(self.folder)!r} is held out", code="bad_data", path=self.folder)
        self._ids = {row.question: f"trace-{place}" for place, row in enumerate(rows)}
        return rows

    def identify(self, row: Trace) -> str:
        """Return the trace's place among those that are measured."""
        return self._ids[row.question]

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, model and prompt."""
        return {
            "options": {"method": self.asks.way, "held_out": self.held, "shown": self.shown, "bare": self._bare},
            "data": {name: content_hash(self.folder / name) for name in (TRACES, RECORDING)},
            "models": {"llm": self.asks.fingerprint()},
            "prompts": {self.asks.role: "bare" if self._bare else self.asks.prompt_hash()},
        }

    @property
    def _bare(self) -> bool:
        """Whether the question alone is asked: of a model that is run here and has no prompt beside it."""
        return self.asks.way == "local" and self.asks.beside is None and Path(self.asks.model).is_dir()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Load the model."""
        self._prompts = PlannerPrompts.of("bare")
        if not self._bare:
            self._prompts = replace(self._prompts, template=self.asks.template(), servable=True)
        async with self.asks.open() as llm:
            self._llm = llm
            yield

    async def run(self, row: Trace) -> Outcome:
        """Plan one question, read the plan, run it on the recording, and compare."""
        system = ""
        turns: list[Message] = []
        for each in self._prompts.messages(row, shelf(self._tools, row, self.shown)):
            if each["role"] == "system":
                system = each["content"]
            else:
                turns.append(
                    Message(role="assistant" if each["role"] == "assistant" else "user", content=each["content"])
                )
        started = time.perf_counter()
        text, spent = await answered(self._llm, self.asks.role, Prompt(system=system, messages=tuple(turns)), _MOST)
        seconds = time.perf_counter() - started
        # In a thread of its own: plans are run in a loop of theirs.
        found = await asyncio.to_thread(self._judge.judge, [text], [row])
        scores = {name.replace(" ", "_").lower(): value for name, value in plan_figures(found).items()}
        labels = {"calls": str(len(row.steps))}
        return Outcome(prediction=text, scores=scores, cost={"seconds": seconds, **spent}, labels=labels)

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means over questions; a failed one is 0, and invalid."""
        names = ("exact_plans", "edge_f1", "node_f1", "executed", "score", "invalid", "unparsable")
        bad = ("invalid", "unparsable")
        means = {name: [item.scores.get(name, float(name in bad)) for item in items] for name in names}
        metrics: dict[str, Json] = {name: mean(values) for name, values in means.items()}
        metrics["ms_p50"] = percentile([1000 * item.cost["seconds"] for item in items if not item.error], 50)
        metrics["n"] = len(items)
        return Summary(metrics=metrics, means=means)
