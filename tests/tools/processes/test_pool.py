from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from questline.errors import RunError, UsageError
from questline.tools.processes import Pool

pytestmark = pytest.mark.requirement("mathematics.time-limit")

JOBS = """
import os, time
from questline.errors import UsageError
def echo(*, value): return {"value": value, "pid": os.getpid()}
def spin():
    while True: pass
def hog(): return {"size": len(bytearray(1 << 40))}
def deep(): return deep()
def die(): os._exit(3)
def talk(): print("noise"); return {"said": True}
def refuse(): raise UsageError("no", code="bad_param", argument="x")
def odd(): raise ValueError("odd")
JOBS = {f.__name__: f for f in (echo, spin, hog, deep, die, talk, refuse, odd)}
"""


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Pool]:
    (tmp_path / "some_jobs.py").write_text(JOBS, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Pool("some_jobs", most=2) as one:
        yield one


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], check=False, capture_output=True, text=True)
    return [int(line) for line in listed.stdout.split()]


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    try:
        return "State:\tZ" not in status.read_text(encoding="utf-8")
    except OSError:
        return False


def soon(check: Callable[[], bool], *, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return False


def test_a_child_is_used_again_and_ends_with_the_pool(pool: Pool) -> None:
    first, second = (pool.run("echo", {"value": text}, seconds=30) for text in ("一", "b"))
    assert (first["value"], second["value"]) == ("一", "b")
    assert first["pid"] == second["pid"] != os.getpid()
    pool.close()
    assert not is_running(first["pid"])
    with pytest.raises(UsageError):
        pool.run("echo", {"value": 1}, seconds=1)


@pytest.mark.parametrize(
    ("job", "code"), [("hog", "memory_limit"), ("deep", "too_deep"), ("die", "run_failed"), ("odd", "run_failed")]
)
def test_each_failure_has_its_code_and_the_next_job_runs(pool: Pool, job: str, code: str) -> None:
    with pytest.raises(RunError) as caught:
        pool.run(job, {}, seconds=30)
    assert (caught.value.code, caught.value.retryable) == (code, False)
    assert pool.run("echo", {"value": 1}, seconds=30)["value"] == 1


def test_an_error_of_the_job_comes_through_with_its_fields(pool: Pool) -> None:
    with pytest.raises(UsageError) as caught:
        pool.run("refuse", {}, seconds=30)
    assert (caught.value.code, caught.value.fields) == ("bad_param", {"argument": "x"})


def test_what_a_job_prints_does_not_disturb(pool: Pool) -> None:
    assert pool.run("talk", {}, seconds=30) == {"said": True}


@pytest.mark.slow
def test_a_late_job_is_killed(pool: Pool) -> None:
    pid = pool.run("echo", {"value": 1}, seconds=30)["pid"]
    start = time.monotonic()
    with pytest.raises(RunError) as caught:
        pool.run("spin", {}, seconds=0.3)
    assert caught.value.code == "time_limit"
    assert time.monotonic() - start < 20
    assert not is_running(pid)


@pytest.mark.slow
def test_threads_share_a_pool(pool: Pool) -> None:
    found: list[Any] = []

    def ask(number: int) -> None:
        found.append(pool.run("echo", {"value": number}, seconds=60)["value"])

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(6))


CALLER = """
from questline.tools.processes import Pool
pool = Pool("some_jobs")
print(pool.run("echo", {"value": 1}, seconds=60)["pid"], flush=True)
pool.run("spin", {}, seconds=60)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_no_child_outlives_its_parent(ending: signal.Signals) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-P", "-c", CALLER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert caller.stdout is not None
    child = int(caller.stdout.readline())
    assert is_running(child)
    if ending is signal.SIGINT:
        os.killpg(caller.pid, ending)  # as a terminal does: to all of the group
    else:
        caller.send_signal(ending)
    caller.wait(timeout=30)
    caller.stdout.close()
    assert soon(lambda: not is_running(child))
