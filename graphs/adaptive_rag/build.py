"""The graph: ``condense → plan → executors … → plan … → compose``, sub-questions as a graph of their own.

Each executor is a node, so that with checkpoints a finished step is never run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from langgraph.graph import (  # pyright: ignore[reportMissingTypeStubs]  # because a namespace package hides py.typed
    END,
    START,
    StateGraph,
)
from langgraph.types import Send

from questline.agents.contract import Executor
from questline.agents.executors import CONDENSE, EXECUTORS
from questline.agents.executors.condense import Condense
from questline.agents.workflow_planner.workflow import Token

from .decompose import decompose_node, dispatch, finish_part, next_wave, summarize_node
from .endings import compose_node, condense_node, needs_rescue, rescue_node
from .nodes import NODE_OF, plan, step_node
from .state import LoopState, PartOutput, PartState, Run, RunState

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import (  # pyright: ignore[reportMissingTypeStubs]  # because of the same package
        CompiledStateGraph,
    )

__all__ = ["Compiled", "build", "make_graph"]

Compiled: TypeAlias = "CompiledStateGraph[Any, Any, Any, Any]"
"""A graph ready to run, with `RunState` as state and `Run` as runtime context."""

_CHAIN: Final[tuple[Token, ...]] = ("QR", "R", "DS", "AG")


def build(
    checkpointer: BaseCheckpointSaver[Any] | Literal[False] | None = None,
    *,
    executors: Mapping[Token, Executor] | None = None,
    condense: Condense | None = None,
) -> Compiled:
    """Compile the graph of adaptive retrieval-augmented generation.

    Args:
        checkpointer: Keeps the state after each node; needs `questline.graphs.adaptive_rag.serde.ValueSerializer`.
            False keeps nothing, not even inside another graph that has a checkpointer.
        executors: What runs for each token; the shipped ones when left out.
        condense: What makes a question stand alone; the shipped one when left out.
    """
    steps = EXECUTORS if executors is None else executors
    graph = _untyped(StateGraph(RunState, context_schema=Run))
    graph.add_node("condense", condense_node(condense or CONDENSE))
    graph.add_node("plan", plan)
    for token in _CHAIN:
        graph.add_node(NODE_OF[token], step_node(token, steps[token]))
    graph.add_node("decompose", decompose_node(steps))
    graph.add_node("dispatch", dispatch)
    graph.add_node("part", _part_graph(steps))
    graph.add_node("summarize", summarize_node(steps["AS"]))
    graph.add_node("rescue", rescue_node(steps))
    graph.add_node("compose", compose_node)
    graph.add_conditional_edges(START, _enter, ["condense", "plan"])
    graph.add_edge("condense", "plan")
    graph.add_conditional_edges("plan", _route, [*dict.fromkeys(NODE_OF.values()), "rescue", "compose"])
    for token in _CHAIN:
        graph.add_conditional_edges(NODE_OF[token], _route, [*_later(token), "plan", "rescue", "compose"])
    graph.add_conditional_edges("decompose", _after_split, ["dispatch", "plan", "rescue", "compose"])
    graph.add_conditional_edges("dispatch", _after_dispatch, ["part", "summarize", "plan", "rescue", "compose"])
    graph.add_edge("part", "dispatch")
    graph.add_conditional_edges("summarize", _route, ["plan", "rescue", "compose"])
    graph.add_edge("rescue", "compose")
    graph.add_edge("compose", END)
    return graph.compile(checkpointer=checkpointer, name="adaptive_rag")


def make_graph() -> Compiled:
    """Return the graph for LangGraph's tools to draw.

    It runs only with a `Run` as context, which no JSON can give: to run, they open `questline.api.make_graph`.
    """
    return build()


def _part_graph(executors: Mapping[Token, Executor]) -> Compiled:
    graph = _untyped(StateGraph(PartState, context_schema=Run, output_schema=PartOutput))
    graph.add_node("plan", plan)
    for token in _CHAIN:
        graph.add_node(NODE_OF[token], step_node(token, executors[token]))
    graph.add_node("finish", finish_part)
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", _route_part, [*(NODE_OF[token] for token in _CHAIN), "finish"])
    for token in _CHAIN:
        graph.add_conditional_edges(NODE_OF[token], _route_part, [*_later(token), "plan", "finish"])
    graph.add_edge("finish", END)
    return graph.compile(name="sub_question")


def _untyped(graph: StateGraph[Any, Any, Any, Any]) -> Any:
    """Drop the types of LangGraph's builder, whose overloads know no node made by a function."""
    return graph


def _later(token: Token) -> list[str]:
    return [NODE_OF[later] for later in _CHAIN[_CHAIN.index(token) + 1 :]]


# The edges are coroutines because LangGraph hands a plain function to a thread each time.


async def _enter(state: RunState) -> str:
    return "condense" if state["history"] else "plan"


def _next(state: LoopState) -> str | None:
    """Return the node that goes on with this loop; None at its end."""
    if state["stopped"] or state["verdict"]:
        return None
    if state["pending"]:
        return NODE_OF[state["pending"][0]]
    return "plan" if state["turn"] < state["turns"] else None


async def _route_part(state: PartState) -> str:
    return _next(state) or "finish"


async def _route(state: RunState) -> str:
    return _next(state) or ("rescue" if needs_rescue(state) else "compose")


async def _after_split(state: RunState) -> str:
    return "dispatch" if state["parts"] and not state["stopped"] else await _route(state)


async def _after_dispatch(state: RunState) -> str | list[Send]:
    wave = next_wave(state)
    if wave:
        return wave
    answered = any(result.status == "done" for result in state["results"])
    return "summarize" if answered and not state["stopped"] else await _route(state)
