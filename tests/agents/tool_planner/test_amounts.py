"""Amounts that are worked out: the formula of a question, and what its gaps ask."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.counted import counts_in, single
from questline.agents.tool_planner.extraction import extract, unit_in
from questline.agents.tool_planner.frames import frames
from questline.agents.tool_planner.needs import unmet
from questline.agents.tool_planner.operands import Frame
from questline.types import Task

PRICES = {
    "answer": "A bowl of soup costs 4.20 pounds, a roll 0.90 pounds and a silver spoon 12 pounds.",
    "short": "4.20",
}


def formula(frame: Frame) -> str:
    return "".join(piece if isinstance(piece, str) else f"<{piece.ask or 'that'}>" for piece in frame.pieces)


def ways(text: str, **more: str) -> list[str]:
    return [formula(frame) for frame in frames(text, **more) if not frame.whole]


@pytest.mark.requirement("tura.chain.amounts")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("What do seven rolls cost?", "7 * <How much does one roll cost?>"),
        ("what would hiring the skiff for 3 days cost me", "3 * <How much does hiring the skiff for one day cost?>"),
        ("How much is a bed for five adults?", "5 * <How much does a bed for one adult cost?>"),
        (
            "I'm a student. What do 2 bowls of soup cost?",
            "2 * <How much does one bowl of soup cost?> * (100 - <What discount do students get, in percent?>) / 100",
        ),
        (
            "What would a roll and 2 spoons cost together?",
            "<How much does one roll cost?> + 2 * <How much does one spoon cost?>",
        ),
        (
            "By how much is the Gull cheaper than the Tern?",
            "<What is the price of the Tern?> - <What is the price of the Gull?>",
        ),
        (
            "How many more seats does the Gull have than the Tern?",
            "<How many seats does the Gull have?> - <How many seats does the Tern have?>",
        ),
        (
            "How many pages does Mara Finch read per day?",
            "<How many pages does Mara Finch read?> / <How many days is Mara Finch?>",
        ),
        ("How much is one of the three parts of the rent in a/rent.txt?", "<How much is the rent in a/rent.txt?> / 3"),
        ("What is twice the fee for the Gull?", "2 * <How much is the fee for the Gull?>"),
        ("What do 3 cups of tea cost?", "3 * <How much does one cup of tea cost?>"),
        ("How long is Mill Road in miles?", "<How long is Mill Road?> in miles"),
        (
            "Take a/soup.txt: how much salt for 30 guests?",
            "<How much salt does a/soup.txt ask for?> * 30 / <For how many guests is a/soup.txt?>",
        ),
        ("三个面包多少钱？", "3 * <面包每个多少钱？>"),
        ("买四碗一共多少钱", "4 * <that>"),
        ("海鸥号和燕鸥号一共有多少个座位？", "<海鸥号有多少个座位？> + <燕鸥号有多少个座位？>"),
        ("海鸥号比燕鸥号贵多少钱？", "<海鸥号多少钱？> - <燕鸥号多少钱？>"),
        ("大杯比小杯便宜多少元？", "<小杯多少钱？> - <大杯多少钱？>"),
        ("海鸥号有多少磅重？", "<海鸥号有多重？> in 磅"),
        (
            "If I order from Tern Ltd on 2027-03-01, what date will it be here?",
            "which date is <How many days does Tern Ltd take?> days after 2027-03-01",
        ),
        (
            "days between the last check in a/pump.json and 20 May 2027",
            "how many days from <When was the last check in a/pump.json?> until 20 May 2027",
        ),
        (
            "How long did order 7 take from planting to delivery, in days?",
            "how many days from <When was order 7 planted?> until <When was order 7 delivered?>",
        ),
    ],
)  # fmt: skip
def test_a_wish_for_an_amount_becomes_a_formula_of_plain_questions(question: str, wanted: str) -> None:
    assert ways(question)[0] == wanted


@pytest.mark.requirement("tura.chain.amounts")
@pytest.mark.parametrize(
    "question",
    [
        "What does a bowl of soup cost?",
        "Who won the race in 2019?",
        "What does order 804 cost?",
        "How many seats does the Gull have?",
        "160 C in fahrenheit",
        "海鸥号有多少个座位？",
        "面包多少钱？",
    ],
)
def test_a_question_that_a_source_answers_as_it_is_becomes_no_formula(question: str) -> None:
    assert [frame for frame in frames(question) if frame.amount] == []


@pytest.mark.requirement("tura.chain.amounts")
def test_a_unit_that_a_column_has_needs_no_conversion() -> None:
    assert ways("海鸥号有多少公斤重？", held="boats (boat, weight_kg)") == []


@pytest.mark.requirement("tura.chain.amounts")
def test_what_was_said_before_gives_number_and_rebate() -> None:
    assert ways("What does the tour cost?", opening="We are a group of 12 adults.") == [
        "12 * <How much does the tour cost for one adult?> * (100 - <What discount do groups get, in percent?>) / 100"
    ]


@pytest.mark.requirement("tura.chain.amounts")
@given(st.text(max_size=120))
def test_no_text_breaks_the_reading_of_amounts(text: str) -> None:
    for frame in frames(text):
        assert all(piece.ask or piece.back for piece in frame.operands)


@pytest.mark.requirement("tura.chain.amounts")
@given(
    count=st.integers(2, 9_999).filter(lambda number: not 1900 <= number <= 2100),
    noun=st.sampled_from(["rolls", "spoons", "boxes", "berries", "bowls of soup", "people", "Gull pins"]),
)
def test_a_count_is_found_again_with_its_noun(count: int, noun: str) -> None:
    (found,) = counts_in(f"What do {count} {noun} cost?")
    assert (found.value, found.noun, found.rate) == (count, noun, False)
    assert not re.search(r"\b(?:rolls|spoons|boxes|berries|bowls|people)\b", single(noun))


@pytest.mark.requirement("tura.chain.items")
@pytest.mark.parametrize(
    ("of", "wanted"), [("roll", 0.9), ("bowl of soup", 4.2), ("silver spoon", 12), ("bowl of soup at Mara's", 4.2)]
)
def test_of_several_prices_the_things_own_is_read(of: str, wanted: float) -> None:
    assert extract(PRICES, "number", f"How much does one {of} cost?", of=of) == wanted


@pytest.mark.requirement("tura.chain.items")
def test_a_text_that_does_not_name_the_thing_gives_no_value() -> None:
    with pytest.raises(ValueError, match="boat hook"):
        extract(PRICES, "number", "How much does one boat hook cost?", of="boat hook")


@pytest.mark.requirement("tura.chain.items")
def test_of_a_row_the_column_that_is_asked_for_is_read() -> None:
    row = {"columns": ["bottles", "price", "product"], "rows": [[420, 6.4, "Gull Ale"]]}
    assert extract(row, "number", "How much does one bottle of Gull Ale cost?", of="bottle of Gull Ale") == 6.4
    with pytest.raises(ValueError, match="no column"):
        extract({"columns": ["bottles"], "rows": [[420]]}, "number", "How much does one bottle cost?", of="bottle")


@pytest.mark.requirement("tura.chain.items")
def test_a_name_tells_the_unit_of_its_value() -> None:
    row = {"columns": ["weight_kg", "boat"], "rows": [[86.5, "Gull"]]}
    assert extract(row, "quantity", "Gull in pounds?", of="Gull") == "86.5 kg"
    file = {"path": "a/pump.json", "text": '{"maker": "Tern", "weight_kg": 86}', "start": 0, "end": 34}
    assert extract(file, "quantity", "What does the pump weigh in pounds?") == "86 kg"
    assert [unit_in(name) for name in ("weight_kg", "hours_a_week", "kg", "boat")] == ["kg", "", "", ""]


@pytest.mark.requirement("tura.chain.items")
def test_a_share_is_read_as_percent_alone() -> None:
    text = {"answer": "The 412 friends get 15 percent off.", "short": "412"}
    assert extract(text, "number", "What discount do friends get, in percent?", of="friend") == 15
    with pytest.raises(ValueError, match="friend"):
        extract({"answer": "The 412 friends meet at 9."}, "number", "What discount, in percent?", of="friend")


@pytest.mark.requirement("tura.chain.needs")
def test_a_result_without_the_value_that_a_later_step_reads_is_unmet() -> None:
    reading = {"$read": {"$ref": "T1.result"}, "as": "number", "ask": "How much does one roll cost?", "of": "roll"}
    tasks = [Task(id="T2", intent="", arguments={"expression": {"$template": ["3 * ", reading]}}, depends_on=("T1",))]
    assert unmet("T1", PRICES, tasks) == ""
    assert "no number of 'roll'" in unmet("T1", {"answer": "The bakery opens at 7."}, tasks)
    assert unmet("T9", {"answer": ""}, tasks) == ""


@pytest.mark.requirement("tura.amounts.named")
@pytest.mark.parametrize(
    ("text", "of", "ask", "wanted"),
    [
        ("Ponies may graze here for 9 pounds a day, goats for 4 pounds a day.", "grazing a goat", "grazing a goat", 4),
        ("Ponies may graze here for 9 pounds a day, goats for 4 pounds a day.", "grazing a pony", "grazing a pony", 9),
        ("Washing a car costs 12 pounds, a van 18 and a lorry 40.", "washing a van", "washing a van", 18),
        ("Bronze membership costs 24 pounds, silver 42 and gold 68.", "gold membership", "gold membership", 68),
        ("Bronze membership costs 24 pounds, silver 42 and gold 68.", "bronze membership", "bronze membership", 24),
    ],
)
def test_a_price_that_is_told_of_another_thing_never_comes_first(text: str, of: str, ask: str, wanted: int) -> None:
    assert extract({"answer": text}, "number", f"How much does {ask} cost?", of=of) == wanted


@pytest.mark.requirement("tura.amounts.units")
@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("distance_nm", "nmi"), ("leg_nm", "nmi"), ("wavelength_nm", "nm"), ("value_nm", ""), ("price_min", ""),
        ("delay_min", "min"), ("width_m", "m"), ("weight_kg", "kg"), ("temperature_c", ""), ("hours_a_week", ""),
    ],
)  # fmt: skip
def test_the_unit_at_the_end_of_a_name_fits_its_thing_or_is_refused(name: str, unit: str) -> None:
    assert unit_in(name) == unit


@pytest.mark.requirement("tura.chain.amounts")
@pytest.mark.parametrize(
    "question", ["I do two washes and one drying, what do I pay?", "What do 3 nights cost with breakfast?"]
)
def test_of_a_sum_with_a_thing_that_was_passed_over_no_operand_is_named(question: str) -> None:
    assert all(not piece.of for frame in frames(question) for piece in frame.pieces if not isinstance(piece, str))
