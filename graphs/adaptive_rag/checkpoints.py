"""Where a run's finished steps survive a kill: one SQLite file, one thread of checkpoints for each run id."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from questline.tools.retrieval.faults import storage_faults
from questline.types import Answer, LedgerEntry, Message, Usage

from .serde import ValueSerializer
from .state import PartOutput, RunState

if TYPE_CHECKING:
    from langgraph.types import StateSnapshot

    from .build import Compiled

__all__ = ["Stored", "open_checkpoints", "stored"]

_BUSY_S: Final = 30.0
"""How long to wait for another process that is writing a checkpoint."""


class Stored:
    """What an earlier run of the same id left."""

    def __init__(
        self, asked: str, history: tuple[Message, ...], answer: Answer | None, entries: list[LedgerEntry]
    ) -> None:
        self.asked = asked
        self.history = history
        self.answer = answer
        """The answer of a finished run."""
        self.entries = entries
        """What its finished steps spent, those of unfinished sub-questions included."""

    @property
    def spent(self) -> Usage:
        """All of it together."""
        total = Usage()
        for entry in self.entries:
            total += entry.usage
        return total

    @property
    def elapsed_s(self) -> float:
        """Seconds from the question's arrival to the end of its last finished step; the pause is not counted."""
        return max((entry.started_s + entry.usage.seconds for entry in self.entries), default=0.0)


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncGenerator[AsyncSqliteSaver]:
    """Open the file of checkpoints, made when missing.

    Raises:
        RunError: ``read_only`` when it cannot be opened or written, ``disk_full``, ``damaged_index``, ``index_locked``.
    """
    with storage_faults(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        async with aiosqlite.connect(path, timeout=_BUSY_S) as connection:
            # A killed process loses nothing that way; a power cut may cost the last steps, which then run again.
            await connection.execute("PRAGMA synchronous=NORMAL")
            saver = AsyncSqliteSaver(connection, serde=ValueSerializer())
            await saver.setup()
            yield saver


async def stored(graph: Compiled, run_id: str) -> Stored | None:
    """Return what was kept under `run_id`, None when nothing was."""
    snapshot: StateSnapshot = await cast("Any", graph).aget_state(
        {"configurable": {"thread_id": run_id}}, subgraphs=True
    )
    values = cast("RunState", snapshot.values)
    if not values or "asked" not in values:
        return None
    return Stored(values["asked"], values["history"], values["answer"], [*values["entries"], *_nested(snapshot)])


def _nested(snapshot: StateSnapshot) -> list[LedgerEntry]:
    """Return the entries of sub-questions that were cut short; the whole holds those of finished ones already."""
    entries: list[LedgerEntry] = []
    for task in snapshot.tasks:
        if task.result is None and task.state is not None and not isinstance(task.state, dict):
            entries += cast("PartOutput", task.state.values).get("entries", ())
    return entries
