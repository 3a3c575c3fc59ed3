"""A wish to stop reaches threads, child processes and the loops of the models."""

from __future__ import annotations

import asyncio
import contextvars
import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from questline.errors import RunError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.processes import Pool
from questline.tools.stopping import check, stop_wanted, stoppable

pytestmark = pytest.mark.requirement("stopping.wish")
PATIENCE_S = 30.0


def test_without_a_wish_work_goes_on() -> None:
    check()
    with stoppable():
        check()
        assert not stop_wanted()


async def test_a_wish_travels_into_threads_and_ends_with_its_block() -> None:
    with stoppable() as stop:
        stop.set()
        assert await asyncio.to_thread(stop_wanted)
        with pytest.raises(RunError) as raised:
            await asyncio.to_thread(check)
        assert raised.value.code == "cancelled"
        assert not raised.value.retryable
    assert not stop_wanted()


def test_a_block_that_fails_wants_its_work_to_stop() -> None:
    with pytest.raises(ValueError, match="odd"), stoppable() as stop:
        raise ValueError("odd")
    assert stop.is_set()


def started(work: Callable[[], Any]) -> Future[Any]:
    """Run work in a thread, with the wish of this context."""
    executor = ThreadPoolExecutor(1)
    future = executor.submit(contextvars.copy_context().run, work)
    executor.shutdown(wait=False)
    return future


def children() -> set[str]:
    """Return the ids of this process's own children of a pool."""
    command = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())]
    listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    return {line.split()[0] for line in listed.splitlines() if "questline.tools.processes.child" in line}


HARD = {"number": str((10**30 + 57) * (10**29 + 319))}
"""Takes far longer than any test waits."""


def test_a_job_that_is_not_wanted_any_more_takes_its_child_with_it() -> None:
    before = children()
    with Pool("questline.tools.mathematics.jobs") as pool:
        assert pool.run("is_prime", {"number": "7"}, seconds=PATIENCE_S) == {"prime": True}
        (child,) = children() - before
        with stoppable() as stop:
            slow = started(lambda: pool.run("factorise", HARD, seconds=600))
            time.sleep(0.3)
            assert not slow.done()
            stop.set()
            error = slow.exception(timeout=PATIENCE_S)
        assert isinstance(error, RunError)
        assert error.code == "cancelled"
        assert child not in children()
        assert pool.run("is_prime", {"number": "8"}, seconds=PATIENCE_S) == {"prime": False}
    assert children() <= before


def test_who_waits_for_a_free_child_can_be_stopped_too() -> None:
    with Pool("questline.tools.mathematics.jobs", most=1) as pool:
        with stoppable() as first:
            holding = started(lambda: pool.run("factorise", HARD, seconds=600))
            time.sleep(0.3)
        with stoppable() as second:
            waiting = started(lambda: pool.run("is_prime", {"number": "7"}, seconds=600))
            second.set()
            error = waiting.exception(timeout=PATIENCE_S)
        assert isinstance(error, RunError)
        assert error.code == "cancelled"
        assert not holding.done()
        first.set()
        assert holding.exception(timeout=PATIENCE_S) is not None


@pytest.mark.parametrize(
    "work",
    [
        lambda: Encoder.load().encode(["one text", "another text"]),
        lambda: CrossEncoder.load().score("a question", ["one text", "another text"]),
        lambda: CrossEncoder.load().judge("a question", ["one text", "another text"]),
    ],
    ids=["encode", "score", "judge"],
)
def test_the_models_look_between_two_texts(work: Callable[[], object]) -> None:
    work()
    with stoppable() as stop:
        stop.set()
        with pytest.raises(RunError) as raised:
            work()
    assert raised.value.code == "cancelled"
    work()
