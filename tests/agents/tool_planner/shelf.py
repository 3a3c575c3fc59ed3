"""Servers to plan with: our own, as they declare themselves, and a shop's that nobody has seen before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp import Client

from questline.agents.intents import Intents, split
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.mcp_servers import clock, documents, files, mathematics, tables
from questline.mcp_servers.gateway.definitions import ServerManifest, ToolDefinition
from questline.tools.files import Roots
from questline.tools.mathematics import Calculator
from questline.tools.tables import Tables

TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def tool(server: str, name: str, description: str, needs: dict[str, Any], **more: Any) -> ToolDefinition:
    optional = more.pop("optional", {})
    result = more.pop("result", None)
    return ToolDefinition(
        server=server,
        name=name,
        description=description,
        input_schema={"type": "object", "properties": {**needs, **optional}, "required": list(needs)},
        output_schema={"type": "object", "properties": result} if result else None,
        **more,
    )


SHOP = (
    tool(
        "weather", "forecast", "Weather forecast for a city.", {"city": {**TEXT, "description": "City name"}},
        optional={"days": {"type": "integer", "description": "How many days ahead"}}, read_only=True,
    ),
    tool(
        "orders", "get_order", "Look up an order by its number: status and customer.",
        {"order_number": {"type": "integer", "description": "Number of the order"}},
        result={"status": TEXT, "customer_id": TEXT}, read_only=True,
    ),
    tool(
        "customers", "customer_details", "Name and address of a customer.",
        {"customer_id": TEXT}, result={"name": TEXT, "address": TEXT}, read_only=True,
    ),
    tool(
        "orders", "cancel_order", "Cancel an order.",
        {"order_number": {"type": "integer", "description": "Number of the order"}}, destructive=True,
    ),
    tool("encyclopedia", "ask", "Answers questions from an encyclopedia.", {"question": TEXT}, read_only=True),
)  # fmt: skip
ABOUT = {"weather": "Weather", "orders": "Orders of the shop", "customers": "Customers", "encyclopedia": "Encyclopedia"}


async def _manifest(name: str, server: Any) -> ServerManifest:
    async with Client(server) as client:
        listed = await client.list_tools()
    found = tuple(ToolDefinition.of(name, each) for each in listed.tools)
    return ServerManifest(name=name, title=server.title, description=server.description, tools=found)


class NoDocuments:
    """A library whose contents do not matter."""

    async def search(self, query: str, *, k: int, filters: object = None) -> Sequence[Any]:
        raise AssertionError(f"{query!r} was searched for while planning: {k}, {filters}")

    def passages(self, ids: Sequence[str], /) -> list[Any]:
        raise AssertionError(f"{ids} were read while planning")

    def document(self, identifier: str, /) -> None:
        raise AssertionError(f"{identifier} was read while planning")


async def _own(folder: Path) -> list[ServerManifest]:
    (folder / "boats.csv").write_text("boat,seats,built\nHeron,40,1999\nTern,25,2011\n", "utf-8")
    (folder / "crew.csv").write_text("name,wage,joined\nAda Moss,3100,2015-04-02\n", "utf-8")
    (folder / "log.txt").write_text("Service due on 2027-03-09.\n", "utf-8")
    opened = {"boats": folder / "boats.csv", "crew": folder / "crew.csv"}
    with Calculator() as calculator, Tables.open(opened) as held:
        return [
            await _manifest("clock", clock.server()),
            await _manifest("mathematics", mathematics.server(calculator)),
            await _manifest("files", files.server(Roots({"notes": folder}))),
            await _manifest("tables", tables.server(held)),
            await documents.manifest_of(NoDocuments()),
        ]


def own_servers(folder: Path) -> list[Candidate]:
    manifests = asyncio.run(_own(folder))
    return [
        Candidate(tool=each, score=0.0, about=f"{manifest.title}: {manifest.description}")
        for manifest in manifests
        for each in manifest.tools
    ]


def shop() -> list[Candidate]:
    return [Candidate(tool=each, score=0.0, about=ABOUT[each.server]) for each in SHOP]


def plan(question: str, shelf: Sequence[Candidate], intents: Intents | None = None, **options: Any) -> Planned:
    """Plan with the rules alone: no weights are read."""
    found = intents or split(question)
    planner = EmbeddedPlanner(reader=None, encoder=None)
    given: dict[str, Any] = {"deadline_s": 20.0, **options}
    return asyncio.run(planner.plan(question, found, [shelf] * len(found.items), **given))


def calls(planned: Planned) -> list[tuple[str, str]]:
    return [(task.server, task.tool) for task in planned.plan.tasks]
