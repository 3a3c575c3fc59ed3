"""The tools that all loops call, over the real gateway: seeded waits, and calls that fail by chance."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from mcp.server import MCPServer
from mcp.types import ToolAnnotations

from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.options import ServerOptions
from questline.mcp_servers.gateway.pool import ServerPool
from questline.tools.retrieval.contract import Embedder

from .questions import TOOLS, makes, number_of

__all__ = ["Tools", "opened"]

_READS: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True)


@dataclass(slots=True)
class Tools:
    """The tools while they are called.

    A call takes the same time, and fails at the same attempt, whichever loop makes it.
    """

    median_s: float
    """Of the log-normal time of a call."""
    sigma: float = 0.5
    """Deviation of the logarithm of that time."""
    failing: float = 0.0
    """Share of the attempts that fail."""
    seed: int = 0
    calls: int = 0
    """Calls so far, failed ones included."""
    _attempts: Counter[str] = field(default_factory=Counter[str])

    def begin(self) -> None:
        """Forget which calls were tried: another question begins, or another loop."""
        self.calls = 0
        self._attempts.clear()

    async def made(self, tool: str, **arguments: str | int) -> str | int:
        """Answer a call.

        Raises:
            ValueError: It fails by chance.
        """
        key = f"{tool} {sorted(arguments.items())}"
        self.calls += 1
        self._attempts[key] += 1
        chance = random.Random(number_of("time", self.seed, key))  # noqa: S311 because it is no secret
        fails = random.Random(number_of("fault", self.seed, key, self._attempts[key])).random()  # noqa: S311 because it is no secret
        await asyncio.sleep(chance.lognormvariate(math.log(self.median_s), self.sigma))
        if fails < self.failing:
            raise ValueError("it is out of order")
        return makes(tool, arguments)


def _servers(tools: Tools) -> dict[str, MCPServer]:
    servers = {name: MCPServer(name, log_level="CRITICAL") for name in dict.fromkeys(TOOLS.values())}

    async def register_number(firm: str) -> int:
        """Tell the register number of a firm."""
        return int(await tools.made("register_number", firm=firm))

    async def seat_of(firm: str) -> str:
        """Tell the town in which a firm has its seat."""
        return str(await tools.made("seat_of", firm=firm))

    async def temperature_in(town: str) -> int:
        """Tell the temperature in a town, in degrees Celsius."""
        return int(await tools.made("temperature_in", town=town))

    async def people_in(town: str) -> int:
        """Tell how many people live in a town."""
        return int(await tools.made("people_in", town=town))

    async def comfort_index(celsius: int, people: int) -> int:
        """Tell the comfort index that belongs to a temperature and a number of people."""
        return int(await tools.made("comfort_index", celsius=celsius, people=people))

    async def next_stop(stop: str) -> str:
        """Tell the stop that comes after a stop of the tram line."""
        return str(await tools.made("next_stop", stop=stop))

    for tool in (register_number, seat_of, temperature_in, people_in, comfort_index, next_stop):
        servers[TOOLS[tool.__name__]].tool(annotations=_READS)(tool)
    return servers


@asynccontextmanager
async def opened(tools: Tools, *, encoder: Callable[[], Embedder] | None = None) -> AsyncGenerator[ServerPool]:
    """Give the servers of the tools, in this process, with their tools known.

    A failed call is the tool's own error: no gateway tries it again, and no server is left alone for it.
    """
    options = ServerOptions(attempts=1, breaker_failures=1_000_000, concurrency=64)
    configured = [
        ServerConfiguration.in_memory(name, server, options=options) for name, server in _servers(tools).items()
    ]
    pool = ServerPool(Configuration.of(*configured), encoder=encoder)
    try:
        async with pool.session() as gateway:
            await pool.refresh(gateway, deadline_s=60)
            yield pool
    finally:
        pool.close()
