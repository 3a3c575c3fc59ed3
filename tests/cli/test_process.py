"""Real processes: interrupted, killed, served and stopped."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from questline.testing import Reply, ScriptedLLM

from .conftest import Agents, finish, start

QUESTION = "Where was Ansgar Tollin born?"
pytestmark = pytest.mark.slow


def wait_until_asked(server: ScriptedLLM, process: subprocess.Popen[str]) -> None:
    while not server.requests and process.poll() is None:
        time.sleep(0.01)


@pytest.mark.requirement("faces.cli-interrupt")
def test_ctrl_c_ends_a_question_without_a_traceback(library: Path, agents: Agents) -> None:
    agents("index", library)
    with ScriptedLLM(Reply(text="late", delay_s=60)) as server:
        process = start("ask", QUESTION, "--model", "m", "--base-url", server.base_url, cwd=library.parent)
        wait_until_asked(server, process)
        process.send_signal(signal.SIGINT)
        done = finish(process)
    assert done.code == 130
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.requirement("faces.cli-kill")
def test_a_killed_question_goes_on_without_repeating_finished_calls(library: Path, agents: Agents) -> None:
    agents("index", library)
    words = ("ask", QUESTION, "--model", "m", "--workflow", "QR,R,AG", "--run-id", "k1", "--json")
    script = ["Tollin birthplace", Reply(text="late", delay_s=60), "Brackwater [1].\n=> Brackwater"]
    with ScriptedLLM(script) as server:
        process = start(*words, "--base-url", server.base_url, cwd=library.parent)
        while len(server.requests) < 2 and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        assert finish(process).code == -signal.SIGKILL
        answer = agents(*words, "--base-url", server.base_url).json
        assert len(server.requests) == 3  # the rewrite was not asked for again
    assert answer["short"] == "Brackwater"


@contextmanager
def serving(folder: Path, *words: str, **variables: str) -> Generator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A running server and a client for it; the server is killed if the test has not ended it."""
    process = start("serve", "--port", "0", *words, cwd=folder, **variables)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        match = re.search(r"http://\S+", line)
        assert match, line
        with httpx.Client(base_url=match.group(), timeout=60) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def ask(client: httpx.Client, **more: object) -> httpx.Response:
    return client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": QUESTION}], **more})


@pytest.mark.requirement("faces.serve-process")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_server_answers_until_it_is_told_to_end(number: int, code: int, library: Path, agents: Agents) -> None:
    agents("index", library)
    with serving(library.parent) as (process, client):
        ready, reply = client.get("/readyz"), ask(client)
        client.close()
        process.send_signal(number)
        done = finish(process)
    assert (ready.status_code, reply.status_code) == (200, 200), ready.text + reply.text
    assert "Brackwater" in reply.json()["choices"][0]["message"]["content"]
    assert (done.code, "Traceback" in done.err) == (code, False)


@pytest.mark.requirement("faces.serve-process")
def test_documents_indexed_after_the_start_are_found(library: Path, agents: Agents) -> None:
    with serving(library.parent) as (_, client):
        without, unready = ask(client), client.get("/readyz")
        agents("index", library)
        found, other = ask(client), ask(client, model="embedded")
        wrong = ask(client, questline={"budget": "hours=1"})
    assert (without.status_code, without.json()["error"]["code"]) == (503, "no_index")
    assert (unready.status_code, unready.json()["checks"][0]["mend"]) == (503, "agents index PATH…")
    assert (found.status_code, other.status_code) == (200, 200)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "bad_budget")


@pytest.mark.requirement("faces.serve-not-local")
def test_other_addresses_need_a_key(library: Path) -> None:
    refused = finish(start("serve", "--host", "0.0.0.0", "--port", "0", cwd=library.parent))
    assert (refused.code, refused.err.split(":")[0]) == (2, "error[not_local]")
    with serving(library.parent, "--host", "0.0.0.0", QUESTLINE_API_KEY="sesame") as (_, client):
        without = client.get("/v1/models")
        given = client.get("/v1/models", headers={"authorization": "Bearer sesame"})
    assert (without.status_code, given.status_code) == (401, 200)


def test_a_port_that_is_taken_is_a_usage_error(workdir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = finish(start("serve", "--port", str(taken.getsockname()[1]), cwd=workdir))
    assert done.code == 2
    assert "--port" in done.err
