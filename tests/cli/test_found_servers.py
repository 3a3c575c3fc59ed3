"""A file of servers in the working folder is found by all commands that ask, told, and never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import PROGRAM, Agents, trusted

QUESTION = "What is 23 squared?"
pytestmark = pytest.mark.requirement("graphs2.found-servers")


@pytest.fixture
def found(workdir: Path) -> Path:
    file = workdir / "mcp.json"
    entry = {"command": PROGRAM[0], "args": [*PROGRAM[1:], "mcp", "mathematics"]}
    file.write_text(json.dumps({"mcpServers": {"sums": entry}}), "utf-8")
    return file


def marked(folder: Path) -> Path:
    """Write a file whose server leaves a mark when it is started."""
    file = folder / "mcp.json"
    entry = {"command": "sh", "args": ["-c", f"touch {folder / 'started'}"]}
    file.write_text(json.dumps({"mcpServers": {"one": entry}}), "utf-8")
    return file


@pytest.mark.slow
def test_one_rule_for_asking_planning_and_looking(agents: Agents, found: Path) -> None:
    trusted(found)
    for words in (("plan", QUESTION), ("ask", QUESTION)):
        done = agents(*words)
        assert (done.code, "using the MCP servers of 'mcp.json'" in done.err) == (0, True)
        assert ("529" if words[0] == "ask" else "sums/calculate") in done.out
    checks = {check["name"]: check for check in agents("doctor", "--json").json["checks"]}
    assert checks["server sums"]["state"] == "ok"
    assert "found here" in checks["servers"]["found"]


def test_what_is_not_trusted_is_told_and_the_question_goes_on_without(
    agents: Agents, workdir: Path, library: Path
) -> None:
    marked(workdir)
    done = agents("ask", "Who designed the lighthouse of Velmora?", "--documents", library)
    assert (done.code, "Tollin" in done.out) == (0, True)
    assert "agents servers trust mcp.json" in done.err
    nothing = agents("plan", QUESTION)
    assert (nothing.code, "agents servers trust mcp.json" in nothing.err, "no_tools" in nothing.err) == (2, True, True)
    checks = {check["name"]: check for check in agents("doctor", "--json").json["checks"]}
    assert (checks["servers"]["state"], checks["servers"]["mend"]) == ("absent", "agents servers trust mcp.json")
    assert not (workdir / "started").exists()


def test_a_file_that_cannot_be_read_is_told_and_one_that_was_named_is_an_error(
    agents: Agents, workdir: Path, library: Path
) -> None:
    (workdir / "mcp.json").write_text("no servers", "utf-8")
    words = ("ask", "Who designed the lighthouse of Velmora?", "--documents", library)
    done = agents(*words)
    assert (done.code, "'mcp.json' was found here and is not used" in done.err) == (0, True)
    assert agents(*words, "--servers", "mcp.json").code == 2


def test_commands_about_servers_follow_the_setting(agents: Agents, workdir: Path) -> None:
    (workdir / "other").mkdir()
    marked(workdir / "other")
    (workdir / "agents.toml").write_text('servers = "other/mcp.json"\n', "utf-8")
    assert [row["name"] for row in agents("servers", "list", "--json").json["servers"]] == ["one"]
    assert "other/mcp.json" in agents("servers", "trust").out
    assert agents("servers", "list", "--json", "--config", "none.json").code == 2
