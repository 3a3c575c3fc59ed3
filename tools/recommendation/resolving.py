"""From requests to the clicks that they name, and whether anything of them must be kept."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from questline.errors import UsageError

from .requests import ForgetRequest
from .store import Click, SessionStore, StoredSession

__all__ = ["check_holds", "resolve"]

_SPAM_LENGTH: Final = 3
"""Shorter lists occur often by themselves."""
_WHOSE: Final = " AND (?2 = '' OR EXISTS (SELECT 1 FROM sessions s WHERE s.n = c.session AND s.user = ?2))"


def resolve(store: SessionStore, request: ForgetRequest) -> set[Click]:
    """Return the clicks that a request names; none where it names nothing that is stored."""
    connection = store.connection
    if request.kind == "spam":
        return _copies(connection, request.copies)
    if request.kind == "category":
        sql = "SELECT c.session, c.place FROM categories g JOIN clicks c ON c.item = g.item WHERE g.category = ?1"
        return set(connection.execute(f"{sql}{_WHOSE}", (request.id, _whose(store, request))))
    if request.kind == "item":
        sql = "SELECT c.session, c.place FROM items i JOIN clicks c ON c.item = i.n WHERE i.name = ?1"
        return set(connection.execute(f"{sql}{_WHOSE}", (request.id, _whose(store, request))))
    if request.kind == "user":
        sql = "SELECT c.session, c.place FROM sessions s JOIN clicks c ON c.session = s.n WHERE s.user = ?"
        return set(connection.execute(sql, (store.mark("user", request.id),)))
    sql = (
        "SELECT c.session, c.place FROM sessions s JOIN clicks c ON c.session = s.n JOIN items i ON i.n = c.item"
        " WHERE s.mark = ?1 AND (?2 IS NULL OR c.place = ?2) AND (?3 = '' OR i.name = ?3)"
    )
    return set(connection.execute(sql, (store.mark("session", request.id), request.place, request.item)))


def _whose(store: SessionStore, request: ForgetRequest) -> str:
    """Return the keyed hash of the one user whose clicks are meant; empty for those of all."""
    return store.mark("user", request.whose) if request.whose else ""


def check_holds(store: SessionStore, sessions: Mapping[int, StoredSession], clicks: set[Click]) -> None:
    """Refuse to forget what is held.

    Raises:
        UsageError: ``held``, with the kind of the hold and its reason.
    """
    holds: Sequence[tuple[str, str, str]] = store.connection.execute("SELECT kind, mark, reason FROM holds").fetchall()
    if not holds:
        return
    touched: dict[str, set[str]] = {"session": set(), "user": set(), "item": set()}
    for session in sessions.values():
        touched["session"].add(session.mark)
        touched["user"].add(session.user or "")
        for place, item in session.clicks:
            if (session.number, place) in clicks:
                touched["item"].add(store.mark("item", item))
    for kind, mark, reason in holds:
        if mark in touched[kind]:
            raise UsageError(
                f"what is to be forgotten touches a {kind} that is held ({reason}); nothing was changed. "
                "Release it first, or leave it out of the requests",
                code="held",
                argument="requests",
                kind=kind,
                reason=reason,
            )


def _copies(connection: sqlite3.Connection, least: int) -> set[Click]:
    contents: dict[int, list[Click]] = defaultdict(list)
    lists: dict[int, list[int]] = defaultdict(list)
    for session, place, item in connection.execute("SELECT session, place, item FROM clicks ORDER BY session, place"):
        contents[session].append((session, place))
        lists[session].append(item)
    same: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for session, items in lists.items():
        if len(items) >= _SPAM_LENGTH:
            same[tuple(items)].append(session)
    return {click for group in same.values() if len(group) >= least for session in group for click in contents[session]}
