"""The time of one list of suggestions: what would begin too late is not begun, what takes too long is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from questline.budget import Meter

__all__ = ["InTime"]

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class InTime:
    """Does work until the seconds of a meter end, and remembers that they did."""

    meter: Meter
    late: bool = False
    """Something was not done for want of time."""

    @property
    def over(self) -> bool:
        """Whether the time has ended; asking counts as having wanted it for more."""
        self.late = self.late or self.meter.exhausted(llm=False) is not None
        return self.late

    async def result(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return what `work` gives, or None when time ends before. Work in a thread runs on, and nobody hears of it."""
        if self.over:
            return None
        try:
            async with asyncio.timeout(self.meter.seconds_left):
                return await work()
        except TimeoutError:
            if self.meter.exhausted(llm=False) is None:
                raise  # a time-out of the work's own
            self.late = True
            return None
