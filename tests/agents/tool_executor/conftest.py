"""A harbour office: a server in this process with tools of every kind that the executor meets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, NotRequired

import pytest
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from typing_extensions import TypedDict

from questline.agents.contract import Context
from questline.agents.tool_executor.executor import TaskExecutor
from questline.budget import Budget, Meter
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.options import ServerOptions
from questline.types import Task

READ = ToolAnnotations(read_only_hint=True)
WRITE = ToolAnnotations(read_only_hint=False, destructive_hint=False)
DESTROY = ToolAnnotations(read_only_hint=False, destructive_hint=True)
LETTER = "".join(f"Line {number} of the letter.\n" for number in range(1, 41))
BOATS = [{"boat": f"Boat {number}", "seats": 10 * number} for number in range(1, 8)]


class Span(TypedDict):
    day: str
    weekday: str
    apart: NotRequired[dict[str, int]]


class Part(TypedDict):
    path: str
    text: str
    start: int
    end: int
    characters: int


class Page(TypedDict):
    boats: list[dict[str, Any]]
    next_cursor: str


class Found(TypedDict):
    columns: list[str]
    rows: list[list[Any]]
    truncated: bool


@dataclass
class Office:
    """What it was asked, and how it is."""

    broken: bool = False
    """Second pages fail."""
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])

    def server(self) -> MCPServer:
        made = MCPServer("harbour", log_level="CRITICAL")

        def note(name: str, **arguments: Any) -> None:
            self.seen.append((name, arguments))

        @made.tool(annotations=READ)
        def count(day: str, until: str = "") -> Span:
            """Describe a day, and count to another."""
            note("count", day=day, until=until)
            found = Span(day=day, weekday="Monday")
            if until:
                found["apart"] = {"years": 0, "days": 3, "days_in_all": 34, "weeks_in_all": 4}
            return found

        @made.tool(annotations=READ)
        def letter(path: str, start: int = 0, characters: int = 300) -> Part:
            """Read a part of a letter."""
            note("letter", path=path, start=start)
            text = LETTER[start : start + characters]
            return Part(path=path, text=text, start=start, end=start + len(text), characters=len(LETTER))

        @made.tool(annotations=READ)
        def boats(cursor: str = "") -> Page:
            """List boats, three at a time."""
            note("boats", cursor=cursor)
            if cursor and self.broken:
                raise ValueError("no such page")
            at = int(cursor or 0)
            return Page(boats=BOATS[at : at + 3], next_cursor=str(at + 3) if at + 3 < len(BOATS) else "")

        @made.tool(annotations=READ)
        def rows(limit: int = 2) -> Found:
            """Rows of a table."""
            note("rows", limit=limit)
            cells = [[each["boat"], each["seats"]] for each in BOATS[:limit]]
            return Found(columns=["boat", "seats"], rows=cells, truncated=limit < len(BOATS))

        @made.tool(annotations=READ)
        def seats(boat: str, at_least: float = 0) -> int:
            """Tell how many seats a boat has."""
            note("seats", boat=boat, at_least=at_least)
            if boat == "Ghost":
                raise ValueError("there is no such boat")
            if boat == "Phantom":
                raise ToolError("There is no such boat.")
            if boat == "Slip" and sum(name == "seats" for name, _ in self.seen) == 1:
                raise ValueError("the line was busy")
            return 12

        @made.tool(annotations=READ)
        def refuse() -> dict[str, Any]:
            """Refuse, as a result that is no error."""
            return {"refused": "these words have no meaning here", "words": ["ghost"]}

        @made.tool(annotations=WRITE)
        def book(boat: str) -> str:
            """Book a boat."""
            note("book", boat=boat)
            return f"booked {boat}"

        @made.tool(annotations=DESTROY)
        def sink(boat: str) -> str:
            """Sink a boat."""
            note("sink", boat=boat)
            return f"sank {boat}"

        @made.tool(annotations=READ)
        def ask(question: str) -> dict[str, Any]:
            """Answer from the harbour's papers."""
            note("ask", question=question)
            text = "The Gull has 12 seats."
            places = [{"start": 0, "end": len(text), "id": "gull.md#1", "source": "papers/gull.md"}]
            return {"answer": text, "short": "12", "status": "complete", "citations": places, "warnings": []}

        @made.tool(annotations=READ)
        def fetch(id: str) -> dict[str, Any]:  # noqa: A002 because that is how readers of one thing call it
            """Return a paper."""
            note("fetch", id=id)
            if self.broken:
                raise ValueError("the cupboard is locked")
            return {"id": id, "title": "Gull", "text": "The Gull has 12 seats and one mast.", "start": 0, "end": 35}

        del count, letter, boats, rows, seats, refuse, book, sink, ask, fetch
        return made


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
async def gateway(office: Office) -> AsyncIterator[Gateway]:
    entry = ServerConfiguration.in_memory("harbour", office.server(), options=ServerOptions(attempts=1))
    other = ServerConfiguration.in_memory("other", Office().server(), options=ServerOptions(attempts=1))
    async with Gateway(Configuration.of(entry, other), seed=1) as made:
        yield made


@pytest.fixture
def executor(gateway: Gateway) -> TaskExecutor:
    return TaskExecutor(gateway, Context(meter=Meter(Budget())))


def task(tool: str, intent: str = "", /, **arguments: object) -> Task:
    return Task(id="T1", intent=intent, server="harbour", tool=tool, arguments=arguments)
