"""``agents eval planner``: whether a planner chooses well for each question, on a table of every workflow."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.agents.contract import Context, Decision, PlannerView, WorkflowPlanner
from questline.agents.workflow_planner.build import build as build_planner
from questline.settings import Settings
from questline.tools.models.encoder import Encoder
from questline.tools.retrieval.report import Progress
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.intervals import percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.provenance import prompt_hashes
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.planner.assess import BALANCED, SWEEP
from questline.training.planner.contenders import Contender
from questline.training.planner.outcomes import Got, utility_of
from questline.training.planner.report import SEEN
from questline.training.planner.rewards import COMPONENTS
from questline.training.planner.rows import Asked
from questline.training.planner.running import Bench, open_bench
from questline.training.planner.verdict import Trial
from questline.training.planner.verdict_pictures import write_pictures

__all__ = ["PlannerSuite", "Timed"]

_FLAT: Final = (
    *("f1", "em", "utility", "adaptive_gain", "adaptive_gain_low", "adaptive_gain_high", "adaptive_gain_by_source"),
    *("oracle_gap_closed", "hypervolume", "regret", "over_budget", "planner_ms", "encoder_ms", "n"),
)
_NO_SEARCH_F1: Final = "the embedded backend answers nothing without a search: there is no decision to judge"


class Timed:
    """A planner whose decisions are timed."""

    def __init__(self, inner: WorkflowPlanner) -> None:
        self._inner = inner
        self.milliseconds: list[float] = []

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide; see `questline.agents.contract.WorkflowPlanner`."""
        began = time.perf_counter()
        try:
            return await self._inner.choose(view, context)
        finally:
            self.milliseconds.append(1000 * (time.perf_counter() - began))


