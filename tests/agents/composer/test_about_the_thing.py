"""What was found, held against the thing that is asked about: a little bakery, whose ovens must not be mixed up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.composer.holding import held_of_text
from questline.agents.tool_executor.asked import asked_of
from questline.agents.tool_planner.aboutness import about
from questline.agents.tool_planner.days import of_other_days, weekdays_in
from questline.graphs.tool_search.kinds import kept_to_kind
from questline.types import Answer, Citation, Evidence

from .conftest import composed, found

pytestmark = pytest.mark.requirement("tura.probing.thing")
OVENS = "The Stone oven is lit at 4:00 every morning. The Rack oven is cleaned by Tom Ashe."
HOURS = "The bakery is open from Monday to Friday, and closes at 17:30."


def fit(question: str, text: str, source: str = "", title: str = "") -> str:
    sources = [Evidence(id="a", text=source or text, title=title, source="bakery.md")]
    return held_of_text(asked_of(question), question, text, sources=sources)[0]


@pytest.mark.parametrize(
    ("question", "text", "source", "wanted"),
    [
        ("When is the Rack oven lit?", "The Stone oven is lit at 4:00 every morning.", OVENS, "other"),
        ("When is the Stone oven lit?", "The Stone oven is lit at 4:00 every morning.", OVENS, "fits"),
        ("Who cleans the Rack oven?", "The Rack oven is cleaned by Tom Ashe.", OVENS, "fits"),
        ("Who teaches the kitten class?", "Rosa Quill teaches the puppy class.", "", "other"),
        ("Who teaches the puppy class?", "Rosa Quill teaches the puppy class.", "", "fits"),
        ("Who is the treasurer of the guild?", "The secretary of the guild is Ada Moss.", "", "other"),
        ("Who is the guild's treasurer?", "The secretary of the guild is Ada Moss.", "", "other"),
        ("Who is the owner of the mill?", "The mill belongs to Ada Moss.", "", "fits"),
        ("Who built the lamp of Velmora?", "The lamp of Ulmen was built by Ada Moss.", "", "other"),
        ("How much does bread cost at Brandt's?", "A loaf of bread costs 3 pounds.", "", "near"),
        ("What is the weather like in Ulmen tomorrow?", "Ulmen has 412 inhabitants.", "", "other"),
        ("How much is a programme?", "A seat costs 7.50 pounds for each pupil.", "", "other"),
        (
            "How many cats are on the books?",
            "She paid with six eggs.",
            "The first cat came. She paid with six eggs.",
            "other",
        ),
        ("How many people fit in the hall?", "The hall has room for 120 people.", "", "fits"),
        ("How meny bottles of sparkling wine has the bar left?", "The bar opens an hour before the play.", "", "other"),
        ("When does the show start?", "The play starts at 19:30.", "", "fits"),
        ("How much does one pupil at your price cost?", "A seat costs 7.50 pounds for each pupil.", "", "fits"),
        ("How long is the Stone oven?", "The Stone oven holds 60 loaves.", "", "other"),
        ("What is the phone number of the bakery?", HOURS, "", "other"),
        ("What is the wage of bakers at the Ulmen market?", "Bakers at the Ulmen market earn 12 pounds.", "", "near"),
        ("What does the carpark cost?", "The car park costs 3.50 pounds for the evening.", "", "fits"),
        ("When does the bakery close on Sundays?", HOURS, "", "other"),
        ("When does the bakery close on Thursdays?", HOURS, "", "fits"),
        ("When does the bakery close?", "The bakery is closed on Mondays.", "", "near"),
        ("When does the bakery close?", "The bakery closes half an hour after the market.", "", "fits"),
        ("When is the bakery closed?", "The bakery is closed on Mondays.", "", "fits"),
        ("Are you open on Sundays?", HOURS, "", "fits"),
        ("What does a loaf cost in euros?", "A loaf costs £3.20.", "", "near"),
        ("What does a loaf cost in pounds?", "A loaf costs £3.20.", "", "fits"),
        ("茶座有多少个停车位？", "茶座在戏院对面，星期三休息。", "", "other"),
        ("Otter号有多少个座位？", "海鸥号有12个座位。", "", "other"),
        ("给猫打一次疫苗要多少钱？", "需要喂药的，每天加收2.50镑。", "", "other"),
        ("喂药一共要加收多少钱？", "需要喂药的，每天加收2.50镑。", "", "fits"),
        ("茶座星期三几点开门？", "茶座星期一至星期二11:00开门。", "", "other"),
    ],
)
def test_sentences_are_held_against_what_is_asked_about(question: str, text: str, source: str, wanted: str) -> None:
    assert fit(question, text, source) == wanted


def test_a_title_and_the_rest_of_the_passage_tell_what_a_sentence_is_about() -> None:
    question = "When was the Velmora lamp built?"
    assert fit(question, "It was built in 1931.", "The lamp stands in Velmora. It was built in 1931.") == "fits"
    assert fit(question, "It was built in 1931.", "It was built in 1931.", title="The Velmora lamp") == "fits"
    assert fit(question, "It was built in 1931.", "It was built in 1931.") == "near"


async def test_a_rival_s_sentence_is_no_answer() -> None:
    question = "When is the Rack oven lit?"
    passages = [{"text": "The Stone oven is lit at 4:00.", "id": "ovens.md#1", "source": "ovens.md"}]
    held = [Evidence(id="ovens.md#1", text="The Stone oven is lit at 4:00.", source="ovens.md")]
    made = await composed(question, found(passages, question, passages=held))
    assert made.answered == ()
    assert "4:00" not in made.text
    assert [each.code for each in made.missing] == ["not_found"]


@pytest.mark.parametrize(
    ("question", "columns", "row"),
    [
        ("Who made the costume?", ["code", "deposit"], ["C03", 150]),
        ("What does it cost to rent the gown?", ["code"], ["C08"]),
        ("When was the gown made?", ["maker"], ["Ada Moss"]),
    ],
)
async def test_a_value_of_another_kind_is_no_answer(question: str, columns: list[str], row: list[object]) -> None:
    made = await composed(question, found({"columns": columns, "rows": [row], "truncated": False}, question))
    assert made.answered == ()
    assert str(row[0]) not in made.text


async def test_prose_of_a_tool_that_has_nothing_to_do_with_the_question_is_no_answer() -> None:
    question = "Who built the lamp of Velmora?"
    made = await composed(question, found("Our team is always happy to help.", question))
    assert made.answered == ()
    made = await composed(question, found("It was built by Ada Moss in 1931.", question))
    assert made.answered == (0,)


def test_documents_that_speak_of_another_thing_abstain_or_say_what_they_lack() -> None:
    text = "The Stone oven is lit at 4:00."
    whole = Answer(
        question="q", text=text, short="4:00", status="complete",
        citations=(Citation(start=0, end=len(text), evidence_id="a"),), evidence=(Evidence(id="a", text=text),),
    )  # fmt: skip
    told = kept_to_kind(whole, "When is the Rack oven lit?")
    assert (told.status, told.citations) == ("abstained", ())
    plain = Evidence(id="a", text="The oven is lit at 4:00.")
    told = kept_to_kind(replace(whole, text=plain.text, evidence=(plain,)), "When does Brandt light the oven?")
    assert told.status == "partial"
    assert [(each.code, each.message) for each in told.missing] == [
        ("another_thing", "what was found does not speak of Brandt")
    ]
    assert "does not speak of Brandt" in told.text


def test_what_documents_do_not_hold_is_named_as_missing() -> None:
    told = kept_to_kind(
        Answer(question="q", text="No answer was found.", status="abstained"), "How much is a programme?"
    )
    assert [(each.code, each.question) for each in told.missing] == [("not_found", "How much is a programme?")]


@given(first=st.integers(0, 6), last=st.integers(0, 6))
def test_a_stretch_of_days_holds_its_ends_and_what_lies_between(first: int, last: int) -> None:
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    said = f"Open {names[first]} to {names[last]} from 9:00."
    held = {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    assert weekdays_in(said) == held
    for day in range(7):
        assert of_other_days(f"When does it open on {names[day]}?", said) == (day not in held)


@given(question=st.text(max_size=80), text=st.text(max_size=80))
def test_no_text_breaks_the_check(question: str, text: str) -> None:
    assert about(asked_of(question), text, [Evidence(id="a", text=text)])[0] in ("fits", "near", "other")
