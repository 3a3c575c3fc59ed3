"""Recommend what comes next in a session, learn from sessions one by one, and forget exactly.

    with SessionRecommender.open(Path("shop.sqlite")) as recommender:
        recommender.learn([Session(id="s1", user="ada", items=("kettle", "tea"))])
        print(recommender.recommend(["kettle"], k=5).ids)
        recommender.forget([ForgetRequest.user("ada")])

One SQLite file holds the sessions; counts in memory recommend. Several processes may share a file: each sees what the
others learnt and forgot before its next recommendation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from questline.errors import QuestlineError
from questline.tools.arguments import check_flag, check_texts, fault

from .auditing import audit
from .certificates import entries, status_of
from .contract import AlsoForgets
from .counts import Counts
from .elsewhere import check_anything, checked, forget_elsewhere
from .forgetting import Forgetting
from .learning import add_clicks, add_sessions
from .ranking import recommended
from .requests import ForgetRequest, name_of
from .result import Audit, ForgetReport, Recommendations, Session
from .scoring import Weights, scores
from .state import Live
from .store import Marked, SessionStore
from .undoing import check_certificate, check_network, let_go, put_back

__all__ = ["SessionRecommender"]

_CHUNK: Final = 5000
"""Sessions of one transaction."""
_HOLDABLE: Final[dict[str, Marked]] = {"session": "session", "user": "user", "item": "item"}


def _silent(done: int) -> None:
    del done


class SessionRecommender:
    """The embedded recommender over one file; safe to share between threads. Close it, or use it in a ``with``."""

    def __init__(
        self,
        store: SessionStore,
        *,
        weights: Weights | None = None,
        cold_start: Sequence[str] = (),
        followers: Mapping[str, AlsoForgets] | None = None,
    ) -> None:
        self.store = store
        self.weights = weights or Weights()
        self._cold_start = tuple(cold_start)
        self._followers = dict(followers or {})
        self._live = Live(store)
        self._learning = threading.Lock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        weights: Weights | None = None,
        cold_start: Sequence[str] = (),
        followers: Mapping[str, AlsoForgets] | None = None,
    ) -> SessionRecommender:
        """Open the file, or make it.

        Args:
            path: Of the file.
            weights: How counts become scores.
            cold_start: Items for sessions of which nothing is known; the most clicked ones when left out.
            followers: Other stores that forget a user with this one, by the name that reports use.

        Raises:
            RunError: ``read_only``, ``disk_full``, ``store_busy`` or ``damaged_index``.
        """
        store = SessionStore(path)
        try:
            return cls(store, weights=weights, cold_start=cold_start, followers=followers)
        except BaseException:
            store.close()
            raise

    def __enter__(self) -> SessionRecommender:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    # recommending

    def recommend(self, session: Sequence[str], k: int = 10, *, exclude_seen: bool = True) -> Recommendations:
        """Return at most `k` items for what comes after `session`, best first; less than a millisecond of work.

        Args:
            session: Items clicked so far, oldest first. Unknown ones are left out with a warning; with none that is
                known the result is the list for a cold start.
            k: At least 1; more than there are items is read as all of them, with a warning.
            exclude_seen: Leave out what stands in `session`.

        Raises:
            UsageError: ``bad_k``; ``bad_argument`` for what is no list of texts.
        """
        items = check_texts("session", session)
        check_flag("exclude_seen", exclude_seen)
        model = self._live.current()
        found = recommended(
            model.counts, items, k, weights=self.weights, exclude_seen=exclude_seen, cold_start=self._cold_start
        )
        return replace(found, version=model.generation)

    def scores(self, session: Sequence[str], items: Sequence[str]) -> list[float]:
        """Return how much speaks for each of some items after `session`, in [0, 1]; 0 for unknown ones.

        Raises:
            UsageError: ``bad_argument`` for what is no list of texts.
        """
        before, wanted = check_texts("session", session), check_texts("items", items)
        counts = self.counts
        found = scores(counts, [counts.index[item] for item in before if item in counts.index], self.weights)
        return [min(1.0, float(found[counts.index[item]])) if item in counts.index else 0.0 for item in wanted]

    @property
    def version(self) -> int:
        """The number of the last change of the store."""
        return self._live.current().generation

    @property
    def counts(self) -> Counts:
        """What is counted now; it never changes, later changes make another one."""
        return self._live.current().counts

    def size(self) -> tuple[int, int, int]:
        """Return how many sessions, items and clicks are counted."""
        counts = self.counts
        return counts.sessions, counts.items, int(counts.clicks.sum())

    # learning

    def learn(self, sessions: Iterable[Session], *, progress: Callable[[int], None] = _silent) -> int:
        """Add sessions, and return how many were new; one whose id is known is left as it is, one without items out.

        Long lists are written in parts: what was written before an interruption stays, and the same call goes on.

        Args:
            sessions: In the order in which they happened.
            progress: Called with the number of sessions that were looked at.

        Raises:
            UsageError: ``bad_request`` for an id or item that is none; parts written before it stay.
            RunError: As `open`.
        """
        waiting = iter(sessions)
        looked = new = 0
        with self._learning:
            while chunk := list(islice(waiting, _CHUNK)):
                more = looked > 0 or len(chunk) == _CHUNK  # one of several parts: all are counted together afterwards
                new += add_sessions(self.store, self._live, chunk, counted=not more)
                looked += len(chunk)
                progress(looked)
        return new

    def record(self, session: str, items: Sequence[str], *, user: str | None = None) -> None:
        """Add clicks to the end of a session, which is made where it is not there.

        Args:
            session: Its id.
            items: What was clicked.
            user: Whose it is; a session keeps the user that it was made with.

        Raises:
            UsageError: ``bad_request``.
        """
        clicked = check_texts("items", items)
        with self._learning:
            add_clicks(self.store, self._live, session, clicked, user)

    def describe(self, categories: Mapping[str, Sequence[str]]) -> None:
        """Add categories to items, so that a category can be forgotten.

        Raises:
            UsageError: ``bad_request``.
        """
        rows = {
            name_of("item", item): [name_of("category", name) for name in check_texts("categories", names)]
            for item, names in categories.items()
        }
        with self.store.transaction():
            for item, names in rows.items():
                self.store.describe(item, names)

    def snapshot(self) -> int:
        """Store the counts too, so that the file opens without counting; return their bytes. Forgetting renews them."""
        return self._live.snapshot()

    # forgetting

    def plan(self, requests: Sequence[ForgetRequest]) -> ForgetReport:
        """Return what `forget` would do; nothing changes. Raises what `forget` raises, but ``use_retrain``."""
        return self._forgetting(requests).plan()

    def forget(
        self,
        requests: Sequence[ForgetRequest],
        *,
        force: bool = False,
        undoable: bool = False,
        planned: ForgetReport | None = None,
        network: Path | None = None,
    ) -> ForgetReport:
        """Forget what the requests name, wholly or not at all; the same requests again take nothing more out.

        Args:
            requests: In any order: the result is the same.
            force: More than a fifth of all clicks may go.
            undoable: Keep what is forgotten aside for `rollback`, until `finish` or the next forgetting; one without
                `undoable` lets go of what is kept, also where it finds nothing more to take out.
            network: Folder of a trained model that forgets with the store: neither is to be undone without the other.
            planned: What `plan` said of the same requests; where it is no more so, nothing is forgotten.

        Raises:
            UsageError: ``unknown_request`` or ``held``; ``use_retrain`` for too large a part; ``not_confirmed`` for
                another plan; ``bad_request``.
            RunError: As `open`; nothing was changed then.
        """
        check_flag("force", force)
        check_flag("undoable", undoable)
        forgetting = replace(self._forgetting(requests), network=network)
        with self.store.lock:
            report = forgetting.carry_out(force=force, undoable=undoable, planned=planned)
            remaining = self._cleaned()
        elsewhere, failed = forget_elsewhere(self._followers, forgetting.requests)
        if report.status == "already" and not any(elsewhere.values()) and not failed:
            check_anything(report, forgetting.requests)
        remaining += failed
        status = "partial" if remaining else "done" if any(elsewhere.values()) else report.status
        return replace(report, followers=elsewhere, remaining=remaining, status=status)

    def rollback(self, certificate: str, *, network: Path | None = None) -> None:
        """Put back what a forgetting with `undoable` took out.

        Raises:
            UsageError: ``unknown_certificate``; ``no_snapshot`` where nothing of it is kept aside, or its sessions were
                learnt again since; ``bad_argument`` where a trained model forgot with it, and is not the `network`.
        """
        with self.store.lock:
            with self.store.transaction() as connection:
                check_network(connection, certificate, network)
                model = put_back(self.store, self._live, certificate)
            self._live.publish(model)
            self._cleaned()

    def finish(self, certificate: str, *, network: Path | None = None) -> bool:
        """Let go for good of what a forgetting kept aside; return whether anything was.

        Raises:
            UsageError: ``unknown_certificate``; ``bad_argument`` as `rollback`.
        """
        with self.store.lock:
            with self.store.transaction() as connection:
                check_certificate(self.store, certificate)
                check_network(connection, certificate, network)
                if not let_go(connection, certificate):
                    return False
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'scrub'")
            self._cleaned()
        return True

    def forgotten_among(self, sessions: Sequence[Session]) -> int:
        """Return how many of these sessions somebody asked to be forgotten, by their id or by their user.

        To learn them again is allowed, for people come back; a file that is learnt again every night should be told
        from that.
        """
        with self.store.reading() as connection:
            asked = {mark for (mark,) in connection.execute("SELECT DISTINCT mark FROM requests")}
        if not asked:
            return 0

        def was(session: Session) -> bool:
            named = [ForgetRequest.session(session.id)]
            named += [ForgetRequest.user(session.user)] if session.user else []
            return any(self.store.mark("request", each.key) in asked for each in named)

        return sum(map(was, sessions))

    def hold(self, kind: str, name: str, reason: str) -> None:
        """Keep a session, a user's sessions or an item from being forgotten, for a reason that refusals tell.

        Raises:
            UsageError: ``bad_request``.
        """
        mark, why = self._held(kind, name), name_of("reason", reason)
        with self.store.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", (kind, mark, why))

    def release(self, kind: str, name: str) -> bool:
        """End a hold, and return whether there was one. Raises `UsageError` ``bad_request``."""
        mark = self._held(kind, name)
        with self.store.transaction() as connection:
            return connection.execute("DELETE FROM holds WHERE kind = ? AND mark = ?", (kind, mark)).rowcount > 0

    def certificates(self, certificate: str | None = None) -> Sequence[Mapping[str, object]]:
        """Return the entries of the log, oldest first, or those of one certificate.

        Raises:
            UsageError: ``unknown_certificate``.
        """
        with self.store.reading() as connection:
            if certificate is not None:
                check_certificate(self.store, certificate)
            return entries(connection, certificate)

    def status(self, certificate: str) -> str:
        """Return ``done``, ``undoable``, ``rolled_back``, or ``cleaning`` while the file is still to be rebuilt.

        Raises:
            UsageError: ``unknown_certificate``.
        """
        with self.store.reading() as connection:
            check_certificate(self.store, certificate)
            return status_of(connection, certificate)

    def audit(self, requests: Sequence[ForgetRequest]) -> Audit:
        """Search every table and every byte of the store for what the requests name, and count the model again."""
        wanted = checked(requests)
        with self.store.lock:
            return audit(self.store, self._live.current(), wanted)

    def _forgetting(self, requests: Sequence[ForgetRequest]) -> Forgetting:
        return Forgetting(
            store=self.store,
            live=self._live,
            weights=self.weights,
            requests=checked(requests),
            elsewhere=bool(self._followers),
        )

    def _cleaned(self) -> tuple[str, ...]:
        """Rebuild the file; return what is left to do."""
        try:
            done = self.store.clean()
        except QuestlineError as error:
            return (f"the file is still to be rebuilt: {error}",)
        return () if done else ("the write-ahead log is read by another process and still to be emptied",)

    def _held(self, kind: str, name: str) -> str:
        if kind not in _HOLDABLE:
            raise fault("kind", kind, f"one of {', '.join(_HOLDABLE)}", code="bad_request")
        return self.store.mark(_HOLDABLE[kind], name_of(kind, name))
