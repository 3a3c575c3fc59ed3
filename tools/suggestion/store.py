"""Impressions and clicks in one SQLite file: what the click model learns from, kept only where a store is opened.

No raw user id is stored. What is given as `subject` is hashed with a key of the store's own, so that all of somebody's
impressions can be deleted without anybody's name in the file. Deleted rows are overwritten on disk.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, cast

from questline.errors import RunError, UsageError
from questline.tools.arguments import check_list, check_text, check_texts, fault
from questline.tools.text import whole_characters

__all__ = ["ImpressionStore"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS key (value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS impression (
  id TEXT PRIMARY KEY, query TEXT NOT NULL, options TEXT NOT NULL, propensities TEXT, subject TEXT);
CREATE TABLE IF NOT EXISTS click (
  impression TEXT NOT NULL REFERENCES impression(id) ON DELETE CASCADE, place INTEGER NOT NULL,
  PRIMARY KEY (impression, place));
CREATE INDEX IF NOT EXISTS impression_subject ON impression(subject);
"""


class ImpressionStore:
    """A store of what was shown and taken; safe to share between threads. Close it, or use it in a ``with``."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises:
            RunError: ``read_only`` when it cannot be written; ``damaged_index`` when it is no SQLite file.
        """
        self._lock = threading.Lock()
        self.path = path
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False)
            self._connection.executescript(f"PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; {_SCHEMA}")
            row = self._connection.execute("SELECT value FROM key").fetchone()
            if row is None:
                with self._connection:
                    self._connection.execute("INSERT INTO key VALUES (?)", (secrets.token_bytes(32),))
                row = self._connection.execute("SELECT value FROM key").fetchone()
            self._key = cast("bytes", row[0])
        except sqlite3.OperationalError as error:
            raise RunError(
                f"the store {str(path)!r} cannot be written ({error})", code="read_only", path=path
            ) from error
        except sqlite3.DatabaseError as error:
            message = f"the store {str(path)!r} is damaged ({error}); remove it to begin again"
            raise RunError(message, code="damaged_index", path=path) from error

    def __enter__(self) -> ImpressionStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is kept open."""
        self._connection.close()

    def log_impression(
        self,
        query: str,
        options: Sequence[str],
        *,
        propensities: Sequence[float] | None = None,
        subject: str | None = None,
    ) -> str:
        """Store what was shown and return its id.

        Args:
            query: What was asked.
            options: What was shown, in order; at least one.
            propensities: How likely each was to be shown, in (0, 1]: without them no other policy can be judged by it.
            subject: Whose it is, for `forget`; only a keyed hash of it is stored.

        Raises:
            UsageError: ``bad_param`` without options, or for propensities of another length or outside (0, 1];
                ``bad_param`` or ``bad_argument`` for what is no text.
        """
        query = whole_characters(check_text("query", query, code="bad_param"))
        shown = [whole_characters(option) for option in check_texts("options", options)]
        if not shown:
            raise UsageError("an impression shows at least one option", code="bad_param", argument="options")
        if subject is not None:
            check_text("subject", subject, code="bad_param")
        shares = None if propensities is None else json.dumps(_shares(propensities, len(shown)))
        identity = uuid.uuid4().hex
        values = (identity, query, json.dumps(shown, ensure_ascii=False), shares, self._hashed(subject))
        with self._lock, self._connection:
            self._connection.execute("INSERT INTO impression VALUES (?, ?, ?, ?, ?)", values)
        return identity

    def log_click(self, impression_id: str, index: int) -> bool:
        """Store that an option was taken; the same click again changes nothing.

        Args:
            impression_id: As `log_impression` returned it.
            index: Place of the option, from 0.

        Returns:
            Whether it is new.

        Raises:
            UsageError: ``unknown_impression`` or ``bad_index``; nothing is stored then.
        """
        impression_id = whole_characters(check_text("impression_id", impression_id, code="unknown_impression"))
        with self._lock, self._connection:
            row = self._connection.execute("SELECT options FROM impression WHERE id = ?", (impression_id,)).fetchone()
            if row is None:
                message = f"no impression {impression_id!r} is stored; it may have been deleted"
                raise UsageError(message, code="unknown_impression", argument="impression_id")
            count = len(cast("list[str]", json.loads(row[0])))
            place = cast("object", index)
            if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < count:
                message = f"index={place!r} is not one of the places 0 to {count - 1}"
                raise UsageError(message, code="bad_index", argument="index")
            done = self._connection.execute("INSERT OR IGNORE INTO click VALUES (?, ?)", (impression_id, index))
        return done.rowcount > 0

    def delete(self, impression_id: str) -> bool:
        """Delete an impression with its clicks; return whether there was one. ``bad_argument`` for what is no text."""
        impression_id = whole_characters(check_text("impression_id", impression_id))
        with self._lock, self._connection:
            return self._connection.execute("DELETE FROM impression WHERE id = ?", (impression_id,)).rowcount > 0

    def forget(self, subject: str) -> int:
        """Delete everything of `subject`; return how many impressions that were. ``bad_argument`` for what is no text.

        Without a subject there is nobody to forget: None is refused, for it would delete nothing and say nothing.
        """
        check_text("subject", subject)
        with self._lock, self._connection:
            hashed = self._hashed(subject)
            return self._connection.execute("DELETE FROM impression WHERE subject = ?", (hashed,)).rowcount

    def rows(self) -> Iterator[dict[str, object]]:
        """Yield what is stored as rows of a click log: equal panes added up, in the order first shown.

        The form is that of `agents eval suggestion`: ``{query, options, clicks, impressions}``.
        """
        with self._lock:
            shown = self._connection.execute("SELECT id, query, options FROM impression ORDER BY rowid").fetchall()
            taken = self._connection.execute("SELECT impression, place FROM click").fetchall()
        clicks: dict[str, list[int]] = {}
        for identity, place in cast("list[tuple[str, int]]", taken):
            clicks.setdefault(identity, []).append(place)
        panes: dict[tuple[str, str], dict[str, object]] = {}
        for identity, query, text in cast("list[tuple[str, str, str]]", shown):
            options = cast("list[str]", json.loads(text))
            new: dict[str, object] = {
                "query": query,
                "options": options,
                "clicks": [0] * len(options),
                "impressions": 0,
            }
            pane = panes.setdefault((query, text), new)
            pane["impressions"] = cast("int", pane["impressions"]) + 1
            for place in clicks.get(identity, []):
                cast("list[int]", pane["clicks"])[place] += 1
        yield from panes.values()

    def _hashed(self, subject: str | None) -> str | None:
        if subject is None:
            return None
        return hmac.new(self._key, subject.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _shares(propensities: object, count: int) -> list[float]:
    wanted = "a list with a number in (0, 1] for each option"
    shares = check_list("propensities", propensities, wanted, code="bad_param")
    if len(shares) != count or not all(_is_share(each) for each in shares):
        raise fault("propensities", list(shares), wanted, code="bad_param")
    return cast("list[float]", list(shares))


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
