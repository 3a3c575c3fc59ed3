"""A run that is killed in the middle goes on without asking again for what was answered."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from questline.testing import ChatRequest, Reply

from .conftest import World, made_row, number_of, right, seeing

pytestmark = [pytest.mark.requirement("mathreal.resume"), pytest.mark.slow]
AGENTS = shutil.which("agents") or str(Path(sys.executable).parent / "agents")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_goes_on_without_asking_twice(world: World, how: signal.Signals) -> None:
    world.write([made_row(n) for n in range(1, 9)])
    held, release = threading.Event(), threading.Event()

    def play(number: int, request: ChatRequest) -> str | Reply:
        if len(server.requests) == 5 and not release.is_set():
            held.set()
            return Reply(text=right(number, request), delay_s=30)
        return right(number, request)

    with seeing(play) as server:
        out = world.folder / "out.json"
        words = [AGENTS, *world.words("--model", "seer", "--base-url", server.base_url, "--json", str(out))]
        first = subprocess.Popen(
            words, cwd=world.folder, stderr=subprocess.PIPE, env={**os.environ, "QUESTLINE_RETRIES": "0"}
        )
        assert held.wait(60)
        first.send_signal(how)
        said = first.communicate(timeout=60)[1].decode()
        assert first.returncode != 0
        assert not out.exists()
        if how == signal.SIGINT:
            assert "Finished rows are kept" in said
        release.set()
        done = len(server.requests) - 1
        report = world.run(server)
        shown = [number_of(request) for request in server.requests]
    assert done == 4
    assert len(server.requests) == 5 + (8 - done)
    assert {number for number in shown if shown.count(number) > 1} == {shown[4]}
    assert (report["n"], report["acc_low"], report["run"]["resumed"]) == (8, 1.0, done)
    assert json.loads(out.read_text(encoding="utf-8"))["n"] == 8
