"""Nothing of a file of servers is started before its user agreed: on a terminal, by a command, or by a flag."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from .conftest import PROGRAM, Agents, Done, finish, start

QUESTION = "What is 23 squared?"
STARTS = [
    ("ask", QUESTION, "--servers", "mcp.json"),
    ("ask", QUESTION, "--servers", "mcp.json", "--json"),
    ("plan", "--edit", "plan.json", "--servers", "mcp.json"),
    ("servers", "check"),
    ("servers", "show", "one"),
    ("servers", "accept", "one"),
    ("serve", "--port", "0"),
    ("serve", "--port", "0", "--servers", "mcp.json"),
    ("mcp", "tool_search", "--servers", "mcp.json"),
]
"""Commands that start what the file names."""


@pytest.fixture
def mcp_json(workdir: Path) -> Path:
    """A file whose one server leaves a mark when it is started; it is the setting, too."""
    (workdir / "agents.toml").write_text('servers = "mcp.json"\n', "utf-8")
    (workdir / "plan.json").write_text('{"tasks": []}', "utf-8")
    return written(workdir)


def written(folder: Path, mark: str = "started") -> Path:
    file = folder / "mcp.json"
    entry = {"command": "sh", "args": ["-c", f"touch {folder / mark}"]}
    file.write_text(json.dumps({"mcpServers": {"one": entry}}), "utf-8")
    return file


@pytest.mark.requirement("mends.trust")
@pytest.mark.parametrize("words", STARTS, ids=lambda words: " ".join(words[:2]))
def test_without_a_terminal_it_is_refused_and_nothing_starts(
    agents: Agents, mcp_json: Path, words: tuple[str, ...]
) -> None:
    done = agents(*words)
    assert (done.code, done.err[:18]) == (2, "error[not_trusted]")
    assert "agents servers trust" in done.err
    assert not mcp_json.with_name("started").exists()
    if "--json" in words:
        assert done.json["error"]["fields"] == {"path": "mcp.json", "servers": "one"}


@pytest.mark.requirement("mends.trust")
def test_a_flag_trusts_once_and_the_command_until_the_file_changes(agents: Agents, mcp_json: Path) -> None:
    started = mcp_json.with_name("started")
    assert agents("servers", "check", "--trust").code == 1  # it runs, and is no server
    assert started.exists()
    started.unlink()
    assert "not_trusted" in agents("servers", "check").err

    shown = agents("servers", "trust", mcp_json)
    assert shown.code == 0
    assert f"one: sh -c 'touch {started}'  (new)" in shown.out
    assert not started.exists()
    assert "server_unavailable" in agents("servers", "check").out
    assert started.exists()

    written(mcp_json.parent, "other")
    changed = agents("servers", "check")
    assert (changed.code, "one (changed)" in changed.err) == (2, True)
    assert not mcp_json.with_name("other").exists()
    again = agents("servers", "trust", "--json").json["servers"]
    assert [(row["name"], row["was"]) for row in again] == [("one", "changed")]

    assert "not trusted any more" in agents("servers", "trust", "--forget").out
    assert agents("servers", "trust", "--forget", "--json").json["forgotten"] is False
    assert agents("servers", "check").code == 2


@pytest.mark.requirement("mends.trust")
def test_list_says_what_is_not_trusted_and_planning_asks(agents: Agents, mcp_json: Path) -> None:
    assert agents("servers", "list", "--json").json["servers"][0]["trust"] == "new"
    assert "not trusted (new)" in agents("servers", "list").out
    agents("servers", "trust")
    assert agents("servers", "list", "--json").json["servers"][0]["trust"] == "trusted"
    written(mcp_json.parent, "other")
    assert "not trusted (changed)" in agents("servers", "list").out
    assert "not_trusted" in agents("plan", QUESTION).err
    assert not list(mcp_json.parent.glob("started"))


@pytest.mark.requirement("mends.trust")
def test_installing_for_a_client_says_what_it_could_not_ask(agents: Agents, mcp_json: Path) -> None:
    words = ("mcp", "install", "tool_search", "--client", "claude", "--servers", mcp_json)
    first = agents(*words)
    assert (first.code, f"agents servers trust {mcp_json}" in first.err) == (0, True)
    assert "--trust" not in first.out
    flagged = agents(*words, "--trust")
    assert "servers trust" not in flagged.err
    assert "--trust" in json.loads(flagged.out)["mcpServers"]["tool_search"]["args"]
    agents("servers", "trust", mcp_json)
    assert "servers trust" not in agents(*words).err


def asked(folder: Path, answer: str, *words: str) -> tuple[Done, str]:
    """Run a command with a terminal of its own, and return what stood on that."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True
        )
        os.close(theirs)
        shown = ""
        while "[y/N]" not in shown:
            shown += os.read(ours, 4096).decode()
        os.write(ours, f"{answer}\n".encode())
        out, _ = process.communicate(timeout=120)
        while True:
            try:
                more = os.read(ours, 4096)
            except OSError:  # the other end was closed
                break
            if not more:
                break
            shown += more.decode()
    finally:
        os.close(ours)
    return Done(code=process.returncode, out=out, err=""), shown.replace("\r\n", "\n")


