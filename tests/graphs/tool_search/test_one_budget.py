"""One question has one budget: the tools' phase, the documents and the second try spend from it, resumed or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from questline.budget import Budget, Meter, SoonerMeter
from questline.graphs.adaptive_rag.compose import unfinished
from questline.graphs.search import routed
from questline.graphs.tool_search.answering import Searched
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.pool import ServerPool
from questline.runtime import Runtime
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.testing.replies import ChatRequest
from questline.types import Answer, AnswerWarning, Citation, Evidence, Ledger, LedgerEntry, Passage, Usage

from .shop import Shop

QUESTION = "Who made the lamp of Velmora?"
ANEW = "Who was the maker of the lamp of Velmora?"
NOTE = Passage(
    id="n0",
    document_id="n0",
    source="0.md",
    title="Velmora",
    text="The lamp of Velmora was made by Ada Brandt in 1931.",
)


class Library:
    """Holds notes; a search with the question written anew waits for `gate` where there is one."""

    def __init__(self, *notes: Passage) -> None:
        self.notes = notes
        self.begun = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def search(self, query: str, *, k: int, filters: object = None) -> Sequence[Passage]:
        """Return all notes."""
        if query == ANEW:
            self.begun.set()
            if self.gate is not None:
                await self.gate.wait()
        return self.notes[:k]


def model(request: ChatRequest) -> str:
    """Split nothing, write a question anew, and answer nothing else."""
    if request.text("system").startswith("You split a question"):
        return "[]"
    return ANEW


def runtime(tmp_path: Path, base_url: str, library: Library) -> Runtime:
    settings = Settings(index=tmp_path / "index", model="any", base_url=base_url)
    made = Runtime.build(settings, documents=library)
    made.servers = ServerPool(Configuration.of(Shop().stock()))
    return made


async def ask(made: Runtime, calls: int, **options: str) -> Answer:
    budget = Budget(seconds=60, calls=calls)
    return await made.answer(made.request(QUESTION, budget=budget, **options))  # pyright: ignore[reportArgumentType]  # because of **


@pytest.mark.requirement("tsg.one-budget")
async def test_the_documents_and_the_second_try_share_what_is_left(tmp_path: Path) -> None:
    with ScriptedLLM(model) as server:
        async with runtime(tmp_path, server.base_url, Library()) as made:
            answer = await ask(made, 3, workflow="QR,R,AG")
        assert len(server.requests) == 3
    assert answer.usage.calls == 3
    assert {"QR", "R"} <= {entry.step for entry in answer.ledger.entries}


@pytest.mark.requirement("tsg.one-budget")
async def test_documents_answer_in_the_time_that_is_left_when_no_call_is(tmp_path: Path) -> None:
    with ScriptedLLM(model) as server:
        async with runtime(tmp_path, server.base_url, Library(NOTE)) as made:
            answer = await ask(made, 1)
        assert len(server.requests) == 1
    assert "Brandt" in answer.text
    assert answer.usage.calls == 1


@pytest.mark.requirement("tsg.one-budget")
async def test_a_resumed_run_goes_on_with_what_every_phase_had_left(tmp_path: Path) -> None:
    library = Library()
    library.gate = asyncio.Event()
    with ScriptedLLM(model) as server:
        async with runtime(tmp_path, server.base_url, library) as made:
            cut_short = asyncio.create_task(ask(made, 2, workflow="QR,R,AG", run_id="r"))
            async with asyncio.timeout(60):
                await library.begun.wait()
            assert len(server.requests) == 2
            cut_short.cancel()
            await asyncio.gather(cut_short, return_exceptions=True)
            library.gate = None
            answer = await ask(made, 2, workflow="QR,R,AG", run_id="r")
            assert len(server.requests) == 2
            assert answer.usage.calls == 2
            again = await ask(made, 2, workflow="QR,R,AG", run_id="r")
        assert len(server.requests) == 2
    assert replace(again, ledger=answer.ledger) == answer


@pytest.mark.requirement("tsg.one-budget")
def test_a_part_s_ledger_holds_what_the_part_spent_and_not_the_whole() -> None:
    whole = Meter(budget=Budget(calls=9))
    whole.charge(Usage(calls=3, tokens_in=7))
    part = SoonerMeter(whole, by_s=0.0, own=Usage(calls=1))
    other = SoonerMeter(whole, by_s=0.0)
    part.charge(Usage(calls=1))
    with other.reserve(1, 1) as reservation:
        reservation.settle(Usage(calls=2))
    assert whole.spent == part.spent == Usage(calls=6, tokens_in=7)
    assert [entry.usage.calls for entry in unfinished((), part)] == [2]
    assert [entry.usage.calls for entry in unfinished((), other)] == [2]
    assert unfinished((LedgerEntry(step="QR", usage=Usage(calls=2)),), part) == ()


def _searched(step: str, *, text: str = "", cites: bool = False) -> Searched:
    entry = LedgerEntry(step=step, usage=Usage(calls=1, seconds=1.0))
    cited = (Citation(start=0, end=1, evidence_id="e"),) if cites else ()
    answer = Answer(
        question=QUESTION,
        text=text,
        citations=cited,
        evidence=(Evidence.of(NOTE),) if cites else (),
        ledger=Ledger(entries=(entry,), wall_s=3.0),
        warnings=(AnswerWarning(code=step, message=step),),
    )
    return Searched(
        answer=answer if text else None,
        question=QUESTION,
        entries=(entry,),
        warnings=(AnswerWarning(code=step, message=step),),
    )


@pytest.mark.requirement("tsg.two-tries")
@pytest.mark.parametrize("cites", [False, True])
async def test_what_both_tries_spent_and_warned_of_is_kept_whichever_answers(cites: bool) -> None:
    async def first() -> Searched:
        return _searched("first")

    async def documents(question: str) -> Answer:
        entry = LedgerEntry(step="documents", started_s=1.0, usage=Usage(calls=1, seconds=1.0))
        return Answer(
            question=question,
            text="Nothing.",
            status="abstained",
            ledger=Ledger(entries=(entry,), wall_s=2.0),
            warnings=(AnswerWarning(code="documents", message="documents"),),
        )

    async def again(question: str) -> Searched:
        return _searched("again", text="It was Ada.", cites=cites)

    answer = await routed(first, documents, again, QUESTION)
    assert answer.text == ("It was Ada." if cites else "Nothing.")
    assert [entry.step for entry in answer.ledger.entries] == ["first", "documents", "again"]
    assert answer.usage.calls == 3
    assert answer.ledger.wall_s == 3.0
    assert {warning.code for warning in answer.warnings} == {"first", "documents", "again"}
