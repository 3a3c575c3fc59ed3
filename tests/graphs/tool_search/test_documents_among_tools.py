"""A question of which the documents answer one part and tools the other loses nothing of what either said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.graphs.tool_search.assembly import Searching
from questline.testing.kill_case import FixedPlanner
from questline.types import Answer, AnswerStatus, AnswerWarning, Citation, Evidence, Task

from .shop import Notes, Shop, answer_of, task

QUESTION = "Who made the lamp? What is the price of the rug?"
ASKED = Task(id="T1", intent="Who made the lamp?", server="documents", arguments={"question": "Who made the lamp?"})
TOLD = "Ada Brandt made it."
WARNED = AnswerWarning(code="conflicting_values", message="Two: places say 1931 and 1932.")


@pytest.fixture
def shop() -> Shop:
    return Shop()


class EachItsOwn(FixedPlanner):
    """The first task is for the first need, the second for the second."""

    async def plan(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
    ) -> Planned:
        planned = await super().plan(question, intents, candidates, **options)
        assert len(intents.items) == 2
        return replace(planned, serves={"T1": (0,), "T2": (1,)})


PLANNER = EachItsOwn([ASKED, task("T2", "price", "rug")])


def documents(shop: Shop, status: AnswerStatus, text: str = TOLD) -> Searching:
    note = Notes().note

    async def answers(question: str, budget: str | None) -> Answer:
        del budget
        cited = (Citation(start=0, end=len(text), evidence_id=note.id),) if text == TOLD else ()
        evidence = (Evidence.of(note),) if cited else ()
        return Answer(
            question=question, text=text, status=status, citations=cited, evidence=evidence, warnings=(WARNED,)
        )

    return Searching(pool=shop.pool(), retriever=Notes(), answers=answers)


@pytest.mark.requirement("graphs2.documents-among-tools")
@pytest.mark.parametrize(
    ("status", "code"), [("complete", ""), ("partial", "open_part"), ("budget_exhausted", "budget_exhausted")]
)
async def test_what_the_documents_answer_in_part_is_open_and_what_they_warn_of_is_said(
    shop: Shop, status: AnswerStatus, code: str
) -> None:
    found = await shop.ask(QUESTION, PLANNER, documents=documents(shop, status))
    answer = answer_of(found)
    assert "Brandt" in answer.text
    assert "75" in answer.text
    assert (answer.status, [each.code for each in answer.missing]) == (
        "partial" if code else "complete",
        [code] if code else [],
    )
    assert [(each.code, each.message, each.step) for each in answer.warnings if each.step == "T1"] == [
        (WARNED.code, WARNED.message, "T1")
    ]


@pytest.mark.requirement("graphs2.documents-among-tools")
@pytest.mark.parametrize(
    ("status", "code"),
    [("abstained", "not_found"), ("needs_input", "not_found"), ("budget_exhausted", "budget_exceeded")],
)
async def test_documents_that_found_nothing_are_missing_with_why(shop: Shop, status: AnswerStatus, code: str) -> None:
    found = await shop.ask(QUESTION, PLANNER, documents=documents(shop, status, "Nothing."))
    answer = answer_of(found)
    assert (answer.status, [each.code for each in answer.missing]) == ("partial", [code])
    assert "75" in answer.text
