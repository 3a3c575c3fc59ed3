"""Questline's own graph: intents, tools found, a plan that runs while it is written, an answer that cites."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from questline.agents.contract import Context
from questline.budget import Budget, Meter
from questline.graphs.tool_search.answering import search
from questline.graphs.tool_search.assembly import Searching, open_servers
from questline.graphs.tool_search.build import Compiled
from questline.mcp_servers.gateway.pool import ServerPool
from questline.tools.models.gateway import Gateway

from .outcome import Said
from .questions import Question

__all__ = ["GraphLoop", "graph_models"]

_PLANS: Final = ("tool_planner", "composer")
_ALL: Final = ("intents", "tool_planner", "tool_executor", "composer")


def graph_models(base_url: str, *, every: bool) -> Gateway:
    """Return the models of the graph's roles at one server.

    Args:
        base_url: Of the server.
        every: A model serves all roles of the graph, as it does where nothing else is said; else it plans and composes,
            rules split the question, and the planned calls are made as they are.
    """
    roles = _ALL if every else _PLANS
    return Gateway.build(models={role: role for role in roles}, base_url=base_url, environ={})


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLoop:
    """Answers with the graph of tool search. Nothing is suggested, as no peer suggests."""

    graph: Compiled
    pool: ServerPool
    llm: Gateway
    seconds: float = 120.0
    """What one question may take."""

    async def __call__(self, question: Question) -> Said:
        """Answer one question."""
        context = Context(meter=Meter(budget=Budget(seconds=self.seconds)), llm=self.llm)
        searching = Searching(pool=self.pool)
        async with open_servers(searching, context) as opened:
            run = opened.run(context, searching, routed=False)
            run = replace(run, suggest=None)
            found = await search(self.graph, run, question.text)
        assert found.answer is not None  # nothing goes to documents
        return Said(text=found.answer.text, missing=tuple(part.question for part in found.answer.missing))
