"""A batch of requests as the clicks that it names, and what forgetting them comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from questline.errors import UsageError

from .requests import ForgetRequest
from .resolving import check_holds, resolve
from .result import ForgetReport, Outcome, Status
from .store import Click, SessionStore, StoredSession

__all__ = ["Batch", "find", "report"]

_SAMPLED: Final = 50


@dataclass(frozen=True, kw_only=True)
class Batch:
    """The clicks that some requests name together; their order has no part in it."""

    clicks: set[Click]
    sessions: Mapping[int, StoredSession]
    """Those that lose a click, as they are."""
    outcomes: tuple[Outcome, ...]

    @cached_property
    def after(self) -> dict[int, StoredSession]:
        """The sessions as they will be."""
        return {number: replace(each, clicks=self._left(each)) for number, each in self.sessions.items()}

    @cached_property
    def lost(self) -> Counter[str]:
        """How many clicks each item loses."""
        return Counter(
            item
            for session in self.sessions.values()
            for place, item in session.clicks
            if (session.number, place) in self.clicks
        )

    def sample(self) -> list[tuple[list[str], str]]:
        """Return some of the clicks, each with what stood before it, spread evenly over the batch."""
        ordered = sorted(self.clicks)
        found: list[tuple[list[str], str]] = []
        for number, place in ordered[:: max(1, len(ordered) // _SAMPLED)][:_SAMPLED]:
            clicks = self.sessions[number].clicks
            found.append(([item for other, item in clicks if other < place], dict(clicks)[place]))
        return found

    def _left(self, session: StoredSession) -> tuple[tuple[int, str], ...]:
        return tuple(click for click in session.clicks if (session.number, click[0]) not in self.clicks)


def find(store: SessionStore, requests: Sequence[ForgetRequest], *, elsewhere: bool) -> Batch:
    """Return the clicks that requests name.

    Args:
        store: Inside a transaction.
        requests: In any order; some may name the same.
        elsewhere: Other stores forget users too: one that is unknown here is no fault.

    Raises:
        UsageError: ``unknown_request`` with ``index`` for one that names nothing and was not carried out before;
            ``held``.
    """
    outcomes: list[Outcome] = []
    clicks: set[Click] = set()
    for place, request in enumerate(requests):
        mine, before = resolve(store, request), _known(store, request)
        if not mine and not before and not (elsewhere and request.kind == "user"):
            raise UsageError(
                f"request {place} ({request.kind}) names nothing that is stored; nothing was changed. "
                "Mend it, or leave it out",
                code="unknown_request",
                argument="requests",
                index=place,
                kind=request.kind,
            )
        clicks |= mine
        outcomes.append(Outcome(kind=request.kind, clicks=len(mine), already=not mine and before))
    sessions = store.sessions({number for number, _ in clicks})
    check_holds(store, sessions, clicks)
    return Batch(clicks=clicks, sessions=sessions, outcomes=tuple(outcomes))


def report(store: SessionStore, batch: Batch, status: Status) -> ForgetReport:
    """Return what forgetting a batch comes to."""
    clicked = "SELECT count(*) FROM items i JOIN clicks c ON c.item = i.n WHERE i.name = ?"
    connection = store.connection
    total = connection.execute("SELECT count(*) FROM clicks").fetchone()[0]
    return ForgetReport(
        status=status,
        clicks=len(batch.clicks),
        share=len(batch.clicks) / total if total else 0.0,
        sessions=len(batch.sessions),
        sessions_gone=sum(not each.clicks for each in batch.after.values()),
        items_gone=sum(
            connection.execute(clicked, (item,)).fetchone()[0] == times for item, times in batch.lost.items()
        ),
        requests=batch.outcomes,
    )


def _known(store: SessionStore, request: ForgetRequest) -> bool:
    """Say whether the same request was carried out before."""
    mark = store.mark("request", request.key)
    return store.connection.execute("SELECT 1 FROM requests WHERE mark = ?", (mark,)).fetchone() is not None
