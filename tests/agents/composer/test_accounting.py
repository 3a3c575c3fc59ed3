"""Each word that tells a thing from others is accounted for by what is told: a swimming bath and its regatta."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.composer.accounting import accounted
from questline.agents.composer.conditions import altered
from questline.agents.composer.contract import Missing
from questline.agents.composer.ground import ground_of, without_source
from questline.agents.composer.holding import held_of_text
from questline.agents.composer.periods import years_of
from questline.agents.composer.rates import field_lacking, rates_of
from questline.agents.tool_executor.asked import asked_of
from questline.types import Evidence

from .conftest import composed, found, table

pytestmark = pytest.mark.requirement("tura.probing.accounted")
BATH = (
    "The bath was opened by Ida Holt in 1931. Since 2016 it has been led by Omar Reed. Adults pay 6 pounds a visit,"
    " children 3. A course has eight lessons and costs 96 pounds. The bath is open from April to September."
)
TOWELS = (
    "If you bring a towel back within 2 days, you pay 4 pounds. If you bring it back later, you pay 9 pounds."
    " Before the first swim a test is taken."
)
REGATTA = "The regatta had 1,800 rowers in 2023. Its first winner was Lena Voss. The Heron is the fastest boat."


@pytest.mark.parametrize(
    ("question", "text", "source", "wanted"),
    [
        # years
        ("How many rowers did the regatta have in 2022?", "The regatta had 1,800 rowers in 2023.", REGATTA, "other"),
        ("How many rowers did the regatta have in 2023?", "The regatta had 1,800 rowers in 2023.", REGATTA, "fits"),
        ("How many people rowed in the 2021 regatta?", "The regatta had 1,800 rowers in 2023.", REGATTA, "other"),
        ("Who led the bath in 2019?", "Since 2016 it has been led by Omar Reed.", BATH, "fits"),
        ("Who led the bath in 2011?", "Since 2016 it has been led by Omar Reed.", BATH, "other"),
        ("Who led the bath before 2016?", "Since 2016 it has been led by Omar Reed.", BATH, "other"),
        ("Who has led the bath since 2016?", "Since 2016 it has been led by Omar Reed.", BATH, "fits"),
        ("What did adults pay in 1990?", "Adults pay 6 pounds a visit, children 3.", BATH, "near"),
        ("2022年有多少选手？", "2023年有1800名选手。", "", "other"),
        ("2023年有多少选手？", "2023年有1800名选手。", "", "fits"),
        # months and seasons
        ("When is the bath open in winter?", "The bath is open from April to September.", BATH, "near"),
        ("When is the bath open in summer?", "The bath is open from April to September.", BATH, "fits"),
        ("What are the hours in December?", "In May the hours are 9:00 to 18:00.", "", "other"),
        # rates, pieces, averages, differences, ages
        ("What does one lesson cost?", "A course has eight lessons and costs 96 pounds.", BATH, "near"),
        ("What does a course cost?", "A course has eight lessons and costs 96 pounds.", BATH, "fits"),
        ("What do adults pay a month?", "Adults pay 6 pounds a visit, children 3.", BATH, "near"),
        ("What do adults pay per visit?", "Adults pay 6 pounds a visit, children 3.", BATH, "fits"),
        ("What is the rent per year?", "The yearly rent is 900 pounds.", "", "fits"),
        ("What is the rent per week?", "The yearly rent is 900 pounds.", "", "near"),
        ("How many rowers were there on average in 2023?", "The regatta had 1,800 rowers in 2023.", REGATTA, "near"),
        ("How much more do adults pay than children?", "Adults pay 6 pounds a visit, children 3.", BATH, "near"),
        ("How old is the bath?", "The bath was opened by Ida Holt in 1931.", BATH, "near"),
        ("How old is the trainer?", "The trainer is 41.", "", "fits"),
        ("How tall is the tower in feet?", "The tower is 20 metres tall and stands since 1931.", "", "near"),
        # conditions
        ("What do I pay if I bring a towel back after 6 days?", TOWELS.split(". ", maxsplit=1)[0], TOWELS, "near"),
        ("What do I pay if I bring a towel back after 30 hours?", TOWELS.split(". ", maxsplit=1)[0], TOWELS, "fits"),
        ("What do I pay for a towel?", TOWELS.split(". ", maxsplit=1)[0], TOWELS, "near"),
        ("I pay with a 20 pound note. What do I get back for a towel?", "A towel costs 4 pounds.", TOWELS, "near"),
        ("What discount does a party of 14 get?", "Parties of 12 or more get 10 percent off.", "", "fits"),
        ("What discount does a party of 9 get?", "Parties of 12 or more get 10 percent off.", "", "near"),
        # the first, the fastest, what is not
        ("Who is the winner of the regatta?", "Its first winner was Lena Voss.", REGATTA, "other"),
        ("Who was the first winner of the regatta?", "Its first winner was Lena Voss.", REGATTA, "fits"),
        ("Who steers the slowest boat?", "The boat is steered by Lena Voss.", "", "near"),
        ("Which boat is the fastest?", "The Heron is the fastest boat.", REGATTA, "fits"),
        ("Which boats have no cox?", "The Heron has a cox.", "", "near"),
        ("Which boats have no cox?", "The Heron is without a cox.", "", "fits"),
        # nouns
        ("What does a walrus cost a day?", "Seals cost 5 pounds a day.", "", "other"),
        ("What does a seal cost a day?", "Seals cost 5 pounds a day.", "", "fits"),
        ("What does a bike cost?", "A bicycle costs 8 pounds.", "", "fits"),
        ("Who teaches the children?", "The kids are taught by Omar Reed.", "", "fits"),
        ("What does a locker cost?", "A towel costs 4 pounds.", "", "other"),
        ("Why does the bath have to close in the cold?", "It is shut because the pipes freeze.", BATH, "fits"),
        ("Is the bath open in 2030?", "The bath is open from April to September.", BATH, "fits"),
    ],
)
def test_what_a_question_says_is_held_against_what_is_told(question: str, text: str, source: str, wanted: str) -> None:
    sources = [Evidence(id="a", text=source or text, title="The bath", source="bath.md")]
    assert held_of_text(asked_of(question), question, text, sources=sources)[0] == wanted


def test_the_words_that_are_not_accounted_for_are_named() -> None:
    source = [Evidence(id="a", text=BATH, title="The bath", source="bath.md")]
    for question, text, code, lacks in (
        ("What did adults pay in 1990?", "Adults pay 6 pounds a visit, children 3.", "another_thing", "1990"),
        ("What do adults pay a month?", "Adults pay 6 pounds a visit.", "not_worked_out", "told for one month"),
        ("How many lockers with a camera are there?", "There are 40 lockers.", "another_thing", "camera"),
    ):  # fmt: skip
        assert accounted(asked_of(question), question, text, source) == ("near", code, lacks)


def test_a_title_and_the_sentence_before_account_for_words() -> None:
    text = "In 2022 a new boathouse was built. It cost 90,000 pounds."
    ground = ground_of("It cost 90,000 pounds.", [Evidence(id="a", text=text, title="Regatta 2022", source="x.md")])
    assert "boathouse" in ground.near
    assert years_of(ground.near) == {2022}


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("How high is it in feet according to port/tides.txt?", "How high is it in feet?"),
        ("According to pool.json, what does a lane cost?", "what does a lane cost?"),
        ("What is the weekday of the test in notes.md?", "What is the weekday of the test?"),
        ("What does a lane cost?", "What does a lane cost?"),
    ],
)
def test_the_file_that_is_named_is_no_part_of_what_is_asked(question: str, plain: str) -> None:
    assert without_source(question) == plain


@pytest.mark.parametrize(
    ("question", "name", "wanted"),
    [
        ("What does a lane cost?", "price_per_hour_gbp", "told for one lane"),
        ("What does one lane cost?", "price_per_hour_gbp", "told for one lane"),
        ("What does an hour cost?", "price_per_hour_gbp", ""),
        ("How many swims does a filter last?", "litres_per_swim", "a number of swims"),
        ("How many litres does a swim take?", "litres_per_swim", ""),
        ("How many lanes are there?", "lanes", ""),
    ],
)
def test_a_field_s_name_says_for_what_its_value_is_told(question: str, name: str, wanted: str) -> None:
    assert field_lacking(question, name) == wanted


def test_a_discount_of_the_source_leaves_a_product_open() -> None:
    told = (
        "A lane costs 8 pounds. Groups of six or more get 10 percent off. From the fourth hour on it is 2 pounds less."
    )
    assert altered("What do tickets for 7 people cost?", told).startswith("Groups of six")
    assert altered("What do five hours cost?", told).startswith("From the fourth hour")
    assert altered("What do three hours cost?", told) == ""
    assert altered("What do tickets for 4 people cost?", told) == ""


async def test_a_column_of_another_thing_is_not_touched() -> None:
    question = "How many lanes does the bath have?"
    made = await composed(question, found(table(["lanes"], [8]), question))
    assert made.answered == (0,)


async def test_the_unit_of_a_column_is_said_once_beside_a_value() -> None:
    question = "Which is the heaviest boat?"
    made = await composed(question, found(table(["boat", "weight_kg"], ["Heron", 96]), question))
    assert "weight kg" not in made.text


def test_rates_are_read_in_both_languages() -> None:
    assert rates_of("48 euros a night, or a weekly 200") == {"night", "week"}
    assert rates_of("每天2镑，每人3镑") == {"天", "人"}


@given(question=st.text(max_size=80), text=st.text(max_size=80))
def test_no_text_breaks_the_accounting(question: str, text: str) -> None:
    fit, code, what = accounted(asked_of(question), question, text, [Evidence(id="a", text=text)])
    assert (fit == "fits") == (not code)
    assert fit == "fits" or what


async def test_what_a_tool_says_to_its_caller_is_not_told_to_the_asker() -> None:
    question = "How wide is the Heron?"
    lost = Missing(
        intent=0, text=question, code="not_found", server="bath/look_up",
        said="not_understood: these words have no meaning here: use names of columns",
    )  # fmt: skip
    made = await composed(question, missing=[lost])
    assert "columns" not in made.text
    assert "“How wide is the Heron?”" in made.text


async def test_a_file_that_was_found_first_is_held_to_the_question_as_any_other() -> None:
    question = "What is the weekday of the next test in office/notes.txt?"
    text = "Pool notes\nNext test: 2027-05-19\nOfficer in charge: Omar Reed"
    read: dict[str, object] = {"path": "office/notes.txt", "text": text, "start": 0, "end": len(text)}
    made = await composed(
        question,
        found(
            read, question, task="T2", tool="files/read_file", arguments={"path": "office/notes.txt"}, depends_on=["T1"]
        ),
    )
    assert made.answered == ()
    assert [each.code for each in made.missing] in (["another_kind"], ["not_found"])
