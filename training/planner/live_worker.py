"""A worker process that draws rollouts: takes questions from a pipe, sends back what came of each group."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from multiprocessing.connection import Connection

from questline.errors import QuestlineError

from .live_bench import LiveJob, open_live_bench
from .rollouts import Ask, Drawn
from .worker import Failed, served

__all__ = ["serve"]


def serve(pipe: Connection, job: LiveJob) -> None:
    """Answer tasks until the pipe ends or None comes."""
    served(pipe, job.fits, partial(_serve, pipe, job))


async def _serve(pipe: Connection, job: LiveJob) -> None:
    async with open_live_bench(job) as bench:
        while (task := await asyncio.to_thread(pipe.recv)) is not None:
            assert isinstance(task, Ask)
            message: Drawn | Failed
            clock, processor = time.perf_counter(), time.process_time()
            try:
                message = Drawn(
                    key=task.asked.key,
                    rollouts=await bench.group(task),
                    seconds=time.perf_counter() - clock,
                    processor_s=time.process_time() - processor,
                )
            except QuestlineError as error:
                message = Failed(key=task.asked.key, code=error.code, message=error.message)
            pipe.send(message)
