"""The flaky server is a process like any other: each fault is seen from outside, by a client or on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, Literal, get_args

import httpx
import pytest
from mcp import Client, MCPError, StdioServerParameters

from questline.errors import UsageError
from questline.testing import FlakyServer, Misbehaviour, ServerFault, self_signed
from questline.testing.flaky_orders import FAULTS, MESSAGE_FAULTS, MOMENTS

Transport = Literal["stdio", "http"]
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
LONG_S = 20.0
"""For what must happen; a loaded machine is slow."""
SHORT_S = 0.4
"""For what must not."""


@contextlib.asynccontextmanager
async def connected(server: FlakyServer, mode: str = "auto") -> AsyncGenerator[Client]:
    target = server.url if server.transport == "http" else StdioServerParameters.model_validate(server.entry)
    async with Client(target, mode=mode) as client:
        yield client


def rpc(method: str, **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}


ECHO = rpc("tools/call", name="echo", arguments={"text": "hello"})


def start(server: FlakyServer) -> subprocess.Popen[bytes]:
    entry: dict[str, Any] = server.entry
    return subprocess.Popen([entry["command"], *entry["args"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def send(process: subprocess.Popen[bytes], message: dict[str, object]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()


def exchange(server: FlakyServer, message: dict[str, object]) -> bytes:
    """Send one message and return the raw answer."""
    if server.transport == "http":
        return httpx.post(server.url, json=message, timeout=LONG_S).content
    with start(server) as process:
        send(process, message)
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        process.stdin.close()
        return line


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def struck(server: FlakyServer) -> list[str]:
    return [event.fault for event in server.events if event.kind == "struck"]


@pytest.mark.requirement("flaky.healthy")
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_a_healthy_server_speaks_both_eras(transport: Transport, mode: str, version: str) -> None:
    with FlakyServer(transport=transport, name="well") as server:
        async with connected(server, mode) as client:
            assert client.protocol_version == version
            assert client.server_info is not None
            assert client.server_info.name == "well"
            listed = (await client.list_tools()).tools
            hints = {tool.name: tool.annotations and tool.annotations.read_only_hint for tool in listed}
            assert hints == {"echo": True, "append": False, "misbehave": None}
            assert (await client.call_tool("echo", {"text": "größe"})).structured_content == {"text": "größe"}
            counts = [(await client.call_tool("append", {"text": text})).structured_content for text in "ab"]
            assert counts == [{"count": 1}, {"count": 2}]
        assert server.appended == ("a", "b")
        assert [event.tool for event in server.events if event.tool] == ["echo", "append", "append"]
        assert struck(server) == []


def not_json(raw: bytes) -> bool:
    return raw.startswith(b"<html>")


def not_rpc(raw: bytes) -> bool:
    return "jsonrpc" not in json.loads(raw)


def wrong_id(raw: bytes) -> bool:
    return json.loads(raw)["id"] not in (7, None)


def rpc_error(raw: bytes) -> bool:
    return json.loads(raw)["error"]["code"] == -32603


@pytest.mark.requirement("flaky.faults")
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("fault", "seen"),
    [("not_json", not_json), ("not_rpc", not_rpc), ("wrong_id", wrong_id), ("rpc_error", rpc_error)],
)
def test_garbage_is_answered_once_and_then_sense(
    transport: Transport, fault: ServerFault, seen: Callable[[bytes], bool]
) -> None:
    with FlakyServer(fault, transport=transport, failures=1) as server:
        assert seen(exchange(server, ECHO))
        answer = json.loads(exchange(server, ECHO))
        assert (answer["id"], answer["result"]["structuredContent"]) == (7, {"text": "hello"})
        assert struck(server) == [fault]


@pytest.mark.requirement("flaky.faults")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_huge_answer_is_whole_and_as_long_as_ordered(transport: Transport) -> None:
    with FlakyServer("huge", transport=transport, size_bytes=3_000_000) as server:
        content = json.loads(exchange(server, ECHO))["result"]["content"]
        assert sum(len(part["text"]) for part in content) == 3_000_000 + len("hello")
    assert Misbehaviour(fault="huge").size_bytes == 50_000_000


@pytest.mark.requirement("flaky.faults")
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_hanging_call_leaves_the_others_be(transport: Transport) -> None:
    with FlakyServer("hang", transport=transport, failures=1) as server:
        async with connected(server) as client:
            first = asyncio.create_task(client.call_tool("echo", {"text": "lost"}))
            await asyncio.to_thread(wait_for, lambda: bool(struck(server)))
            assert (await client.call_tool("echo", {"text": "found"})).structured_content == {"text": "found"}
            assert not first.done()
            first.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await first
            gone = "hung_up" if transport == "http" else "cancelled"
            await asyncio.to_thread(wait_for, lambda: gone in {event.kind for event in server.events})


@pytest.mark.requirement("flaky.faults")
def test_a_dripping_answer_comes_byte_by_byte() -> None:
    with FlakyServer("drip", interval_s=0.005) as server, start(server) as process:
        send(process, ECHO)
        assert process.stdout is not None
        assert os.read(process.stdout.fileno(), 100) == b"{"
        assert json.loads(b"{" + process.stdout.readline())["id"] == 7
        process.kill()
    with FlakyServer("drip", interval_s=0.005, transport="http") as server:
        with httpx.stream("POST", server.url, json=ECHO, timeout=LONG_S) as response:
            chunks = [len(chunk) for chunk in response.iter_raw()]
        assert len(chunks) > 20


@pytest.mark.requirement("flaky.faults")
def test_a_server_dies_in_the_middle_of_its_answer() -> None:
    with FlakyServer("die", failures=1) as server:
        with start(server) as process:
            send(process, ECHO)
            assert process.stdout is not None
            half = process.stdout.read()
            assert half.startswith(b'{"jsonrpc"')
            assert not half.endswith(b"\n")
            assert process.wait(LONG_S) == -signal.SIGKILL
        assert json.loads(exchange(server, ECHO))["id"] == 7, "the next process is not struck again"


@pytest.mark.requirement("flaky.faults", "flaky.recovery")
def test_a_dead_server_over_http_comes_back_on_its_port() -> None:
    with FlakyServer("die", transport="http", failures=1) as server:
        first, url = server.running, server.url
        with pytest.raises(httpx.RemoteProtocolError):
            exchange(server, ECHO)
        wait_for(lambda: _answers(server))
        assert server.url == url
        assert server.running != first


@pytest.mark.requirement("flaky.faults", "flaky.recovery")
def test_a_server_refuses_to_start_as_often_as_ordered() -> None:
    with FlakyServer("refuse", failures=2) as server:
        for _ in range(2):
            with start(server) as process:
                assert process.wait(LONG_S) == 1
        assert json.loads(exchange(server, ECHO))["id"] == 7


@pytest.mark.requirement("flaky.faults", "flaky.recovery")
def test_a_refusing_port_is_closed_until_recovery() -> None:
    with FlakyServer("refuse", transport="http") as server:
        wait_for(lambda: not _answers(server))
        with pytest.raises(httpx.ConnectError):
            exchange(server, ECHO)
        server.recover()
        wait_for(lambda: _answers(server))


@pytest.mark.requirement("flaky.faults", "flaky.recovery")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_tools_change_from_list_to_list_until_recovery(transport: Transport) -> None:
    with FlakyServer(transport=transport) as server:
        first = exchange(server, rpc("tools/list"))
        server.misbehave("change_tools")
        changed = [exchange(server, rpc("tools/list")) for _ in range(2)]
        assert len({first, *changed}) == 3
        server.recover()
        assert exchange(server, rpc("tools/list")) == first


@pytest.mark.requirement("flaky.faults", "flaky.recovery")
@pytest.mark.parametrize(
    ("fault", "error"),
    [("silent", httpx.ReadTimeout), ("tls", httpx.ConnectTimeout), ("backlog", httpx.ConnectTimeout)],
)
def test_a_socket_that_says_nothing_times_out_at_its_level(
    fault: ServerFault, error: type[Exception], tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path / "pair.pem") if fault == "tls" else None
    trust = ssl.create_default_context(cafile=certificate) if certificate else True
    with FlakyServer(fault, transport="http", certificate=certificate) as server:
        if fault == "backlog":
            wait_for(lambda: not _connects(server))
        with pytest.raises(error):
            httpx.post(server.url, json=ECHO, timeout=SHORT_S, verify=trust)
        server.recover()
        assert httpx.post(server.url, json=ECHO, timeout=LONG_S, verify=trust).json()["id"] == 7
        assert server.url.startswith("https:" if fault == "tls" else "http:")


@pytest.mark.requirement("flaky.faults", "flaky.ends")
def test_a_stubborn_process_ignores_its_client_and_ends_with_the_block() -> None:
    with FlakyServer("stubborn") as server:
        process = start(server)
        send(process, ECHO)
        wait_for(lambda: bool(struck(server)))
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(SHORT_S)
        assert server.running == (process.pid,)
    assert process.wait(LONG_S) == 1
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.requirement("flaky.faults", "flaky.recovery", "flaky.ends")
def test_a_stubborn_server_over_http_needs_a_restart() -> None:
    with FlakyServer("stubborn", transport="http") as server:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(server.url, json=ECHO, timeout=SHORT_S)
        (pid,) = server.running
        os.kill(pid, signal.SIGTERM)
        server.recover()
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(server.url, json=ECHO, timeout=SHORT_S)
        assert server.running == (pid,)
        server.restart()
        wait_for(lambda: _answers(server))
        (again,) = server.running
    assert not Path(f"/proc/{again}").exists()


@pytest.mark.requirement("flaky.ends")
def test_a_server_does_not_outlive_its_parent() -> None:
    with FlakyServer("hang") as server:
        entry: dict[str, Any] = server.entry
        script = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE); input()"
        parent = subprocess.Popen(
            [sys.executable, "-c", script, entry["command"], *entry["args"]], stdin=subprocess.PIPE
        )
        wait_for(lambda: bool(server.running))
        parent.kill()
        parent.communicate()
        wait_for(lambda: not server.running)


@pytest.mark.requirement("flaky.healthy", "flaky.faults")
def test_one_call_can_ask_for_a_fault_and_the_command_line_too() -> None:
    with FlakyServer(transport="http") as server:
        asked = rpc("tools/call", name="misbehave", arguments={"fault": "rpc_error"})
        assert json.loads(exchange(server, asked))["error"]["code"] == -32603
        assert json.loads(exchange(server, ECHO))["id"] == 7
    command = [sys.executable, "-P", "-m", "questline.testing.flaky_process"]
    lines = "".join(json.dumps(message) + "\n" for message in (rpc("tools/list"), rpc("ping")))
    for options, seen in ((["--fault", "rpc_error", "--at", "list"], "error"), ([], "result")):
        done = subprocess.run([*command, *options], input=lines, capture_output=True, text=True, check=True)
        assert any(seen in json.loads(line) for line in done.stdout.splitlines())
    wrong = [*command, "--fault", "hang", "--failures", "0"]
    refused = subprocess.run(wrong, capture_output=True, text=True, check=False)
    assert (refused.returncode, "at least 1" in refused.stderr) == (2, True)


@pytest.mark.requirement("flaky.faults")
@pytest.mark.parametrize(("moment", "methods"), MOMENTS.items())
def test_a_fault_meets_the_requests_of_its_moment_alone(moment: Any, methods: frozenset[str]) -> None:
    orders = Misbehaviour(fault="die", at=moment)
    known = frozenset[str]().union(*MOMENTS.values())
    assert {method for method in known if orders.meets(method)} == methods
    assert not any(Misbehaviour(fault="silent", at=moment).meets(method) for method in known)


@pytest.mark.requirement("flaky.faults")
async def test_a_fault_at_the_greeting_keeps_a_client_from_connecting() -> None:
    with FlakyServer("rpc_error", at="connect", failures=2) as server:
        with pytest.raises(ExceptionGroup) as caught:
            async with connected(server):
                pass
        assert caught.group_contains(MCPError)
        async with connected(server, "legacy") as client:
            assert client.protocol_version == "2025-11-25"


@pytest.mark.requirement("flaky.bad-orders")
@pytest.mark.parametrize(
    ("argument", "make"),
    [
        ("fault", lambda: FlakyServer("sulk")),  # pyright: ignore[reportArgumentType]  # because it is wrong on purpose
        ("fault", lambda: FlakyServer("backlog")),
        ("at", lambda: Misbehaviour(at="night")),  # pyright: ignore[reportArgumentType]  # because it is wrong on purpose
        ("failures", lambda: Misbehaviour(fault="hang", failures=0)),
        ("failures", lambda: FlakyServer("backlog", transport="http", failures=1)),
        ("failures", lambda: FlakyServer("refuse", transport="http", failures=1)),
        ("interval_s", lambda: Misbehaviour(fault="drip", interval_s=0)),
        ("size_bytes", lambda: Misbehaviour(fault="huge", size_bytes=-1)),
        ("transport", lambda: FlakyServer().url),
        ("transport", lambda: FlakyServer().restart()),
    ],
)
def test_orders_that_make_no_sense_are_refused(argument: str, make: Callable[[], object]) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_argument", argument)


@pytest.mark.requirement("flaky.healthy")
def test_a_server_is_started_once() -> None:
    with FlakyServer() as server, pytest.raises(RuntimeError, match="new one"):
        server.__enter__()
    assert set(MESSAGE_FAULTS) < set(FAULTS)


def _answers(server: FlakyServer) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.post(server.url, json=rpc("ping"), timeout=1).status_code == 200
    return False


def _connects(server: FlakyServer) -> bool:
    port = int(server.url.rpartition(":")[2].partition("/")[0])
    with socket.socket() as probe:
        probe.settimeout(0.1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
