"""Run the graph of tool search for one question: fresh, or from where an earlier run of the same id was cut short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.graphs.adaptive_rag.checkpoints import forget_steps, only_process, open_checkpoints
from questline.graphs.adaptive_rag.serde import unreadable
from questline.types import Answer, AnswerWarning, Ledger, LedgerEntry, Message, Usage

from .build import Compiled
from .journal import Journal
from .state import SearchRun, SearchState, initial

__all__ = ["STEPS", "Searched", "search", "search_resumably"]

STEPS: Final = 50
"""LangGraph's limit of super-steps; there are eight nodes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What the graph says of a question: an answer, or that the documents alone are to be asked."""

    answer: Answer | None
    """None where the documents alone are to be asked."""
    question: str
    """Standing alone."""
    entries: tuple[LedgerEntry, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()


async def search(graph: Compiled, run: SearchRun, question: str, history: tuple[Message, ...] = ()) -> Searched:
    """Answer one question; nothing is kept of it.

    Raises:
        UsageError: ``empty_query``, and what planner and composer find wrong with what they are given.
        RunError: A step failed and the run is strict; without ``strict`` it is a warning of the answer.
    """
    values = await cast("Any", graph).ainvoke(initial(question, history), {"recursion_limit": STEPS}, context=run)
    return _searched(values)


async def search_resumably(
    graph: Compiled,
    start: Callable[[Usage, float], SearchRun],
    question: str,
    history: tuple[Message, ...] = (),
    *,
    run_id: str,
    file: Path,
    setup: Mapping[str, str] = MappingProxyType({}),
    part: str = "",
) -> Searched:
    """Answer one question with a checkpoint after each node and after each task.

    A run of the same id that was cut short goes on with the budget that it had left: what was done is not done again,
    and a task that had begun and may not be repeated counts as failed. A finished one gives its answer again.

    Args:
        graph: Compiled without a checkpointer, to be shared by runs.
        start: Makes the `SearchRun` from what an earlier run of this id spent, and its seconds; called for a finished
            one too, so that what comes after it knows what is left.
        question: As the user wrote it.
        history: Earlier messages.
        run_id: Names the run.
        file: The SQLite file of checkpoints.
        setup: What besides the question decides the answer, by name.
        part: Tells several searches of one run apart.

    Raises:
        UsageError: ``bad_argument`` when the id belongs to another question or setup, or its run is still running,
            here or in another process; and as `search`.
        RunError: ``damaged_index``, ``read_only``, ``disk_full`` for the file of checkpoints; and as `search`.
    """
    thread = f"{run_id}\n(tool search{part and ' '}{part})"
    async with only_process(file.parent, run_id), open_checkpoints(file) as saver:
        graph = copy(graph)  # compiling takes tens of milliseconds
        graph.checkpointer = saver
        config: Any = {"recursion_limit": STEPS, "configurable": {"thread_id": thread}}
        journal = Journal(saver, thread)
        earlier = await _stored(graph, config)
        if earlier is not None:
            _same(earlier, question, history, setup, run_id)
        entries = (*(earlier["entries"] if earlier else ()), *(await journal.recall()).entries)
        run = start(Ledger(entries=entries).total, _elapsed_s(entries))
        if earlier is not None and (earlier["answer"] is not None or earlier["route"] == "documents"):
            return _searched(earlier)
        values = await cast("Any", graph).ainvoke(
            None if earlier else initial(question, history, setup),
            config,
            context=replace(run, journal=journal),
            durability="sync",
        )
        await forget_steps(saver, thread)
        await journal.forget()
        return _searched(values)


def _elapsed_s(entries: tuple[LedgerEntry, ...]) -> float:
    """Return the seconds from the question's arrival to the end of its last step; the pause is not counted."""
    return max((entry.started_s + entry.usage.seconds for entry in entries), default=0.0)


async def _stored(graph: Compiled, config: Any) -> SearchState | None:
    try:
        snapshot = await cast("Any", graph).aget_state(config)
        values = cast("SearchState", snapshot.values)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise unreadable(error) from error
    return values if values and "asked" in values else None


def _same(
    earlier: SearchState, question: str, history: tuple[Message, ...], setup: Mapping[str, str], run_id: str
) -> None:
    changed = sorted(name for name in {*earlier["setup"], *setup} if earlier["setup"].get(name) != setup.get(name))
    if earlier["asked"] != question or earlier["history"] != history:
        what = f"another question ({earlier['asked']!r})"
    elif changed:
        what = f"a run with another {' and '.join(changed)}"
    else:
        return
    raise UsageError(
        f"run_id {run_id!r} belongs to {what}; choose a new one", argument="run_id", changed=",".join(changed)
    )


def _searched(values: Mapping[str, Any]) -> Searched:
    state = cast("SearchState", values)
    return Searched(
        answer=state["answer"], question=state["question"], entries=state["entries"], warnings=state["warnings"]
    )
