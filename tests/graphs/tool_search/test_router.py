"""Where a question goes: to the documents alone, to servers, to both, and to tools where the documents are silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from questline import Agent
from questline.budget import Budget, Meter, SoonerMeter
from questline.errors import UsageError
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.pool import ServerPool
from questline.runtime import MAX_QUESTION_CHARS, MAX_TOOL_QUESTION_CHARS, Runtime
from questline.settings import Settings
from questline.types import Answer, Event, Passage, Usage

from .shop import Shop


class Library:
    """Holds notes, and counts how often it is asked."""

    def __init__(self) -> None:
        self.searches = 0
        texts = ("The lamp of Velmora was made by Ada Brandt in 1931.", "The harbour of Velmora has two cranes.")
        self.notes = [
            Passage(id=f"n{place}", document_id=f"n{place}", source=f"{place}.md", title="Velmora", text=text)
            for place, text in enumerate(texts)
        ]

    async def search(self, query: str, *, k: int, filters: object = None) -> Sequence[Passage]:
        """Return all notes."""
        self.searches += 1
        return self.notes[:k]


def runtime(tmp_path: Path, shop: Shop, library: Library) -> Runtime:
    made = Runtime.build(Settings(index=tmp_path / "index"), documents=library)
    made.servers = ServerPool(Configuration.of(shop.stock()))
    return made


async def ask(made: Runtime, question: str, **options: object) -> Answer:
    return await made.answer(made.request(question, **options))  # pyright: ignore[reportArgumentType]  # because of **


@pytest.mark.requirement("tsg.route")
async def test_each_question_goes_where_its_answer_is(tmp_path: Path) -> None:
    shop, library = Shop(), Library()
    events: list[Event] = []
    async with runtime(tmp_path, shop, library) as made:
        documents = await ask(made, "Who made the lamp of Velmora?")
        assert documents.short == "Ada Brandt"
        assert documents.status == "complete"
        assert not shop.calls
        steps = [entry.step for entry in documents.ledger.entries if entry.step != "probe"]
        assert steps[:3] == ["intents", "find", "tool_planner"]
        assert documents.plan.tasks[0].arguments["workflow"]

        tools = await ask(made, "What is the weather in Oslo?")
        assert "12" in tools.text
        assert not {"R", "AG"} & {entry.step for entry in tools.ledger.entries}
        assert shop.calls == {"stock/weather Oslo": 1}

        question = "Who made the lamp of Velmora, and what is the weather in Lima?"
        both = await ask(made, question, emit=events.append)
        assert both.status == "complete"
        assert "Brandt" in both.text
        assert "23" in both.text
        assert {each.kind for each in both.evidence} == {"tool", "passage"} or len(both.evidence) > 1
        assert {"R", "task", "composer"} <= {entry.step for entry in both.ledger.entries}
    kinds = {(event.kind, event.step) for event in events}
    assert {("step_started", "task"), ("step_finished", "task"), ("plan", "tool_planner")} <= kinds


@pytest.mark.requirement("tsg.route")
async def test_a_run_id_works_on_every_way(tmp_path: Path) -> None:
    shop, library = Shop(), Library()
    async with runtime(tmp_path, shop, library) as made:
        for number, question in enumerate(("Who made the lamp of Velmora?", "What is the weather in Oslo?")):
            first = await ask(made, question, run_id=f"r{number}")
            calls, searches = dict(shop.calls), library.searches
            again = await ask(made, question, run_id=f"r{number}")
            assert replace(again, ledger=first.ledger) == first
            assert (dict(shop.calls), library.searches) == (calls, searches)
            with pytest.raises(UsageError) as caught:
                await ask(made, "Another question?", run_id=f"r{number}")
            assert caught.value.code == "bad_argument"


@pytest.mark.requirement("tsg.route")
async def test_where_the_documents_are_silent_the_tools_are_asked(tmp_path: Path) -> None:
    class Silent(Library):
        async def search(self, query: str, *, k: int, filters: object = None) -> Sequence[Passage]:
            self.searches += 1
            return []

    shop, library = Shop(), Silent()
    async with runtime(tmp_path, shop, library) as made:
        answer = await ask(made, "What is the weather in Oslo, and who made the lamp of Velmora?")
        assert answer.status == "partial"
        assert "12" in answer.text
        assert [part.code for part in answer.missing] == ["not_found"]


@pytest.mark.requirement("tsg.long")
async def test_a_long_question_is_read_with_servers_and_a_longer_one_refused(tmp_path: Path) -> None:
    shop = Shop()
    async with runtime(tmp_path, shop, Library()) as made:
        long = f"What is the weather in Oslo? {'Please be quick. ' * 1_150}"
        assert MAX_QUESTION_CHARS < len(long.strip()) <= MAX_TOOL_QUESTION_CHARS
        answer = await ask(made, long)
        assert answer.status in ("complete", "partial")
        with pytest.raises(UsageError) as caught:
            await ask(made, "x" * (MAX_TOOL_QUESTION_CHARS + 1))
        assert caught.value.code == "question_too_long"
        made.servers = None
        with pytest.raises(UsageError) as caught:
            await ask(made, "x" * (MAX_QUESTION_CHARS + 1))
        assert caught.value.code == "question_too_long"


@pytest.mark.requirement("tsg.agent")
def test_an_agent_keeps_servers_open_between_questions_of_its_thread(tmp_path: Path) -> None:
    import json

    from questline.testing import FlakyServer

    with FlakyServer() as server:
        (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"flaky": server.entry}}), "utf-8")
        with Agent(servers=tmp_path / "mcp.json", index=tmp_path / "index") as agent:
            for text in ("Owl", "Eel"):
                answer = agent.ask(f'Echo the text "{text}" for me.', deadline_s=60)
                assert answer.status == "complete"
                assert text in answer.text
        assert len({event.pid for event in server.events}) == 1
        assert not server.running

        async def twice() -> None:
            async with Agent(servers=tmp_path / "mcp.json", index=tmp_path / "index") as agent:
                for text in ("Owl", "Eel"):
                    answer = await agent.aask(f'Echo the text "{text}" for me.', deadline_s=60)
                    assert answer.status == "complete"

        asyncio.run(twice())
        assert len({event.pid for event in server.events}) == 2
        assert not server.running


@pytest.mark.requirement("tsg.part-budget")
def test_a_part_of_a_question_spends_the_whole_s_budget_and_ends_sooner() -> None:
    whole = Meter(budget=Budget(seconds=100, calls=3, tokens=1000))
    part = SoonerMeter(whole, by_s=40, within=Budget(calls=2))
    assert part.seconds_left is not None
    assert 50 < part.seconds_left <= 60
    part.charge(Usage(calls=1, tokens_in=10))
    with part.reserve(100, 100) as reservation:
        assert part.exhausted() == "calls"
        reservation.settle(Usage(calls=1, tokens_in=90, tokens_out=20))
    assert whole.spent == part.spent == Usage(calls=2, tokens_in=100, tokens_out=20)
    assert whole.exhausted() is None


@pytest.mark.requirement("tsg.suggest")
async def test_what_is_suggested_was_not_asked(tmp_path: Path) -> None:
    shop, library = Shop(), Library()
    question = "Who made the lamp of Velmora, and what is the weather in Lima?"
    async with runtime(tmp_path, shop, library) as made:
        answer = await ask(made, question)
    asked = {"who made the lamp of velmora", "what is the weather in lima", question.lower().rstrip("?")}
    assert not asked & {each.lower().rstrip("?") for each in answer.suggestions}
