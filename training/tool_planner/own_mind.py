"""Questline itself as the expert: questions asked of the whole, over servers; the calls that it made are the trace.

A thought is what the plan says that the call is for. Values are plain, as they were sent: `plan_text.linked` finds
where they came from. What holds of a trace, the filters say, as of any expert's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from questline.api import Agent
from questline.budget import Budget, Meter
from questline.errors import QuestlineError, UsageError
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.recording import Recording
from questline.mcp_servers.gateway.redaction import Secrets
from questline.settings import Settings

from .recorded import Told, told_of
from .traces import Step, Trace

__all__ = ["OwnMind", "own_mind"]


@dataclass(kw_only=True)
class OwnMind:
    """An agent whose calls are recorded; see `own_mind`."""

    agent: Agent
    recording: Path
    deadline_s: float = 60.0
    """Of a question."""
    meter: Meter = field(default_factory=lambda: Meter(Budget()))
    """Of nothing: what models cost is in the agent's own budget."""

    def key(self, question: str) -> str:
        """Return what tells this question, asked of Questline, from all others."""
        return hashlib.sha256(f"own mind\n{self.agent.settings.model}\n{question}".encode()).hexdigest()[:32]

    async def trace(self, question: str) -> Trace:
        """Ask, and return the calls that were made, in order, with the answer; without one that is not complete.

        Raises:
            QuestlineError: The question failed.
        """
        before = self.recording.stat().st_size if self.recording.exists() else 0
        answer = await self.agent.aask(question, deadline_s=self.deadline_s)
        with self.recording.open("rb") as file:
            file.seek(before)
            lines = file.read().decode("utf-8").splitlines()
        calls = [row for row in map(_row, lines) if row["kind"] == "call"]
        why: dict[tuple[str, str], list[str]] = {}
        for task in answer.plan.tasks:
            why.setdefault((task.server, task.tool), []).append(task.intent)
        steps = [self._step(row, why.get((str(row["server"]), str(row["tool"])), []), question) for row in calls]
        return Trace(question=question, steps=tuple(steps), answer=answer.text if answer.status == "complete" else "")

    def _step(self, row: Mapping[str, object], why: list[str], question: str) -> Step:
        """Return a call as a step; of several of one tool each is for the next task of it, the last for the rest."""
        told = (why.pop(0) if len(why) > 1 else why[0]) if why else question
        server, tool = str(row["server"]), str(row["tool"])
        arguments = cast("Mapping[str, object]", row["arguments"])
        step = Step(thought=f"I need this: {told or question}", server=server, tool=tool, arguments=arguments)
        found = _outcome(self.recording, server, tool, arguments)
        return replace(step, result=found.value) if isinstance(found, Told) else replace(step, error=found.code)


def _row(line: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", json.loads(line))


def _outcome(path: Path, server: str, tool: str, arguments: Mapping[str, object]) -> Told | QuestlineError:
    """Return what a recorded call gave first, as the filters read it."""
    try:
        return told_of(Recording(path, Secrets(())).play(server, tool, arguments))
    except QuestlineError as error:
        return error


@asynccontextmanager
async def own_mind(
    folder: Path, servers: Path, documents: Path | None, settings: Settings, *, recording: str
) -> AsyncGenerator[OwnMind]:
    """Yield Questline over servers (and documents), whose calls are recorded in a folder that is there.

    Raises:
        UsageError: As `Configuration.read`; ``no_tools`` where none may be started.
    """
    async with AsyncExitStack() as stack:
        own = Path(stack.enter_context(TemporaryDirectory()))
        # Catalogue and pins stand beside the source: each run makes its own.
        told = replace(Configuration.read(servers), source=own / servers.name)
        agent = Agent(documents=documents, servers=told, index=own / "index", settings=settings)
        if agent.runtime.servers is None or not agent.runtime.servers.usable:
            raise UsageError(f"{str(servers)!r} names no server that may be started", code="no_tools", path=servers)
        agent.runtime.servers.record = folder / recording
        yield OwnMind(agent=await stack.enter_async_context(agent), recording=folder / recording)
