"""What was found, held against the kind of value that is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.composer.contract import Missing
from questline.agents.composer.fitting import fit_of, wanted_of
from questline.agents.composer.holding import held_of_text
from questline.agents.intents.values import Intent, Intents
from questline.agents.tool_executor.asked import asked_of
from questline.graphs.tool_search.kinds import kept_to_kind
from questline.types import Answer, Citation, Evidence

from .conftest import composed, found, table

pytestmark = pytest.mark.requirement("tura.chain.kinds")


def fit(question: str, text: str) -> str:
    return held_of_text(asked_of(question), question, text)[0]


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("How heavy is the bell?", "The bell weighs 900 kilograms.", "fits"),
        ("How heavy is the bell?", "The barrel holds 1,450 litres.", "other"),
        ("How long is Mill Road?", "Mill Road runs 6.4 kilometres.", "fits"),
        ("How long is Mill Road in miles?", "Mill Road runs 6.4 kilometres.", "near"),
        ("How long is Mill Road in miles?", "Mill Road is 4 miles long.", "fits"),
        ("What does a roll cost?", "A roll costs 0.90 pounds.", "fits"),
        ("What does a roll cost?", "A roll weighs 60 g.", "other"),
        ("What do three rolls cost?", "A roll costs 0.90 pounds.", "near"),
        ("What do three rolls cost?", "Three rolls cost 2.50 pounds.", "fits"),
        ("On what date did the mill open?", "The mill opened on 3 May 1908.", "fits"),
        ("On what date did the mill open?", "The mill grinds 40 sacks.", "other"),
        ("At what time does the mill open?", "It opens at 7:30.", "fits"),
        ("At what time does the mill open?", "It opens after the miller wakes.", "other"),
        ("On which weekday does the mill open?", "The mill opens on Mondays.", "fits"),
        ("On which weekday did the mill open?", "The mill opened on 3 May 1908.", "near"),
        ("What does a swim cost?", "Swimming is free for members.", "fits"),
        ("How long is a deposit kept?", "It is kept until the owner comes.", "fits"),
        ("How many sacks does the mill grind?", "It grinds forty sacks.", "fits"),
        ("How many people came?", "A ticket costs 12 pounds.", "other"),
        ("Who built the mill?", "The mill was built by Ada Finch.", "fits"),
        ("Why is the mill closed?", "It is closed because of the flood.", "fits"),
        ("磨坊几点开门？", "磨坊有43名工人。", "other"),
        ("磨坊几点开门？", "磨坊早上七点开门。", "fits"),
        ("磨坊是哪天开业的？", "磨坊在2018年开业。", "other"),
        ("磨坊是哪天开业的？", "磨坊在2018年3月11日开业。", "fits"),
        ("磨坊去年接待了多少位客人？", "一壶茶38克朗。", "other"),
        ("磨坊的电话号码是多少？", "面包每个9镑。", "other"),
        ("磨坊离车站多少英里？", "磨坊离车站1.2公里。", "near"),
        ("面包多少钱？", "面包每个2.5镑。", "fits"),
    ],
)
def test_a_sentence_is_held_against_the_kind_that_is_asked_for(question: str, text: str, wanted: str) -> None:
    assert fit(question, text) == wanted


@given(question=st.text(max_size=80), text=st.text(max_size=80))
def test_no_text_breaks_the_check(question: str, text: str) -> None:
    wanted = wanted_of(asked_of(question))
    assert fit_of(wanted, text) in ("fits", "near", "other")


async def test_a_price_of_one_is_told_as_partial_where_six_are_asked_for() -> None:
    passages = {"text": "A tour of the mill costs 9 pounds for each adult.", "id": "mill.md#1", "source": "mill.md"}
    question = "How much is a tour of the mill for six adults?"
    held = [Evidence(id="mill.md#1", text=passages["text"])]
    made = await composed(question, found([passages], question, passages=held))
    assert made.answered == ()
    assert [(each.code, each.intent) for each in made.missing] == [("not_worked_out", 0)]
    assert "9 pounds" in made.text
    assert "could not be worked out" in made.text
    assert made.short == ""


async def test_a_note_that_quotes_two_sentences_cites_no_call() -> None:
    question = "I am baking for 30 guests. How much flour do I need?"
    made = await composed(
        question, found([], question), intents=Intents(items=(Intent(text=question, start=0, end=52),))
    )
    assert [each.code for each in made.missing] == ["not_found"]
    assert made.citations == ()


async def test_hours_are_no_wage() -> None:
    question = "How much does Ada Finch earn in a week?"
    made = await composed(question, found(table(["hours_a_week"], [24]), question))
    assert [each.code for each in made.missing] == ["another_kind"]
    assert "24 week" not in made.text


async def test_a_unit_is_said_once() -> None:
    question = "145公里是多少英里？"
    result: dict[str, object] = {"exact": "1", "decimal": "90.0988", "rounded": False, "unit": "mi", "warnings": []}
    made = await composed(question, found(result, question, arguments={"expression": "145公里 in 英里"}))
    assert made.text == "145公里是90.0988英里。"


def answer(text: str) -> Answer:
    return Answer(
        question="q",
        text=text,
        short="x",
        status="complete",
        citations=(Citation(start=0, end=len(text), evidence_id="a"),),
        evidence=(Evidence(id="a", text=text),),
    )


def test_documents_that_hold_another_kind_abstain() -> None:
    told = kept_to_kind(answer("The barrel holds 1,450 litres."), "How heavy is the barrel?")
    assert (told.status, told.citations, told.short) == ("abstained", (), "")
    assert [part.code for part in told.missing] == ["another_kind"]


def test_documents_that_hold_another_unit_answer_in_part() -> None:
    whole = answer("Mill Road runs 6.4 kilometres.")
    told = kept_to_kind(whole, "How long is Mill Road in miles?")
    assert told.status == "partial"
    assert told.text.startswith(whole.text)
    assert told.citations == whole.citations
    assert [part.message for part in told.missing] == ["what was found is not an amount in miles"]


def test_what_fits_and_what_a_model_wrote_stay_as_they_are() -> None:
    whole = answer("Mill Road runs 6.4 kilometres.")
    assert kept_to_kind(whole, "How long is Mill Road?") is whole
    written = replace(whole, backend="llm")
    assert kept_to_kind(written, "How long is Mill Road in miles?") is written


@pytest.mark.requirement("tura.chain.again")
@pytest.mark.parametrize("question", ["How many seats has the Gull?", "海鸥号有几个座位？"])
async def test_a_failed_tools_own_words_are_quoted(question: str) -> None:
    lost = Missing(
        intent=0, text=question, code="tool_failed", server="harbour", said="these words\nare “unknown”: Gull."
    )
    made = await composed(question, missing=[lost])
    assert "“these words are ‘unknown’: Gull”" in made.text
