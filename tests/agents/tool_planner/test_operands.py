"""Operands of amounts: read of the right thing, in the right unit, of one and not of six; or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.composed import Reading
from questline.agents.tool_planner.extraction import extract
from questline.agents.tool_planner.frames import frames
from questline.agents.tool_planner.told_of import is_named, speaks_of

ROOMS = {"columns": ["room", "nightly_rate", "beds"], "rows": [["Loft", 40, 2], ["Barn", 55, 6]]}


def read(text: str, ask: str, of: str, kind: Reading = "number") -> object:
    return extract({"answer": text}, kind, ask, of=of)


@pytest.mark.requirement("tura.amounts.named")
@pytest.mark.parametrize("of", ["it", "that", "the other one", "them", "2019", "", "它", "这个", "那些"])
def test_what_names_nothing_is_no_thing(of: str) -> None:
    assert not is_named(of)
    assert not speaks_of({"answer": "It costs 9 pounds in 2019."}, of)


@pytest.mark.requirement("tura.amounts.named")
@pytest.mark.parametrize(
    "question",
    [
        "What do they cost for four nights?",
        "We want the barn for two weeks and 4 days. What does that cost us?",
        "How heavy is it in pounds?",
    ],
)
def test_an_amount_of_a_pronoun_is_not_worked_out(question: str) -> None:
    assert all(not frame.told for frame in frames(question) if frame.amount)


@pytest.mark.requirement("tura.amounts.named")
def test_half_of_a_things_words_do_not_name_it() -> None:
    with pytest.raises(ValueError, match="silver membership"):
        read("A bronze membership costs 24 pounds.", "How much does one silver membership cost?", "silver membership")
    assert read("A cheese toastie costs 4.50 pounds.", "How much does one cheese toasty cost?", "cheese toasty") == 4.5


@pytest.mark.requirement("tura.amounts.named")
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_thing_breaks_the_look_for_it(of: str, said: str) -> None:
    assert speaks_of({"answer": said}, of) in (True, False)
    assert is_named(of) or not speaks_of(said, of)


@pytest.mark.requirement("tura.amounts.rows")
def test_of_several_rows_the_one_that_is_named_is_read() -> None:
    ask = "How much does one night in the Barn cost?"
    assert extract(ROOMS, "number", ask, of="night in the Barn") == 55
    listed = [{"room": "Loft", "price": 40}, {"room": "Barn", "price": 55}]
    assert extract({"items": listed}, "number", ask, of="night in the Barn") == 55


@pytest.mark.requirement("tura.amounts.rows")
@pytest.mark.parametrize("of", ["night in the Mill", "night"])
def test_several_rows_of_which_none_is_named_give_no_value(of: str) -> None:
    with pytest.raises(ValueError, match="rows"):
        extract(ROOMS, "number", f"How much does one {of} cost?", of=of)


@pytest.mark.requirement("tura.amounts.rows")
def test_rows_that_say_the_same_are_one() -> None:
    rows = {"columns": ["price", "shop"], "rows": [[4, "North"], [4, "South"]]}
    assert extract(rows, "number", "How much does one bun cost?", of="bun") == 4


@pytest.mark.requirement("tura.amounts.rows")
@pytest.mark.parametrize(
    ("result", "ask"),
    [
        ({"minutes": 25, "seats": 40}, "How much does one tour cost?"),
        ({"columns": ["weekly_fee"], "rows": [[31]]}, "How much does hiring the astronaut for one day cost?"),
        ({"columns": ["weight_kg"], "rows": [[3]]}, "How many litres does the jug have?"),
    ],
)
def test_a_field_of_another_kind_unit_or_period_is_no_operand(result: object, ask: str) -> None:
    with pytest.raises(ValueError, match=r"column|not told in"):
        extract(result, "number", ask, of="tour of the jug of the astronaut")


@pytest.mark.requirement("tura.amounts.rows")
def test_a_field_is_chosen_by_its_name_and_told_in_the_unit_that_is_asked_for() -> None:
    assert extract({"minutes": 25, "price": 38}, "number", "How much does one tour cost?", of="tour") == 38
    row = {"columns": ["weight_kg"], "rows": [[1.5]]}
    assert extract(row, "number", "How many grams of flour are there?", of="flour") == 1500


@pytest.mark.requirement("tura.amounts.rows")
def test_two_prices_told_alike_are_none() -> None:
    text = "A night in the kennel costs 16 pounds for a small dog and 24 pounds for a large dog."
    assert read(text, "How much does one night for a large dog cost?", "night for a large dog") == 24
    with pytest.raises(ValueError, match="medium"):
        read(text, "How much does one night for a medium dog cost?", "night for a medium dog")


@pytest.mark.requirement("tura.amounts.rows")
def test_a_price_whose_words_are_more_the_things_own_is_read_though_one_word_is_lacking() -> None:
    text = "An adult single ticket costs 8.40 crowns and an adult return ticket costs 14.80 crowns."
    assert read(text, "How much does one adult single ferry ticket cost?", "adult single ferry ticket") == 8.4


@pytest.mark.requirement("tura.amounts.units")
@pytest.mark.parametrize(
    ("text", "ask", "of"),
    [
        (
            "A session in the pool lasts 25 minutes.",
            "How much does one session in the pool cost?",
            "session in the pool",
        ),
        ("The tour takes 40 guests.", "How much does one tour cost?", "tour"),
        ("The tour was begun by Ada in 3 villages.", "How much does one tour cost?", "tour"),
        ("In 2021 a tour cost 11 pounds.", "How much does one tour cost?", "tour"),
        ("A tour costs 11 pounds.", "How much did one tour cost in 2021?", "tour"),
        ("A friend pays 55 pounds for two people.", "How much does a friend cost for one person?", "friend"),
        (
            "A course of six evenings costs 72 pounds.",
            "How much does one evening of the course cost?",
            "evening course",
        ),
        ("A boat costs 35 pounds a week.", "How much does a boat for one day cost?", "boat"),
        ("The tour costs 54 pounds.", "How much does the tour cost for one adult?", "tour"),
        ("The hall is 25 metres long.", "How many seats does the hall have?", "hall"),
        ("The hall serves 8 bowls.", "How many seats does the hall have?", "hall"),
        ("The broth weighs 3 kilograms.", "How many litres of broth are there?", "broth"),
        ("Of the hall 20 % are let.", "How many seats does the hall have?", "hall"),
    ],
)
def test_a_number_of_another_kind_is_no_operand(text: str, ask: str, of: str) -> None:
    with pytest.raises(ValueError, match=f"{of}|says nothing of 2021"):
        read(text, ask, of)


@pytest.mark.requirement("tura.amounts.units")
@pytest.mark.parametrize(
    ("text", "ask", "of", "wanted"),
    [
        ("A session of 25 minutes costs 38 pounds.", "How much does one session cost?", "session", 38),
        ("A tour costs 38 talers.", "How much does one tour cost?", "tour", 38),
        ("Tour: £12.50, children free.", "How much does one tour cost?", "tour", 12.5),
        ("In 2021 a tour cost 11 pounds.", "How much did one tour cost in 2021?", "tour", 11),
        ("The tour costs 9 pounds for each adult.", "How much does the tour cost for one adult?", "tour", 9),
        ("A boat costs 35 pounds a day.", "How much does a boat for one day cost?", "boat", 35),
        ("The hall, 25 metres long, has 212 seats.", "How many seats does the hall have?", "hall", 212),
        ("The hall holds 212.", "How many seats does the hall have?", "hall", 212),
        ("一壶龙井茶5.60镑，一碟桂花糕3.40镑。", "桂花糕多少钱？", "桂花糕", 3.4),
    ],
)
def test_a_number_of_the_kind_that_is_asked_for_is_read(text: str, ask: str, of: str, wanted: float) -> None:
    assert read(text, ask, of) == wanted


@pytest.mark.requirement("tura.amounts.units")
def test_for_how_many_a_recipe_is_is_told_by_those_it_serves_and_not_by_what_it_fills() -> None:
    file = {"path": "broth.txt", "text": "Broth, makes 8 bowls\n600 g chicken\nSimmer 90 minutes", "start": 0}
    assert extract(file, "number", "For how many bowls is broth.txt?") == 8
    with pytest.raises(ValueError, match="no number"):
        extract(file, "number", "For how many guests is broth.txt?")
    assert extract({**file, "text": "Serves 4 people.\n600 g"}, "number", "For how many guests is broth.txt?") == 4


@pytest.mark.requirement("tura.amounts.units")
@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=20))
def test_no_text_breaks_the_reading_of_a_number(text: str, ask: str, of: str) -> None:
    try:
        found = extract({"answer": text}, "number", ask, of=of)
    except ValueError:
        return
    assert isinstance(found, int | float)


@pytest.mark.requirement("tura.chain.amounts")
def test_how_long_a_text_is_and_how_often_something_is_due_is_no_amount_of_it() -> None:
    file = {"characters": 88, "end": 4, "path": "a.txt", "text": "The quarterly instalment is 3,150 euros."}
    ask = "How much is the quarterly instalment in a.txt?"
    assert extract(file, "number", ask, of="the quarterly instalment in ") == 3150


@pytest.mark.requirement("tura.chain.amounts")
@pytest.mark.parametrize(("ask", "day"), [("When does the camp start?", "08"), ("When does the camp end?", "15")])
def test_of_a_stretch_the_end_that_is_asked_for_is_read(ask: str, day: str) -> None:
    told = {"answer": "The camp runs from 8 July 2028 to 15 July 2028.", "short": "15 July 2028"}
    assert extract(told, "date", ask) == f"2028-07-{day}"
