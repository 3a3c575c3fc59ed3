"""What forgetting costs the embedded recommender, and whether it is exact: learn, recommend, forget, audit, compare.

    python -P -m questline.training.benchmarks.forgetting --sessions sessions.jsonl --json forgetting.json

One click each of random sessions is forgotten (place in the second half, as in the SRU protocol), once in one batch and
for a few one by one, then whole sessions. What is left is compared, bit for bit, with a store that never knew them.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from rich.progress import Progress

from questline.errors import UsageError
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender
from questline.tools.recommendation.counts import Counts, count
from questline.tools.recommendation.files import read_sessions
from questline.tools.recommendation.scoring import Weights, scores
from questline.training.recommender.ranks import MISSED, Ranker

from .harness import parser, positive, run

__all__ = ["main", "measure"]

_ALONE: Final = 10
"""Requests that are also carried out one by one."""
_WHOLE: Final = 20
"""Sessions that are forgotten wholly."""
_ASKED: Final = 1000
_DEPTH: Final = 10


def measure(options: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return seconds, milliseconds and whether what is left equals what was never there."""
    sessions = [each for each in read_sessions(options.sessions) if len(each.items) > 1]
    random = np.random.default_rng(options.seed)
    count_of = options.requests + _ALONE + _WHOLE
    if len(sessions) < 2 * count_of:
        raise UsageError(f"{len(sessions)} sessions are too few: {2 * count_of} are needed", argument="--sessions")
    drawn: list[int] = random.permutation(len(sessions))[:count_of].tolist()
    places = {at: int(random.integers(len(sessions[at].items) // 2, len(sessions[at].items))) for at in drawn}
    clicks = drawn[: options.requests + _ALONE]
    asked = [ForgetRequest.click(sessions[at].id, place=places[at]) for at in clicks]
    wholly = [ForgetRequest.session(sessions[at].id) for at in drawn[len(clicks) :]]
    task = bar.add_task("forgetting", total=4)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sessions.sqlite"
        with SessionRecommender.open(path) as recommender:
            figures: dict[str, object] = {"learn_seconds": _timed(lambda: recommender.learn(sessions))}
            figures |= dict(zip(("sessions", "items", "clicks"), recommender.size(), strict=True))
            bar.advance(task)
            figures |= _speed(recommender, sessions, random)
            before = recommender.counts
            bar.advance(task)
            batch = asked[: options.requests]
            figures["batch"] = len(batch)
            figures["batch_seconds"] = _timed(lambda: recommender.forget(batch))
            alone = [_timed(partial(recommender.forget, [each])) for each in asked[options.requests :]]
            figures["alone_seconds_p50"] = round(statistics.median(alone), 4)
            figures["sessions_seconds"] = _timed(lambda: recommender.forget(wholly))
            bar.advance(task)
            audited = time.perf_counter()
            figures["absent"] = recommender.audit([*asked, *wholly]).absent
            figures["audit_seconds"] = round(time.perf_counter() - audited, 4)
            figures["megabytes"] = round(path.stat().st_size / 1e6, 2)
            after = recommender.counts
        figures["open_seconds"] = _timed(lambda: SessionRecommender.open(path).close())
    recounting = time.perf_counter()
    retrained = count(_without(sessions, places, clicks, drawn[len(clicks) :]))
    figures["retrain_seconds"] = round(time.perf_counter() - recounting, 4)
    figures["exact"] = after.digest == retrained.digest
    for name, counts in (("before", before), ("after", after), ("retrained", retrained)):
        figures[f"hit_u@{_DEPTH}_{name}"] = _hits(counts, sessions, {at: places[at] for at in clicks})
    bar.advance(task)
    return {**figures, "seconds": round(time.perf_counter() - started, 2)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark with the given words; return the exit code."""
    options = parser(__doc__)
    options.add_argument("--sessions", type=Path, required=True, help="JSON lines of sessions, plain or .gz")
    options.add_argument("--requests", type=positive, default=100, help="clicks of the batch")
    options.add_argument("--seed", type=int, default=0, help="of the sessions and clicks that are drawn")
    return run("forgetting", options, measure, arguments)


def _speed(
    recommender: SessionRecommender, sessions: Sequence[Session], random: np.random.Generator
) -> dict[str, float]:
    """Return milliseconds of a list of ten, by the clock and of the processor."""
    took: list[float] = []
    worked: list[float] = []
    drawn: list[int] = random.integers(0, len(sessions), _ASKED).tolist()
    for at in drawn:
        items = sessions[at].items
        prefix = items[: int(random.integers(1, len(items)))]
        started, before = time.perf_counter(), time.thread_time()
        recommender.recommend(prefix)
        took.append(time.perf_counter() - started)
        worked.append(time.thread_time() - before)
    figures = {"recommend_ms": took, "recommend_processor_ms": worked}
    return {
        f"{name}_{part}": round(1000 * float(np.percentile(values, share)), 3)
        for name, values in figures.items()
        for part, share in (("p50", 50), ("p95", 95))
    }


def _without(
    sessions: Sequence[Session], places: Mapping[int, int], clicks: Sequence[int], wholly: Sequence[int]
) -> dict[int, list[str]]:
    gone, single = set(wholly), set(clicks)
    return {
        at: [item for place, item in enumerate(session.items) if at not in single or place != places[at]]
        for at, session in enumerate(sessions)
        if at not in gone
    }


def _hits(counts: Counts, sessions: Sequence[Session], clicks: Mapping[int, int]) -> float:
    """Return how often a forgotten click is among the first ten of all items, after what stood before it."""
    ranker, hits = Ranker(counts), 0
    for at, place in clicks.items():
        items = sessions[at].items
        known = [counts.index[item] for item in items[:place] if item in counts.index]
        hits += MISSED < ranker.rank(scores(counts, known, Weights()), items[place]) <= _DEPTH
    return round(hits / len(clicks), 4)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 4)


if __name__ == "__main__":
    raise SystemExit(main())
