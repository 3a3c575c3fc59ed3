"""Servers of this process that do what a test tells them, and gateways to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from mcp.server import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import ToolAnnotations

from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.options import ServerOptions

READ_ONLY = ToolAnnotations(read_only_hint=True)


@dataclass
class Desk:
    """A server in this process: what it was asked, and how often its tools still fail."""

    name: str = "desk"
    seen: list[str] = field(default_factory=list[str])
    failures: int = 0
    running: int = 0
    most_running: int = 0
    delay_s: float = 0.0

    def server(self) -> MCPServer:
        made = MCPServer(self.name, instructions="A desk for tests.", log_level="CRITICAL")

        @made.tool(annotations=READ_ONLY)
        async def look_up(word: str, times: int = 1) -> str:
            """Look a word up."""
            return await self._work(f"look_up {word}", word * times)

        @made.tool()
        async def write(text: str) -> str:
            """Write a text down."""
            return await self._work(f"write {text}", "written")

        @made.tool(annotations=READ_ONLY)
        async def fail() -> str:
            """Fail."""
            raise ValueError("the desk is on fire")

        del look_up, write, fail
        return made

    async def _work(self, what: str, answer: str) -> str:
        self.seen.append(what)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.running -= 1
        if self.failures > 0:
            self.failures -= 1
            raise MCPError(code=-32091, message="ordered to fail")  # what our transports say of a lost request
        return answer

    def entry(self, **options: Any) -> ServerConfiguration:
        return ServerConfiguration.in_memory(self.name, self.server(), options=ServerOptions(**options))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def gateway(*servers: ServerConfiguration, **more: Any) -> Gateway:
    return Gateway(Configuration.of(*servers), seed=1, **more)


async def until(check: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for something that happens beside the test."""
    async with asyncio.timeout(seconds):
        while True:
            if check():
                return
            await asyncio.sleep(0.01)


def read(entries: dict[str, Any], **more: Any) -> Configuration:
    """Read entries as from a file."""
    return Configuration.parse(json.dumps({"mcpServers": entries}), **more)
