"""What a forgetting kept aside, where that was asked for: put it back, or let it go for good."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypedDict, cast

from questline.errors import UsageError
from questline.tools.arguments import shown

from .batch import Batch
from .certificates import append
from .state import Live, Model
from .store import SessionStore, StoredSession

__all__ = ["check_certificate", "check_network", "keep_aside", "let_go", "put_back"]


class _Kept(TypedDict):
    sessions: list[tuple[int, str, str | None, int, list[tuple[int, str]]]]
    """Number, mark, user, next place, and the clicks that were taken out."""
    categories: dict[str, list[str]]
    """Of the items that left the catalogue."""
    network: str
    """Folder of the trained model that forgets with the store; empty where there is none."""


def keep_aside(
    store: SessionStore,
    certificate: str,
    batch: Batch,
    categories: Mapping[str, Collection[str]],
    network: Path | None = None,
) -> None:
    """Keep what a batch takes out, inside its transaction."""
    kept = _Kept(
        sessions=[
            (
                each.number,
                each.mark,
                each.user,
                each.next,
                [click for click in each.clicks if (each.number, click[0]) in batch.clicks],
            )
            for each in batch.sessions.values()
        ],
        categories={item: sorted(names) for item, names in categories.items()},
        network="" if network is None else str(network.resolve()),
    )
    body = json.dumps(kept, ensure_ascii=False)
    store.connection.execute("INSERT INTO undo VALUES (?, ?)", (certificate, body))


def put_back(store: SessionStore, live: Live, certificate: str) -> Model:
    """Put back what a forgetting kept aside, inside a transaction; return the model that has it again.

    Raises:
        UsageError: ``unknown_certificate``; ``no_snapshot`` where nothing was kept aside, or is any more.
    """
    check_certificate(store, certificate)
    connection = store.connection
    row = connection.execute("SELECT body FROM undo WHERE certificate = ?", (certificate,)).fetchone()
    if row is None:
        raise UsageError(
            f"nothing of {certificate!r} is kept aside: it was made without `undoable`, was finished or rolled back, "
            "or another forgetting came after it",
            code="no_snapshot",
            argument="certificate",
        )
    kept = cast("_Kept", json.loads(row[0]))
    live.latest()
    before = store.sessions([number for number, *_ in kept["sessions"]])
    again = sum(
        connection.execute("SELECT 1 FROM sessions WHERE mark = ? AND n != ?", (mark, number)).fetchone() is not None
        for number, mark, *_ in kept["sessions"]
    )
    if again:
        raise UsageError(
            f"{again} of the sessions were learnt again since they were forgotten, so they are there already; nothing "
            "was put back. Let go of what is kept aside with `agents forget finish`, or forget them again first",
            code="no_snapshot",
            argument="certificate",
            sessions=again,
        )
    whole: list[StoredSession] = []
    for number, mark, user, following, clicks in kept["sessions"]:
        now = before.get(number)
        whole.append(
            StoredSession(
                number=number,
                mark=mark,
                user=user,
                next=max(following, now.next if now else 0),
                clicks=tuple(sorted([*(now.clicks if now else ()), *((place, item) for place, item in clicks)])),
            )
        )
    store.put(whole)
    for item, names in kept["categories"].items():
        store.describe(item, names)
    generation = store.changed(before, {each.number: each for each in whole})
    model = live.change({each.number: each.items for each in whole}, generation)
    connection.execute("DELETE FROM snapshots")
    connection.execute("DELETE FROM undo WHERE certificate = ?", (certificate,))
    connection.execute("DELETE FROM requests WHERE certificate = ?", (certificate,))
    body = {"action": "rollback", "generation": generation, "data_after": store.meta("hash")}
    append(connection, certificate, {**body, "model_after": model.counts.digest})
    return model


def let_go(connection: sqlite3.Connection, certificate: str | None = None) -> int:
    """Let go for good of what is kept aside, of one certificate or of all, and log it; return of how many."""
    rows = connection.execute("SELECT certificate FROM undo WHERE ?1 IS NULL OR certificate = ?1", (certificate,))
    found = [name for (name,) in rows]
    for name in found:
        connection.execute("DELETE FROM undo WHERE certificate = ?", (name,))
        append(connection, name, {"action": "finish"})
    return len(found)


def check_network(connection: sqlite3.Connection, certificate: str, network: Path | None) -> None:
    """Refuse to undo or to finish in a store alone what a trained model keeps aside as well.

    Raises:
        UsageError: ``bad_argument``.
    """
    row = connection.execute("SELECT body FROM undo WHERE certificate = ?", (certificate,)).fetchone()
    beside = cast("_Kept", json.loads(row[0])).get("network", "") if row else ""
    if network is None and beside and Path(f"{beside}.before").is_dir():
        raise UsageError(
            f"the trained model {beside!r} forgot this too, and keeps it aside: name it with --model, so that both "
            "stay together",
            argument="--model",
            path=beside,
        )


def check_certificate(store: SessionStore, certificate: str) -> None:
    """Refuse an id that the log does not hold.

    Raises:
        UsageError: ``unknown_certificate``.
    """
    if store.connection.execute("SELECT 1 FROM certificates WHERE id = ?", (certificate,)).fetchone() is None:
        message = (
            f"there is no certificate {shown(certificate)} in {str(store.path)!r}; `agents forget status`, or the tool "
            "`forget_status`, lists them"
        )
        raise UsageError(message, code="unknown_certificate", argument="certificate")
