"""Our servers as processes of their own, as a client starts them: over stdio and HTTP, to their end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from .conftest import Mode, error_of

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0
PROGRAM = ["-P", "-c", "import sys; from questline.cli import main; sys.exit(main())", "mcp"]
HARD = str((10**30 + 57) * (10**29 + 319))
NOISY = """
import sys
from typing_extensions import TypedDict
from questline.mcp_servers.serving import READ_ONLY, QuestlineServer, tool
from questline.mcp_servers.stdio import run_stdio
class Out(TypedDict):
    number: int
def shout() -> Out:
    "Print."
    print("noise with a line end")
    sys.stdout.write("noise without one")
    return Out(number=1)
server = QuestlineServer("noisy", title="N", description="N", tools=[tool(shout, title="S", hints=READ_ONLY, text=str)])
run_stdio(server, close=lambda: print("closed", file=sys.stderr))
"""


def words(*arguments: str) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=[*PROGRAM, *arguments])


@contextmanager
def process(*arguments: str, code: str | None = None) -> Generator[subprocess.Popen[bytes]]:
    """Start a server with pipes; it is ended however the block ends."""
    line = ["-P", "-c", code] if code is not None else [*PROGRAM, *arguments]
    started = subprocess.Popen(
        [sys.executable, *line], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()
        for pipe in (started.stdin, started.stdout, started.stderr):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()


def agents(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a whole command to its end."""
    line = [sys.executable, *PROGRAM[:-1], *arguments]
    return subprocess.run(line, input=b"", capture_output=True, check=False, timeout=PATIENCE_S)


