"""`agents mcp`: the list of servers, their options, and what a client is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from questline.cli_mcp import named_paths
from questline.errors import UsageError
from questline.mcp_servers.assembly import SERVERS

from .conftest import Agents


@pytest.mark.requirement("mcp-servers.command")
def test_without_a_name_the_servers_are_listed(agents: Agents) -> None:
    done = agents("mcp")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == list(SERVERS)


@pytest.mark.requirement("mcp-servers.command")
@pytest.mark.parametrize("name", list(SERVERS))
def test_each_server_explains_its_options(agents: Agents, name: str) -> None:
    done = agents("mcp", name, "--help")
    assert done.code == 0
    for option in ("--http", "--host", "--port", "--config"):
        assert option in done.out


@pytest.mark.requirement("mcp-servers.command")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nope"], "bad_argument", "nope"),
        (["files"], "bad_argument", "--root"),
        (["files", "--root", "none"], "file_not_found", "none"),
        (["files", "--root", "a=.", "--root", "a=."], "bad_argument", "two are named"),
        (["files", "--root", "a="], "bad_argument", "names no path"),
        (["tables"], "bad_argument", "--tables"),
        (["tables", "--tables", "none.csv"], "file_not_found", "none.csv"),
        (["recommender", "--store", "none.sqlite"], "file_not_found", "agents learn FILE"),
        (["clock", "--port", "80"], "bad_argument", "--http"),
        (["clock", "--http", "--port", "70000"], "bad_argument", "--port"),
        (["clock", "--http", "--host", "0.0.0.0"], "not_local", "QUESTLINE_API_KEY"),
        (["clock", "--root", "x"], "bad_argument", "--root"),
        (["documents"], "no_index", "agents index"),
        (["suggester"], "no_index", "agents index"),
        (["reranker", "--model", "openai:gpt"], "missing_key", "OPENAI_API_KEY"),
    ],
)
def test_wrong_options_are_errors_that_name_them(agents: Agents, words: list[str], code: str, said: str) -> None:
    done = agents("mcp", *words)
    assert done.code == 2
    assert done.err.startswith(f"error[{code}]")
    assert said in done.err
    assert done.out == ""


@pytest.mark.requirement("mcp-servers.command")
def test_paths_may_have_names(tmp_path: Path) -> None:
    assert named_paths(["a=x.csv", "y.csv", "./b=c.csv"], "--tables") == {
        "a": Path("x.csv"),
        "y": Path("y.csv"),
        "b=c": Path("./b=c.csv"),
    }
    assert list(named_paths([str(tmp_path)], "--root")) == [tmp_path.name]
    with pytest.raises(UsageError):
        named_paths(["x/a.csv", "y/a.csv"], "--tables")


@pytest.mark.requirement("mcp-servers.install")
def test_the_json_starts_this_installation_with_absolute_paths(agents: Agents, workdir: Path) -> None:
    (workdir / "notes").mkdir()
    done = agents("mcp", "install", "files", "--client", "cursor", "--root", "notes", "--root", "n=notes")
    assert done.code == 0
    server = json.loads(done.out)["mcpServers"]["files"]
    assert Path(server["command"]).is_absolute()
    assert Path(server["command"]).parent == Path(sys.executable).parent
    notes = workdir / "notes"
    assert server["args"][-6:] == ["mcp", "files", "--root", f"notes={notes}", "--root", f"n={notes}"]
    assert "--write" in done.err


@pytest.mark.requirement("mcp-servers.install")
def test_nothing_depends_on_the_folder_of_the_client(agents: Agents, workdir: Path) -> None:
    (workdir / "agents.toml").write_text('index = "library"\n', encoding="utf-8")
    done = agents("mcp", "install", "documents", "--client", "vscode", "--as", "my docs")
    server = json.loads(done.out)["servers"]["my docs"]
    assert server["type"] == "stdio"
    assert server["args"][-4:] == ["--index", str(workdir / "library"), "--config", str(workdir / "agents.toml")]


@pytest.mark.requirement("mcp-servers.install")
def test_the_file_is_written_once_and_never_over_another_server(agents: Agents, workdir: Path) -> None:
    words = ("mcp", "install", "clock", "--client", "claude", "--path", "mcp.json", "--write")
    assert agents(*words).code == 0
    written = (workdir / "mcp.json").read_bytes()
    again = agents(*words)
    assert (again.code, again.out) == (0, "")
    assert "already" in again.err
    other = agents("mcp", "install", "mathematics", "--as", "clock", *words[3:])
    assert other.code == 2
    assert other.err.startswith("error[already_there]")
    assert (workdir / "mcp.json").read_bytes() == written


@pytest.mark.requirement("mcp-servers.install")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope", "--client", "claude"], "nope"),
        (["clock"], "--client"),
        (["clock", "--client", "emacs"], "emacs"),
        (["clock", "--client", "claude", "--http"], "--http"),
        (["clock", "--client", "claude", "--port", "1"], "--port"),
        (["files", "--client", "claude"], "--root"),
        (["files", "--client", "claude", "--root", "nowhere"], "'nowhere' does not exist"),
        (["files", "--client", "claude", "--root", "agents.toml"], "'agents.toml' is no folder"),
        (["tables", "--client", "claude", "--tables", "none.csv"], "'none.csv' does not exist"),
        (["tool_search", "--client", "claude", "--servers", "none.json"], "'none.json' does not exist"),
        (["clock", "--client", "claude", "--rooot", "x"], "--rooot"),
        (["docs", "--client", "claude", "--url", "http://127.0.0.1:1/mcp"], "--path .mcp.json"),
        (["docs", "--client", "cursor", "--url", "127.0.0.1:1/mcp"], "--url"),
        (["docs", "--client", "cursor", "--url", "http://127.0.0.1:1/mcp", "--root", "x"], "--root"),
        (["clock", "--client", "cursor", "--header", "X-Key: k"], "--header"),
    ],
)
def test_a_wrong_installation_is_an_error_that_names_what_is_wrong(
    agents: Agents, workdir: Path, words: list[str], said: str
) -> None:
    (workdir / "agents.toml").write_text("", "utf-8")
    done = agents("mcp", "install", *words)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


@pytest.mark.requirement("mcp-servers.install-http")
def test_a_server_that_runs_already_is_installed_by_its_address(agents: Agents, workdir: Path) -> None:
    words = (
        "mcp",
        "install",
        "docs",
        "--url",
        "http://127.0.0.1:8080/mcp",
        "--header",
        "Authorization: Bearer ${env:KEY}",
    )
    done = agents(*words, "--client", "cursor")
    server = {"url": "http://127.0.0.1:8080/mcp", "headers": {"Authorization": "Bearer ${env:KEY}"}}
    assert json.loads(done.out) == {"mcpServers": {"docs": server}}
    assert agents(*words, "--client", "claude", "--path", ".mcp.json", "--write").code == 0
    written = json.loads((workdir / ".mcp.json").read_text(encoding="utf-8"))
    assert written == {"mcpServers": {"docs": {"type": "http", **server}}}


@pytest.mark.requirement("mcp-servers.install")
def test_for_a_file_with_comments_it_is_printed_what_to_add(agents: Agents, workdir: Path) -> None:
    kept = '{\n  // my servers\n  "servers": {"zed": {"command": "zed"}},\n}\n'
    (workdir / "mcp.json").write_text(kept, encoding="utf-8")
    done = agents("mcp", "install", "clock", "--client", "vscode", "--path", "mcp.json", "--write")
    assert done.code == 1
    assert list(json.loads(done.out)["servers"]) == ["clock"]
    assert 'under "servers"' in done.err
    assert (workdir / "mcp.json").read_text(encoding="utf-8") == kept


@pytest.mark.requirement("mcp-servers.files-secrets")
def test_the_files_server_gives_secrets_only_where_it_is_told_to(agents: Agents, workdir: Path) -> None:
    done = agents("mcp", "install", "files", "--client", "cursor", "--root", "n=.", "--secrets")
    assert json.loads(done.out)["mcpServers"]["files"]["args"][-3:] == ["--root", f"n={workdir}", "--secrets"]
