"""Write sessions and clicks, and count them in: one transaction, then one new model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .requests import name_of
from .result import Session
from .state import Live
from .store import SessionStore, StoredSession

__all__ = ["add_clicks", "add_sessions"]


def add_sessions(store: SessionStore, live: Live, sessions: Sequence[Session], *, counted: bool = True) -> int:
    """Add those whose ids are not known, and return how many; ones without items are left out.

    Args:
        store: Where they are written.
        live: Counts them.
        sessions: In order.
        counted: False where more follow, so that all are counted at once: `live` finds out by itself.

    Raises:
        UsageError: ``bad_request``; nothing was added.
    """
    given: dict[str, tuple[str | None, list[str]]] = {}
    for session in sessions:
        items = [name_of("items", item) for item in session.items]
        if items:
            values = (_owner(store, session.user), items)
            given.setdefault(store.mark("session", name_of("id", session.id)), values)
    with store.lock:
        with store.transaction():
            if counted:
                live.latest()
            known = store.marks(list(given))
            new = [(mark, *values) for mark, values in given.items() if mark not in known]
            if not new:
                return 0
            after = {
                number: StoredSession(
                    number=number, mark=mark, user=owner, next=len(items), clicks=tuple(enumerate(items))
                )
                for number, (mark, owner, items) in enumerate(new, store.next_number())
            }
            store.put(after.values())
            generation = store.changed({}, after)
            if not counted:
                return len(after)
            model = live.change({number: each.items for number, each in after.items()}, generation)
        live.publish(model)
    return len(after)


def add_clicks(store: SessionStore, live: Live, session: str, items: Sequence[str], user: str | None) -> None:
    """Add clicks to the end of a session, which is made where it is not there.

    Raises:
        UsageError: ``bad_request``; nothing was added.
    """
    mark = store.mark("session", name_of("session", session))
    names = [name_of(f"items[{place}]", item) for place, item in enumerate(items)]
    owner = _owner(store, user)
    if not names:
        return
    with store.lock:
        with store.transaction() as connection:
            live.latest()
            row = connection.execute("SELECT n FROM sessions WHERE mark = ?", (mark,)).fetchone()
            number = row[0] if row else store.next_number()
            before = store.sessions([number])
            old = before.get(number) or StoredSession(number=number, mark=mark, user=owner, next=0, clicks=())
            clicks = (*old.clicks, *enumerate(names, old.next))
            after = replace(old, next=old.next + len(names), clicks=clicks)
            store.put([after])
            generation = store.changed(before, {number: after})
            model = live.change({number: after.items}, generation)
        live.publish(model)


def _owner(store: SessionStore, user: str | None) -> str | None:
    return None if user is None else store.mark("user", name_of("user", user))
