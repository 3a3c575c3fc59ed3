"""Rollouts from worker processes, in the order of their questions, whoever drew them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from questline.errors import RunError

from .folds import fold_of
from .live_bench import LiveJob
from .live_worker import serve
from .pool import Pool
from .rollouts import Ask, Drawn
from .serving import Failed

__all__ = ["Draws", "LivePool"]


class Draws(Protocol):
    """Where rollouts come from."""

    def draw(self, asks: Sequence[Ask], hears: Callable[[int], None] = ...) -> list[Drawn]:
        """Return a group for each question, in their order; a question that failed is left out.

        Args:
            asks: Each question once.
            hears: Told how many groups have come.

        Raises:
            RunError: When more than half of the questions failed, or no worker starts.
        """
        ...


def _deaf(done: int) -> None:
    del done


@dataclass(slots=True)
class LivePool:
    """Worker processes that stay until `close`; a context manager."""

    jobs: tuple[LiveJob, ...]
    """One for each fold's fits, or a single one."""
    processes: int
    """Of all jobs together, though at least one of each."""
    failed: int = 0
    """Questions that were left out so far."""
    wall_s: float = 0.0
    """That drawing took so far."""
    rollouts: int = 0
    _pool: Pool[Ask, LiveJob, Drawn] = field(init=False)

    def __post_init__(self) -> None:
        self._pool = Pool(
            serve=serve,
            jobs=self.jobs,
            processes=max(1, self.processes // len(self.jobs)),
            ends=lambda: False,
            job_of=self._job_of,
            lasting=True,
        )

    def _job_of(self, ask: Ask) -> int:
        return fold_of(ask.asked.text) - 1 if len(self.jobs) > 1 else 0

    @property
    def deaths(self) -> int:
        """Workers that died."""
        return self._pool.deaths

    def draw(self, asks: Sequence[Ask], hears: Callable[[int], None] = _deaf) -> list[Drawn]:
        """Draw; see `Draws`."""
        came: dict[str, Drawn] = {}
        lost: list[Failed] = []
        began = time.perf_counter()
        for number, (task, message) in enumerate(self._pool.run(asks), 1):
            if isinstance(message, Failed):
                lost.append(message)
            else:
                came[task.asked.key] = message
            hears(number)
        self.wall_s += time.perf_counter() - began
        self.rollouts += sum(len(drawn.rollouts) for drawn in came.values())
        self.failed += len(lost)
        if len(lost) * 2 > len(asks):
            first = lost[0]
            raise RunError(
                f"{len(lost)} of {len(asks)} questions failed ({first.code}: {first.message}); what was learnt before "
                "is kept",
                failed=len(lost),
            )
        return [came[ask.asked.key] for ask in asks if ask.asked.key in came]

    def close(self) -> None:
        """End every worker."""
        self._pool.close()

    def __enter__(self) -> LivePool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
