"""Sessions in one SQLite file: the truth that all counts are made from again.

Ids of users and sessions are stored as keyed hashes; the names of items as they are, for they are given back. Places of
clicks are never used again, so a click keeps its name when others of its session are forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar, cast

import numpy as np

from .counts import Counts, build
from .schema import connect, prepare, scrub, store_faults

__all__ = ["Click", "SessionStore", "StoredSession"]

Click: TypeAlias = tuple[int, int]
"""Number of the session, place."""
Marked: TypeAlias = Literal["session", "user", "item", "request"]
T = TypeVar("T")
_CLICK: Final = np.dtype([("session", np.int64), ("item", np.int64)])
_MANY: Final = 500
"""Values of one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A session as it is stored."""

    number: int
    mark: str
    user: str | None
    next: int
    clicks: tuple[tuple[int, str], ...]
    """Place and item, by place."""

    @property
    def items(self) -> list[str]:
        """The items alone."""
        return [item for _, item in self.clicks]


class SessionStore:
    """One file of sessions. One connection writes and reads; a second one sees whether somebody else has written."""

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            RunError: ``read_only``, ``disk_full``, ``store_busy`` or ``damaged_index``.
        """
        self.path = path
        self.lock = threading.RLock()
        self._watch_lock = threading.Lock()
        with store_faults(path):
            self.connection = connect(path)
            try:
                prepare(self.connection, path)
                self._watch = connect(path)
                self._key = cast("bytes", self.meta("key"))
                if self.meta("scrub"):  # the process that forgot was killed before it had cleaned up
                    self.clean()
            except BaseException:
                self.connection.close()
                raise

    def close(self) -> None:
        """Close the file; the last one to close folds the write-ahead log into it."""
        with self.lock, self._watch_lock:
            self._watch.close()
            self.connection.close()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Hold the right to write; all of what is done inside happens, or nothing of it."""
        with self.lock, store_faults(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """See one state of the file, whoever writes meanwhile."""
        with self.lock, store_faults(self.path):
            inside = self.connection.in_transaction
            if not inside:
                self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                if not inside:
                    self.connection.execute("ROLLBACK")

    def clean(self) -> bool:
        """Rebuild the file without what was deleted; return whether nothing of it is left in the log either."""
        with self.lock, store_faults(self.path):
            asked = self.meta("scrub")
            done = scrub(self.connection)
            if done:  # another forgetting since then still needs its own
                self.connection.execute("UPDATE meta SET value = 0 WHERE key = 'scrub' AND value = ?", (asked,))
            return done

    def watched(self) -> int:
        """Return a number that changes whenever anybody has written; takes microseconds."""
        with self._watch_lock, store_faults(self.path):
            return cast("int", self._watch.execute("PRAGMA data_version").fetchone()[0])

    def generation(self) -> int:
        """Return the number of the last change."""
        with self._watch_lock, store_faults(self.path):
            row = self._watch.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
            return cast("int", row[0])

    def mark(self, kind: Marked, text: str) -> str:
        """Return the keyed hash that stands for an id in this store, 32 hexadecimal digits."""
        return hmac.new(self._key, f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def hash(self) -> str:
        """Keyed hash of all sessions; equal contents of one store give equal hashes, whatever happened between."""
        with self.lock, store_faults(self.path):
            return cast("str", self.meta("hash"))

    # reading

    def counts(self) -> Counts:
        """Count everything that is stored."""
        with self.reading() as connection:
            names = dict(connection.execute("SELECT n, name FROM items ORDER BY n").fetchall())
            rows = np.fromiter(connection.execute("SELECT session, item FROM clicks ORDER BY session, place"), _CLICK)
        used, flat = np.unique(rows["item"], return_inverse=True)
        numbers, lengths = np.unique(rows["session"], return_counts=True)
        return build(
            [cast("str", names[int(n)]) for n in used], numbers, lengths.astype(np.int32), flat.astype(np.int32)
        )

    def every(self) -> list[tuple[str, ...]]:
        """Return the items of every session, in the order of the sessions."""
        with self.reading() as connection:
            names = dict(connection.execute("SELECT n, name FROM items").fetchall())
            found: dict[int, list[str]] = {}
            for number, item in connection.execute("SELECT session, item FROM clicks ORDER BY session, place"):
                found.setdefault(number, []).append(cast("str", names[item]))
        return [tuple(items) for items in found.values()]

    def sessions(self, numbers: Iterable[int]) -> dict[int, StoredSession]:
        """Return sessions by number; those that are not there are left out."""
        found: dict[int, StoredSession] = {}
        for some in _chunks(sorted(numbers)):
            holes = ", ".join("?" * len(some))
            heads = self.connection.execute(f"SELECT n, mark, user, next FROM sessions WHERE n IN ({holes})", some)  # noqa: S608 because only question marks are put in
            rows = self.connection.execute(
                "SELECT c.session, c.place, i.name FROM clicks c JOIN items i ON i.n = c.item"  # noqa: S608 because only question marks are put in
                f" WHERE c.session IN ({holes}) ORDER BY c.session, c.place",
                some,
            )
            clicks: dict[int, list[tuple[int, str]]] = {}
            for number, place, name in rows:
                clicks.setdefault(number, []).append((place, name))
            for number, mark, user, following in heads:
                found[number] = StoredSession(
                    number=number, mark=mark, user=user, next=following, clicks=tuple(clicks.get(number, ()))
                )
        return found

    # writing, inside a transaction

    def next_number(self) -> int:
        """Return the number of the next new session."""
        row = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'sessions'").fetchone()
        return cast("int", row[0]) + 1 if row else 1

    def marks(self, marks: Sequence[str]) -> set[str]:
        """Return those of the marks of sessions that are stored."""
        found: set[str] = set()
        for some in _chunks(marks):
            holes = ", ".join("?" * len(some))
            rows = self.connection.execute(f"SELECT mark FROM sessions WHERE mark IN ({holes})", some)  # noqa: S608 because only question marks are put in
            found |= {mark for (mark,) in rows}
        return found

    def put(self, sessions: Iterable[StoredSession]) -> None:
        """Write sessions as they are, in place of those with their numbers."""
        given = list(sessions)
        heads = [(each.number, each.mark, each.user, each.next) for each in given]
        self.connection.executemany(
            "INSERT INTO sessions VALUES (?, ?, ?, ?)"
            " ON CONFLICT (n) DO UPDATE SET user = excluded.user, next = excluded.next",
            heads,
        )
        numbers = self.item_numbers({name for each in given for name in each.items})
        self.connection.executemany(
            "INSERT OR IGNORE INTO clicks VALUES (?, ?, ?)",
            [(each.number, place, numbers[name]) for each in given for place, name in each.clicks],
        )

    def item_numbers(self, names: Iterable[str]) -> dict[str, int]:
        """Return the number of each item; new ones are added."""
        wanted = [(name,) for name in sorted(names)]
        self.connection.executemany("INSERT OR IGNORE INTO items (name) VALUES (?)", wanted)
        find = "SELECT n FROM items WHERE name = ?"
        return {name: cast("int", self.connection.execute(find, (name,)).fetchone()[0]) for (name,) in wanted}

    def delete(self, clicks: Iterable[Click], items: Iterable[str]) -> list[str]:
        """Delete clicks, and sessions that have none left; return those of the `items` that nobody clicked now."""
        given = list(clicks)
        self.connection.executemany("DELETE FROM clicks WHERE session = ? AND place = ?", given)
        self.connection.executemany(
            "DELETE FROM sessions WHERE n = ? AND NOT EXISTS (SELECT 1 FROM clicks WHERE session = n)",
            sorted({(number,) for number, _ in given}),
        )
        alone = "SELECT 1 FROM items i WHERE name = ? AND NOT EXISTS (SELECT 1 FROM clicks WHERE item = i.n)"
        gone = [name for name in sorted(set(items)) if self.connection.execute(alone, (name,)).fetchone()]
        self.connection.executemany("DELETE FROM items WHERE name = ?", [(name,) for name in gone])
        return gone

    def describe(self, item: str, categories: Iterable[str]) -> None:
        """Add categories to an item."""
        number = self.item_numbers([item])[item]
        rows = [(category, number) for category in categories]
        self.connection.executemany("INSERT OR IGNORE INTO categories VALUES (?, ?)", rows)

    def categories(self, items: Iterable[str]) -> dict[str, list[str]]:
        """Return the categories of items, in order; those without any are left out."""
        find = "SELECT c.category FROM items i JOIN categories c ON c.item = i.n WHERE i.name = ? ORDER BY c.category"
        found = {item: [name for (name,) in self.connection.execute(find, (item,))] for item in items}
        return {item: names for item, names in found.items() if names}

    def changed(self, before: Mapping[int, StoredSession], after: Mapping[int, StoredSession]) -> int:
        """Note a change of some sessions in the data's hash, and return the new generation."""
        total = int(cast("str", self.meta("hash")), 16)
        total -= sum(self._hash(each) for each in before.values())
        total += sum(self._hash(each) for each in after.values())
        self.connection.execute("UPDATE meta SET value = ? WHERE key = 'hash'", [f"{total % (1 << 256):064x}"])
        self.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
        return cast("int", self.meta("generation"))

    def _hash(self, session: StoredSession) -> int:
        body = json.dumps([session.number, session.mark, session.user, session.clicks], ensure_ascii=False).encode()
        return int.from_bytes(hashlib.blake2b(body, key=self._key, digest_size=32).digest(), "big")

    def meta(self, key: str) -> object:
        """Return a value of the table of single values; the caller holds the lock."""
        return self.connection.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()[0]


def _chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))
