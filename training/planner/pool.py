"""Worker processes that questions are handed to one at a time; one that dies has its question queued again.

What a worker does with one is `serving`, and for what: filling a table (`worker`) or drawing rollouts (`live_worker`).
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final, Generic, TypeVar, cast

from questline.errors import RunError

from .serving import Failed, HasQuestion

__all__ = ["Pool"]

_TRIES: Final = 3
"""Workers that may die on one question before it counts as failed."""
_GRACE_S: Final = 10.0


TaskT = TypeVar("TaskT", bound=HasQuestion)
JobT = TypeVar("JobT")
DoneT = TypeVar("DoneT")


@dataclass(slots=True)
class _Worker(Generic[TaskT]):
    process: SpawnProcess
    pipe: Connection
    job: int
    task: TaskT | None = None


@dataclass(slots=True)
class Pool(Generic[TaskT, JobT, DoneT]):
    """At most so many processes for each job."""

    serve: Callable[[Connection, JobT], None]
    """What a worker does: takes tasks from its pipe until None comes, answers each with a `DoneT` or `Failed`."""
    jobs: Sequence[JobT]
    """What workers are made for; each serves one."""
    processes: int
    """Of each job."""
    ends: Callable[[], bool]
    """Whether to end: looked at between questions. Those that run are finished, none is begun."""
    job_of: Callable[[TaskT], int] = lambda task: 0
    """The place of a task's job."""
    lasting: bool = False
    """Workers stay for another `run`, until `close`."""
    deaths: int = 0
    """Workers that died."""
    _workers: list[_Worker[TaskT]] = field(default_factory=list["_Worker[TaskT]"])
    _tries: dict[str, int] = field(default_factory=dict[str, int])

    def run(self, tasks: Sequence[TaskT]) -> Iterator[tuple[TaskT, DoneT | Failed]]:
        """Yield each task with what came of it, in the order of their ends; fewer when asked to end.

        Raises:
            RunError: When a worker cannot start.
        """
        waiting: dict[int, deque[TaskT]] = {place: deque() for place in range(len(self.jobs))}
        for task in tasks:
            waiting[self.job_of(task)].append(task)
        whole = False
        self._tries.clear()
        try:
            while True:
                if not self.ends():
                    for place, tasks_of in waiting.items():
                        self._hand_out(place, tasks_of)
                busy = {worker.pipe: worker for worker in self._workers if worker.task is not None}
                if not busy:
                    whole = True
                    return
                for pipe in wait(list(busy)):
                    worker = busy[cast("Connection", pipe)]
                    heard = self._heard(worker, waiting[worker.job])
                    if heard is not None:
                        yield heard
        finally:
            if not (whole and self.lasting):
                self.close()

    def _hand_out(self, job: int, waiting: deque[TaskT]) -> None:
        while waiting:
            own = [one for one in self._workers if one.job == job]
            worker = next((one for one in own if one.task is None), None)
            if worker is None:
                if len(own) >= self.processes:
                    return
                worker = self._started(job)
            worker.task = waiting.popleft()
            with suppress(OSError):  # it died while it was idle; that is heard when its pipe is read
                worker.pipe.send(worker.task)

    def _started(self, job: int) -> _Worker[TaskT]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=self.serve, args=(theirs, self.jobs[job]), daemon=True)
        process.start()
        theirs.close()  # so that the pipe ends when the worker does
        worker = _Worker[TaskT](process=process, pipe=ours, job=job)
        self._workers.append(worker)
        return worker

    def _heard(self, worker: _Worker[TaskT], waiting: deque[TaskT]) -> tuple[TaskT, DoneT | Failed] | None:
        task, worker.task = worker.task, None
        assert task is not None
        message: DoneT | Failed
        try:
            message = cast("DoneT | Failed", worker.pipe.recv())
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

    def _stop(self, worker: _Worker[TaskT]) -> None:
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
