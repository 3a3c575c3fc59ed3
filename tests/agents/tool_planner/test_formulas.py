"""Formulas of amounts: what multiplies, what is taken from what, what a sum is of; and texts that are only long."""

from __future__ import annotations

import time

import pytest

from questline.agents.composer.fitting import reckoned
from questline.agents.composer.phrases import Phrase
from questline.agents.composer.wording import statements
from questline.agents.intents import split
from questline.agents.tool_executor.asked import asked_of
from questline.agents.tool_planner.frames import frames
from questline.agents.tool_planner.operands import Frame
from questline.agents.tool_planner.pieces import asking, bare, folded

from .shelf import plan, shop


def formula(frame: Frame) -> str:
    return "".join(piece if isinstance(piece, str) else f"<{piece.ask or 'that'}>" for piece in frame.pieces)


def ways(text: str) -> list[str]:
    return [formula(frame) for frame in frames(text) if frame.told and not frame.whole]


@pytest.mark.requirement("tura.amounts.each")
@pytest.mark.parametrize(
    "question",
    [
        "What do 3 tickets cost each?",
        "What do 3 tickets cost apiece?",
        "What does the tour cost per person for 6 adults?",
        "What does a bed for 3 nights cost per night?",
    ],
)
def test_what_is_asked_for_one_is_not_multiplied(question: str) -> None:
    assert [frame for frame in frames(question) if frame.amount] == []


@pytest.mark.requirement("tura.amounts.each")
def test_other_numbers_than_those_that_each_is_said_of_multiply() -> None:
    assert ways("What do 3 rooms cost per night?") == ["3 * <How much does one room cost per night?>"]
    assert ways("What did 3 nights in the barn cost in 2021?") == [
        "3 * <How much did one night in the barn cost in 2021?>"
    ]


@pytest.mark.requirement("tura.amounts.each")
@pytest.mark.parametrize(
    "question",
    [
        "What do 2 tickets cost including the booking fee?",
        "What do 2 tickets cost after the discount?",
        "What would a roll and 2 spoons cost without the deposit?",
    ],
)
def test_what_is_altered_is_to_be_worked_out_and_cannot_be(question: str) -> None:
    assert ways(question) == []
    assert reckoned(asked_of(question)) is not None


@pytest.mark.requirement("tura.amounts.recipes")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (
            "How much flour do I need for 3 loaves in a/bread.txt?",
            "<How much flour does a/bread.txt ask for?> * 3 / <For how many loaves is a/bread.txt?>",
        ),
        (
            "According to a/bread.txt, how much flour for one loaf?",
            "<How much flour does a/bread.txt ask for?> * 1 / <For how many loaves is a/bread.txt?>",
        ),
        (
            "How much flour do I need for 3 loaves according to the recipe?",
            "<How much flour does the recipe ask for?> * 3 / <For how many loaves is the recipe?>",
        ),
        (
            "I need 60 rolls. How much butter is that, going by a/rolls.txt?",
            "<How much butter does a/rolls.txt ask for?> * 60 / <For how many rolls is a/rolls.txt?>",
        ),
        (
            "75 people are coming, one glass each. How many litres of cider go into the punch in bar/punch.txt?",
            "<How much cider does bar/punch.txt ask for?> * 75 / <For how many glasses is bar/punch.txt?>",
        ),
        (
            "How many eggs for 12 guests, going by a/cake.txt?",
            "<How many eggs does a/cake.txt ask for?> * 12 / <For how many guests is a/cake.txt?>",
        ),
    ],
)
def test_a_recipe_is_scaled_wherever_it_is_named(question: str, wanted: str) -> None:
    assert ways(question)[0] == wanted


@pytest.mark.requirement("tura.amounts.signs")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (
            "How much lighter is the Gull than the Tern?",
            "<What is the weight of the Tern?> - <What is the weight of the Gull?>",
        ),
        (
            "How much dearer is the Gull than the Tern?",
            "<What is the price of the Gull?> - <What is the price of the Tern?>",
        ),
        (
            "How many fewer seats does the Gull have than the Tern?",
            "<How many seats does the Tern have?> - <How many seats does the Gull have?>",
        ),
        ("How much younger is Ada than Ben?", "how many years from <When was Ben born?> until <When was Ada born?>"),
        (
            "How many days later is the fair than the race?",
            "how many days from <What is the date of the race?> until <What is the date of the fair?>",
        ),
        (
            "How long until the regatta from 1 March 2027?",
            "how many days from 1 March 2027 until <When was the regatta?>",
        ),
        (
            "Counting from 1 March 2027, how many weeks until the regatta?",
            "how many weeks from 1 March 2027 until <When was the regatta?>",
        ),
        ("How long until 4 May 2028 from 5 March 2028?", "how many days from 5 March 2028 until 4 May 2028"),
        (
            "on 5 March 2028 how long is it still until 4 May 2028, our big night? In days please.",
            "how many days from 5 March 2028 until 4 May 2028",
        ),
        (
            "How long ago will the last service in a/pump.json be on 1 May 2028, in days?",
            "how many days from <When was the last service in a/pump.json?> until 1 May 2028",
        ),
    ],
)
def test_the_larger_and_the_later_stand_where_the_comparative_puts_them(question: str, wanted: str) -> None:
    assert ways(question)[0] == wanted


