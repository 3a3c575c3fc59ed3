"""What runs in a thread when a step's time is over is told so: nobody can end it from outside."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.agents.composer import compose as composing
from questline.agents.composer.contract import Finding
from questline.agents.intents import split
from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_planner.contract import Planned
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.errors import RunError
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.pool import ServerPool
from questline.tools.stopping import check

from .shop import Shop, answer_of, task

pytestmark = pytest.mark.requirement("tsg.threads")
QUESTION = "What is the price of the rug?"
LONGEST_S = 20.0


class Thread:
    """Work that goes on until it is told to stop."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.told = False

    def work(self) -> None:
        until = time.monotonic() + LONGEST_S
        try:
            while time.monotonic() < until:
                check()
                time.sleep(0.005)
        except RunError as error:
            self.told = error.code == "cancelled"
            raise
        finally:
            self.ended.set()

    async def was_told(self) -> bool:
        await asyncio.to_thread(self.ended.wait, LONGEST_S)
        return self.told


async def test_the_search_for_tools_is_told_when_its_time_is_over() -> None:
    thread = Thread()

    class Encoder:
        dimension = 4
        fingerprint = "slow"

        def encode(self, texts: Sequence[str], **options: Any) -> NDArray[np.float32]:
            del options
            thread.work()
            return np.ones((len(texts), 4), np.float32)

    pool = ServerPool(Configuration.of(Shop().stock()), encoder=Encoder)
    answer = answer_of(await Shop().ask(QUESTION, pool=pool, seconds=1.5))
    assert answer.status == "partial"
    assert await thread.was_told()


class Slow(EmbeddedPlanner):
    """Plans until it is told to stop; `begins_with` is planned at once."""

    def __init__(self, thread: Thread, begins_with: Planned | None = None) -> None:
        super().__init__()
        self._thread = thread
        self._first = begins_with

    def _planned(self, *given: Any, **options: Any) -> Planned:
        first, self._first = self._first, None
        if first is not None:
            return first
        self._thread.work()
        return super()._planned(*given, **options)


@pytest.mark.parametrize("streaming", [False, True])
async def test_planning_is_told_when_its_time_is_over(*, streaming: bool) -> None:
    thread = Thread()
    answer = answer_of(await Shop().ask(QUESTION, Slow(thread), seconds=1.5, streaming=streaming))
    assert [part.code for part in answer.missing] == ["deadline_reached"]
    assert await thread.was_told()


async def test_planning_anew_is_told_when_the_run_is_over() -> None:
    from questline.types import Plan

    thread = Thread()
    failing = task("T1", "price", "ship")
    planner = Slow(thread, Planned(plan=Plan(tasks=(failing,)), serves={"T1": (0,)}))
    answer = answer_of(await Shop().ask(QUESTION, planner, seconds=2.5))
    assert answer.status == "partial"
    assert await thread.was_told()


async def test_a_question_that_is_cancelled_tells_its_threads() -> None:
    thread = Thread()
    asked = asyncio.create_task(Shop().ask(QUESTION, Slow(thread), seconds=None))
    done, _ = await asyncio.wait({asked}, timeout=1.0)
    assert not done
    asked.cancel()
    await asyncio.wait({asked})
    assert await thread.was_told()


async def test_composing_is_told_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = Thread()

    def drafted(*given: Any) -> Any:
        thread.work()

    monkeypatch.setattr(composing, "drafted", drafted)
    finding = Finding(task=task("T1", "price", "rug"), result=TaskResult(result={"price": 75}), intents=(0,))
    context = Shop().context()
    made = await composing.compose(QUESTION, split(QUESTION), [finding], context=context, deadline_s=0.3)
    assert [each.code for each in made.missing] == ["deadline_reached"]
    assert await thread.was_told()