@dataclass(kw_only=True)
class PlannerSuite:
    """Every question of a table; what a planner without a table's policy chooses is run through the graph."""

    trial: Trial
    """Its own planner has outcomes, or is a name alone (`live`)."""
    live: bool
    """Run the planner through the graph: it decides by what it is shown, not by numbers of the table."""
    corpus: Path
    questions: Path
    cache: Path
    settings: Settings = field(default_factory=Settings)
    identities: Mapping[str, str] = field(default_factory=dict[str, str])
    """Fingerprints of the planner and of the training table."""
    sweep: bool = False
    picture: Path | None = None
    """Folder of the pictures."""
    curves: Mapping[str, list[tuple[int, str, float]]] = field(default_factory=dict[str, list[tuple[int, str, float]]])
    """Learning curves of trained planners, by name."""
    indexing: Progress | None = None
    name = "planner"

    def load(self) -> Sequence[Asked]:
        """Return the questions of the table."""
        return [asked for asked, _ in self.trial.table.rows]

    def identify(self, row: Asked) -> str:
        """Return the question's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, tables, models and prompts."""
        table = self.trial.table
        return {
            "options": {
                "planner": self.trial.own.name,
                "beside": [each.name for each in self.trial.beside],
                "sweep": self.sweep,
                "seeds": self.trial.rivals.seeds,
                "constants": self.trial.constants.chosen_on,
            },
            "data": {
                "corpus": content_hash(self.corpus),
                "questions": content_hash(self.questions),
                "table": table.fingerprint,
                **self.identities,
            },
            "models": {
                "encoder": Encoder.load().fingerprint,
                "llm": self.settings.model,
                "table": cast("Json", table.about.get("identity", {})),
            },
            "prompts": dict(prompt_hashes(self.settings.prompts)),
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Open the corpus's index and a bench over it, where the planner has to be run."""
        self._places = {asked.id: place for place, (asked, _) in enumerate(self.trial.table.rows)}
        if not self.live:
            yield
            return
        with open_corpus(self.corpus, self.cache, threads=self.settings.threads, progress=self.indexing) as index:
            folder = index.folder
        async with open_bench(folder, self.settings) as bench:
            self._bench: Bench = bench
            yield

    async def run(self, row: Asked) -> Outcome:
        """Take what the planner chose for a question, or let it choose."""
        return await self._ran(row) if self.live else self._looked_up(row)

    async def _ran(self, row: Asked) -> Outcome:
        planner = Timed(build_planner(self.trial.own.name))
        cell = await self._bench.planned(row, planner)
        costs = {"tokens": cell.tokens, "usd": cell.usd, "calls": cell.calls}
        costs |= {"seconds": self.trial.table.seconds.of(cell.work), "retrievals": cell.retrievals, "turns": cell.turns}
        return Outcome(
            prediction=cell.answer,
            scores={"f1": cell.f1, "em": cell.em},
            cost={**costs, "planner_ms": percentile(planner.milliseconds, 50) or 0.0},
            labels={"source": row.source, "type": row.kind, "workflow": cell.column},
        )

    def _looked_up(self, row: Asked) -> Outcome:
        place, got = self._places[row.id], self.trial.own.got[BALANCED]
        return Outcome(
            prediction=got.plans[place],
            scores={"f1": float(got.f1[place]), "em": float(got.em[place])},
            cost=dict(zip(self.trial.table.top.components, got.costs[place].tolist(), strict=True)),
            labels={"source": row.source, "type": row.kind, "workflow": got.plans[place]},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Set the planner beside everything that it has to beat; a failed question gets nothing for nothing."""
        trial = replace(self.trial, own=self._lived(items)) if self.live else self.trial
        found = trial.verdict(sweep=self.sweep)
        if self.picture is not None:
            write_pictures(self.picture, trial.own.name, found, trial.rivals, self.curves)
        got, components = trial.own.got[BALANCED], trial.table.top.components
        utility = utility_of(got, BALANCED, components, trial.constants.scale)
        seen = trial.table.about.get("seen")
        why = {} if found["search_decision_f1"] is not None else {"search_decision_f1": _NO_SEARCH_F1}
        details = {name: value for name, value in found.items() if name not in _FLAT}
        return Summary(
            metrics=cast("dict[str, Json]", {**{name: found[name] for name in _FLAT}, **_groups(found)}),
            means={"f1": got.f1.tolist(), "em": got.em.tolist(), "utility": utility.tolist()},
            details=cast("dict[str, Json]", {**details, "why": why, "seen": seen, "warning": SEEN[seen]}),
        )

    def _lived(self, items: Sequence[Item]) -> Contender:
        """Return what the planner got where it was run."""
        by_id = {item.id: item for item in items}
        ordered = [by_id[asked.id] for asked in self.load()]
        names = self.trial.table.top.components
        got = Got(
            f1=np.array([item.scores.get("f1", 0.0) for item in ordered]),
            em=np.array([item.scores.get("em", 0.0) for item in ordered]),
            costs=np.array([[item.cost.get(name, 0.0) for name in names] for item in ordered]),
            plans=tuple(item.labels.get("workflow", "failed") for item in ordered),
        )
        took = [item.cost["planner_ms"] for item in ordered if "planner_ms" in item.cost]
        return Contender(name=self.trial.own.name, got=dict.fromkeys(SWEEP, got), milliseconds=percentile(took, 50))


def _groups(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown as tables: rivals, costs, sources, and weights of calls where they were asked for."""
    balanced = found["balanced"]
    volume = found["hypervolumes"]["calls" if "calls" in found["components"] else found["components"][0]]
    rivals = {
        name: {
            "utility": value,
            **{key: balanced["gains"].get(name, {}).get(key) for key in ("gain", "low", "high")},
            "hypervolume": volume.get(name, {}).get("hypervolume"),
        }
        for name, value in balanced["utility_of"].items()
    }
    sources = {
        source: {
            "n": told["n"],
            "gain": balanced["gains"][f"best constant within {source}"]["gain"],
            "low": balanced["gains"][f"best constant within {source}"]["low"],
            "high": balanced["gains"][f"best constant within {source}"]["high"],
            "entropy": told["entropy"],
            "largest share": max(told["shares"].values()),
            "information on type": told["type"]["mutual_information"],
        }
        for source, told in found["plans"]["by_source"].items()
    }
    costs = {
        name: {"mean": balanced["cost"][name], "scale": found["scale"][name]}
        for name in COMPONENTS
        if name in found["components"]
    }
    return {"rivals": rivals, "sources": sources, "costs": costs, **_sweep(found)}


def _sweep(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fits into 80 columns; ``sweep`` of the JSON has the rest."""
    rows = {
        f"{one['lambda_calls']:g}": {
            "f1": one["f1"],
            "calls": one["cost"].get("calls"),
            "gain": one["gains"]["best constant"]["gain"],
            "low": one["gains"]["best constant"]["low"],
            "high": one["gains"]["best constant"]["high"],
            "largest share": one["majority_share"],
        }
        for one in found["sweep"]
    }
    return {"weights of calls": rows} if rows else {}
