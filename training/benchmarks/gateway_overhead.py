"""What the gateway costs over a bare client of the SDK, in memory, over stdio and over HTTP.

    python -P -m questline.training.benchmarks.gateway_overhead --rounds 1000 --runs 5 --json gateway_overhead.json

Each round makes the same call both ways, in changing order, so that a noisy machine slows both alike. Both ways talk to
the same server over HTTP and in memory, and to two processes of it over stdio. With several runs, each with servers of
its own, the run with the middle ratio is told, and the least and the greatest ratio with it. The bare way is
`Client.call_tool` with what the SDK itself checks; the gateway checks arguments and result, counts, bounds and watches
the call.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias, cast

from mcp import Client, StdioServerParameters
from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from rich.progress import Progress

from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.gateway import Gateway

from .harness import milliseconds, parser, positive, run

__all__ = ["TransportOverhead", "main", "measure"]

Transport: TypeAlias = Literal["memory", "stdio", "http"]
TRANSPORTS: Final[tuple[Transport, ...]] = ("memory", "stdio", "http")
_WARM_UP: Final = 50
_ARGUMENTS: Final = {"word": "owl", "times": 3}
_MODULE: Final = "questline.training.benchmarks.gateway_overhead"


@dataclass(frozen=True, kw_only=True)
class TransportOverhead:
    """Over one transport; milliseconds."""

    transport: Transport
    rounds: int
    bare_ms: float
    """Median."""
    gateway_ms: float
    """Median."""
    added_ms: float
    """Median of the differences within a round."""
    ratio: float
    """Ratio of the medians."""


def server() -> MCPServer:
    """Return a server with one small tool."""
    made = MCPServer("overhead", log_level="CRITICAL")

    @made.tool(annotations=ToolAnnotations(read_only_hint=True))
    async def repeat(word: str, times: int = 1) -> str:
        """Repeat a word."""
        return word * times

    del repeat
    return made


async def measure(
    transport: Transport, *, rounds: int, advance: Callable[[], None] = lambda: None
) -> TransportOverhead:
    """Time both ways over one transport; `advance` is called after each round."""
    bare: list[float] = []
    through: list[float] = []
    async with _both(transport) as (client, gateway):

        async def by_hand() -> object:
            return await client.call_tool("repeat", dict(_ARGUMENTS))

        async def by_gateway() -> object:
            return await gateway.call("one", "repeat", _ARGUMENTS)

        ways = [(bare, by_hand), (through, by_gateway)]
        for number in range(-_WARM_UP, rounds):
            for times, way in ways if number % 2 else reversed(ways):
                took = await _timed(way)
                if number >= 0:
                    times.append(took)
            advance()
    before, after = statistics.median(bare), statistics.median(through)
    return TransportOverhead(
        transport=transport,
        rounds=rounds,
        bare_ms=milliseconds(before),
        gateway_ms=milliseconds(after),
        added_ms=milliseconds(statistics.median(more - less for less, more in zip(bare, through, strict=True))),
        ratio=round(after / before, 3),
    )


@asynccontextmanager
async def _both(transport: Transport) -> AsyncGenerator[tuple[Client, Gateway]]:
    async with AsyncExitStack() as stack:
        target: Any
        if transport == "memory":
            target = server()
            configuration = Configuration.of(ServerConfiguration.in_memory("one", target))
        else:
            command = [sys.executable, "-P", "-m", _MODULE, "--serve", transport]
            if transport == "stdio":
                target = StdioServerParameters(command=command[0], args=command[1:])
                entry: dict[str, Any] = {"command": command[0], "args": command[1:]}
            else:
                child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: ASYNC220, S603 because it is this very module, before anything is timed
                stack.callback(child.wait)
                stack.callback(child.kill)
                assert child.stdout is not None
                stack.callback(child.stdout.close)
                target = f"http://127.0.0.1:{int(child.stdout.readline())}/mcp"
                entry = {"url": target}
            configuration = Configuration.parse(json.dumps({"mcpServers": {"one": entry}}))
        client = await stack.enter_async_context(Client(target))
        gateway = await stack.enter_async_context(Gateway(configuration))
        await client.list_tools()
        await gateway.manifest("one", deadline_s=120)
        yield client, gateway


async def _timed(way: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await way()
    return time.perf_counter() - began


def _serve(transport: str) -> int:
    if transport == "stdio":
        server().run("stdio")
        return 0
    import socket

    import uvicorn

    # With the protocol named, for asyncio turns Nagle's delay off on such sockets alone: else each answer waits 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    web = uvicorn.Server(uvicorn.Config(server().streamable_http_app(), log_level="critical"))
    asyncio.run(web.serve(sockets=[listening]))
    return 0


def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    shown = bar.add_task("rounds", total=(chosen.rounds + _WARM_UP) * len(chosen.transports) * chosen.runs)
    found: dict[str, list[TransportOverhead]] = {transport: [] for transport in chosen.transports}
    for _ in range(chosen.runs):
        for transport, runs in found.items():
            work = measure(cast("Transport", transport), rounds=chosen.rounds, advance=lambda: bar.advance(shown))
            runs.append(asyncio.run(work))
    return {transport: _middle(runs) for transport, runs in found.items()}


def _middle(runs: Sequence[TransportOverhead]) -> dict[str, object]:
    ordered = sorted(runs, key=lambda run: run.ratio)
    middle = ordered[len(ordered) // 2]  # of an even number the worse one
    return {**asdict(middle), "runs": len(runs), "ratio_least": ordered[0].ratio, "ratio_most": ordered[-1].ratio}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["--serve"]:
        return _serve(words[1])
    options = parser(__doc__)
    options.add_argument("--rounds", type=positive, default=1000, help="calls each way, for each transport")
    options.add_argument("--runs", type=positive, default=1, help="of which the middle one is told")
    options.add_argument("--transports", nargs="+", choices=TRANSPORTS, default=list(TRANSPORTS))
    return run("gateway_overhead", options, _measure, words)


if __name__ == "__main__":
    sys.exit(main())
