"""Where a run's finished steps survive a kill: one SQLite file, one thread of checkpoints for each run id."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from questline.tools.retrieval.faults import storage_faults
from questline.types import Answer, Ledger, LedgerEntry, Message, Usage

from .serde import ValueSerializer
from .state import PartOutput, RunState

if TYPE_CHECKING:
    from langgraph.types import StateSnapshot

    from .build import Compiled

__all__ = ["Stored", "open_checkpoints", "stored"]

_BUSY_S: Final = 30.0
"""How long to wait for another process that is writing a checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an earlier run of the same id left."""

    asked: str
    history: tuple[Message, ...]
    answer: Answer | None
    """The answer of a finished run."""
    entries: tuple[LedgerEntry, ...]
    """What its finished steps spent, those of unfinished sub-questions included."""

    @property
    def spent(self) -> Usage:
        """All of it together."""
        return Ledger(entries=self.entries).total

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
    return Stored(
        asked=values["asked"],
        history=values["history"],
        answer=values["answer"],
        entries=(*values["entries"], *_nested(snapshot)),
    )


def _nested(snapshot: StateSnapshot) -> list[LedgerEntry]:
    """Return the entries of sub-questions that were cut short; the whole holds those of finished ones already."""
    entries: list[LedgerEntry] = []
    for task in snapshot.tasks:
        if task.result is None and task.state is not None and not isinstance(task.state, dict):
            entries += cast("PartOutput", task.state.values).get("entries", ())
    return entries
