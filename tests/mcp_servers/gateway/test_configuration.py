"""Configurations as Claude Desktop, Cursor and VS Code write them, and what is wrong with others."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.options import ServerOptions

VSCODE = """
{
  // for the whole team
  "inputs": [
    {"type": "promptString", "id": "weather-key", "description": "Key", "password": true},
    {"type": "pickString", "id": "unit", "options": ["C", "F"], "default": "C"},
  ],
  "servers": {
    "weather": {
      "type": "http",
      "url": "https://weather.example/mcp", /* not http: */
      "headers": {"X-Key": "${input:weather-key}", "X-Unit": "${input:unit}"},
      "gallery": true,
    },
    "notes": {"type": "stdio", "command": "${env:PYTHON}", "args": ["-m", "notes", "${workspaceFolder}/n"],
      "envFile": ".env"},
  },
}
"""


def parse(entry: Any, **environ: str) -> ServerConfiguration:
    import json

    return Configuration.parse(json.dumps({"mcpServers": {"one": entry}}), environ=environ).servers["one"]


def problem(entry: Any, **environ: str) -> UsageError:
    found = parse(entry, **environ).problem
    assert found is not None
    return found


@pytest.mark.requirement("gateway.configuration")
def test_a_file_of_vs_code_is_read_with_comments_inputs_and_trailing_commas(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(VSCODE, "utf-8")
    read = Configuration.read(file, environ={"PYTHON": sys.executable}, inputs={"weather-key": "s3cret-key"})
    weather, notes = read.servers["weather"], read.servers["notes"]
    assert (weather.kind, weather.url) == ("http", "https://weather.example/mcp")
    assert weather.headers == {"X-Key": "s3cret-key", "X-Unit": "C"}
    assert weather.ignored == ("gallery",)
    assert (notes.kind, notes.command) == ("stdio", sys.executable)
    assert notes.args == ("-m", "notes", f"{tmp_path}/n")
    assert notes.ignored == ("envFile",)


@pytest.mark.requirement("gateway.configuration")
def test_a_file_of_claude_desktop_and_cursor_is_read(tmp_path: Path) -> None:
    file = tmp_path / "claude.json"
    file.write_text(
        '{"globalShortcut": "", "mcpServers": {"files": {"command": "npx", "args": ["-y", "files"], '
        '"env": {"ROOT": "${ROOT:-/data}", "LEVEL": 3}, "cwd": "sub", "disabled": true, "autoApprove": []}, '
        '"far": {"url": "http://127.0.0.1:9/mcp", "headers": {"Authorization": "Bearer ${TOKEN}"}}}}',
        "utf-8",
    )
    read = Configuration.read(file, environ={"TOKEN": "abcdefgh"})
    files, far = read.servers["files"], read.servers["far"]
    assert read.ignored == ("globalShortcut",)
    assert (files.env, files.cwd, files.enabled) == ({"ROOT": "/data", "LEVEL": "3"}, tmp_path / "sub", False)
    assert far.headers == {"Authorization": "Bearer abcdefgh"}
    assert far.options == ServerOptions()


@pytest.mark.requirement("gateway.configuration")
def test_the_settings_file_of_vs_code_holds_its_servers_one_level_down() -> None:
    read = Configuration.parse('{"editor.fontSize": 12, "mcp": {"servers": {"a": {"url": "http://h/mcp"}}}}')
    assert list(read.servers) == ["a"]
    assert read.ignored == ("editor.fontSize",)


@pytest.mark.requirement("gateway.variables")
@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("${A}", "one"),
        ("${env:A}/x", "one/x"),
        ("${B:-two}", "two"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""),
        ("${B:-}", ""),
        ("${A}${A}", "oneone"),
        ("$A costs $1", "$A costs $1"),
        ("${LOOP}", "${A}"),
        ("a${/}b", "a/b"),
    ],
)
def test_variables_are_filled_in_once(text: str, expanded: str) -> None:
    server = parse({"command": "x", "args": [text]}, A="one", EMPTY="", LOOP="${A}")
    assert server.problem is None
    assert server.args == (expanded,)


@pytest.mark.requirement("gateway.variables")
def test_an_input_comes_from_the_caller_or_its_variable_or_its_default() -> None:
    text = '{"inputs": [{"id": "api key", "default": "d"}], "servers": {"a": {"command": "${input:api key}"}}}'
    assert Configuration.parse(text, environ={}).servers["a"].command == "d"
    assert Configuration.parse(text, environ={"MCP_INPUT_API_KEY": "e"}).servers["a"].command == "e"
    both = Configuration.parse(text, environ={"MCP_INPUT_API_KEY": "e"}, inputs={"api key": "f"})
    assert both.servers["a"].command == "f"


@pytest.mark.requirement("gateway.variables", "gateway.bad-entry")
@pytest.mark.parametrize(
    ("text", "variable"), [("${NOT_SET}", "NOT_SET"), ("${env:NOT_SET}", "NOT_SET"), ("${input:key}", "MCP_INPUT_KEY")]
)
def test_a_variable_without_a_value_is_named_with_its_field(text: str, variable: str) -> None:
    error = problem({"url": "http://h/mcp", "headers": {"X": text}})
    assert error.code == "unknown_variable"
    assert error.fields == {"field": "one.headers.X", "variable": variable}


@pytest.mark.requirement("gateway.bad-file")
@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"mcpServers": {\n  "a": {"command" "x"}\n}}', 2, 19),
        ('// note\n{"mcpServers": {"a": \'x\'}}', 2, 22),
        ("", 1, 1),
        ('{"mcpServers": {}} x', 1, 20),
        ('{"mcpServers": {,}}', 1, 17),
        ('{"mcpServers": {}, "x": [1 ,, ]}', 1, 29),
    ],
)
def test_malformed_json_is_told_with_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(UsageError) as caught:
        Configuration.parse(text)
    assert caught.value.code == "bad_config"
    assert (caught.value.fields["line"], caught.value.fields["column"]) == (line, column)


@pytest.mark.requirement("gateway.bad-file")
@pytest.mark.parametrize("text", ["[]", "{}", '{"mcpServers": []}', '{"servers": {}, "inputs": {}}', "[" * 100_000])
def test_what_is_no_configuration_is_refused_with_the_field(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Configuration.parse(text)
    assert caught.value.code == "bad_config"


@pytest.mark.requirement("gateway.bad-file")
@pytest.mark.parametrize(
    "text",
    [
        '{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}',
        '{"mcpServers": {"a": {"command": "x"}}, "servers": {"a": {"command": "y"}}}',
    ],
)
def test_two_servers_of_one_name_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Configuration.parse(text)
    assert (caught.value.code, caught.value.fields["server"]) == ("duplicate_server", "a")


@pytest.mark.requirement("gateway.bad-file")
def test_files_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"mcpServers": {"\xe9": {}}}')
    (tmp_path / "long.json").write_bytes(b" " * 5_000_000)
    for name, code in (("none.json", "file_not_found"), ("latin.json", "bad_config"), ("long.json", "bad_config")):
        with pytest.raises(UsageError) as caught:
            Configuration.read(tmp_path / name)
        assert caught.value.code == code
    with pytest.raises(UsageError, match="cannot be read"):
        Configuration.read(tmp_path)


@pytest.mark.requirement("gateway.bad-entry")
@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ("x", "one"),
        ({}, "one"),
        ({"command": "x", "url": "http://h"}, "one"),
        ({"command": 3}, "one.command"),
        ({"command": " "}, "one.command"),
        ({"command": "x", "args": "y"}, "one.args"),
        ({"command": "x", "args": ["y", 1]}, "one.args[1]"),
        ({"command": "x\0"}, "one.command"),
        ({"command": "x", "env": {"A=B": "c"}}, "one.env"),
        ({"command": "x", "env": {"A": None}}, "one.env.A"),
        ({"url": "ftp://h/mcp"}, "one.url"),
        ({"url": "http://"}, "one.url"),
        ({"url": "http://h:99999/mcp"}, "one.url"),
        ({"url": "http://h", "headers": {"a b": "c"}}, "one.headers"),
        ({"url": "http://h", "headers": {"A": "c\r\nB: d"}}, "one.headers.A"),
        ({"type": "sse", "url": "http://h"}, "one.type"),
        ({"type": "pigeon", "url": "http://h"}, "one.type"),
        ({"command": "x", "disabled": "no"}, "one.disabled"),
        ({"command": "x", "questline": []}, "one.questline"),
        ({"command": "x", "questline": {"call_s": "5"}}, "one.questline.call_s"),
        ({"command": "x", "questline": {"call_s": 0}}, "one.questline.call_s"),
        ({"command": "x", "questline": {"call_s": float("nan")}}, "one.questline.call_s"),
        ({"command": "x", "questline": {"concurrency": True}}, "one.questline.concurrency"),
        ({"command": "x", "questline": {"pin": "never"}}, "one.questline.pin"),
        ({"command": "x", "questline": {"allow": "get_*"}}, "one.questline.allow"),
        ({"command": "x", "questline": {"timeout": 5}}, "one.questline.timeout"),
        ({"url": "http://h", "questline": {"bearer": ""}}, "one.questline.bearer"),
        (
            {"url": "http://h", "headers": {"authorization": "x"}, "questline": {"bearer": "y"}},
            "one.questline.bearer",
        ),
    ],
)
def test_what_is_wrong_with_an_entry_names_its_field_and_stays_with_it(entry: Any, field: str) -> None:
    error = problem(entry)
    assert (error.code, error.fields["field"]) == ("bad_config", field)


@pytest.mark.requirement("gateway.bad-entry")
def test_a_key_given_twice_in_an_entry_and_a_name_with_a_slash_are_problems_of_their_servers_alone() -> None:
    read = Configuration.parse(
        '{"mcpServers": {"a": {"command": "x", "command": "y"}, "b/c": {"command": "x"}, "d": {"command": "x"}}}'
    )
    problems = {name: server.problem.code if server.problem else None for name, server in read.servers.items()}
    assert problems == {"a": "bad_config", "b/c": "bad_config", "d": None}


@pytest.mark.requirement("gateway.options")
def test_options_of_questline_stand_under_their_own_key() -> None:
    server = parse(
        {
            "url": "http://h/mcp",
            "questline": {"call_s": 2, "allow": ["get_*"], "deny": ["get_secret"], "failover": ["b"], "bearer": "${T}"},
        },
        T="abcdefgh",
    )
    assert server.options.call_s == 2.0
    assert server.options.failover == ("b",)
    assert server.headers["Authorization"] == "Bearer abcdefgh"
    permitted = [tool for tool in ("get_it", "get_secret", "set_it") if server.options.permits(tool)]
    assert permitted == ["get_it"]


@pytest.mark.requirement("gateway.secrets")
def test_nothing_secret_stands_in_what_is_printed_of_a_configuration() -> None:
    read = Configuration.parse(
        '{"mcpServers": {"a": {"url": "https://user:pass-word@h/mcp?key=query-key", "headers": {"X": "header-key"}, '
        '"questline": {"bearer": "bearer-key"}}, '
        '"b": {"command": "x", "args": ["${ARG}"], "env": {"K": "env-key"}}, '
        '"c": {"url": "https://${U}@h", "type": 1}}}',
        environ={"ARG": "argument-key", "U": "user:other-key"},
    )
    told = repr(read) + str([server.shown for server in read.servers.values()])
    for secret in ("pass-word", "query-key", "header-key", "bearer-key", "argument-key", "env-key", "other-key"):
        assert secret not in told
        if secret != "other-key":
            assert read.secrets.hide(f"<{secret}>") == "<[secret]>"
    assert read.servers["a"].shown == "https://h/mcp"


@pytest.mark.requirement("gateway.bad-entry")
def test_a_command_or_a_working_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    parse({"command": "sh"}).check_command()
    for entry, field in (
        ({"command": "no-such-program"}, "one.command"),
        ({"command": "sh", "env": {"PATH": str(tmp_path)}}, "one.command"),
        ({"command": "./tool", "cwd": str(tmp_path)}, "one.command"),
        ({"command": "sh", "cwd": str(tmp_path / "gone")}, "one.cwd"),
    ):
        with pytest.raises(UsageError) as caught:
            parse(entry).check_command()
        assert (caught.value.code, caught.value.fields["field"]) == ("command_not_found", field)
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o700)
    parse({"command": "./tool", "cwd": str(tmp_path)}).check_command()


@pytest.mark.requirement("gateway.configuration")
def test_a_server_of_this_process_joins_those_of_the_file() -> None:
    read = Configuration.parse('{"mcpServers": {"a": {"command": "x"}}}')
    more = ServerConfiguration(name="b", kind="memory")
    assert list(read.extended([more]).servers) == ["a", "b"]
    with pytest.raises(UsageError, match="called 'b'"):
        read.extended([more, more])
    with pytest.raises(UsageError) as caught:
        read.server("c")
    assert caught.value.code == "unknown_server"


@pytest.mark.requirement("gateway.bad-file")
@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda data: data.decode("utf-8", "replace")))
def test_any_text_is_a_configuration_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert Configuration.parse(text, environ={}).servers is not None


@pytest.mark.requirement("graphs2.own-folder")
@pytest.mark.parametrize(
    ("folder", "base"), [("one", "one"), ("one/.vscode", "one"), ("one/.cursor", "one"), ("one/.other", "one/.other")]
)
def test_relative_paths_start_at_the_folder_of_the_file_or_at_the_project_around_a_clients_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, base: str
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    file = tmp_path / folder / "mcp.json"
    entries = {
        "plain": {"command": "sh", "args": ["serve.sh"]},
        "here": {"command": "./serve"},
        "below": {"command": "../serve", "cwd": "sub"},
        "whole": {"command": "/bin/sh", "cwd": "/"},
        "named": {"command": "${workspaceFolder}/serve"},
    }
    file.write_text(json.dumps({"mcpServers": entries}), "utf-8")
    monkeypatch.chdir(tmp_path)
    whole = tmp_path / base
    for path in (file, file.relative_to(tmp_path)):
        servers = Configuration.read(path).servers
        assert {name: (server.command, server.cwd) for name, server in servers.items()} == {
            "plain": ("sh", whole),
            "here": (f"{whole}/serve", whole),
            "below": (f"{whole}/sub/../serve", whole / "sub"),
            "whole": ("/bin/sh", Path("/")),
            "named": (f"{whole}/serve", whole),
        }
