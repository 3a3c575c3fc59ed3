"""Differences below nothing, amounts that are still to be scaled, and the wording of composed sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.composer.clauses import agreeing
from questline.agents.composer.holding import held_of_text
from questline.agents.composer.sentences import ended
from questline.agents.tool_executor.asked import asked_of

from .conftest import composed, found, said


def worked(value: int) -> dict[str, object]:
    return {"exact": str(value), "decimal": str(value), "rounded": False, "unit": "", "warnings": []}


@pytest.mark.requirement("tura.amounts.signs")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (
            "By how much is the Gull cheaper than the Tern?",
            "The Gull is not cheaper than the Tern: it is the other way round, by 2.",
        ),
        (
            "How many fewer seats does the Gull have than the Tern?",
            "Gull compared with Tern: not fewer, it is the other way round, by 2.",
        ),
        ("海鸥号比燕鸥号便宜多少钱？", "海鸥号并不比燕鸥号便宜，而是相反，相差2。"),
        (
            "How many days until the regatta from 1 March 2027?",
            "It is the other way round: the second day comes 2 days before the first.",
        ),
    ],
)
async def test_a_difference_below_nothing_is_told_as_the_other_way_round(question: str, wanted: str) -> None:
    made = await composed(question, found(worked(-2), question, tool="mathematics/calculate", depends_on=["T0"]))
    assert made.text == wanted
    assert "-2" not in made.short
    assert made.answered == (0,)


@pytest.mark.requirement("tura.amounts.signs")
async def test_a_number_below_nothing_that_is_no_difference_stays() -> None:
    question = "What is 3 - 5?"
    assert "-2" in (await composed(question, found(worked(-2), question, tool="mathematics/calculate"))).text


@pytest.mark.requirement("tura.amounts.recipes")
@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("How much flour do I need for 3 loaves according to the recipe?", "2 kg flour", "near"),
        ("How much flour do I need for one loaf in a/bread.txt?", "2 kg flour", "near"),
        ("I need 60 rolls. How much flour is that, going by a/rolls.txt?", "For 24 rolls: 2 kg flour.", "near"),
        ("I need 60 rolls. How much flour is that, going by a/rolls.txt?", "Bake for 60 minutes. 2 kg flour.", "near"),
        ("I need 60 rolls. How much flour is that, going by a/rolls.txt?", "Makes 60 small rolls: 2 kg flour.", "fits"),
        ("What do 3 tickets cost each?", "A ticket costs 9 pounds.", "fits"),
        ("What do they cost for four nights?", "A night costs 9 pounds.", "near"),
        ("What do 2 tickets cost including the fee?", "A ticket costs 9 pounds.", "near"),
        ("How many seats do the Gull and the Tern have together?", "The Gull has 40 seats.", "near"),
        ("How many seats do the Gull and the Tern have together?", "Together they have 65 seats.", "fits"),
    ],
)
def test_what_is_still_to_be_worked_out_is_no_answer(question: str, text: str, wanted: str) -> None:
    asked = asked_of(question.rpartition(". ")[2])
    assert held_of_text(asked, question, text)[0] == wanted


@pytest.mark.requirement("tura.amounts.wording")
async def test_a_sentence_ends_in_one_mark() -> None:
    text = await said("ask about the alarm", {"result": "Fry Locks Ltd."})
    assert text.count("Ltd.") == 1
    assert "Ltd.." not in text


@pytest.mark.requirement("tura.amounts.wording")
@given(st.text(min_size=1, max_size=30))
def test_no_mark_follows_another(text: str) -> None:
    told = ended(text)
    assert told.startswith(text)
    assert not told.endswith(("..", "!.", "?.")) or told == text
    assert ended(told) == told


@pytest.mark.requirement("tura.amounts.wording")
@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("the prices of the Pretzel", "are"),
        ("the price of the buns", "is"),
        ("the bus to Saltby", "is"),
        ("the glass", "is"),
        ("Maltings", "is"),
        ("the opening hours", "are"),
    ],
)
def test_a_verb_has_the_number_of_its_subject(subject: str, wanted: str) -> None:
    assert agreeing(subject, "is") == wanted


@pytest.mark.requirement("tura.amounts.wording")
async def test_prices_are() -> None:
    assert await said("What's the prices of the Pretzel?", {"result": 3}) == "The prices of the Pretzel are 3."


@pytest.mark.requirement("tura.amounts.units")
async def test_a_code_is_no_price() -> None:
    question = "What does it cost to rent the queen for a week?"
    made = await composed(question, found({"columns": ["code", "size"], "rows": [["C08", "M"]]}, question))
    assert made.answered == ()
    assert "C08" not in made.text
