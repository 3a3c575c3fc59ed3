"""Worker processes that questions are handed to one at a time; one that dies has its question queued again."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final, cast

from questline.errors import RunError

from .worker import Failed, Job, Message, Task, serve

__all__ = ["Pool"]

_TRIES: Final = 3
"""Workers that may die on one question before it counts as failed."""
_GRACE_S: Final = 10.0


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    task: Task | None = None


@dataclass(slots=True)
class Pool:
    """At most so many processes for one job."""

    job: Job
    processes: int
    ends: Callable[[], bool]
    """Whether to end: looked at between questions. Those that run are finished, none is begun."""
    deaths: int = 0
    """Workers that died."""
    _workers: list[_Worker] = field(default_factory=list[_Worker])
    _tries: dict[str, int] = field(default_factory=dict[str, int])

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Message]]:
        """Yield each task with what came of it, in the order of their ends; fewer when asked to end.

        Raises:
            RunError: When a worker cannot start.
        """
        waiting = deque(tasks)
        try:
            while True:
                if not self.ends():
                    self._hand_out(waiting)
                busy = {worker.pipe: worker for worker in self._workers if worker.task is not None}
                if not busy:
                    return
                for pipe in wait(list(busy)):
                    heard = self._heard(busy[cast("Connection", pipe)], waiting)
                    if heard is not None:
                        yield heard
        finally:
            self.close()

    def _hand_out(self, waiting: deque[Task]) -> None:
        while waiting:
            worker = next((one for one in self._workers if one.task is None), None)
            if worker is None:
                if len(self._workers) >= self.processes:
                    return
                worker = self._started()
            worker.task = waiting.popleft()
            with suppress(OSError):  # it died while it was idle; that is heard when its pipe is read
                worker.pipe.send(worker.task)

    def _started(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self.job), daemon=True)
        process.start()
        theirs.close()  # so that the pipe ends when the worker does
        worker = _Worker(process=process, pipe=ours)
        self._workers.append(worker)
        return worker

    def _heard(self, worker: _Worker, waiting: deque[Task]) -> tuple[Task, Message] | None:
        task, worker.task = worker.task, None
        assert task is not None
        message: Message
        try:
            message = cast("Message", worker.pipe.recv())
        except (EOFError, OSError):
            self._stop(worker)
            self.deaths += 1
            tries = self._tries[task.asked.key] = self._tries.get(task.asked.key, 0) + 1
            if tries < _TRIES:
                waiting.appendleft(task)
                return None
            message = Failed(key=task.asked.key, code="run_failed", message=f"{tries} workers died while they ran it")
        if isinstance(message, Failed) and not message.key:
            raise RunError(f"a worker cannot start ({message.code}): {message.message}")
        return task, message

    def _stop(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        if worker.task is None:
            with suppress(OSError):
                worker.pipe.send(None)
            worker.process.join(_GRACE_S)
        if worker.process.is_alive():
            worker.process.terminate()
            worker.process.join(_GRACE_S)
        worker.pipe.close()

    def close(self) -> None:
        """End every worker; what one has not sent is not there."""
        for worker in list(self._workers):
            self._stop(worker)
