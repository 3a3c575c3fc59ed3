"""A wait that ends when its time is over, whatever the work does."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from questline.deadline import Deadline, bounded

pytestmark = pytest.mark.requirement("gateway.deadline")


async def _work(answer: str, *, turns: int = 1) -> str:
    for _ in range(turns):
        await asyncio.sleep(0)
    return answer


async def test_work_that_ends_in_time_gives_its_result_or_its_error() -> None:
    loose: set[asyncio.Task[Any]] = set()
    assert await bounded(_work("done"), 20, loose=loose) == "done"

    async def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await bounded(broken(), 20, loose=loose)
    assert not loose


async def test_work_that_ignores_its_cancellation_is_left_behind() -> None:
    loose: set[asyncio.Task[Any]] = set()
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    with pytest.raises(TimeoutError):
        await bounded(stubborn(), 0.01, loose=loose)
    assert len(loose) == 1
    release.set()
    await asyncio.wait(tuple(loose))
    await asyncio.sleep(0)
    assert not loose


async def test_work_that_is_cancelled_before_its_first_step_is_closed() -> None:
    loose: set[asyncio.Task[Any]] = set()
    began: list[str] = []

    async def work() -> None:
        began.append("work")

    waiting = asyncio.create_task(bounded(work(), 20, loose=loose))
    await asyncio.sleep(0)  # by now the work has a task, which did not begin
    for task in asyncio.all_tasks() - {asyncio.current_task(), waiting}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert began == []
    gc.collect()  # what was never awaited warns here, and warnings are errors
    assert not loose


def test_a_share_counts_from_where_the_whole_began() -> None:
    whole = Deadline(1000.0)
    part = whole.share(4)
    assert part.left_s <= 250.0 < whole.left_s
    assert 0 <= whole.spent_s <= part.spent_s <= whole.spent_s
