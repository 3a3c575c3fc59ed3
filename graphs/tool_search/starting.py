"""Calls of tasks under the slots of their servers and under their own deadlines.

Each call is a task of asyncio that is let go of when its time is over, so that nothing that hangs, or ignores that it
is cancelled, can hold up a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from questline.deadline import let_go
from questline.errors import RunError, ToolTimeout

from .board import Board, Node
from .closing import GRACE_S, LOOSE
from .contract import Hooks, Limits, Perform
from .deadlines import allowed_s
from .outcomes import Outcome, failure
from .slots import Slots

__all__ = ["Calls"]

_MARGIN_S: Final = 0.02
"""A task is cut off so much after its deadline, so that what it tells of a timeout itself is heard."""


class Calls:
    """Starts tasks that are ready, as early as their servers have room.

    Args:
        perform: Carries a task out.
        limits: Slots and deadlines.
        hooks: ``on_started`` is awaited before each.
        board: The tasks.
        began: When the run began, on the loop's clock.
        ends: When it is over; infinite without a deadline.
        ended: Told how a task ended.
        broken: Told what ends the whole run.
    """

    def __init__(
        self,
        perform: Perform,
        limits: Limits,
        hooks: Hooks,
        board: Board,
        *,
        began: float,
        ends: float,
        ended: Callable[[Node, Outcome], None],
        broken: Callable[[Exception], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._perform, self._limits, self._board = perform, limits, board
        self._on_started = hooks.on_started
        self._began, self._ends = began, ends
        self._ended, self._broken = ended, broken
        self._slots: Slots[Node] = Slots(limits.slots, limits.default_slots)
        self._halted = self._closed = False
        self.running: set[asyncio.Task[Any]] = set()

    def halt(self) -> None:
        """Take no end of a call into account any more: the run has broken."""
        self._halted = True

    def close(self) -> None:
        """Start nothing any more."""
        self._closed = True

    def ready(self, node: Node) -> None:
        """Start a task that waits for no other, or let it wait for its server."""
        if self._slots.take(node.task.server):
            self._start(node)
        else:
            node.state = "queued"
            self.queue(node)

    def queue(self, node: Node) -> None:
        """Put a task in the line of its server, by the length of the way from it to the end."""
        self._slots.wait(node.task.server, node, reach_s=self._board.dag.reach_s(node.id), order=node.order)

    def _start(self, node: Node) -> None:
        task, dag, now = node.task, self._board.dag, self._loop.time()
        node.state, node.holds, node.started_s = "running", True, now - self._began
        left = self._ends - now
        allowed = allowed_s(
            limit_s=self._limits.limit_s(task),
            left_s=left,
            own_s=dag.reach_s(node.id) - dag.below_s(node.id),
            below_s=dag.below_s(node.id),
            floor_s=self._limits.floor_s,
        )
        node.call = self._loop.create_task(self._call(node, allowed))
        self.running.add(node.call)
        node.call.add_done_callback(partial(self._called, node))
        if allowed + _MARGIN_S < left:
            node.timer = self._loop.call_later(allowed + _MARGIN_S, self._cut_off, node, allowed)

    async def _call(self, node: Node, allowed: float) -> Outcome:
        if self._on_started is not None:
            try:
                await self._on_started(node.task)
            except Exception as error:
                self._broken(error)
                raise
            if node.state != "running":  # the hook ignored that it was cancelled
                raise asyncio.CancelledError
        return await self._perform(node.task, self._board.inputs(node.task), allowed)

    def _called(self, node: Node, call: asyncio.Task[Outcome]) -> None:
        self.running.discard(call)
        try:
            if node.state == "running" and not self._halted:
                if node.timer is not None:
                    node.timer.cancel()
                self._ended(node, _told(node.id, call))
            self._give_back(node)  # after what depends on it has lined up
        except Exception as error:  # noqa: BLE001 because it came from a function of the caller, who must hear of it
            self._broken(error)

    def _cut_off(self, node: Node, allowed: float) -> None:
        if node.state == "running" and node.call is not None:
            self._loop.call_later(GRACE_S, self._give_back, node)  # for a call that ignores it
            let_go(node.call, loose=LOOSE)
            self._ended(node, failure(node.id, ToolTimeout(f"it had no result after {allowed:.3f} seconds")))

    def _give_back(self, node: Node) -> None:
        if not node.holds:
            return
        node.holds = False
        server = node.task.server
        self._slots.give_back(server)
        while not self._closed and (other := self._slots.next(server)) is not None:
            if other.state == "queued":
                self.ready(other)
                return


def _told(task: str, call: asyncio.Task[Outcome]) -> Outcome:
    """Return what a call that has ended says of its task."""
    if call.cancelled():
        return failure(task, RunError("the call cancelled itself", code="cancelled"))
    if (error := call.exception()) is not None:
        return failure(task, error)
    told = call.result()
    if not isinstance(told, Outcome):  # pyright: ignore[reportUnnecessaryIsInstance]  # because callers need not check their types
        return failure(task, TypeError(f"{told!r} is no outcome"))
    return told
