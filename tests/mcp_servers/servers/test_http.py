"""A server on a real socket: both eras on one URL, and who stays outside."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.mcp_servers.http import http_app, http_server, run_http, url_of
from questline.mcp_servers.serving import READ_ONLY, QuestlineServer, tool
from questline.tools.listening import listener
from questline.tools.stopping import stop_wanted

from .conftest import Mode, error_of

PATIENCE_S = 30.0
KEY = "open-sesame-7"
Serve = Callable[..., AbstractContextManager[str]]
HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    },
}
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


class Out(TypedDict):
    """A number."""

    number: int


class Slow:
    """A server with a quick and a slow tool."""

    def __init__(self) -> None:
        self.running, self.stopped = threading.Event(), threading.Event()

        def double(number: int) -> Out:
            """Double."""
            return Out(number=2 * number)

        def wait() -> Out:
            """Wait until nobody wants the result."""
            self.running.set()
            end = time.monotonic() + 20 * PATIENCE_S
            while time.monotonic() < end and not stop_wanted():
                time.sleep(0.01)
            self.stopped.set()
            return Out(number=0)

        self.server = QuestlineServer(
            "slow",
            title="Slow",
            description="Slow.",
            beat_s=0.1,
            tools=[tool(each, title=each.__name__, hints=READ_ONLY, text=str) for each in (double, wait)],
        )


@contextmanager
def serving(server: QuestlineServer, **options: Any) -> Generator[str]:
    """Serve in a thread, as `run_http` does in a process; gives the URL."""
    running = http_server(http_app(server, **options))
    with listener("127.0.0.1", 0) as bound:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not running.started and time.monotonic() < deadline:
                time.sleep(0.005)
            yield url_of(bound)
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture
def slow() -> Slow:
    return Slow()


async def reached(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, PATIENCE_S)


@pytest.mark.requirement("mcp-servers.both-eras")
async def test_one_url_serves_both_eras(slow: Slow) -> None:
    with serving(slow.server) as url:
        for mode, version in (("auto", "2026-07-28"), ("legacy", "2025-11-25")):
            async with Client(url, mode=mode) as client:
                assert client.protocol_version == version
                assert [each.name for each in (await client.list_tools()).tools] == ["double", "wait"]
                result = await client.call_tool("double", {"number": 4})
                assert result.structured_content == {"number": 8}
                wrong = error_of(await client.call_tool("double", {"number": "four"}))
                assert (wrong["code"], wrong["fields"]["argument"]) == ("bad_argument", "number")


@pytest.mark.requirement("mcp-servers.cancelled", "mcp-servers.progress")
async def test_a_call_that_is_cancelled_over_http_stops_its_work(slow: Slow, mode: Mode) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    with serving(slow.server) as url:
        async with Client(url, mode=mode) as client:
            call = asyncio.create_task(client.call_tool("wait", {}, progress_callback=hear))
            await reached(slow.running)
            async with asyncio.timeout(PATIENCE_S):
                while not heard:  # noqa: ASYNC110 because the callback belongs to the SDK
                    await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await reached(slow.stopped)
            assert (await client.call_tool("double", {"number": 1})).structured_content == {"number": 2}


@pytest.mark.requirement("mcp-servers.cancelled")
async def test_a_client_that_hangs_up_stops_its_work(slow: Slow) -> None:
    call: dict[str, Any] = {"name": "wait", "arguments": {}}
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {**call, "_meta": meta}}
    headers = {**HEADERS, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "wait"}
    with serving(slow.server) as url:
        async with httpx.AsyncClient() as client:
            asking = asyncio.create_task(client.post(url, json=body, headers=headers, timeout=20 * PATIENCE_S))
            await reached(slow.running)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        await reached(slow.stopped)


@pytest.mark.requirement("mcp-servers.cancelled")
async def test_the_end_of_the_server_stops_what_runs(slow: Slow) -> None:
    async with asyncio.timeout(2 * PATIENCE_S):
        with serving(slow.server) as url:
            asking = asyncio.create_task(_wait_for(url))
            await reached(slow.running)
        await reached(slow.stopped)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _wait_for(url: str) -> None:
    async with Client(url) as client:
        await client.call_tool("wait", {})


@pytest.mark.requirement("mcp-servers.http-door")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:1"}, 200),
        ({"host": "[::1]:1"}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"host": "localhost.evil.example:80"}, 421),
        ({"origin": "http://localhost:3000"}, 200),
        ({"origin": "http://127.0.0.1"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://localhost.evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_a_server_on_this_machine_answers_its_own_names_alone(
    slow: Slow, headers: dict[str, str], status: int
) -> None:
    with serving(slow.server) as url:
        async with httpx.AsyncClient() as client:
            for version in ({}, {"mcp-protocol-version": "2026-07-28"}):
                response = await client.post(url, json=HELLO, headers={**HEADERS, **headers, **version})
                if status == 200 and version:
                    assert response.status_code == 400  # that era has no initialize; the door let it in
                else:
                    assert response.status_code == status


@pytest.mark.requirement("mcp-servers.http-door")
async def test_a_body_over_the_limit_is_refused_and_one_below_is_read(slow: Slow) -> None:
    with serving(slow.server, max_body_bytes=2_000) as url:
        async with httpx.AsyncClient() as client:
            for size, status in ((3_000, 413), (500, 200)):
                body = {**HELLO, "params": {**HELLO["params"], "_meta": {"x": "y" * size}}}
                response = await client.post(url, json=body, headers=HEADERS)
                assert response.status_code == status

            async def dripping() -> AsyncGenerator[bytes]:
                for _ in range(100):
                    yield b" " * 100

            response = await client.post(url, content=dripping(), headers=HEADERS)
            assert response.status_code == 413


@pytest.mark.requirement("mcp-servers.http-door")
def test_without_a_key_no_other_machine_is_let_in(slow: Slow) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "evil.example"):
        with pytest.raises(UsageError) as raised:
            http_app(slow.server, host=host)
        assert (raised.value.code, raised.value.fields["argument"]) == ("not_local", "host")
    with pytest.raises(UsageError, match="lets other machines in"):
        run_http(slow.server, host="0.0.0.0", started=lambda url: None)


@pytest.mark.requirement("mcp-servers.http-door")
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_with_a_key_every_caller_has_to_send_it(
    slow: Slow, host: str, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(slow.server, host=host, api_key=KEY) as url:
        async with httpx.AsyncClient() as plain:
            alive = await plain.get(url.replace("/mcp", "/healthz"))
            assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
            for sent in (None, f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer"):
                headers = {**HEADERS, **({"authorization": sent} if sent else {})}
                response = await plain.post(url, json=HELLO, headers=headers)
                assert response.status_code == 401
                assert response.headers["www-authenticate"] == "Bearer"
                assert response.json()["error"]["code"] == "unauthorized"
        async with httpx2.AsyncClient(headers={"authorization": f"Bearer {KEY}"}) as known:
            transport = streamable_http_client(url, http_client=known)
            async with Client(transport, mode=mode) as client:
                assert (await client.call_tool("double", {"number": 2})).structured_content == {"number": 4}
    assert KEY not in caplog.text


@pytest.mark.requirement("mcp-servers.http-door")
async def test_an_open_server_still_turns_away_pages_of_other_sites(slow: Slow) -> None:
    with serving(slow.server, host="0.0.0.0", api_key=KEY) as url:
        async with httpx.AsyncClient() as client:
            for host, origin, status in (
                ("mcp.example", "http://evil.example", 403),
                ("mcp.example", "null", 403),
                ("mcp.example", "http://mcp.example", 200),
                ("mcp.example", None, 200),
            ):
                headers = {**HEADERS, "authorization": f"Bearer {KEY}", "host": host}
                if origin is not None:
                    headers["origin"] = origin
                response = await client.post(url, json=HELLO, headers=headers)
                assert response.status_code == status, (host, origin)


@pytest.mark.requirement("mcp-servers.http-door")
def test_a_port_that_is_taken_is_a_typed_error(slow: Slow) -> None:
    with listener("127.0.0.1", 0) as bound, pytest.raises(UsageError) as raised:
        run_http(slow.server, port=bound.getsockname()[1], started=lambda url: None)
    assert raised.value.fields["argument"] == "port"


@pytest.mark.requirement("mcp-servers.http-door")
async def test_what_is_no_request_is_refused(slow: Slow) -> None:
    with serving(slow.server) as url:
        async with httpx.AsyncClient() as client:
            assert (await client.post(url, content=b"{", headers=HEADERS)).status_code == 400
            plain = {**HEADERS, "content-type": "text/plain"}
            assert (await client.post(url, content=b"{}", headers=plain)).status_code == 400
            assert (await client.get(url.replace("/mcp", "/other"))).status_code == 404
        with pytest.raises((MCPError, ExceptionGroup)):
            async with Client(url.replace("/mcp", "/other")) as client:
                await client.list_tools()
