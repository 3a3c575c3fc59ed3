"""The graph: ``intents → find → plan → run → compose → reread → suggest``; the one place where this order stands.

A question for the documents alone leaves it after ``plan``, as does one whose plan is only looked at; a plan that a
language model writes is run while it is being written, so that ``plan`` is left out; a given plan enters at ``run``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from langgraph.graph import (  # pyright: ignore[reportMissingTypeStubs]  # because a namespace package hides py.typed
    END,
    START,
    StateGraph,
)
from langgraph.runtime import Runtime

from questline.agents.executors import CONDENSE
from questline.agents.executors.condense import Condense

from .broken_plans import of_nothing
from .carrying import carry_out
from .composing import compose, suggest
from .nodes import condense_node, find, intents, plan, simple
from .rereading import reread
from .state import SearchRun, SearchState

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import (  # pyright: ignore[reportMissingTypeStubs]  # because of the same package
        CompiledStateGraph,
    )

__all__ = ["Compiled", "build"]

Compiled: TypeAlias = "CompiledStateGraph[Any, Any, Any, Any]"
"""A graph ready to run, with `SearchState` as state and `SearchRun` as runtime context."""


def build(
    checkpointer: BaseCheckpointSaver[Any] | Literal[False] | None = None, *, condense: Condense | None = None
) -> Compiled:
    """Compile the graph of tool search.

    Args:
        checkpointer: Keeps the state after each node; needs `questline.graphs.adaptive_rag.serde.ValueSerializer`.
            False keeps nothing, not even inside another graph that has a checkpointer.
        condense: What makes a question stand alone; the shipped one when left out.
    """
    graph: Any = StateGraph(SearchState, context_schema=SearchRun)
    graph.add_node("condense", condense_node(condense or CONDENSE))
    for name, node in (
        ("intents", intents),
        ("find", find),
        ("plan", plan),
        ("run", carry_out),
        ("compose", compose),
        ("reread", reread),
        ("suggest", suggest),
    ):
        graph.add_node(name, node)
    graph.add_conditional_edges(START, _enter, ["condense", "intents", "run"])
    graph.add_edge("condense", "intents")
    graph.add_edge("intents", "find")
    graph.add_conditional_edges("find", _after_find, ["plan", "run"])
    graph.add_conditional_edges("plan", _after_plan, ["run", "compose", END])
    graph.add_edge("run", "compose")
    graph.add_edge("compose", "reread")
    graph.add_edge("reread", "suggest")
    graph.add_edge("suggest", END)
    return graph.compile(checkpointer=checkpointer, name="tool_search")


# The edges are coroutines because LangGraph hands a plain function to a thread each time.


async def _enter(state: SearchState) -> str:
    if state["planned"] is not None:
        return "run"
    return "condense" if state["history"] else "intents"


async def _after_find(state: SearchState, runtime: Runtime[SearchRun]) -> str:
    run, needs, found = runtime.context, state["intents"], state["found"]
    assert needs is not None
    assert found is not None
    streams = run.streaming and not run.preview and not simple(run, needs, found)
    return "run" if streams and (state["history"] or of_nothing(needs) is None) else "plan"


async def _after_plan(state: SearchState, runtime: Runtime[SearchRun]) -> str:
    if state["route"] == "documents" or runtime.context.preview:
        return END
    return "run" if state["planned"] is not None and state["planned"].plan.tasks else "compose"
