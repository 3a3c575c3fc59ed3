"""How many tasks a server may have at once, and who gets the next free place."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Generic, TypeVar

__all__ = ["Slots"]

T = TypeVar("T")


class Slots(Generic[T]):
    """Places of each server, and what waits for one: the longest way to the end first, then who came first.

    Args:
        slots: Places by server.
        default: Places of every other server; None is no limit.
    """

    def __init__(self, slots: Mapping[str, int], default: int | None) -> None:
        self._slots = slots
        self._default = default
        self._free: dict[str, int] = {}
        self._waiting: dict[str, list[tuple[float, int, int, T]]] = {}
        self._put_in = 0

    def take(self, server: str) -> bool:
        """Take a place, if there is one."""
        free = self._free.get(server)
        if free is None:
            free = self._slots.get(server, self._default)
            if free is None:
                return True
        if not free:
            return False
        self._free[server] = free - 1
        return True

    def wait(self, server: str, item: T, *, reach_s: float, order: int) -> None:
        """Put an item in the queue, again when its way has become longer.

        Args:
            server: Whose place it needs.
            item: What `give_back` returns.
            reach_s: Expected seconds from its start to the end of the longest way below it.
            order: Decides between equals.
        """
        self._put_in += 1
        heappush(self._waiting.setdefault(server, []), (-reach_s, order, self._put_in, item))

    def give_back(self, server: str) -> None:
        """Free a place."""
        if server in self._free:
            self._free[server] += 1

    def next(self, server: str) -> T | None:
        """Return what is first in the queue and take it out, an item that was put in twice twice."""
        queue = self._waiting.get(server)
        return heappop(queue)[3] if queue else None