def say(server: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    assert server.stdin is not None
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    server.stdin.flush()


def hear(server: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert server.stdout is not None
    return json.loads(server.stdout.readline())


def shake_hands(server: subprocess.Popen[bytes]) -> None:
    info = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
    say(server, {"id": 0, "method": "initialize", "params": info})
    assert hear(server)["id"] == 0
    say(server, {"method": "notifications/initialized"})


def call(server: subprocess.Popen[bytes], number: int, tool: str, **arguments: Any) -> None:
    say(server, {"id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})


def children(parent: int) -> list[int]:
    command = ["ps", "-o", "pid=", "--ppid", str(parent)]
    return [int(line) for line in subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()]


def child_of(server: subprocess.Popen[bytes]) -> int:
    """Wait until a server has started the child that works for it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := children(server.pid):
            return found[0]
        time.sleep(0.02)
    raise AssertionError("the server started no child")


def ends(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat")
        try:
            if state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.requirement("mcp-servers.both-eras", "mcp-servers.command")
async def test_servers_answer_over_stdio(mode: Mode, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello", encoding="utf-8")
    async with Client(words("mathematics"), mode=mode) as client:
        result = await client.call_tool("calculate", {"expression": "sqrt(8)"})
        assert result.structured_content is not None
        assert result.structured_content["exact"] == "2*sqrt(2)"
    async with Client(words("files", "--root", f"r={tmp_path}"), mode=mode) as client:
        result = await client.call_tool("read_file", {"path": "r/a.txt"})
        assert result.structured_content is not None
        assert result.structured_content["text"] == "hello"
        error = error_of(await client.call_tool("read_file", {"path": "r/../a.txt"}))
        assert error["code"] == "outside_root"


@pytest.mark.requirement("mcp-servers.files-secrets")
async def test_files_that_look_like_secrets_are_read_only_with_the_option(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=1", encoding="utf-8")
    async with Client(words("files", "--root", f"r={tmp_path}")) as client:
        assert error_of(await client.call_tool("read_file", {"path": "r/.env"}))["code"] == "not_allowed"
        assert client.server_info is not None
        assert "keys or passwords" not in (client.server_info.description or "")
    async with Client(words("files", "--root", f"r={tmp_path}", "--secrets")) as client:
        result = await client.call_tool("read_file", {"path": "r/.env"})
        assert result.structured_content is not None
        assert result.structured_content["text"] == "KEY=1"
        assert client.server_info is not None
        assert "keys or passwords" in (client.server_info.description or "")


@pytest.mark.requirement("mcp-servers.both-eras", "mcp-servers.command", "mcp-servers.http-door")
async def test_servers_answer_over_http_and_end_with_sigterm(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("name,age\nAnn,31\n", encoding="utf-8")
    for arguments, tool, given, expected in (
        (["clock"], "calendar", {"day": "2024-02-29"}, {"weekday": "Thursday"}),
        (["tables", "--tables", str(table)], "query", {"sql": "SELECT name FROM people"}, {"rows": [["Ann"]]}),
    ):
        with process(*arguments, "--http") as server:
            assert server.stderr is not None
            line = server.stderr.readline().decode()
            url = line.partition(" on ")[2].partition(". ")[0]
            assert url.startswith("http://127.0.0.1:"), line
            for mode in ("auto", "legacy"):
                async with Client(url, mode=mode) as client:
                    result = await client.call_tool(tool, given)
                    assert result.structured_content is not None
                    assert expected.items() <= result.structured_content.items()
            server.send_signal(signal.SIGTERM)
            assert server.wait(PATIENCE_S) == 0
            assert server.stdout is not None
            assert server.stdout.read() == b""


@pytest.mark.requirement("mcp-servers.stdio")
def test_what_a_tool_prints_is_not_on_the_wire() -> None:
    with process(code=NOISY) as server:
        shake_hands(server)
        call(server, 1, "shout")
        assert hear(server)["result"]["structuredContent"] == {"number": 1}
        out, err = server.communicate(timeout=PATIENCE_S)
        assert server.returncode == 0
    assert out == b""
    assert b"noise with a line end" in err
    assert b"noise without one" in err
    assert err.count(b"closed") == 1


@pytest.mark.requirement("mcp-servers.stdio", "mcp-servers.cancelled")
@pytest.mark.parametrize(
    ("number", "code"), [(None, 0), (signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["end of input", "TERM", "INT"]
)
def test_a_server_ends_in_the_middle_of_a_call_and_leaves_no_child(number: int | None, code: int) -> None:
    with process("mathematics") as server:
        shake_hands(server)
        call(server, 1, "solve_math", task="factorise", formulas=[HARD])
        child = child_of(server)
        if number is None:
            assert server.stdin is not None
            server.stdin.close()
        else:
            server.send_signal(number)
        assert server.wait(PATIENCE_S) == code
        assert ends(child)


@pytest.mark.requirement("mcp-servers.stdio", "mcp-servers.cancelled")
def test_a_cancelled_call_kills_its_child_and_is_not_answered() -> None:
    with process("tables", "--tables", "numbers=/dev/null") as wrong:
        assert wrong.wait(PATIENCE_S) == 2
    with process("mathematics") as server:
        shake_hands(server)
        call(server, 1, "calculate", expression="sqrt(2) + sqrt(3)")
        assert hear(server)["id"] == 1
        child = child_of(server)
        call(server, 2, "solve_math", task="factorise", formulas=[HARD])
        time.sleep(0.2)
        say(server, {"method": "notifications/cancelled", "params": {"requestId": 2}})
        assert ends(child)
        call(server, 3, "calculate", expression="1 + 1")
        assert hear(server)["id"] == 3


@pytest.mark.requirement("mcp-servers.stdio")
def test_what_is_no_message_does_not_end_a_server() -> None:
    with process("clock") as server:
        shake_hands(server)
        assert server.stdin is not None
        for line in (b"garbage", b"{}", b"[]", b'{"jsonrpc": "2.0", "id": 5, "method": 7}', b"\xff\xfe"):
            server.stdin.write(line + b"\n")
        call(server, 1, "calendar", day="2024-02-29")
        answers = [hear(server)]
        while answers[-1].get("id") != 1:
            answers.append(hear(server))
        assert answers[-1]["result"]["structuredContent"]["weekday"] == "Thursday"


@pytest.mark.requirement("mcp-servers.command", "mcp-servers.documents")
async def test_the_documents_server_answers_from_an_index(tmp_path: Path) -> None:
    (tmp_path / "light.md").write_text("# Lighthouse\n\nThe lighthouse of Velmora was first lit in 1874.\n", "utf-8")
    index = tmp_path / "index"
    assert agents("index", str(tmp_path / "light.md"), "--index", str(index)).returncode == 0
    async with Client(words("documents", "--index", str(index))) as client:
        result = await client.call_tool("answer", {"question": "When was the lighthouse of Velmora first lit?"})
        assert result.structured_content is not None
        assert "1874" in result.structured_content["answer"]
        assert result.structured_content["citations"]
        error = error_of(await client.call_tool("answer", {"question": "When?", "budget": "lots"}))
        assert error["code"] == "bad_budget"
        error = error_of(await client.call_tool("answer", {"question": " "}))
        assert error["code"] == "empty_question"
    done = agents("mcp", "documents", "--index", str(tmp_path / "none"))
    assert done.returncode == 2
    assert b"error[no_index]" in done.stderr
