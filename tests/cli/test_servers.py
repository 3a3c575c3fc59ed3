"""`agents servers`: real servers, a real file, what the user reads and what a script reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from questline.testing.flaky_server import FlakyServer

from .conftest import Done, trusted

pytestmark = pytest.mark.requirement("gateway.commands")
Agents = Callable[..., Done]


def configure(folder: Path, entries: dict[str, Any]) -> Path:
    file = folder / "mcp.json"
    file.write_text(json.dumps({"mcpServers": entries, "theme": "dark"}), "utf-8")
    return trusted(file)


def test_list_starts_nothing_and_tells_what_is_wrong_with_each_entry(agents: Agents, workdir: Path) -> None:
    configure(
        workdir,
        {
            "web": {"url": "https://user:secret-word@h.example/mcp?k=secret-key", "autoApprove": []},
            "gone": {"command": "no-such-program"},
            "unset": {"command": "sh", "env": {"A": "${NOT_SET_ANYWHERE}"}},
            "off": {"command": "sh", "disabled": True},
        },
    )
    done = agents("servers", "list")
    assert done.code == 0
    for words in (
        "https://h.example/mcp",
        "not used: autoApprove",
        "command_not_found",
        "unknown_variable",
        "disabled",
    ):
        assert words in done.out
    assert "secret" not in done.out
    told = agents("servers", "list", "--json").json
    problems = {row["name"]: row["problem"] and row["problem"]["code"] for row in told["servers"]}
    assert problems == {"web": None, "gone": "command_not_found", "unset": "unknown_variable", "off": None}
    assert told["ignored"] == ["theme"]


def test_check_reaches_each_server_and_exits_1_when_one_cannot_be_used(agents: Agents, workdir: Path) -> None:
    with FlakyServer() as sound, FlakyServer("refuse") as broken, FlakyServer(transport="http") as web:
        configure(workdir, {"sound": sound.entry, "broken": broken.entry, "web": web.entry})
        done = agents("servers", "check", "--deadline", "60")
        assert done.code == 1
        assert "ordered to refuse to start" in done.out
        told = agents("servers", "check", "sound", "web", "--json", "--deadline", "60")
        assert told.code == 0
        for row in told.json["servers"]:
            assert (row["state"], row["protocol"], row["tools"], row["error"]) == ("ok", "2026-07-28", 3, None)
            assert row["ms"] > 0
        assert not sound.running


def test_what_changed_is_shown_until_it_is_accepted(agents: Agents, workdir: Path) -> None:
    with FlakyServer() as server:
        configure(workdir, {"one": server.entry})
        assert agents("servers", "check", "--deadline", "60").code == 0
        assert "3" in agents("servers", "list").out
        server.misbehave("change_tools")
        done = agents("servers", "check", "--deadline", "60")
        assert (done.code, "echo changed" in done.out) == (1, True)
        shown = agents("servers", "show", "one", "--deadline", "60")
        assert shown.code == 0
        assert "also sends the text to its author" in shown.out
        assert "+Return a text" in shown.out
        server.recover()
        accepted = agents("servers", "accept", "one", "--json", "--deadline", "60")
        assert (accepted.code, accepted.json["accepted"]) == (0, 3)
        assert agents("servers", "accept", "one", "--deadline", "60").out == "Accepted 3 tools of one.\n"
        assert agents("servers", "check", "--deadline", "60").code == 0


def test_show_tells_tools_with_hints_and_arguments(agents: Agents, workdir: Path) -> None:
    with FlakyServer() as server:
        file = trusted(configure(workdir, {"one": server.entry}).rename(workdir / "other.json"))
        done = agents("servers", "show", "one", "--config", file, "--deadline", "60")
        assert done.code == 0
        assert "echo  [read only, idempotent]" in done.out
        assert "(text, [delay_s])" in done.out
        told = agents("servers", "show", "one", "--config", file, "--json", "--deadline", "60").json
        assert [tool["name"] for tool in told["tools"]] == ["echo", "append", "misbehave"]
        assert (workdir / "other.pins.json").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("list",), "file_not_found"),
        (("check", "--config", "bad.json"), "bad_config"),
        (("check", "none", "--config", "empty.json"), "unknown_server"),
        (("show", "none", "--config", "empty.json"), "unknown_server"),
        (("accept", "none", "--config", "empty.json"), "unknown_server"),
    ],
)
def test_what_cannot_be_done_is_an_error_with_a_code(
    agents: Agents, workdir: Path, words: tuple[str, ...], code: str
) -> None:
    (workdir / "bad.json").write_text('{"mcpServers": {,}}')
    (workdir / "empty.json").write_text('{"mcpServers": {}}')
    done = agents("servers", *words, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, code)


def test_a_file_without_servers_says_so(agents: Agents, workdir: Path) -> None:
    (workdir / "mcp.json").write_text('{"mcpServers": {}}')
    assert "configures no server" in agents("servers", "list").out
    assert agents("servers", "check").code == 0


def test_search_finds_the_tools_that_check_has_seen_and_starts_nothing(agents: Agents, workdir: Path) -> None:
    with FlakyServer() as server:
        file = configure(workdir, {"one": server.entry, "late": {"command": "sh"}})
        before = agents("servers", "search", "say my words again", "--json")
        assert before.code == 2
        assert "agents servers check" in before.err
        assert agents("servers", "check", "one", "--deadline", "60").code == 0
        server.misbehave("refuse", at="connect")
        found = agents("servers", "search", "say my words again", "--json")
        assert found.code == 0
        assert "one/echo" in [row["tool"] for row in found.json["tools"]]
        assert (found.json["not_asked"], found.json["old"]) == (["late"], [])
        assert not server.running
        assert "one/echo" in agents("servers", "search", "say my words again").out
        assert agents("servers", "search", " ", "--json").code == 2
        assert agents("servers", "search", "echo", "-k", "0").code == 2
        file.write_text(json.dumps({"mcpServers": {"one": {**server.entry, "disabled": True}}}), "utf-8")
        off = agents("servers", "search", "say my words again", "--json")
        assert (off.code, off.json["error"]["code"]) == (2, "no_tools")
