"""Run many small pieces of work side by side; the first failure lets those that run finish, and starts no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

__all__ = ["side_by_side"]

A = TypeVar("A")
B = TypeVar("B")


async def side_by_side(items: Sequence[A], work: Callable[[A], Awaitable[B]], *, at_once: int) -> list[B]:
    """Return the results in the order of `items`.

    Raises:
        Exception: The first failure, in the order of `items`, once all that ran has ended.
    """
    results: dict[int, B] = {}
    failures: dict[int, Exception] = {}
    waiting = iter(range(len(items)))

    async def run() -> None:
        for place in waiting:
            if failures:
                return
            try:
                results[place] = await work(items[place])
            except Exception as error:  # noqa: BLE001 because it is raised below, when the others have ended
                failures[place] = error

    await asyncio.gather(*(run() for _ in range(min(at_once, len(items)))))
    if failures:
        raise failures[min(failures)]
    return [results[place] for place in range(len(items))]
