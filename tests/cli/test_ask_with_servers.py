"""`agents ask --servers`: real server processes, documents beside them, and every way to name servers wrongly."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.settings import load_settings

from .conftest import Agents, trusted

SERVERS = {"clock": ["clock"], "mathematics": ["mathematics"]}
MIXED = "What day of the week is 24 December 2027, and where was Ansgar Tollin born?"


@pytest.fixture
def mcp_json(workdir: Path) -> Path:
    program = "import sys; from questline.cli import main; sys.exit(main())"
    entries = {
        name: {"command": sys.executable, "args": ["-P", "-c", program, "mcp", *words]}
        for name, words in SERVERS.items()
    }
    file = workdir / "mcp.json"
    file.write_text(json.dumps({"mcpServers": entries}), "utf-8")
    return trusted(file)


@pytest.mark.slow
@pytest.mark.requirement("tsg.cli")
def test_a_mixed_question_is_answered_from_servers_and_documents(agents: Agents, mcp_json: Path, library: Path) -> None:
    assert agents("index", library).code == 0
    done = agents("ask", MIXED, "--servers", mcp_json, "--json")
    assert done.code == 0, done.err
    answer = done.json
    assert answer["status"] == "complete"
    assert "Friday" in answer["text"]
    assert "Brackwater" in answer["text"]
    called = {(task["server"], task["tool"]) for task in answer["plan"]["tasks"]}
    assert called == {("clock", "calendar"), ("documents", "answer")}
    known = {each["id"] for each in answer["evidence"]}
    assert {each["evidence_id"] for each in answer["citations"]} <= known
    assert len({each["evidence_id"] for each in answer["citations"]}) >= 2

    plain = agents("ask", "Where was Ansgar Tollin born?", "--servers", mcp_json, "--trace")
    assert plain.code == 0
    assert "Brackwater" in plain.out
    assert "R,DS,AG" in plain.out, "a question for the documents alone goes the way it goes without servers"

    asks = agents("ask", "Convert 2027-05-03T15:30 Tokyo time to another time zone for me.", "--servers", mcp_json)
    assert asks.code == 0
    assert "needs input" in asks.out


@pytest.mark.slow
@pytest.mark.requirement("tsg.cli")
def test_a_run_id_gives_the_answer_again(agents: Agents, mcp_json: Path) -> None:
    words = ("ask", "What is 23 squared?", "--servers", mcp_json, "--json", "--run-id", "r1")
    first, second = agents(*words), agents(*words)
    assert first.code == second.code == 0, first.err
    assert first.json["status"] == "complete"
    assert second.json["text"] == first.json["text"]
    assert second.json["ledger"] == first.json["ledger"]
    other = agents("ask", "What is 24 squared?", "--servers", mcp_json, "--run-id", "r1")
    assert other.code == 2
    assert "bad_argument" in other.err


@pytest.mark.requirement("tsg.cli")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--servers", "none.json"], "file_not_found"),
        (["--servers", "broken.json"], "bad_config"),
        (["--servers", "empty.json"], "no_tools"),
        (["--servers", "mcp.json", "--deadline", "0"], "bad_deadline"),
        (["--servers", "mcp.json", "--deadline", "-1"], "bad_deadline"),
        (["--servers", "mcp.json", "--deadline", "nan"], "bad_deadline"),
    ],
)
def test_wrong_servers_and_deadlines_are_named(
    agents: Agents, mcp_json: Path, workdir: Path, words: list[str], code: str
) -> None:
    (workdir / "broken.json").write_text("{", "utf-8")
    (workdir / "empty.json").write_text('{"mcpServers": {}}', "utf-8")
    done = agents("ask", "What is 23 squared?", *words)
    assert done.code == 2
    assert done.err.startswith(f"error[{code}]")


@pytest.mark.requirement("tsg.cli")
def test_servers_are_a_setting(workdir: Path) -> None:
    (workdir / "agents.toml").write_text('servers = "mcp.json"\n', "utf-8")
    assert load_settings(file=workdir / "agents.toml", environ={}).servers == workdir / "mcp.json"
    assert load_settings(environ={"QUESTLINE_SERVERS": "x.json"}).servers == Path("x.json")
    with pytest.raises(UsageError):
        load_settings(environ={}, flags={"servers": ""})
