"""Sources that only read are asked before one of them is chosen: over real servers with tables and notes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from mcp.server import MCPServer
from mcp.types import ToolAnnotations

from questline.agents.intents import split
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.agents.tool_planner.probing import Probes
from questline.mcp_servers import documents, tables
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.gateway import Gateway
from questline.tools.tables import Tables
from questline.types import Answer, Event, Passage

from .shelf import calls

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
FREE: dict[str, ToolAnnotations | None] = {
    "nothing said": None,
    "writes": ToolAnnotations(read_only_hint=False),
    "reaches out": ToolAnnotations(read_only_hint=True, open_world_hint=True),
}


class Notes:
    """A library of notes that counts how often it is searched."""

    def __init__(self, *texts: str) -> None:
        self.searches = 0
        self.held = [
            Passage(id=f"n{place}", document_id=f"n{place}", source=f"{place}.md", title="", text=text)
            for place, text in enumerate(texts)
        ]

    async def search(self, query: str, *, k: int, filters: object = None) -> Sequence[Passage]:
        self.searches += 1
        return self.held[:k]

    def passages(self, ids: Sequence[str], /) -> list[Passage]:
        return [one for one in self.held if one.id in ids]

    def document(self, identifier: str, /) -> None:
        raise AssertionError(f"{identifier} was read while planning")


async def unasked(question: str, *, budget: str | None, emit: Callable[[Event], None]) -> Answer:
    raise AssertionError(f"{question!r} was answered while planning: {budget}, {emit}")


async def planned(question: str, *servers: ServerConfiguration, seconds: float = 20.0, ask: bool = True) -> Planned:
    async with Gateway(Configuration.of(*servers)) as gateway:
        shelf = [
            Candidate(tool=tool, score=0.0, about=f"{manifest.title}: {manifest.description}")
            for manifest in [await gateway.manifest(one.name) for one in servers]
            for tool in manifest.tools
        ]
        planner = EmbeddedPlanner(reader=None, encoder=None, asker=gateway if ask else None)
        intents = split(question)
        return await planner.plan(question, intents, [shelf] * len(intents.items), deadline_s=seconds)


def crew(folder: Path) -> Tables:
    (folder / "crew.csv").write_text("name,wage,town\nAda Moss,3100,Velmora\nBen Hale,2800,Ulmen\n", "utf-8")
    return Tables.open({"crew": folder / "crew.csv"})


def in_memory(name: str, made: Any) -> ServerConfiguration:
    return ServerConfiguration.in_memory(name, made)


@pytest.mark.requirement("tura.choice.asked")
@pytest.mark.parametrize(
    ("question", "server"),
    [
        ("town of Ben Hale", "tables"),
        ("Which town is Ada Moss in?", "tables"),
        ("Who built the lamp of Velmora?", "documents"),
    ],
)
async def test_what_holds_the_answer_is_chosen_over_what_says_that_it_might(
    tmp_path: Path, question: str, server: str
) -> None:
    notes = Notes("The lamp of Velmora was built by Ada Brandt in 1931.", "Each town has a wage office of its own.")
    with crew(tmp_path) as held:
        shelf = (in_memory("tables", tables.server(held)), in_memory("documents", documents.server(notes, unasked)))
        told = await planned(question, *shelf)
    assert [name for name, _ in calls(told)] == [server]
    assert "asked beforehand" in told.plan.tasks[0].reason
    assert notes.searches


@pytest.mark.requirement("tura.choice.misread")
async def test_what_was_misread_is_not_asked_where_another_source_placed_more_words(tmp_path: Path) -> None:
    notes = Notes("船坞的纪录由 Ada Moss 在2019年创下，用时21.6秒。")
    question = "Ada Moss是哪天领养小狗的？"
    with crew(tmp_path) as held:
        shelf = (in_memory("tables", tables.server(held)), in_memory("documents", documents.server(notes, unasked)))
        without = await planned(question, *shelf, ask=False)
        told = await planned(question, *shelf)
    assert [name for name, _ in calls(without)] == ["documents"]
    assert "documents" not in [name for name, _ in calls(told)]


@pytest.mark.requirement("tura.choice.harmless")
@pytest.mark.parametrize("hints", FREE.values(), ids=FREE)
async def test_only_what_reads_and_stays_at_home_is_asked(hints: ToolAnnotations | None) -> None:
    asked: Counter[str] = Counter()

    def counting(name: str) -> Callable[[str], Any]:
        async def lamps(question: str) -> dict[str, Any]:
            asked[name] += 1
            return {"rows": [{"lamp": "tall", "colour": "red", "asked": question}]}

        return lamps

    shelf: list[ServerConfiguration] = []
    for name, given in (("quiet", READS), ("other", hints)):
        made = MCPServer(name)
        made.add_tool(counting(name), name="lamps", description="Answer from documents on lamps.", annotations=given)
        shelf.append(in_memory(name, made))
    told = await planned("Which colour has the lamp?", *shelf)
    assert asked == {"quiet": 1}
    assert calls(told)[0] == ("quiet", "lamps")


@pytest.mark.requirement("tura.choice.late")
async def test_a_source_that_hangs_holds_no_plan_up() -> None:
    made = MCPServer("slow")
    never = asyncio.Event()

    @made.tool(annotations=READS)
    async def lamps(question: str) -> str:
        """Answer from documents on lamps."""
        await never.wait()
        return question

    quick = MCPServer("quick")

    @quick.tool(annotations=READS)
    async def lights(question: str) -> dict[str, Any]:
        """Answer from documents on lights."""
        return {"refused": "not understood", "words": [question]}

    assert lamps is not lights
    told = await planned("Who made the lamp?", in_memory("slow", made), in_memory("quick", quick), seconds=1.0)
    assert calls(told)


@pytest.mark.requirement("tura.choice.preview")
async def test_a_plan_that_is_only_shown_asks_nobody(tmp_path: Path) -> None:
    notes = Notes("The lamp of Velmora was built by Ada Brandt in 1931.")
    with crew(tmp_path) as held:
        shelf = (in_memory("tables", tables.server(held)), in_memory("documents", documents.server(notes, unasked)))
        told = await planned("Who built the lamp of Velmora?", *shelf, ask=False)
    assert [name for name, _ in calls(told)] == ["documents"]
    assert notes.searches == 0


@pytest.mark.requirement("tura.choice.late")
def test_when_the_run_is_over_nobody_is_asked() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    tool = ToolDefinition(
        server="lamps", name="ask", read_only=True, open_world=False,
        input_schema={"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]},
    )  # fmt: skip
    probes = Probes(Gateway(Configuration.of()), loop, seconds=5.0)
    assert probes.of([tool], "Who made the lamp?") == {}
