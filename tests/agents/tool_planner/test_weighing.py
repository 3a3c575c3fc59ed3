"""What an answer is worth that a source gave beforehand, and which source is chosen for it, over real servers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.server import MCPServer
from mcp.types import ToolAnnotations

from questline.agents.tool_planner.probing import Probes
from questline.agents.tool_planner.weighing import weighed
from questline.errors import RunError
from questline.mcp_servers import documents, tables
from questline.mcp_servers.gateway.configuration import ServerConfiguration
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.result import ToolResult

from .shelf import calls, own_servers, plan
from .test_probing import READS, Notes, crew, in_memory, planned, unasked

NEED = "Who built the lamp of Velmora?"
FOUND: dict[str, object] = {"columns": ["builder"], "rows": [["Ada Brandt"]]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.requirement("tura.probing.scale")
@pytest.mark.parametrize(
    ("value", "answers"),
    [
        ("The lamp of Velmora was built by Ada Brandt.", True),
        ({"rows": [{"built_by": "Ada Brandt", "lamp": "Velmora"}]}, True),
        ({**FOUND, "sql": "SELECT built_by FROM lamps WHERE town = 'Velmora'", "confidence": 0.9}, True),
        ({**FOUND, "sql": "SELECT built_by FROM lamps WHERE town = 'Velmora'", "confidence": 0.1}, False),
        (FOUND, False),
        ({"columns": ["lamp", "built"], "rows": [["Velmora", 1931]], "confidence": 0.9}, True),
        ({"columns": ["lamp_built"], "rows": [["V1931"]], "sql": "Velmora", "confidence": 0.9}, False),
        (
            {
                "passages": [
                    {"id": "a", "source": "a.md", "text": "The lamp of Ulmen was built by Tom Ashe. It burns oil."},
                    {"id": "b", "source": "b.md", "text": "The lamp of Velmora was built by Ada Brandt."},
                ]
            },
            True,
        ),
        ("What a lovely thing to ask! We are proud of our long tradition of craft.", False),
        ("Thank you for asking “Who built the lamp of Velmora?”. We shall look into it.", False),
        ({"echo": NEED, "page": 1}, False),
        ("I don't know who built the lamp of Velmora.", False),
        ("No results found.", False),
        ({"refused": "no table has the lamp of Velmora"}, False),
        ({"columns": ["built_by"], "rows": [], "sql": "SELECT built_by FROM lamps WHERE town = 'Velmora'"}, False),
        ({"answer": "The lamp of Velmora.", "status": "abstained", "citations": []}, False),
        ([], False),
    ],
)
def test_an_answer_is_one_that_the_words_of_the_need_bear_out(value: object, answers: bool) -> None:
    assert weighed(value, NEED).answers == answers


@pytest.mark.requirement("tura.probing.scale")
@given(value=JSON, need=st.text(max_size=60))
def test_any_result_has_a_weight(value: object, need: str) -> None:
    found = weighed(value, need)
    assert 0.0 <= found.sure <= 1.0
    assert 0.0 <= found.known <= 1.0


def helper(name: str, answers: Callable[[str], Any], asked: Counter[str], hints: ToolAnnotations | None = READS) -> Any:
    """A server that answers questions, and says of itself that it knows everything."""

    async def ask(question: str) -> Any:
        asked[name] += 1
        return answers(question)

    made = MCPServer(name, title="Helper", instructions="Answers every question from documents.")
    made.add_tool(ask, name="ask", description="Answer any question from documents and articles.", annotations=hints)
    return in_memory(name, made)


def talks(question: str) -> str:
    return f"What a good question! You ask {question} Our team loves the lamp and every town around here."


@pytest.mark.requirement("tura.probing.scale")
@pytest.mark.parametrize(
    ("question", "server"), [("town of Ben Hale", "tables"), ("Who built the lamp of Velmora?", "documents")]
)
async def test_one_that_talks_about_everything_takes_no_question(tmp_path: Path, question: str, server: str) -> None:
    asked: Counter[str] = Counter()
    notes = Notes("The lamp of Velmora was built by Ada Brandt in 1931.")
    with crew(tmp_path) as held:
        shelf: tuple[ServerConfiguration, ...] = (
            helper("chatty", talks, asked),
            in_memory("tables", tables.server(held)),
            in_memory("documents", documents.server(notes, unasked)),
        )
        told = await planned(question, *shelf)
    assert [name for name, _ in calls(told)][:1] == [server]
    assert asked["chatty"]


def keeps(question: str) -> dict[str, object]:
    return {"keeper": "Ada Moss"} if "Otter" in question else {"refused": "no such boat"}


@pytest.mark.requirement("tura.probing.scale")
async def test_of_two_short_answers_that_one_is_believed_which_does_not_answer_everything() -> None:
    asked: Counter[str] = Counter()
    shelf = (
        helper("oracle", lambda question: {"said": "forty-two"}, asked),
        helper("registry", keeps, asked),
    )
    told = await planned("Who looks after the Otter?", *shelf)
    assert [name for name, _ in calls(told)][:1] == ["registry"]
    assert asked == {"oracle": 2, "registry": 2}


@pytest.mark.requirement("tura.probing.untried")
async def test_one_that_was_not_asked_comes_before_one_that_refused() -> None:
    asked: Counter[str] = Counter()
    shelf = (
        helper("registry", lambda question: {"refused": "not understood", "words": ["mast"]}, asked),
        helper("archive", lambda question: "The mast is 12 metres high.", asked, hints=None),
    )
    told = await planned("How high is the mast of the Otter?", *shelf)
    assert [name for name, _ in calls(told)][:1] == ["archive"]
    assert set(asked) == {"registry"}


@pytest.mark.requirement("tura.probing.mere-name")
@pytest.mark.parametrize(
    "question", ["list crew names", "List the wage values of the tables", "What values does the column wage have?"]
)
def test_a_list_of_tables_is_no_answer_to_what_stands_in_them(tmp_path: Path, question: str) -> None:
    shelf = [replace(one, score=0.5) for one in own_servers(tmp_path) if one.tool.server == "tables"]
    assert calls(plan(question, shelf)) == [("tables", "look_up")]


@pytest.mark.requirement("tura.probing.mere-name")
@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("What time is it in Tokyo?", "now"),
        ("What time is it in Tokyo when it is 2028-04-13T22:15 in London?", "convert"),
        ("Ada here. What time is it in Tokyo? I want to ring my mum.", "now"),
    ],
)
def test_what_is_so_now_is_no_answer_to_what_is_asked_of_another_time(tmp_path: Path, question: str, tool: str) -> None:
    shelf = [one for one in own_servers(tmp_path) if one.tool.server == "clock"]
    assert [name for _, name in calls(plan(question, shelf))] == [tool]


@pytest.mark.requirement("tura.probing.mere-name")
@pytest.mark.parametrize("question", ["What weekday was that day?", "那天是星期几？"])
def test_that_day_is_not_today_where_nobody_said_which(tmp_path: Path, question: str) -> None:
    assert not calls(plan(question, [one for one in own_servers(tmp_path) if one.tool.server == "clock"]))


@pytest.mark.requirement("tura.probing.thing")
def test_on_which_weekdays_something_is_so_is_asked_as_it_is(tmp_path: Path) -> None:
    told = plan("茶座星期几休息？", own_servers(tmp_path))
    assert [task.arguments for task in told.plan.tasks] == [{"question": "茶座星期几休息？"}]
    assert calls(told) == [("documents", "answer")]


class Asks:
    """A way to servers, the first of which never answers; it counts."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def list_tools(self, server: str, *, deadline_s: float | None = None) -> list[ToolDefinition]:
        raise AssertionError(f"{server} was asked for its tools: {deadline_s}")

    async def call(
        self, server: str, tool: str, arguments: object = None, *, deadline_s: float | None = None
    ) -> ToolResult:
        self.asked[server] += 1
        if server == "silent":
            await asyncio.Event().wait()
        if server == "broken":
            raise RunError(f"{tool} cannot be called with {arguments} in {deadline_s} s", code="server_unavailable")
        return ToolResult(server=server, tool=tool, text="No results found.")


@pytest.mark.requirement("tura.probing.untried")
async def test_one_that_stays_silent_is_waited_for_once_and_one_that_is_broken_has_no_answer() -> None:
    schema = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
    tools = [
        ToolDefinition(server=name, name="ask", read_only=True, open_world=False, input_schema=schema)
        for name in ("silent", "broken", "quick")
    ]
    way = Asks()
    probes = Probes(way, asyncio.get_running_loop(), seconds=0.4)
    first = await asyncio.to_thread(probes.of, tools, NEED)
    assert set(first) == {"broken/ask", "quick/ask"}
    assert not any(one.answers for one in first.values())
    assert set(await asyncio.to_thread(probes.of, tools, "Who keeps the Otter?")) <= {"broken/ask", "quick/ask"}
    assert way.asked["silent"] == 1


@pytest.mark.requirement("tura.probing.scale")
def test_a_chinese_question_word_is_nothing_that_a_source_can_place() -> None:
    refusal = {"refused": "not_understood: these words have no meaning here", "words": ["豆浆"]}
    assert weighed(refusal, "豆浆多少钱？").known == 0.0
    told = {"answer": "豆浆一杯3元。", "confidence": 0.9}
    assert weighed(told, "豆浆多少钱？").known == 1.0
