"""Planted secrets reach the servers that they are meant for, and no log, span, error, recording or list of pins."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from mcp.server import MCPServer
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import ASGIApp, Receive, Scope, Send

from questline.errors import QuestlineError
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.pins import Pins

from .conftest import read

SECRETS = {
    "TOKEN": "tok-4711-header",
    "QUERY": "key-4711-query",
    "USER_PASSWORD": "pw-4711-password",
    "CHILD": "env-4711-child",
    "ARGUMENT": "arg-4711-argument",
    "BEARER": "bearer-4711",
}


class Door:
    """Lets in who shows the key, and keeps what it was shown."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.headers: dict[str, str] = {}
        self.query = ""
        self.status: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.query = scope["query_string"].decode()
            if self.status is not None:
                body = f"no entry with {self.headers.get('x-token')}".encode()
                await send({"type": "http.response.start", "status": self.status, "headers": []})
                await send({"type": "http.response.body", "body": body})
                return
        await self._app(scope, receive, send)


@pytest.fixture
def door() -> Generator[tuple[Door, int]]:
    server = MCPServer("door", log_level="CRITICAL")

    @server.tool()
    def tell() -> str:
        """Tell the visitor's own header."""
        return f"you came with {made.headers['x-token']}"

    del tell
    made = Door(server.streamable_http_app(stateless_http=True))
    web = uvicorn.Server(uvicorn.Config(made, port=0, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=web.run)
    thread.start()
    while not web.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    yield made, int(web.servers[0].sockets[0].getsockname()[1])
    web.should_exit = True
    thread.join()


@pytest.fixture
def spans() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):  # another test module may have set one; only one is ever allowed
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


def entries(port: int) -> dict[str, Any]:
    script = "import os, sys; sys.exit(f'cannot log in with {os.environ[\"SECRET\"]} {sys.argv[1]}')"
    address = "user:${USER_PASSWORD}@127.0.0.1"
    return {
        "open": {
            "url": f"http://{address}:{port}/mcp?key=${{QUERY}}",
            "headers": {"X-Token": "${TOKEN}"},
        },
        "bearer": {
            "url": f"http://127.0.0.1:{port}/mcp",
            "questline": {"bearer": "${BEARER}"},
            "headers": {"X-Token": "t"},
        },
        "gone": {"url": f"http://{address}:1/mcp?key=${{QUERY}}", "headers": {"X-Token": "${TOKEN}"}},
        "child": {
            "command": sys.executable,
            "args": ["-c", script, "${ARGUMENT}"],
            "env": {"SECRET": "${CHILD}"},
        },
    }


@pytest.mark.requirement("gateway.secrets", "gateway.spans")
async def test_secrets_reach_their_servers_and_nothing_else(
    door: tuple[Door, int], tmp_path: Path, caplog: pytest.LogCaptureFixture, spans: InMemorySpanExporter
) -> None:
    caplog.set_level(logging.DEBUG)
    made, port = door
    told: list[str] = []
    pins = Pins(tmp_path / "pins.json")
    configuration = read(entries(port), environ=SECRETS)
    async with Gateway(configuration, record=tmp_path / "calls.jsonl", pins=pins, seed=1) as gateway:
        result = await gateway.call("open", "tell")
        assert result.text == f"you came with {SECRETS['TOKEN']}", "what a server answers is given to the caller whole"
        assert made.query == f"key={SECRETS['QUERY']}"
        assert made.headers["authorization"].startswith("Basic ")
        await gateway.call("bearer", "tell")
        assert made.headers["authorization"] == f"Bearer {SECRETS['BEARER']}"
        made.status = 401
        for server, tool in (("open", "tell"), ("gone", "tell"), ("child", "tell"), ("bearer", "tell")):
            with pytest.raises(QuestlineError) as caught:
                await gateway.call(server, tool, deadline_s=20)
            told += [*traceback.format_exception(caught.value), str(caught.value.as_dict()), repr(gateway.states())]
            if server == "child":
                assert caught.value.fields["detail"] == "exit code 1 cannot log in with [secret] [secret]"
        told += [repr(configuration), repr(gateway.configuration.secrets)]
    told += [record.getMessage() + str(record.exc_info) for record in caplog.records]
    names = [span.name for span in spans.get_finished_spans()]
    told += [span.to_json() for span in spans.get_finished_spans()]
    told += [(tmp_path / name).read_text("utf-8") for name in ("calls.jsonl", "pins.json")]
    assert names.count("execute_tool tell") == 6
    assert any(name.startswith("MCP send tools/call") for name in names)
    assert len(told) > 30
    leaks = {name: text[:300] for name, secret in SECRETS.items() for text in told if secret in text}
    assert leaks == {}


@pytest.mark.requirement("gateway.processes", "gateway.secrets")
async def test_a_child_gets_what_its_entry_gives_and_a_few_harmless_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_SECRET", "not-for-you")
    script = "import os, sys; open(sys.argv[1], 'w').write('\\n'.join(os.environ)); sys.exit(1)"
    file = tmp_path / "names"
    entry = {"command": sys.executable, "args": ["-c", script, str(file)], "env": {"MINE": "x"}}
    async with Gateway(read({"child": entry})) as gateway:
        with pytest.raises(QuestlineError):
            await gateway.manifest("child")
    names = set(file.read_text("utf-8").splitlines())
    assert "MINE" in names
    assert names <= {"MINE", "HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LC_CTYPE"}


@pytest.mark.requirement("gateway.http")
@pytest.mark.parametrize(("status", "words"), [(401, "HTTP 401"), (503, "HTTP 503"), (429, "HTTP 429")])
async def test_an_answer_that_is_no_message_of_the_protocol_is_told_by_its_status(
    door: tuple[Door, int], status: int, words: str
) -> None:
    made, port = door
    made.status = status
    async with Gateway(read({"one": {"url": f"http://127.0.0.1:{port}/mcp"}})) as gateway:
        with pytest.raises(QuestlineError) as caught:
            await gateway.call("one", "tell")
        assert caught.value.code == "server_unavailable"
        assert words in str(caught.value.fields["detail"])
        made.status = None
        await asyncio.sleep(0)
        made.headers["x-token"] = "none"
        with pytest.raises(QuestlineError) as unknown:
            await gateway.call("one", "absent")
        assert unknown.value.code == "unknown_tool"
