"""A worker process that draws rollouts: a group of them for each question."""

from __future__ import annotations

import time
from functools import partial
from multiprocessing.connection import Connection

from .live_bench import LiveBench, LiveJob, open_live_bench
from .rollouts import Ask, Drawn
from .serving import served

__all__ = ["serve"]


def serve(pipe: Connection, job: LiveJob) -> None:
    """Answer tasks until the pipe ends or None comes."""
    served(pipe, job.fits, partial(open_live_bench, job), _drawn)


async def _drawn(bench: LiveBench, task: Ask) -> Drawn:
    clock, processor = time.perf_counter(), time.process_time()
    return Drawn(
        key=task.asked.key,
        rollouts=await bench.group(task),
        seconds=time.perf_counter() - clock,
        processor_s=time.process_time() - processor,
    )
