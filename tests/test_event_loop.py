"""A coroutine runs until a Ctrl-C, however the signal comes in."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Coroutine

import pytest

from questline.event_loop import run


async def told_elsewhere(waits: float) -> None:
    """Wait while a Ctrl-C goes to another thread of the process: what waits in the main thread is not woken by it."""

    def tell() -> None:
        time.sleep(0.1)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    threading.Thread(target=tell).start()
    await asyncio.sleep(waits)


def until_heard(way: Callable[[Coroutine[None, None, None]], None], waits: float) -> float:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        way(told_elsewhere(waits))
    return time.monotonic() - began


@pytest.mark.requirement("faces.cli-interrupt-waiting")
def test_a_signal_wakes_a_loop_that_waits() -> None:
    assert until_heard(asyncio.run, 2) >= 1.9  # so the signal did come where it wakes nobody
    assert until_heard(run, 60) < 30


def test_everything_is_as_it_was_afterwards() -> None:
    async def answer() -> int:
        return 42

    before = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(before)
    assert run(answer()) == 42
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    after = signal.set_wakeup_fd(before)
    assert after == before


def test_what_it_raises_comes_out() -> None:
    async def fail() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        run(fail())


def test_in_another_thread_it_runs_too() -> None:
    found: list[int] = []

    async def answer() -> int:
        return 42

    thread = threading.Thread(target=lambda: found.append(run(answer())))
    thread.start()
    thread.join()
    assert found == [42]
