"""Where a run's finished steps survive a kill: one SQLite file, one thread of checkpoints for each run id."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import sqlite3
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from questline.errors import QuestlineError, RunError, UsageError
from questline.tools.retrieval.faults import PRIMARY_CODE, SQLITE_DAMAGED, storage_faults
from questline.types import Answer, Ledger, LedgerEntry, Message, Usage

from .serde import ValueSerializer, unreadable
from .state import PartOutput, RunState

if TYPE_CHECKING:
    from langgraph.types import StateSnapshot

    from .build import Compiled

__all__ = ["Stored", "forget_steps", "only_process", "open_checkpoints", "stored"]

_LOCKS: Final = "runs"
"""Name of the folder of lock files, beside the file of checkpoints; empty while nothing runs."""
_BUSY_S: Final = 30.0
"""How long to wait for another process that is writing a checkpoint."""
_AGAIN_S: Final = 0.02
"""Pause before the file is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an earlier run of the same id left."""

    asked: str
    history: tuple[Message, ...]
    setup: Mapping[str, str]
    """What besides the question decides the answer, by name."""
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
    with storage_faults(path.parent, what="the checkpoints"), _damage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = await aiosqlite.connect(path, timeout=_BUSY_S)
        saver = AsyncSqliteSaver(connection, serde=ValueSerializer())
        try:
            # A killed process loses nothing that way; a power cut may cost the last steps, which then run again.
            await connection.execute("PRAGMA synchronous=NORMAL")
            await _set_up(saver)
            yield saver
        finally:
            await asyncio.shield(_let_go(saver))


async def _set_up(saver: AsyncSqliteSaver) -> None:
    """Make the tables; where two calls make the file at once, one waits until the other is done.

    SQLite's own patience does not hold for the switch to a write-ahead log, which is refused at once.
    """
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            return await saver.setup()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        await asyncio.sleep(_AGAIN_S)


async def _let_go(saver: AsyncSqliteSaver) -> None:
    """Close the file without leaving a lock behind, also after a cancelled step.

    A step that is cancelled between INSERT and COMMIT leaves its transaction open, and a cursor that some traceback
    still holds then keeps SQLite from closing the connection, so the transaction is rolled back first. LangGraph may
    still be writing in the background: with the saver's lock held it begins nothing new in between.
    """
    async with saver.lock:
        with suppress(sqlite3.Error):
            await saver.conn.rollback()
        await saver.conn.close()


@contextmanager
def _damage(path: Path) -> Generator[None]:
    """Name the file of checkpoints where the database is damaged: the index beside it is not."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code: int | None = getattr(error, "sqlite_errorcode", None)
        if code is None or code & PRIMARY_CODE not in SQLITE_DAMAGED:
            raise
        raise RunError(
            f"the checkpoints in {str(path)!r} are damaged ({error}). Delete that file; only unfinished runs and the "
            "answers kept under a run id are lost",
            code="damaged_index",
            path=path,
        ) from error


@asynccontextmanager
async def only_process(folder: Path, run_id: str) -> AsyncGenerator[None]:
    """Hold a run against a second call, here or in another process; it is let go when this process dies.

    Raises:
        UsageError: ``bad_argument`` when another call holds it.
        RunError: ``read_only`` or ``disk_full`` when the folder takes no lock file.
    """
    path = folder / _LOCKS / f"{hashlib.sha256(run_id.encode()).hexdigest()[:32]}.lock"
    with storage_faults(folder, what="the checkpoints"):
        descriptor = _locked(path)
    if descriptor is None:
        raise UsageError(
            f"run {run_id!r} is still running, here or in another process; wait for its end",
            code="bad_argument",
            argument="run_id",
        )
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # before the lock is let go: whoever waits for it sees that the file is another one
        os.close(descriptor)


def _locked(path: Path) -> int | None:
    """Return a locked descriptor of the file at `path`, or None while another one holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:  # its holder ended and took the file along
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


async def forget_steps(saver: AsyncSqliteSaver, run_id: str) -> None:
    """Keep of a finished run only its last checkpoint, which holds the answer."""
    with suppress(sqlite3.OperationalError):  # a full disk or a busy file is not a reason to lose the answer
        async with saver.lock:
            await saver.conn.execute("DELETE FROM writes WHERE thread_id = ?", (run_id,))
            await saver.conn.execute(
                "DELETE FROM checkpoints WHERE thread_id = ?1 AND (checkpoint_ns <> '' OR checkpoint_id <> "
                "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?1 AND checkpoint_ns = ''))",
                (run_id,),
            )
            await saver.conn.commit()


async def stored(graph: Compiled, run_id: str) -> Stored | None:
    """Return what was kept under `run_id`, None when nothing was.

    Raises:
        RunError: ``damaged_index`` when it cannot be read.
    """
    try:
        snapshot: StateSnapshot = await cast("Any", graph).aget_state(
            {"configurable": {"thread_id": run_id}}, subgraphs=True
        )
    except (QuestlineError, sqlite3.Error, OSError):
        raise
    except Exception as error:  # bytes that can be read and are not a checkpoint fail anywhere inside
        raise unreadable(error) from error
    values = cast("RunState", snapshot.values)
    if not values or "asked" not in values:
        return None
    return Stored(
        asked=values["asked"],
        history=values["history"],
        setup=values.get("setup", {}),
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
