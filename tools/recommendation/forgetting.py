"""Forget exactly: counts are taken off, and the store, its snapshot and its log change with them in one transaction.

A kill at any moment leaves everything as it was, or all of it done but for the rebuilding of the file, which the next
opening makes up for. Nothing is approximated: what is left is what counting without the forgotten clicks gives.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError

from .batch import Batch, find, report
from .certificates import append
from .counts import Counts
from .requests import ForgetRequest
from .result import ForgetReport
from .scoring import Weights, scores
from .state import Live, Model
from .store import SessionStore
from .undoing import keep_aside, let_go

__all__ = ["LIMIT", "Forgetting", "check_limit"]

LIMIT: Final = 0.2
"""Share of all clicks above which a forgetting must be forced (spec 07 §6)."""


@dataclass(frozen=True, kw_only=True)
class Forgetting:
    """One batch of requests against one store."""

    store: SessionStore
    live: Live
    weights: Weights
    requests: Sequence[ForgetRequest]
    elsewhere: bool = False
    """Other stores forget users too: one that is unknown here is no fault."""
    network: Path | None = None
    """Folder of a trained model that forgets with the store."""

    def plan(self) -> ForgetReport:
        """Return what would be forgotten; nothing changes.

        Raises:
            UsageError: ``unknown_request`` or ``held``.
        """
        with self.store.reading():
            return report(self.store, find(self.store, self.requests, elsewhere=self.elsewhere), "planned")

    def carry_out(self, *, force: bool, undoable: bool, planned: ForgetReport | None = None) -> ForgetReport:
        """Forget everything that is named, or change nothing; the file is still to be cleaned afterwards.

        Raises:
            UsageError: ``unknown_request``, ``held`` or ``use_retrain``; ``not_confirmed`` where it is no more what was
                `planned`.
        """
        started = time.perf_counter()
        with self.store.transaction() as connection:
            batch = find(self.store, self.requests, elsewhere=self.elsewhere)
            made = report(self.store, batch, "done" if batch.clicks else "already")
            _check_plan(made, planned)
            check_limit(made, force=force)
            if batch.clicks or not undoable:  # what is asked for now may be part of what was kept aside
                let_go(connection)
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'scrub'")
            if not batch.clicks:
                return replace(made, seconds=time.perf_counter() - started)
            made = replace(made, certificate=uuid.uuid4().hex, undoable=undoable)
            model = self._delete(batch, made, started)
        self.live.publish(model)
        return replace(made, seconds=time.perf_counter() - started)

    def _delete(self, batch: Batch, made: ForgetReport, started: float) -> Model:
        connection, before = self.store.connection, self.live.latest()
        had_snapshot = connection.execute("SELECT 1 FROM snapshots").fetchone() is not None
        categories = self.store.categories(batch.lost) if made.undoable else {}
        hash_before = self.store.meta("hash")
        gone = self.store.delete(batch.clicks, batch.lost)
        left = {number: each for number, each in batch.after.items() if each.clicks}
        generation = self.store.changed(batch.sessions, left)
        model = self.live.change({number: each.items for number, each in batch.after.items()}, generation)
        connection.execute("DELETE FROM snapshots")
        if had_snapshot:
            self.live.put_snapshot(model)
        marks = sorted({self.store.mark("request", each.key) for each in self.requests})
        connection.executemany("INSERT INTO requests VALUES (?, ?)", [(mark, made.certificate) for mark in marks])
        if made.undoable:
            names = {item: categories.get(item, []) for item in gone}
            keep_aside(self.store, made.certificate, batch, names, self.network)
        sample = batch.sample()
        body: dict[str, object] = {
            "action": "forget",
            "method": "exact",
            "generation": generation,
            "requests": marks,
            "kinds": dict(sorted(Counter(each.kind for each in self.requests).items())),
            "clicks": made.clicks,
            "share": round(made.share, 6),
            "sessions": made.sessions,
            "sessions_gone": made.sessions_gone,
            "items_gone": made.items_gone,
            "undoable": made.undoable,
            "data_before": hash_before,
            "data_after": self.store.meta("hash"),
            "model_before": before.counts.digest,
            "model_after": model.counts.digest,
            "weights": asdict(self.weights),
            "chance_before": _chance(before.counts, sample, self.weights),
            "chance_after": _chance(model.counts, sample, self.weights),
            "seconds": round(time.perf_counter() - started, 4),
        }
        append(connection, made.certificate, body)
        return model


def _check_plan(made: ForgetReport, planned: ForgetReport | None) -> None:
    same = ("clicks", "sessions", "sessions_gone", "items_gone")
    if planned is not None and made.clicks and any(getattr(made, name) != getattr(planned, name) for name in same):
        raise UsageError(
            f"the data has changed: {planned.clicks} clicks were planned and {made.clicks} would go; nothing was "
            "changed. Plan again",
            code="not_confirmed",
            argument="planned",
        )


def check_limit(made: ForgetReport, *, force: bool) -> None:
    """Refuse to forget more than `LIMIT` of all clicks without `force`.

    Raises:
        UsageError: ``use_retrain``.
    """
    if made.share > LIMIT and not force:
        raise UsageError(
            f"the requests name {made.clicks} clicks, {made.share:.0%} of all and more than the limit of {LIMIT:.0%}: "
            "begin a new store without them, or say `force` (`--force`) if so much is meant; nothing was changed",
            code="use_retrain",
            argument="requests",
            share=round(made.share, 4),
            limit=LIMIT,
        )


def _chance(counts: Counts, sample: Sequence[tuple[Sequence[str], str]], weights: Weights) -> float:
    """Return the mean score of forgotten clicks after what stood before them; 0 for items that have left."""
    values: list[float] = []
    for before, item in sample:
        known = [counts.index[name] for name in before if name in counts.index]
        number = counts.index.get(item)
        values.append(float(cast("float", scores(counts, known, weights)[number])) if number is not None else 0.0)
    return round(sum(values) / len(values), 6)
