"""``agents eval scenarios``: whole answers to questions over servers and documents, against what is right."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from questline.api import Agent
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.pool import ServerPool
from questline.settings import Settings, load_settings
from questline.tools.models.encoder import Encoder
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.scenarios import Scenario, check, read_scenarios
from questline.training.evaluation.suite import Outcome, Summary
from questline.types import Answer

__all__ = ["ScenariosSuite"]

_MARKS: Final = ("right", "status", "answer", "missing", "cited", "routed")
_KINDS: Final = ("single", "parallel", "chained", "mixed", "impossible")


@dataclass(kw_only=True)
class ScenariosSuite:
    """Ask every scenario, and compare what the asker sees."""

    tasks: Path
    servers: Path
    documents: Path
    """Files that are the user's documents."""
    settings: Settings = field(default_factory=load_settings)
    deadline_s: float = 60.0
    """For each answer."""
    limit: int | None = None
    name = "scenarios"
    _agent: Agent | None = field(default=None, init=False)

    def load(self) -> Sequence[Scenario]:
        """Return the scenarios; raises `UsageError` ``bad_data``."""
        return list(read_scenarios(self.tasks))[: self.limit]

    def identify(self, row: Scenario) -> str:
        """Return the scenario's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the hashes of data and models."""
        return {
            "options": {"deadline_s": self.deadline_s, "model": self.settings.model},
            "data": {"tasks": content_hash(self.tasks), "servers": content_hash(self.servers)},
            "models": {"encoder": Encoder.load().fingerprint},
            "prompts": {},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Index the documents in a folder that goes again, and keep the servers until the last answer."""
        with TemporaryDirectory() as folder:
            settings = replace(self.settings, index=Path(folder), servers=None)
            configuration = replace(Configuration.read(self.servers), source=None)  # nothing is written beside the file
            agent = Agent(self.documents, settings=settings)
            agent.runtime.servers = ServerPool(configuration, encoder=Encoder.load)
            async with agent:
                self._agent = agent
                yield

    async def run(self, row: Scenario) -> Outcome:
        """Ask one question."""
        assert self._agent is not None
        started = time.perf_counter()
        answer = await self._agent.aask(row.question, deadline_s=self.deadline_s)
        seconds = time.perf_counter() - started
        calls = [(task.server, task.tool) for task in answer.plan.tasks if task.status != "skipped"]
        named = [each for part in answer.missing for each in (part.question, *part.fields)]
        verdict = check(row, answer.text, answer.status, calls, answer.citations, named=named)
        return Outcome(
            prediction={
                "answer": answer.text,
                "status": answer.status,
                "calls": [f"{server}/{tool}" for server, tool in calls],
                "faults": list(verdict.faults),
            },
            scores={name: float(getattr(verdict, name)) for name in _MARKS} | {"known": float(_known(answer))},
            cost={"seconds": seconds, "tokens": answer.usage.tokens, "usd": answer.usage.usd},
            labels={"kind": row.kind, "writing": "free" if row.free_writing else "none"},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the shares, of all and of those without free writing, and by kind; a failed row is wrong."""
        plain = [item for item in items if item.labels.get("writing") == "none"]
        metrics: dict[str, Json] = {name: mean(_scores(items, name)) for name in _MARKS}
        metrics |= {
            "right_without_writing": mean(_scores(plain, "right")),
            "citations_known": mean(_scores(items, "known")),
            "seconds_p50": percentile([item.cost["seconds"] for item in items if not item.error], 50),
            "n": len(items),
            "n_without_writing": len(plain),
        }
        for kind in _KINDS:
            of = [item for item in items if item.labels.get("kind") == kind]
            if of:
                metrics[kind] = {"right": mean(_scores(of, "right")), "n": len(of)}
        return Summary(
            metrics=metrics,
            means={"right": _scores(items, "right"), "right_without_writing": _scores(plain, "right")},
        )


def _known(answer: Answer) -> bool:
    """Say whether every citation names evidence of the answer, and a place in its text."""
    known = {each.id for each in answer.evidence}
    length = len(answer.text)
    return all(each.evidence_id in known and 0 <= each.start < each.end <= length for each in answer.citations)


def _scores(items: Sequence[Item], name: str) -> list[float]:
    return [item.scores.get(name, 0.0) for item in items]
