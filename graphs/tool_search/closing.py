"""The end of a run: nothing of it goes on, and nothing of it is waited for longer than a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Final

from questline.deadline import let_go

__all__ = ["GRACE_S", "LOOSE", "close"]

GRACE_S: Final = 0.03
"""How long what was cancelled, and outcomes that are being written down, may take."""
_LAST_S: Final = 0.01
"""And how long those writings when they are cancelled too."""
LOOSE: Final[set[asyncio.Task[Any]]] = set()
"""What was cancelled and has not ended; asyncio itself would forget it."""


async def close(
    calls: Collection[asyncio.Task[Any]], asks: Collection[asyncio.Task[Any]], writes: Collection[asyncio.Task[Any]]
) -> None:
    """Cancel calls and asks at once, writes after a grace, and wait for all of them, 40 ms at most."""
    cancelled = {*calls, *asks}
    writing = set(writes)
    for task in cancelled:
        let_go(task, loose=LOOSE)
    try:
        if cancelled or writing:
            await asyncio.wait(cancelled | writing, timeout=GRACE_S)
    finally:
        late = {task for task in writing if not task.done()}
        for task in late:
            let_go(task, loose=LOOSE)
        if late:
            await asyncio.wait(late, timeout=_LAST_S)
