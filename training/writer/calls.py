"""Every call of a loop, kept as it is answered: what was asked before is read, not asked again.

A loop that is a function of its data, its settings and these answers can then be stopped or killed anywhere: run again,
it walks through what it has and asks only what it has not.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.tools.models.llm_contract import LLM, Completion, Prompt, Role
from questline.tools.retrieval.faults import storage_faults
from questline.types import Usage

__all__ = ["FILE", "AgentCost", "CallStore", "Ended", "RecordedLLM"]

T = TypeVar("T")
FILE: Final = "calls.sqlite"
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE answers (key TEXT PRIMARY KEY, agent TEXT NOT NULL, model TEXT NOT NULL, text TEXT NOT NULL,
 code TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE sent (id INTEGER PRIMARY KEY, key TEXT NOT NULL, agent TEXT NOT NULL, model TEXT NOT NULL,
 settled INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL DEFAULT '', calls INTEGER NOT NULL DEFAULT 0,
 tokens_in INTEGER NOT NULL DEFAULT 0, tokens_out INTEGER NOT NULL DEFAULT 0, usd REAL NOT NULL DEFAULT 0,
 estimated INTEGER NOT NULL DEFAULT 0);
CREATE INDEX sent_key ON sent (key)
"""


class Ended(Exception):
    """Somebody wants the loop to end: no further call is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCost:
    """What the calls of one agent came to."""

    agent: str
    requests: int
    """HTTP requests, retries and repairs included."""
    tokens_in: int
    tokens_out: int
    usd: float
    unread: int
    """Answers that had no readable form after repair and retry."""
    lost: int
    """Calls under way when a process died: what they cost is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    text: str
    code: str
    message: str