@pytest.mark.requirement("tura.amounts.sums")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (
            "What will one roll and two spoons come to?",
            "<How much does one roll cost?> + 2 * <How much does one spoon cost?>",
        ),
        (
            "2 nights in Elm plus 3 nights in Oak, what would I be paying altogether?",
            "2 * <How much does one night in Elm cost?> + 3 * <How much does one night in Oak cost?>",
        ),
        (
            "how much altogether for 3 swims in the pool and one course",
            "3 * <How much does one swim in the pool cost?> + <How much does one course cost?>",
        ),
        (
            "What do 2 tickets cost plus a programme?",
            "2 * <How much does one ticket cost?> + <How much does one programme cost?>",
        ),
        ("How much is 2 tickets plus 5 pounds postage?", "2 * <How much does one ticket cost?> + 5"),
        ("How heavy are the Gull and the Tern together?", "<How heavy is the Gull?> + <How heavy is the Tern?>"),
        (
            "How many seats do the Gull and the Tern have together?",
            "<How many seats does the Gull have?> + <How many seats does the Tern have?>",
        ),
        (
            "What is the total length of the Rhine and the Elbe?",
            "<What is the length of the Rhine?> + <What is the length of the Elbe?>",
        ),
        ("买三杯红酒和两杯苹果酒一共多少钱？", "3 * <红酒多少钱？> + 2 * <苹果酒多少钱？>"),
        ("how much a month is the yearly fee in a/rent.txt", "<How much is the yearly fee in a/rent.txt?> / 12"),
        ("How many pounds does the Gull weigh?", "<How much does the Gull weigh?> in pounds"),
    ],
)
def test_a_sum_is_of_what_is_asked_for(question: str, wanted: str) -> None:
    assert ways(question)[0] == wanted


@pytest.mark.requirement("tura.amounts.sums")
@pytest.mark.parametrize("question", ["Are Ada and Ben going together?", "Who sang together with Ada and Ben in Rome?"])
def test_together_asks_for_no_price(question: str) -> None:
    assert [frame for frame in frames(question) if frame.amount] == []


@pytest.mark.requirement("tura.amounts.sums")
def test_a_sum_over_what_is_no_thing_is_to_be_worked_out_and_cannot_be() -> None:
    question = "How many members did we have in 2019 and 2020 together?"
    assert ways(question) == []
    assert reckoned(asked_of(question)) is not None


LONG = {
    "blanks": "What {} do 3 rolls cost",
    "letters": "What does {} cost for 3 days",
    "ands": "How much are {} together",
    "commas": "how much {} for 3 rolls",
}
FILLING = {"blanks": " ", "letters": "a", "ands": "and ", "commas": ","}


@pytest.mark.requirement("tura.amounts.long")
@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("length", [500, 19_000])
def test_a_text_that_is_only_long_is_read_at_once(kind: str, length: int) -> None:
    filling = FILLING[kind] * (length // len(FILLING[kind]))
    began = time.monotonic()
    for text in (LONG[kind].format(filling), filling + "x?", "Thanks" + filling + "x"):
        bare(text)
        asking(text)
        list(frames(text))
        reckoned(asked_of(text))
        list(statements(text, Phrase(text="3", kind="number")))
    assert time.monotonic() - began < 5


@pytest.mark.requirement("tura.amounts.long")
@pytest.mark.parametrize("kind", LONG)
def test_a_question_that_is_only_long_is_planned_for_in_time(kind: str) -> None:
    question = LONG[kind].format(FILLING[kind] * (19_000 // len(FILLING[kind])))
    began = time.monotonic()
    plan(question, shop(), split(question))
    assert time.monotonic() - began < 5


@pytest.mark.requirement("tura.amounts.long")
def test_white_space_is_folded_once_and_lines_stay() -> None:
    assert folded("a  b\t c \n\n d") == "a b c\nd"
    assert bare("How   tall\t is it,  please") == "How tall is it"
    told = "The mill was full of people. " * 40
    assert ways(f"{told}What do 3 rolls cost?") == ["3 * <How much does one roll cost?>"]
