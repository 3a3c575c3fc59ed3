"""A client's file gets one more server and loses nothing."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import RunError, UsageError
from questline.mcp_servers.client_config import CLIENTS, ClientName, add_server, entry, entry_http, snippet

pytestmark = pytest.mark.requirement("mcp-servers.install")

CLAUDE = CLIENTS["claude"]
SERVER = entry(CLAUDE, "/bin/agents", ["mcp", "clock"])


@pytest.mark.parametrize(
    ("name", "key", "server"),
    [
        ("claude", "mcpServers", {"command": "/bin/agents", "args": ["mcp", "clock"]}),
        ("cursor", "mcpServers", {"command": "/bin/agents", "args": ["mcp", "clock"]}),
        ("vscode", "servers", {"type": "stdio", "command": "/bin/agents", "args": ["mcp", "clock"]}),
    ],
)
def test_each_client_has_its_form_and_its_place(name: ClientName, key: str, server: dict[str, Any]) -> None:
    client = CLIENTS[name]
    made = entry(client, "/bin/agents", ["mcp", "clock"])
    assert json.loads(snippet(client, "clock", made)) == {key: {"clock": server}}
    assert client.path().suffix == ".json"


def test_a_file_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "mcp.json"
    assert add_server(file, CLAUDE, "clock", SERVER) == "added"
    assert json.loads(file.read_text(encoding="utf-8")) == {"mcpServers": {"clock": SERVER}}
    assert file.read_text(encoding="utf-8").endswith("}\n")
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_there_keeps_its_order_values_and_manner(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    servers = '{\n\t\t"z": {"command": "zed", "env": {"K": "v"}}\n\t}'
    before = f'{{\n\t"theme": "caf\\u00e9",\n\t"mcpServers": {servers},\n\t"a": 1\n}}'
    file.write_text(before, encoding="utf-8")
    file.chmod(0o640)
    assert add_server(file, CLAUDE, "clock", SERVER) == "added"
    after = file.read_text(encoding="utf-8")
    whole = json.loads(after)
    assert list(whole) == ["theme", "mcpServers", "a"]
    assert whole["mcpServers"] == {"z": {"command": "zed", "env": {"K": "v"}}, "clock": SERVER}
    assert '\n\t"theme": "caf\\u00e9"' in after
    assert not after.endswith("\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["mcp.json"]


def test_a_byte_order_mark_and_other_alphabets_stay(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(b"\xef\xbb\xbf" + '{"名": "é"}\n'.encode())
    add_server(file, CLAUDE, "clock", SERVER)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "名" in file.read_text(encoding="utf-8-sig")


def test_the_same_server_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    add_server(file, CLAUDE, "clock", SERVER)
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert add_server(file, CLAUDE, "clock", SERVER) == "already_there"
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    ("content", "code", "fields"),
    [
        ('{"mcpServers": {"clock": {"command": "mine"}}}', "already_there", {"argument": "name"}),
        ('{\n  "a": 1 "b"\n}', "unreadable_file", {"line": 2, "column": 10}),
        ('{"a": 1} mine // and a comment', "unreadable_file", {"line": 1, "column": 10}),
        ('{"mcpServers": {"clock": {"command": "mine"}}} // mine', "already_there", {"argument": "name"}),
        ('{"mcpServers": []} // mine', "unreadable_file", {"field": "mcpServers"}),
        ("[]", "unreadable_file", {}),
        ('"text"', "unreadable_file", {}),
        ('{"mcpServers": []}', "unreadable_file", {"field": "mcpServers"}),
        ('{"mcpServers": null}', "unreadable_file", {"field": "mcpServers"}),
        ('{"a": 1, "a": 2}', "unreadable_file", {"field": "a"}),
        ('{"mcpServers": {"x": {}, "x": {"command": "y"}}}', "unreadable_file", {"field": "x"}),
        ("\xff", "unreadable_file", {}),
        ("[" * 100_000, "unreadable_file", {}),
    ],
    ids=[
        "other",
        "malformed",
        "words",
        "other-with-a-comment",
        "list-with-a-comment",
        "list",
        "text",
        "list-inside",
        "null",
        "doubled",
        "doubled-inside",
        "latin-1",
        "deep",
    ],
)
def test_what_cannot_be_added_to_is_left_byte_for_byte(
    tmp_path: Path, content: str, code: str, fields: dict[str, object]
) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(UsageError) as raised:
        add_server(file, CLAUDE, "clock", SERVER)
    assert raised.value.code == code
    assert fields.items() <= raised.value.fields.items()
    assert file.read_bytes() == content.encode("latin-1")
    assert [each.name for each in tmp_path.iterdir()] == ["mcp.json"]


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1} // mine',
        '{\n  "a": 1,\n}',
        '// mine\n{"mcpServers": {"zed": {"command": "zed"}, /* off: "clock": {} */}}\n',
        '\ufeff{"a": "http://x", // mine\n}',
    ],
)
def test_a_file_with_comments_is_left_byte_for_byte_for_its_owner_to_write(tmp_path: Path, content: str) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(content, encoding="utf-8")
    assert add_server(file, CLAUDE, "clock", SERVER) == "by_hand"
    assert file.read_text(encoding="utf-8") == content
    assert [each.name for each in tmp_path.iterdir()] == ["mcp.json"]


def test_a_server_that_stands_in_a_file_with_comments_is_seen_there(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("// mine\n" + snippet(CLAUDE, "clock", SERVER), encoding="utf-8")
    assert add_server(file, CLAUDE, "clock", SERVER) == "already_there"


@pytest.mark.requirement("mcp-servers.install-http")
@pytest.mark.parametrize(("name", "kind"), [("claude", {"type": "http"}), ("cursor", {}), ("vscode", {"type": "http"})])
def test_a_server_at_an_address_has_each_clients_form(name: ClientName, kind: dict[str, Any]) -> None:
    made = entry_http(
        CLIENTS[name], "https://tools.example/mcp?team=a", ["Authorization: Bearer ${input:key}", "X-Team:a: b"]
    )
    headers = {"Authorization": "Bearer ${input:key}", "X-Team": "a: b"}
    assert made == {**kind, "url": "https://tools.example/mcp?team=a", "headers": headers}
    assert entry_http(CLIENTS[name], "http://[::1]:8080/mcp") == {**kind, "url": "http://[::1]:8080/mcp"}


@pytest.mark.requirement("mcp-servers.install-http")
@pytest.mark.parametrize(
    ("url", "headers", "argument"),
    [
        ("", [], "--url"),
        ("tools.example/mcp", [], "--url"),
        ("ftp://tools.example/mcp", [], "--url"),
        ("http:///mcp", [], "--url"),
        ("http://tools.example:port/mcp", [], "--url"),
        ("http://me:secret@tools.example/mcp", [], "--url"),
        ("http://tools.example/m cp", [], "--url"),
        ("http://tools.example/mcp\n", [], "--url"),
        ("http://tools.example/mcp", ["secret"], "--header"),
        ("http://tools.example/mcp", [": secret"], "--header"),
        ("http://tools.example/mcp", ["X-Key:"], "--header"),
        ("http://tools.example/mcp", ["X Key: secret"], "--header"),
        ("http://tools.example/mcp", ["X-Key: secret\r\nX-Other: y"], "--header"),
        ("http://tools.example/mcp", ["X-Key: secret", "x-key: secret"], "--header"),
    ],
)
def test_what_is_no_address_or_header_is_refused_and_not_repeated(url: str, headers: list[str], argument: str) -> None:
    with pytest.raises(UsageError) as raised:
        entry_http(CLAUDE, url, headers)
    assert (raised.value.code, raised.value.fields["argument"]) == ("bad_argument", argument)
    assert "secret" not in str(raised.value)


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "real.json", tmp_path / "link.json"
    file.write_text("{}", encoding="utf-8")
    link.symlink_to(file)
    add_server(link, CLAUDE, "clock", SERVER)
    assert link.is_symlink()
    assert "clock" in file.read_text(encoding="utf-8")


def test_a_file_that_changes_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("{}", encoding="utf-8")
    kept = os.fsync

    def meanwhile(descriptor: int) -> None:
        file.write_text('{"new": 1}', encoding="utf-8")
        kept(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(RunError) as raised:
        add_server(file, CLAUDE, "clock", SERVER)
    assert raised.value.retryable
    assert file.read_text(encoding="utf-8") == '{"new": 1}'
    assert [each.name for each in tmp_path.iterdir()] == ["mcp.json"]


def test_a_place_that_cannot_be_written_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises((RunError, UsageError)) as raised:
        add_server(tmp_path / "file" / "mcp.json", CLAUDE, "clock", SERVER)
    assert raised.value.code in {"read_only", "unreadable_file"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), VALUES), st.sampled_from([None, 0, 2, 4, "\t"]), st.booleans())
def test_any_file_comes_back_with_one_server_more(
    whole: dict[str, Any], indent: int | str | None, escaped: bool
) -> None:
    whole.pop(CLAUDE.key, None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mcp.json"
        file.write_text(
            json.dumps(whole, indent=indent, ensure_ascii=escaped), encoding="utf-8", errors="surrogatepass"
        )
        add_server(file, CLAUDE, "clock", SERVER)
        after = json.loads(file.read_text(encoding="utf-8", errors="surrogatepass"))
    assert list(after) == [*whole, CLAUDE.key]
    assert after == {**whole, CLAUDE.key: {"clock": SERVER}}
