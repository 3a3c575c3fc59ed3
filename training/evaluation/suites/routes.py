"""``agents eval routes``: whether a question is planned with the usual calls, before any of them is made."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from questline.agents.intents import split
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.agents.tool_planner.finding import find_candidates
from questline.mcp_servers.documents import Library, manifest_of
from questline.mcp_servers.gateway.catalogue import Catalogue
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.definitions import ServerManifest
from questline.mcp_servers.gateway.gateway import Gateway
from questline.tools.models.encoder import Encoder
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.scenario_rows import ExpectedCall, Scenario
from questline.training.evaluation.scenarios import read_scenarios
from questline.training.evaluation.suite import Outcome, Summary

__all__ = ["RoutesSuite"]

_DEADLINE_S: Final = 30.0
_KINDS: Final = ("single", "parallel", "chained", "mixed", "impossible")


@dataclass(kw_only=True)
class RoutesSuite:
    """Plan every scenario whose calls are known, over the servers of a file, and compare the sets of tools."""

    tasks: Path
    servers: Path
    """The MCP servers; each is started once, for what it offers."""
    documents: Path | None = None
    """Files that are the user's documents, a server beside the others."""
    limit: int | None = None
    name = "routes"
    _catalogue: Catalogue | None = field(default=None, init=False)
    _documents: tuple[ServerManifest, ...] = field(default=(), init=False)

    def load(self) -> Sequence[Scenario]:
        """Return the scenarios; raises `UsageError` ``bad_data``."""
        return [row for row in read_scenarios(self.tasks) if row.expect.calls is not None][: self.limit]

    def identify(self, row: Scenario) -> str:
        """Return the scenario's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the hashes of data and models."""
        return {
            "options": {},
            "data": {"tasks": content_hash(self.tasks), "servers": content_hash(self.servers)},
            "models": {"encoder": Encoder.load().fingerprint},
            "prompts": {},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Ask the servers what they offer, and index the documents in a folder that goes again."""
        from tempfile import TemporaryDirectory

        from questline.tools.retrieval import DocumentIndex

        with Catalogue(encoder=Encoder.load()) as catalogue, TemporaryDirectory() as folder:
            configuration = Configuration.read(self.servers)
            async with Gateway(configuration) as gateway:
                for name in configuration.servers:
                    catalogue.put(await gateway.manifest(name, deadline_s=_DEADLINE_S))
            if self.documents is not None:
                with DocumentIndex.open(Path(folder)) as index:
                    index.ingest([self.documents])
                    self._documents = (await manifest_of(cast("Library", index)),)
            self._catalogue = catalogue
            yield

    async def run(self, row: Scenario) -> Outcome:
        """Plan one scenario."""
        assert self._catalogue is not None
        started = time.perf_counter()
        intents = split(row.question)
        candidates = find_candidates(self._catalogue, intents.texts, also=self._documents)
        planned = await EmbeddedPlanner().plan(row.question, intents, candidates, deadline_s=_DEADLINE_S)
        seconds = time.perf_counter() - started
        made = sorted({(task.server, task.tool) for task in planned.plan.tasks})
        expected = row.expect.calls or ()
        codes = [one.code for one in planned.unserved]
        right = all(_made(call, made) for call in expected) and all(
            any(_is(call, one) for call in expected) for one in made
        )
        return Outcome(
            prediction={"calls": [f"{server}/{tool}" for server, tool in made], "unserved": cast("Json", codes)},
            scores={
                "same_tools": float(right),
                "all_made": float(all(_made(call, made) for call in expected)),
                "one_too_many": float(any(not any(_is(call, one) for call in expected) for one in made)),
            },
            cost={"seconds": seconds},
            labels={"kind": row.kind, "writing": "free" if row.free_writing else "none"},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the shares, of all and of those without free writing, and by kind; a failed row is wrong."""
        plain = [item for item in items if item.labels.get("writing") == "none"]
        metrics: dict[str, Json] = {
            "same_tools": mean(_scores(items, "same_tools")),
            "same_tools_without_writing": mean(_scores(plain, "same_tools")),
            "all_made": mean(_scores(items, "all_made")),
            "one_too_many": mean(_scores(items, "one_too_many")),
            "ms_p50": percentile([1000 * item.cost["seconds"] for item in items if not item.error], 50),
            "n": len(items),
            "n_without_writing": len(plain),
        }
        for kind in _KINDS:
            of = [item for item in items if item.labels.get("kind") == kind]
            if of:
                metrics[kind] = {"same_tools": mean(_scores(of, "same_tools")), "n": len(of)}
        return Summary(
            metrics=metrics,
            means={
                "same_tools": _scores(items, "same_tools"),
                "same_tools_without_writing": _scores(plain, "same_tools"),
            },
        )


def _scores(items: Sequence[Item], name: str) -> list[float]:
    return [item.scores.get(name, 0.0) for item in items]


def _is(call: ExpectedCall, made: tuple[str, str]) -> bool:
    return made[0] == call.server and made[1] in call.tools


def _made(call: ExpectedCall, made: Sequence[tuple[str, str]]) -> bool:
    return any(_is(call, one) for one in made)
