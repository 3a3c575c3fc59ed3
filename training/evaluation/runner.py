"""Run a suite: finished rows are kept, failures counted, costs limited, and every mean gets its interval."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeAlias, TypeVar

from questline.errors import QuestlineError, RunError, UsageError

from .intervals import bootstrap_interval
from .items import CACHE, Item, ItemStore, Json
from .provenance import Provenance, code_hash
from .suite import Shows, Suite, Summary

__all__ = ["Options", "Report", "Stopped", "evaluate"]

RowT = TypeVar("RowT")
Stopped: TypeAlias = Literal["", "usd", "tokens"]


def _silent(done: int, total: int) -> None:
    del done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run a suite."""

    cache: Path = CACHE
    concurrency: int = 1
    """Rows run side by side; above 1 the timings of rows include waiting for each other."""
    max_usd: float | None = None
    """Start no further row once this much was spent by the run, earlier parts of it included."""
    max_tokens: int | None = None
    seed: int = 0
    """Of the bootstrap."""
    fresh: bool = False
    """Run every row again instead of taking what an earlier run of the same kind finished."""
    command: str = ""
    """The command that repeats this run, for the report."""
    progress: Callable[[int, int], None] = _silent
    """Called with rows done and rows in all."""

    def __post_init__(self) -> None:
        limits = {"concurrency": self.concurrency, "max_usd": self.max_usd, "max_tokens": self.max_tokens}
        for name, value in limits.items():
            if value is not None and not (math.isfinite(value) and value > 0):
                raise UsageError(f"{name}={value!r} must be a finite number above 0", argument=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of a suite found."""

    suite: str
    metrics: Mapping[str, Json]
    intervals: Mapping[str, tuple[float, float]]
    """95 % bootstrap interval of each metric that is a mean."""
    failed: int
    items: Sequence[Item]
    details: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """In the JSON beside the metrics, and not shown."""
    run: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Command, commit, versions, hashes, seed, hardware; and whether a limit stopped it."""

    def as_dict(self) -> dict[str, object]:
        """Return the one JSON object: the metrics by name, then ``failed``, ``intervals``, ``items``, ``run``."""
        return {
            **self.metrics,
            **self.details,
            "failed": self.failed,
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "items": self.item_rows(),
            "run": {"suite": self.suite, **self.run},
        }

    def item_rows(self) -> list[dict[str, object]]:
        """Return the items as JSON data, failed ones included."""
        return [_slim(item) for item in self.items]


async def evaluate(suite: Suite[RowT], options: Options) -> Report:
    """Run the rows of a suite that have not run before, and sum up all.

    What an earlier run with the same fingerprint finished is taken over, also when it ran other rows of the same data;
    what failed is tried again. The fingerprint is data, options, models, prompts and code, and what the time of a row
    depends on: concurrency and hardware. When a limit on cost stops the run, the report covers the rows that were run
    and says so in ``run.stopped``. A cancelled run keeps every finished row.

    Raises:
        UsageError: ``bad_data`` and what else the suite's loading and opening raise.
        RunError: What opening the suite raises; ``read_only`` or ``disk_full`` when items cannot be kept.
    """
    rows = suite.load()
    identity = suite.identity()
    wanted = [suite.identify(row) for row in rows]
    provenance = Provenance.gather()
    options_given = {**_options(identity), "concurrency": options.concurrency}
    key = _fingerprint(suite.name, {**identity, "options": options_given}, code_hash(), provenance.hardware)
    store = ItemStore(options.cache / "items" / f"{suite.name}-{key}.jsonl")
    done = {} if options.fresh else store.load()
    work = _Work(suite, store, options, {name: done[name] for name in wanted if name in done})
    resumed = len(work.items)
    if resumed < len(rows):
        async with suite.open():
            await work.all([row for row, name in zip(rows, wanted, strict=True) if name not in work.items], len(rows))
    items = [work.items[name] for name in wanted if name in work.items]
    summary = suite.summarize(items)
    return Report(
        suite=suite.name,
        metrics=summary.metrics,
        intervals=_intervals(summary, options.seed),
        failed=sum(1 for item in items if item.error),
        items=items,
        details=summary.details,
        run={
            "command": options.command,
            **provenance.as_dict(),
            **identity,
            "options": options_given,
            "seed": options.seed,
            "rows": len(rows),
            "resumed": resumed,
            "stopped": work.stopped,
        },
    )


class _Work(Generic[RowT]):
    """The rows of one run, under its limits."""

    def __init__(self, suite: Suite[RowT], store: ItemStore, options: Options, done: dict[str, Item]) -> None:
        self._suite = suite
        self._store = store
        self._options = options
        self.items = done
        self.stopped: Stopped = ""

    async def all(self, rows: Sequence[RowT], total: int) -> None:
        """Run the rows, a few side by side, until none is left or a limit is reached."""
        waiting = iter(rows)
        self._options.progress(len(self.items), total)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._options.concurrency, len(rows))):
                    group.create_task(self._worker(waiting, total))
        except BaseExceptionGroup as failures:  # what is not a row's own, such as a full disk
            raise failures.exceptions[0] from None
        if len(self.items) < total and not self.stopped:  # a row that cancels itself ends its worker without a word
            raise RunError(f"only {len(self.items)} of {total} rows were run", code="cancelled", retryable=True)

    async def _worker(self, waiting: Iterator[RowT], total: int) -> None:
        task = asyncio.current_task()
        for row in waiting:
            if task is not None and task.cancelling():  # a row that ends in the moment it is cancelled ends well
                raise asyncio.CancelledError
            self.stopped = self.stopped or self._reached()
            if self.stopped:
                return
            item = await self._item(row)
            self._store.append(item)
            self.items[item.id] = item
            self._options.progress(len(self.items), total)
            await asyncio.sleep(0)  # a row that waits for nothing never lets a Ctrl-C in

    async def _item(self, row: RowT) -> Item:
        name = self._suite.identify(row)
        shown: Mapping[str, Json] = self._suite.show(row) if isinstance(self._suite, Shows) else {}
        try:
            outcome = await self._suite.run(row)
        except QuestlineError as error:
            spent = error.usage
            cost = {"usd": spent.usd, "llm_tokens": float(spent.tokens)} if spent.calls else {}
            return Item(id=name, error=error.code, message=error.message, cost=cost, shown=shown)
        except Exception as error:  # noqa: BLE001 because a row that breaks the code under test is a failed row, not the end
            return Item(id=name, error="run_failed", message=f"{type(error).__name__}: {error}", shown=shown)
        return Item(
            id=name,
            prediction=outcome.prediction,
            scores=outcome.scores,
            cost=outcome.cost,
            labels=outcome.labels,
            shown={**shown, **outcome.shown},
        )

    def _reached(self) -> Stopped:
        """Return the limit that what was spent so far has reached."""
        limits: tuple[tuple[Stopped, str, float | None], ...] = (
            ("usd", "usd", self._options.max_usd),
            ("tokens", "llm_tokens", self._options.max_tokens),
        )
        for limit, cost, most in limits:
            if most is not None and sum(item.cost.get(cost, 0.0) for item in self.items.values()) >= most:
                return limit
        return ""


def _options(identity: Mapping[str, Json]) -> dict[str, Json]:
    options = identity.get("options")
    return options if isinstance(options, dict) else {}


def _fingerprint(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _intervals(summary: Summary, seed: int) -> dict[str, tuple[float, float]]:
    return {
        name: bootstrap_interval(values, seed=seed, clusters=summary.clusters.get(name, ()))
        for name, values in summary.means.items()
        if values
    }


def _slim(item: Item) -> dict[str, object]:
    """Return an item as JSON data without what is empty."""
    return {name: value for name, value in asdict(item).items() if value not in ("", {}) or name == "prediction"}
