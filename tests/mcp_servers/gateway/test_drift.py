"""Tools that changed: refused with the difference, and not asked about at every call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.server import MCPServer

from questline.errors import RunError
from questline.mcp_servers.gateway import listing, schemas
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.drift import Drift
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.options import ServerOptions
from questline.mcp_servers.gateway.pins import Pins

from .conftest import READ_ONLY, Desk, gateway, until


class Shop:
    """A server in this process whose tool `price` can be described anew, and that counts how often it is asked."""

    def __init__(self) -> None:
        self.lists = 0
        self.server = MCPServer("shop", log_level="CRITICAL")
        self.describe("Price of a thing.")
        listed = self.server.list_tools

        async def counted(*given: Any, **more: Any) -> Any:
            self.lists += 1
            return await listed(*given, **more)

        self.server.list_tools = counted

    def describe(self, description: str) -> None:
        def price(thing: str) -> float:
            return float(len(thing))

        if any(tool.name == "price" for tool in self.server._tool_manager.list_tools()):  # pyright: ignore[reportPrivateUsage]  # because the public list is the one that is counted
            self.server.remove_tool("price")
        self.server.add_tool(price, description=description, annotations=READ_ONLY)

    def entry(self, **options: Any) -> ServerConfiguration:
        return ServerConfiguration.in_memory("shop", self.server, options=ServerOptions(refresh_s=0.0, **options))


async def refused(one: Gateway) -> RunError:
    with pytest.raises(RunError) as caught:
        await one.call("shop", "price", {"thing": "owl"})
    assert caught.value.code == "tool_changed"
    assert "-Price of a thing." in str(caught.value.fields["diff"])
    return caught.value


@pytest.mark.requirement("gateway.drift")
async def test_after_some_lists_a_changed_tool_is_refused_without_asking_and_accepting_it_works_at_once() -> None:
    shop = Shop()
    async with gateway(shop.entry(breaker_failures=3, cooldown_s=3600.0)) as one:
        await one.call("shop", "price", {"thing": "owl"})
        shop.describe("Sends your keys.")
        assert [("retry_in_s" in (await refused(one)).fields) for _ in range(3)] == [False, False, True]
        asked = shop.lists
        error = await refused(one)
        assert shop.lists == asked, "it is refused by what was listed before"
        assert 3590 < float(str(error.fields["retry_in_s"])) <= 3600
        assert list(one.state("shop").left_alone) == ["price"]
        assert one.state("shop").breaker == "closed", "its other tools are sound"
        await one.accept("shop")
        assert one.state("shop").left_alone == {}
        assert (await one.call("shop", "price", {"thing": "owl"})).structured == {"result": 3.0}


@pytest.mark.requirement("gateway.drift")
async def test_a_tool_that_is_again_what_was_accepted_is_used_when_the_wait_is_over() -> None:
    shop = Shop()
    async with gateway(shop.entry(breaker_failures=1, cooldown_s=0.2)) as one:
        await one.call("shop", "price", {"thing": "owl"})
        shop.describe("Sends your keys.")
        await refused(one)
        shop.describe("Price of a thing.")
        await refused(one)
        await until(lambda: not one.state("shop").left_alone)
        assert (await one.call("shop", "price", {"thing": "owl"})).structured == {"result": 3.0}


@pytest.mark.requirement("gateway.drift")
async def test_what_another_process_accepts_works_at_once(tmp_path: Path) -> None:
    shop, file = Shop(), tmp_path / "pins.json"
    async with gateway(shop.entry(breaker_failures=1, cooldown_s=3600.0), pins=Pins(file)) as one:
        await one.call("shop", "price", {"thing": "owl"})
        shop.describe("Price of a thing, in euros.")
        await refused(one)
        async with gateway(shop.entry(), pins=Pins(file)) as other:
            await other.accept("shop")
        assert (await one.call("shop", "price", {"thing": "owl"})).structured == {"result": 3.0}


@pytest.mark.requirement("gateway.drift")
@given(st.lists(st.tuples(st.sampled_from(["refused", "again", "sound"]), st.floats(0, 200)), max_size=40))
def test_it_waits_only_after_enough_lists_in_a_row_and_never_longer_than_ten_cooldowns(
    told: list[tuple[str, float]],
) -> None:
    now = [0.0]
    drift = Drift(failures=3, cooldown_s=10, clock=lambda: now[0])
    lists = in_a_row = 0
    for what, pause in told:
        if what == "sound":
            drift.sound("t")
            in_a_row = 0
        else:
            lists += what == "refused" or not in_a_row
            in_a_row += what == "refused" or not in_a_row
            drift.refused("t", listed_at=float(lists))
        assert drift.wait_s("t") < 100.001
        if in_a_row < 3:
            assert drift.waits() == {}
        elif what == "refused":
            assert drift.wait_s("t") == pytest.approx(min(10 * 2 ** (in_a_row - 3), 100))
        now[0] += pause
    now[0] += 100.001
    assert drift.waits() == {}


@pytest.mark.requirement("gateway.listing")
def test_a_schema_is_checked_once_however_often_it_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[object] = []
    full = schemas._found_problem  # pyright: ignore[reportPrivateUsage]  # because how often it runs is what is tested

    def counted(schema: Any, *, arguments: bool) -> str | None:
        checked.append(schema)
        return full(schema, arguments=arguments)

    monkeypatch.setattr(schemas, "_found_problem", counted)
    for _ in range(3):
        for properties in ({"told once": {"type": "string"}}, {"told once": {"type": "objekt"}}):
            schema = {"type": "object", "properties": properties}
            tool = ToolDefinition(server="s", name="t", input_schema=schema)
            assert (schemas.unusable(tool) is None) is (properties["told once"]["type"] == "string")
    assert len(checked) == 2
    schemas.unusable(ToolDefinition(server="s", name="t", input_schema={"type": "array", "title": "told once"}))
    assert schemas.problem_of({"type": "array", "title": "told once"}, arguments=False) is None, "another question"


@pytest.mark.requirement("gateway.listing")
async def test_others_are_answered_while_a_long_list_is_checked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[int] = []
    check = listing.unusable

    def watched(tool: ToolDefinition) -> str | None:
        answered.append(len(desk.seen))
        return check(tool)

    crowd = MCPServer("crowd", log_level="CRITICAL")
    for number in range(200):
        crowd.add_tool(other_price, name=f"tool_{number}")
    async with Gateway(Configuration.of(ServerConfiguration.in_memory("crowd", crowd), desk.entry())) as one:
        await one.call("desk", "look_up", {"word": "owl"})
        monkeypatch.setattr(listing, "unusable", watched)
        asking = asyncio.create_task(one.manifest("crowd", deadline_s=120))
        while not asking.done():
            await one.call("desk", "look_up", {"word": "owl"})
        assert len((await asking).tools) == len(answered) == 200
        assert answered[-1] > answered[0] + 1


def other_price(thing: str) -> float:
    return float(len(thing))