class CallStore:
    """The file of calls in a loop's folder; a context manager."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def begin(cls, folder: Path, *, resume: bool) -> Self:
        """Open the calls of a folder.

        Raises:
            UsageError: ``already_there`` without `resume` where there are calls; ``bad_data`` for another kind of file.
            RunError: ``read_only`` or ``disk_full``.
        """
        path = folder / FILE
        if path.exists() and not resume:
            raise UsageError(
                f"{str(path)!r} holds calls already; go on with them with --resume, or take another --out",
                code="already_there",
                path=path,
            )
        with storage_faults(folder, what="the calls"):
            folder.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        try:
            _prepare(path, connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise _bad(path, f"is damaged or no file of calls ({error})") from error
        except BaseException:
            connection.close()
            raise
        return cls(path, connection)

    def answer(self, key: str) -> _Answer | None:
        """Return what a request was answered, None where it was not."""
        row = self._connection.execute("SELECT text, code, message FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else _Answer(text=row[0], code=row[1], message=row[2])

    def send(self, key: str, agent: str, model: str) -> int:
        """Note that a request goes out, before it does; return the number to settle it by."""
        with self._faults():
            done = self._connection.execute(
                "INSERT INTO sent (key, agent, model) VALUES (?, ?, ?)", (key, agent, model)
            )
        assert done.lastrowid is not None
        return done.lastrowid

    def settle(
        self, number: int, usage: Usage, *, key: str = "", text: str = "", code: str = "", message: str = ""
    ) -> None:
        """Note what a request cost and, with a `key`, its answer: both or none."""
        told = (code, usage.calls, usage.tokens_in, usage.tokens_out, usage.usd, int(usage.estimated), number)
        with self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(
                    "UPDATE sent SET settled = 1, code = ?, calls = ?, tokens_in = ?, tokens_out = ?, usd = ?, "
                    "estimated = ? WHERE id = ?",
                    told,
                )
                if key:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO answers SELECT ?, agent, model, ?, ?, ? FROM sent WHERE id = ?",
                        (key, text, code, message, number),
                    )
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def spent(self) -> Usage:
        """Return what all settled calls of this folder cost, those of earlier runs included."""
        row = self._connection.execute(
            "SELECT total(calls), total(tokens_in), total(tokens_out), total(usd), total(estimated) FROM sent"
        ).fetchone()
        return Usage(calls=int(row[0]), tokens_in=int(row[1]), tokens_out=int(row[2]), usd=row[3], estimated=row[4] > 0)

    def ledger(self) -> list[AgentCost]:
        """Return the same by agent, in the order of their names."""
        rows = self._connection.execute(
            "SELECT agent, total(calls), total(tokens_in), total(tokens_out), total(usd), "
            "total(code = 'bad_model_output'), total(settled = 0) FROM sent GROUP BY agent ORDER BY agent"
        ).fetchall()
        return [
            AgentCost(
                agent=row[0],
                requests=int(row[1]),
                tokens_in=int(row[2]),
                tokens_out=int(row[3]),
                usd=row[4],
                unread=int(row[5]),
                lost=int(row[6]),
            )
            for row in rows
        ]

    @contextmanager
    def _faults(self) -> Generator[None]:
        with storage_faults(self.path.parent, what="the calls"):
            yield

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RecordedLLM:
    """A model whose answers are kept in a store; implements `questline.tools.models.llm_contract.LLM` for one agent."""

    def __init__(
        self, llm: LLM, store: CallStore, *, agent: str, word: str = "", ends: Callable[[], bool] = lambda: False
    ) -> None:
        """Wrap a model.

        Args:
            llm: Asked where nothing is kept.
            store: Where answers are kept, by their request's content.
            agent: For the ledger; part of the key.
            word: Tells a request from an equal one before it.
            ends: Whether somebody wants the loop to end.
        """
        self._llm, self._store, self._agent, self._word, self._ends = llm, store, agent, word, ends

    def serves(self, role: Role) -> bool:
        """Say whether the model behind serves this role."""
        return self._llm.serves(role)

    def name(self, role: Role) -> str:
        """Return its name."""
        return self._llm.name(role)

    async def complete(
        self,
        prompt: Prompt,
        *,
        role: Role,
        meter: Meter,
        parse: Callable[[str], T],
        max_tokens: int = 512,
        on_token: Callable[[str], None] | None = None,
    ) -> Completion[T]:
        """Return what was answered before, at no cost, or ask; see `questline.tools.models.llm_contract.LLM`.

        An answer that could not be read is kept as such too. A model that did not answer is asked again next time.

        Raises:
            Ended: The loop is to end, and this would be a new call.
        """
        key = self._key(prompt, role, max_tokens)
        async with _Turn(self._store.path, key):
            kept = self._store.answer(key)
            if kept is not None:
                if kept.code:
                    raise ModelError(kept.message, code=kept.code, retryable=False)
                try:
                    value = parse(kept.text)
                    return Completion(value=value, text=kept.text, usage=Usage(), model=self.name(role))
                except ValueError:
                    pass  # it is read more strictly now than when it was kept: ask again
            if self._ends():
                raise Ended
            number = self._store.send(key, self._agent, self.name(role))
            try:
                done = await self._llm.complete(
                    prompt, role=role, meter=meter, parse=parse, max_tokens=max_tokens, on_token=on_token
                )
            except (ModelError, BudgetExceeded) as error:
                unread = error.code == "bad_model_output"
                self._store.settle(
                    number, error.usage, key=key if unread else "", code=error.code, message=error.message
                )
                raise
            self._store.settle(number, done.usage, key=key, text=done.text)
            return done

    def _key(self, prompt: Prompt, role: Role, max_tokens: int) -> str:
        turns = [[turn.role, turn.content] for turn in prompt.messages]
        told = [self._agent, self._word, role, self.name(role), prompt.system, turns, prompt.temperature, max_tokens]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


class _Turn:
    """Lets equal requests that run side by side wait for the first of them."""

    _locks: Final[dict[tuple[str, str, int], tuple[asyncio.Lock, int]]] = {}

    def __init__(self, path: Path, key: str) -> None:
        self._name = (str(path), key, id(asyncio.get_running_loop()))

    async def __aenter__(self) -> None:
        lock, waiting = self._locks.get(self._name, (asyncio.Lock(), 0))
        self._locks[self._name] = lock, waiting + 1
        await lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        lock, waiting = self._locks[self._name]
        lock.release()
        if waiting == 1:
            del self._locks[self._name]
        else:
            self._locks[self._name] = lock, waiting - 1


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables == 0:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    elif version != _VERSION:
        raise _bad(path, f"is of version {version}, not {_VERSION}")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("SELECT count(*) FROM sent").fetchone()


def _bad(path: Path, problem: str) -> UsageError:
    return UsageError(f"{str(path)!r} {problem}; take another --out", code="bad_data", path=path)
