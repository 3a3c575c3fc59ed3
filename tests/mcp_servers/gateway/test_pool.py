"""The pool: one catalogue for all questions, a gateway for each event loop, servers that do not answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from questline.mcp_servers.gateway.catalogue import catalogue_beside
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.pool import ServerPool
from questline.testing import FlakyServer

from .conftest import Desk

pytestmark = pytest.mark.requirement("tsg.pool")


async def test_what_servers_offer_is_asked_once_and_kept_beside_the_file(tmp_path: Path) -> None:
    with FlakyServer() as server:
        file = tmp_path / "mcp.json"
        file.write_text(json.dumps({"mcpServers": {"flaky": server.entry}}), "utf-8")
        for _ in range(2):
            pool = ServerPool.read(file)
            async with pool.session() as gateway:
                assert await pool.refresh(gateway, deadline_s=30) == ()
            assert [each.name for each in pool.catalogue().manifests()] == ["flaky"]
            pool.close()
        asked = [each for each in server.events if each.method == "tools/list"]
        assert len(asked) == 1
        assert not server.running
    assert catalogue_beside(file).exists()


async def test_a_server_that_does_not_answer_is_named_and_not_asked_again_at_once() -> None:
    dead = ServerConfiguration(name="dead", kind="stdio", command="no-such-program-anywhere")
    desk = Desk()
    pool = ServerPool(Configuration.of(dead, ServerConfiguration.in_memory("desk", desk.server())))
    async with pool.session() as gateway:
        first = await pool.refresh(gateway, deadline_s=10)
        second = await pool.refresh(gateway, deadline_s=10)
    pool.close()
    assert [each.code for each in first] == [each.code for each in second] == ["command_not_found"]
    assert "dead" in first[0].message


async def test_sessions_of_a_loop_share_a_gateway_that_ends_with_the_last_one() -> None:
    pool = ServerPool(Configuration.of(ServerConfiguration.in_memory("desk", Desk().server())))
    async with pool.session() as one:
        async with pool.session() as other:
            assert other is one
        assert await one.list_tools("desk")
        elsewhere = await asyncio.to_thread(asyncio.run, _gateway(pool))
        assert elsewhere is not one
    async with pool.session() as later:
        assert later is not one
        assert await later.list_tools("desk")
    pool.close()


async def _gateway(pool: ServerPool) -> object:
    async with pool.session() as gateway:
        return gateway


async def test_what_is_not_configured_any_more_is_forgotten(tmp_path: Path) -> None:
    with FlakyServer() as server:
        file = tmp_path / "mcp.json"
        for entry in (server.entry, {**server.entry, "disabled": True}):
            file.write_text(json.dumps({"mcpServers": {"flaky": entry}}), "utf-8")
            pool = ServerPool.read(file)
            async with pool.session() as gateway:
                await pool.refresh(gateway, deadline_s=30)
            names = [each.name for each in pool.catalogue().manifests()]
            pool.close()
    assert names == []
