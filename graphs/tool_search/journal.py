"""How each task of a run began and ended, written down one by one in the file of checkpoints.

A table of its own, beside LangGraph's: what a node writes there (`put_writes`) counts as the end of the whole node when
a run is resumed, and the run of a plan is one node whose tasks end one by one. Each entry is committed before the run
goes on. A killed process loses none; a power cut may lose the last ones, but never that a task had begun which must not
be repeated: that entry is flushed to the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, cast

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_planner.contract import Planned
from questline.graphs.adaptive_rag.serde import ValueSerializer
from questline.types import LedgerEntry, Task

from .outcomes import Outcome
from .values import Replan

__all__ = ["Finished", "Journal", "Recalled"]

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS tool_steps (
    run_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, form TEXT NOT NULL, value BLOB NOT NULL,
    UNIQUE (run_id, kind, name)
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A task that ended."""

    outcome: Outcome
    result: TaskResult | None = None
    """None where it failed."""
    entries: tuple[LedgerEntry, ...] = ()
    """What it spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What an earlier run of the same id had written down."""

    started: Mapping[str, Task] = field(default_factory=dict[str, Task])
    """By id; those that ended included."""
    finished: Mapping[str, Finished] = field(default_factory=dict[str, Finished])
    replans: tuple[Replan, ...] = ()
    """In their order."""
    planned: Planned | None = None
    """The plan of a run that began while it was being written; None where it was not written to its end."""

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """What its tasks spent."""
        return tuple(entry for finished in self.finished.values() for entry in finished.entries)


class Journal:
    """The tasks of one run; `saver` holds the open file."""

    def __init__(self, saver: AsyncSqliteSaver, run_id: str) -> None:
        self._saver = saver
        self._run_id = run_id
        self._serde = ValueSerializer()
        self._made = False

    async def recall(self) -> Recalled:
        """Return what is written down.

        Raises:
            RunError: ``damaged_index`` when it cannot be read.
        """
        await self._make()
        query = "SELECT kind, name, form, value FROM tool_steps WHERE run_id = ? ORDER BY rowid"
        async with self._saver.lock, self._saver.conn.execute(query, (self._run_id,)) as cursor:
            rows = await cursor.fetchall()
        read = [(kind, name, self._serde.loads_typed((form, value))) for kind, name, form, value in rows]
        finished = {
            name: Finished(outcome=value[0], result=value[1], entries=value[2])
            for kind, name, value in read
            if kind == "finished"
        }
        return Recalled(
            started={name: cast("Task", value) for kind, name, value in read if kind == "started"},
            finished=finished,
            replans=tuple(cast("Replan", value) for kind, _, value in read if kind == "replan"),
            planned=next((cast("Planned", value) for kind, _, value in read if kind == "plan"), None),
        )

    async def started(self, task: Task, *, repeatable: bool) -> None:
        """Write down that a task begins."""
        await self._write("started", task.id, task, flush=not repeatable)

    async def finished(self, told: Finished) -> None:
        """Write down how a task ended."""
        await self._write("finished", told.outcome.task, (told.outcome, told.result, told.entries))

    async def replanned(self, replan: Replan) -> None:
        """Write down new tasks, before any of them begins."""
        await self._write("replan", replan.failed, replan)

    async def planned(self, planned: Planned) -> None:
        """Write down a whole plan, before any task begins that must not be repeated."""
        await self._write("plan", "", planned)

    async def forget(self) -> None:
        """Forget the run's tasks, whose answer is kept elsewhere by now."""
        await self._make()
        async with self._saver.lock:
            await self._saver.conn.execute("DELETE FROM tool_steps WHERE run_id = ?", (self._run_id,))
            await self._saver.conn.commit()

    async def _make(self) -> None:
        if not self._made:
            async with self._saver.lock:
                await self._saver.conn.execute(_TABLE)
                await self._saver.conn.commit()
            self._made = True

    async def _write(self, kind: str, name: str, value: object, *, flush: bool = False) -> None:
        await self._make()
        form, raw = self._serde.dumps_typed(value)
        connection = self._saver.conn
        async with self._saver.lock:
            if flush:
                await connection.commit()  # of what a cancelled step left open: the switch needs no transaction
                await connection.execute("PRAGMA synchronous=FULL")
            try:
                await connection.execute(
                    "INSERT OR REPLACE INTO tool_steps VALUES (?, ?, ?, ?, ?)", (self._run_id, kind, name, form, raw)
                )
                await connection.commit()
            finally:
                if flush:
                    with suppress(sqlite3.OperationalError):  # after a cancellation; then all is flushed from now on
                        await connection.execute("PRAGMA synchronous=NORMAL")
