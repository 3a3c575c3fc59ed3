"""What runs in a child process: jobs of one module, one after the other, as lines of JSON.

The child ends itself when its parent is gone (its standard input ends), does not react to Ctrl-C (the parent decides),
and cannot use more memory or processor time than it is allowed, whatever becomes of the parent.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, BinaryIO, Final, cast

from questline.errors import QuestlineError, RunError, UsageError

__all__ = ["main"]

Job = Callable[..., dict[str, Any]]
_DEEPEST: Final = 5000
"""Calls inside each other; algebra needs more than Python's default, and the stack of the main thread holds as many."""
_SPARE_CPU_S: Final = 2
"""Processor seconds beyond the limit, after which the kernel ends a child whose parent did not."""


def main() -> None:
    """Serve the jobs of the module named by the first argument, with the memory in bytes that the second gives."""
    module, memory = sys.argv[1], int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints cannot break the protocol
    sys.setrecursionlimit(_DEEPEST)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    jobs = cast("Mapping[str, Job]", import_module(module).JOBS)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    _say(answers, {"ready": True})
    while True:
        request = json.loads(requests.get())
        _allow(float(request["seconds"]))
        _say(answers, _answer(jobs[request["job"]], request["arguments"]))


def _listen(requests: queue.SimpleQueue[bytes]) -> None:
    with os.fdopen(0, "rb") as lines:
        for line in lines:
            requests.put(line)
    os._exit(0)


def _allow(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + _SPARE_CPU_S
    with contextlib.suppress(ValueError):  # a lower hard limit of the user's own stands
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(job: Job, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": job(**arguments)}
    except QuestlineError as error:
        return {"error": error.as_dict(), "usage": isinstance(error, UsageError)}
    except MemoryError:
        error = RunError("the work needs more memory than its limit allows: ask for less", code="memory_limit")
    except RecursionError:
        error = RunError("the work is nested too deeply", code="too_deep")
    except Exception as problem:  # noqa: BLE001 because this is the boundary where a failure becomes data
        error = RunError(f"the work failed: {type(problem).__name__}: {str(problem)[:300]}", code="run_failed")
    return {"error": error.as_dict(), "usage": False}


def _say(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
