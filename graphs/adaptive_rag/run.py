"""Run the graph for one question: fresh, or from where an earlier run of the same id was cut short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.types import Answer, Message, Usage

from .build import Compiled
from .checkpoints import Stored, forget_steps, only_process, open_checkpoints, stored
from .state import Run, initial

__all__ = ["answer", "answer_resumably"]

_STEPS: Final = 200
"""LangGraph's limit of super-steps; five turns with four sub-questions need fewer than sixty."""


async def answer(
    graph: Compiled,
    run: Run,
    question: str,
    history: tuple[Message, ...] = (),
) -> Answer:
    """Answer one question; nothing is kept of it."""
    values = await cast("Any", graph).ainvoke(initial(question, history), {"recursion_limit": _STEPS}, context=run)
    return _answer_of(values)


async def answer_resumably(
    graph: Compiled,
    start: Callable[[Usage, float], Run],
    question: str,
    history: tuple[Message, ...] = (),
    *,
    run_id: str,
    file: Path,
    setup: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Answer one question with a checkpoint after each step.

    A run of the same id that was cut short goes on after its last finished step, with the budget that it had left; a
    finished one gives its answer again.

    Args:
        graph: Compiled without a checkpointer, to be shared by runs.
        start: Makes the `Run` from what an earlier run of this id spent, and its seconds.
        question: As the user wrote it.
        history: Earlier messages.
        run_id: Names the run.
        file: The SQLite file of checkpoints.
        setup: What besides the question decides the answer, by name: model, documents, workflow.

    Raises:
        UsageError: ``bad_argument`` when the id belongs to another question or setup, or its run is still
            running, here or in another process.
        RunError: ``damaged_index``, ``read_only``, ``disk_full`` for the file of checkpoints.
    """
    async with only_process(file.parent, run_id), open_checkpoints(file) as saver:
        graph = copy(graph)  # compiling takes tens of milliseconds
        graph.checkpointer = saver
        earlier = await stored(graph, run_id)
        if earlier is not None:
            _same_question(earlier, question, history, run_id)
            _same_setup(earlier, setup, run_id)
            if earlier.answer is not None:
                return replace(earlier.answer, run_id=run_id)
        run = start(earlier.spent, earlier.elapsed_s) if earlier else start(Usage(), 0.0)
        values = await cast("Any", graph).ainvoke(
            None if earlier else initial(question, history, setup),
            {"recursion_limit": _STEPS, "configurable": {"thread_id": run_id}},
            context=run,
            durability="sync",
        )
        await forget_steps(saver, run_id)
        return replace(_answer_of(values), run_id=run_id)


def _same_question(earlier: Stored, question: str, history: tuple[Message, ...], run_id: str) -> None:
    if earlier.asked != question or earlier.history != history:
        raise UsageError(
            f"run_id {run_id!r} belongs to another question ({earlier.asked!r}); choose a new one",
            code="bad_argument",
            argument="run_id",
        )


def _same_setup(earlier: Stored, setup: Mapping[str, str], run_id: str) -> None:
    changed = sorted(name for name in {*earlier.setup, *setup} if earlier.setup.get(name) != setup.get(name))
    if changed:
        raise UsageError(
            f"run_id {run_id!r} belongs to a run with another {' and '.join(changed)}; choose a new one",
            code="bad_argument",
            argument="run_id",
            changed=",".join(changed),
        )


def _answer_of(values: dict[str, Any]) -> Answer:
    return cast("Answer", values["answer"])