@pytest.mark.slow
@pytest.mark.requirement("mends.trust", "mends.trust-shown")
def test_a_terminal_is_asked_once(mcp_json: Path) -> None:
    folder, started = mcp_json.parent, mcp_json.with_name("started")
    done, shown = asked(folder, "", "servers", "check")
    assert (done.code, "not_trusted" in shown) == (2, True)
    assert f"one: sh -c 'touch {started}'" in shown
    assert not started.exists()

    done, shown = asked(folder, "y", "servers", "check")
    assert (done.code, started.exists()) == (1, True)
    assert "server_unavailable" in done.out
    assert "server_unavailable" in finish(start("servers", "check", cwd=folder)).out


@pytest.mark.slow
@pytest.mark.requirement("mends.trust")
def test_a_question_runs_once_the_file_is_trusted(agents: Agents, workdir: Path) -> None:
    entry = {"command": sys.executable, "args": [*PROGRAM[1:], "mcp", "mathematics"]}
    (workdir / "mcp.json").write_text(json.dumps({"mcpServers": {"mathematics": entry}}), "utf-8")
    words = ("ask", QUESTION, "--servers", "mcp.json")
    assert agents(*words).code == 2
    assert "529" in agents(*words, "--trust").out
    agents("servers", "trust")
    assert "529" in agents(*words).out


class Swapped:
    """A file of servers that says something else each time it is read: a pipe with a name.

    What a command may read once stands in ``readings``; each text is given to one reader and is gone then.
    """

    def __init__(self, file: Path, texts: Sequence[str]) -> None:
        self.file = file
        self.read = 0
        file.unlink()
        os.mkfifo(file)
        self._texts = texts
        self._writer = threading.Thread(target=self._write, daemon=True)

    def _write(self) -> None:
        for text in self._texts:
            with self.file.open("w") as pipe:  # waits for a reader
                if self.read < 0:
                    return
                pipe.write(text)
                self.read += 1
            time.sleep(0.05)  # the reader that was there has read to the end before another text comes

    def __enter__(self) -> Swapped:
        self._writer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.readings, self.read = self.read, -1
        while self._writer.is_alive():  # let it go
            os.close(os.open(self.file, os.O_RDONLY | os.O_NONBLOCK))
            self._writer.join(0.05)


@pytest.mark.requirement("graphs2.one-reading")
@pytest.mark.parametrize(
    "words",
    [
        ("ask", QUESTION, "--servers", "mcp.json"),
        ("plan", QUESTION, "--servers", "mcp.json"),
        ("servers", "check"),
        ("servers", "show", "one"),
        ("servers", "accept", "one"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
@pytest.mark.parametrize("first", ["trusted", "changed"])
def test_what_was_looked_at_is_what_is_started(
    agents: Agents, workdir: Path, words: tuple[str, ...], first: str
) -> None:
    """The file changes between two readings: there is one, and its servers start or none do."""
    file = written(workdir)
    good = file.read_text("utf-8")
    assert agents("servers", "trust").code == 0
    bad = written(workdir, "swapped").read_text("utf-8")
    with Swapped(file, [good, bad] if first == "trusted" else [bad, good]) as swapped:
        done = agents(*words)
    assert swapped.readings == 1
    assert not (workdir / "swapped").exists()
    assert (workdir / "started").exists() is (first == "trusted")
    assert ("error[not_trusted]" in done.err) is (first == "changed")


@pytest.mark.requirement("graphs2.own-folder")
@pytest.mark.parametrize(
    "entry",
    [{"command": "./serve.sh"}, {"command": "sh", "args": ["serve.sh"]}, {"command": "./serve.sh", "cwd": "bin"}],
)
def test_a_trusted_file_starts_its_own_programs_wherever_it_is_used_from(
    agents: Agents, workdir: Path, monkeypatch: pytest.MonkeyPatch, entry: dict[str, Any]
) -> None:
    for name in ("own", "other"):
        for folder in (workdir / name, workdir / name / "bin"):
            folder.mkdir()
            (folder / "serve.sh").write_text(f"#!/bin/sh\ntouch {workdir}/{name}-started\n", "utf-8")
            (folder / "serve.sh").chmod(0o700)
    file = workdir / "own" / "mcp.json"
    file.write_text(json.dumps({"mcpServers": {"one": entry}}), "utf-8")
    shown = agents("servers", "trust", file)
    assert f"in {workdir}/own" in shown.out
    monkeypatch.chdir(workdir / "other")
    assert agents("servers", "check", "--servers", "../own/mcp.json").code == 1  # it runs, and is no server
    assert (workdir / "own-started").exists()
    assert not (workdir / "other-started").exists()
