"""A pool of child processes that run jobs under a deadline; one that is late is killed, never waited for.

A thread cannot be stopped from outside, and a library deep in C does not look at a flag: only a process surely ends.
Children stay warm between jobs, so that a library's slow import is paid once and never counts against a limit.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from types import TracebackType
from typing import Any, Final, Self

from questline.errors import RunError, UsageError
from questline.tools.stopping import POLL_S, check

__all__ = ["Pool"]

START_S: Final = 100.0
"""How long a child may take to start and to import its module."""
LONGEST_ANSWER: Final = 64_000_000
"""Bytes of one answer; a child that says more is ended."""


class _Child:
    """One child process and the pipes to it."""

    def __init__(self, module: str, memory: int) -> None:
        command = [sys.executable, "-P", "-m", "questline.tools.processes.child", module, str(memory)]
        self._process = subprocess.Popen(  # noqa: S603 because the command is this interpreter and this package
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self._left = b""
        try:
            self._read(time.monotonic() + START_S)
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def ask(self, request: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        """Send one job and return the answer; raise `TimeoutError` when it does not come in time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return self._read(time.monotonic() + seconds)

    def _read(self, deadline: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        parts, size = [self._left], len(self._left)
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in parts[-1]:
                self._wait(selector, deadline)
                part = os.read(self._process.stdout.fileno(), 1 << 16)
                size += len(part)
                if not part or size > LONGEST_ANSWER:
                    raise EOFError
                parts.append(part)
        line, _, self._left = b"".join(parts).partition(b"\n")
        return json.loads(line)

    def _wait(self, selector: selectors.DefaultSelector, deadline: float) -> None:
        while not selector.select(min(POLL_S, max(0.0, deadline - time.monotonic()))):
            check()
            if time.monotonic() >= deadline:
                raise TimeoutError

    def kill(self) -> None:
        """End the process and wait until it has ended."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


class Pool:
    """Children that run the jobs of one module; safe to share between threads, and to close with `with`.

    Args:
        module: A module with a mapping ``JOBS``: name → function of keyword arguments, JSON in and out.
        memory: Bytes of address space of each child.
        most: Children at the same time; more callers wait.
    """

    def __init__(self, module: str, *, memory: int = 2 << 30, most: int = 2) -> None:
        self._module, self._memory = module, memory
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(most)
        self._closed = False

    def run(self, job: str, arguments: dict[str, Any], *, seconds: float, grace: float = 0.0) -> dict[str, Any]:
        """Run one job and return what it gave.

        Args:
            job: A name in the module's ``JOBS``.
            arguments: Of that function.
            seconds: From when a child took the job; starting a child does not count.
            grace: Seconds beyond that in which the job may stop by itself before its process is killed.

        Raises:
            RunError: ``time_limit``, and the child is dead; ``cancelled`` (`questline.tools.stopping`), likewise;
                ``memory_limit``; ``run_failed`` where the child died; what the job raised, with its code.
            UsageError: What the job raised, with its code.
        """
        with self._slot():
            child = self._take()
            try:
                request = {"job": job, "arguments": arguments, "seconds": seconds}
                answer = child.ask(request, seconds=seconds + grace)
            except TimeoutError:
                child.kill()
                raise RunError(
                    f"the work was stopped at its limit of {seconds:g} seconds: ask for something smaller",
                    code="time_limit",
                    seconds=seconds,
                ) from None
            except (EOFError, OSError) as error:
                child.kill()
                raise RunError("the work was ended by the system, most likely for memory", code="run_failed") from error
            except BaseException:  # Ctrl-C, a call that was cancelled: no child outlives its caller
                child.kill()
                raise
            self._give(child)
        if "error" in answer:
            error = answer["error"]
            kind = UsageError if answer["usage"] else RunError
            raise kind(error["message"], code=error["code"], retryable=error["retryable"], **error["fields"])
        return answer["value"]

    @contextlib.contextmanager
    def _slot(self) -> Generator[None]:
        while not self._slots.acquire(timeout=POLL_S):
            check()
        try:
            yield
        finally:
            self._slots.release()

    def _take(self) -> _Child:
        if self._closed:
            raise UsageError("this pool of processes is closed", code="bad_argument", argument="pool")
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return self._start()
            if child.alive:
                return child
            child.kill()

    def _start(self) -> _Child:
        try:
            return _Child(self._module, self._memory)
        except (EOFError, OSError, TimeoutError) as error:
            raise RunError("a child process did not start", code="run_failed", module=self._module) from error

    def _give(self, child: _Child) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        child.kill()

    def close(self) -> None:
        """End every idle child; running ones end with their job."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_lock"):
            self.close()
