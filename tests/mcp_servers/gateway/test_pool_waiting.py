"""Servers that are slow to start are no failed servers: who is late is waited for by the next question."""

from __future__ import annotations

import asyncio

import pytest

from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.definitions import ServerManifest
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.pool import ServerPool

from .conftest import Desk

pytestmark = pytest.mark.requirement("tsg.pool")


class _Slow:
    """A gateway whose servers take their time to say what tools they have."""

    def __init__(self, gateway: Gateway, seconds: float) -> None:
        self._gateway, self._seconds = gateway, seconds
        self.asked: list[str] = []
        self.allowed: list[float | None] = []

    async def manifest(self, server: str, *, deadline_s: float | None = None, fresh: bool = False) -> ServerManifest:
        self.asked.append(server)
        self.allowed.append(deadline_s)
        await asyncio.sleep(self._seconds)
        return await self._gateway.manifest(server, deadline_s=deadline_s, fresh=fresh)


def _pool(*names: str) -> ServerPool:
    return ServerPool(Configuration.of(*(ServerConfiguration.in_memory(name, Desk().server()) for name in names)))


async def test_a_question_that_could_not_wait_leaves_the_servers_usable_for_the_next() -> None:
    pool = _pool("harbour", "library")
    async with pool.session() as gateway:
        slow = _Slow(gateway, 0.3)
        first = await pool.refresh(slow, deadline_s=0.01)  # pyright: ignore[reportArgumentType]  # because it stands in for a gateway
        second = await pool.refresh(slow, deadline_s=20)  # pyright: ignore[reportArgumentType]  # because it stands in for a gateway
        assert {each.code for each in first} == {"still_starting"}
        assert "'harbour'" in " ".join(each.message for each in first)
        assert second == ()
        assert sorted(slow.asked) == ["harbour", "library"]  # the second waited for what the first had begun
    assert {each.name for each in pool.catalogue().manifests()} == {"harbour", "library"}
    pool.close()


async def test_a_server_is_given_its_own_time_and_not_the_question_s() -> None:
    pool = _pool("harbour")
    async with pool.session() as gateway:
        slow = _Slow(gateway, 0.0)
        await pool.refresh(slow, deadline_s=0.5)  # pyright: ignore[reportArgumentType]  # because it stands in for a gateway
    options = pool.usable[0].options
    assert slow.allowed == [options.connect_s + options.list_s]
    pool.close()


async def test_what_is_still_being_asked_ends_with_the_session() -> None:
    pool = _pool("harbour")
    before = asyncio.all_tasks()
    async with pool.session() as gateway:
        await pool.refresh(_Slow(gateway, 60), deadline_s=0.01)  # pyright: ignore[reportArgumentType]  # because it stands in for a gateway
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    pool.close()
