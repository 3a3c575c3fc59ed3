"""What a forgetting kept aside, where that was asked for: put it back, or let it go for good."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TypedDict, cast

from questline.errors import UsageError

from .batch import Batch
from .certificates import append
from .state import Live, Model
from .store import SessionStore, StoredSession

__all__ = ["check_certificate", "keep_aside", "put_back"]


class _Kept(TypedDict):
    sessions: list[tuple[int, str, str | None, int, list[tuple[int, str]]]]
    """Number, mark, user, next place, and the clicks that were taken out."""
    categories: dict[str, list[str]]
    """Of the items that left the catalogue."""


def keep_aside(store: SessionStore, certificate: str, batch: Batch, categories: Mapping[str, Collection[str]]) -> None:
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


def check_certificate(store: SessionStore, certificate: str) -> None:
    """Refuse an id that the log does not hold.

    Raises:
        UsageError: ``unknown_certificate``.
    """
    if store.connection.execute("SELECT 1 FROM certificates WHERE id = ?", (certificate,)).fetchone() is None:
        message = (
            f"there is no certificate {certificate!r} in {str(store.path)!r}; `agents forget status`, or the tool "
            "`forget_status`, lists them"
        )
        raise UsageError(message, code="unknown_certificate", argument="certificate")
