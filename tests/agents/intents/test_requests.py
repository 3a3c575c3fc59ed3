"""No need of a question is lost behind an order, and pronouns are told by what the question says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.intents import split
from questline.agents.intents.references import resolved
from questline.agents.intents.requests import orders, requests
from questline.agents.tool_planner.pieces import asking
from questline.tools.slot_filling.vocabulary import listed

WORDS = st.sampled_from(
    listed(
        "name the supplier of rye and what is it her she there who bakes loaf ? . , 15% 80 I need tell me Ada 那天 她"
    )
)


@pytest.mark.requirement("tura.intents.orders")
@pytest.mark.parametrize(
    ("question", "needs"),
    [
        (
            "Name the supplier of the rye flour. And what is 15% of 80?",
            ["Name the supplier of the rye flour", "what is 15% of 80"],
        ),
        (
            "Work out 15% of 80. And who bakes the rye loaf?",
            ["Work out 15% of 80", "who bakes the rye loaf"],
        ),
        (
            "On what day of the week is 14 July 2031, and what is 15% of 80?",
            ["On what day of the week is 14 July 2031", "what is 15% of 80"],
        ),
        (
            "I'd like to know when the mill opened. Which baker joined first?",
            ["I'd like to know when the mill opened", "Which baker joined first"],
        ),
        (
            "Which is dearer, the rye loaf or the bun, and by how much?",
            ["Which is dearer, the rye loaf or the bun", "by how much is the rye loaf dearer than the bun"],
        ),
        ("price of a ginger beer? and of the crisps?", ["price of a ginger beer", "price of the crisps"]),
        ("which town is Ada in & what do you charge for tea", ["which town is Ada in", "what do you charge for tea"]),
        (
            "Evening plans: what does parking cost, who does the sound, and what is 12 miles in km?",
            ["what does parking cost", "who does the sound", "what is 12 miles in km"],
        ),
        ("Ring the front bell. Ring the front bell.", ["Ring the front bell", "Ring the front bell"]),
    ],
)
def test_what_asks_for_something_is_a_need(question: str, needs: list[str]) -> None:
    assert list(split(question).texts) == needs


@pytest.mark.requirement("tura.intents.orders")
@pytest.mark.parametrize(
    "question",
    [
        "My oven broke on Monday. Who mends ovens?",
        "I need a lamp. Can you find one?",
        "I need 60 buns. How much butter is that?",
        "I need 60 buns. How much butter do I need?",
        "I want to plant a dozen trees. What will they cost?",
        "I am packing 12 crates. How heavy will the load be?",
        "I'd like three rolls. What is the total price?",
        "Monday the 5th is full. When is the next free day?",
    ],
)
def test_what_only_tells_something_is_no_need(question: str) -> None:
    assert len(split(question).items) == 1


@pytest.mark.requirement("tura.intents.orders")
@pytest.mark.parametrize(
    ("question", "needs"),
    [
        ("I need the report. Who wrote it for Ulmen?", 2),
        ("I need 2 tickets to Oslo. Who founded Ulmen?", 2),
        ("I'd like to know when 3 pools open. How much is a ticket?", 2),
    ],
)
def test_a_wish_of_its_own_stays_a_need(question: str, needs: int) -> None:
    assert len(split(question).items) == needs


@pytest.mark.requirement("tura.intents.pronouns")
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("I need 4 lamps. How much do they cost?", "I need 4 lamps. How much do 4 lamps cost?"),
        (
            "We want three cups of tea. What will they cost?",
            "We want three cups of tea. What will three cups of tea cost?",
        ),
        ("We have 2 dogs. How heavy are they?", "We have 2 dogs. How heavy are they?"),
        ("The friends are late. How much do they earn?", "The friends are late. How much do they earn?"),
    ],
)
def test_they_are_as_many_as_were_wished_for(question: str, text: str) -> None:
    assert split(question).texts == (text,)


@pytest.mark.requirement("tura.intents.again")
def test_a_question_that_is_asked_again_is_one_need() -> None:
    found = split("How wide is the barn? " * 200)
    assert found.texts == ("How wide is the barn",)
    assert {cut.rule for cut in found.cuts} == {"again"}
    assert not found.warnings
    both = split("How wide is the barn? Who built it? How wide is the barn?")
    assert both.texts == ("How wide is the barn", "Who built the barn")


@pytest.mark.requirement("tura.intents.again")
def test_an_order_that_is_given_twice_is_meant_twice() -> None:
    assert len(split("Send Ada a letter. Send Ada a letter.").items) == 2


@pytest.mark.requirement("tura.intents.orders")
def test_a_sentence_that_asks_is_never_left_out_for_the_last_one() -> None:
    assert asking("I am a member. What does tea cost?") == "What does tea cost?"
    for both in ("Name the baker. What does tea cost?", "Who bakes? What does tea cost?"):
        assert asking(both) == both
    assert orders("State the price of rye.")
    assert not orders("Curtain up is 19:30.")
    assert requests("I want to know who bakes.")
    assert not requests("I need 60 buns.")


@pytest.mark.requirement("tura.intents.pronouns")
@pytest.mark.parametrize(
    ("before", "text", "told"),
    [
        ("When was the kiln built", "how heavy is it", "how heavy is the kiln"),
        ("what does a pot of tea cost at the counter", "is it hot", "is the pot of tea hot"),
        ("When was Lake Serin dammed", "who owns it", "who owns Lake Serin"),
        ("Who bakes the rye loaf", "where does she live", "where does she live"),
        ("Which baker joined first", "what is her wage", "what is her wage"),
        ("How much does Ada Moss earn", "what is 15% of it", "what is 15% of it"),
        ("When is Pella's exam", "where does she sit before it", "where does Pella sit before Pella's exam"),
        ("How tall is the tower that Nils Berg drew", "who paid for it", "who paid for the tower that Nils Berg drew"),
        ("How tall is the tower that Nils Berg drew", "where does he live", "where does Nils Berg live"),
        ("When was the tutor of Lena born", "what does he teach", "what does the tutor of Lena teach"),
        ("When was the tutor of Lena born", "is it far", "is Lena far"),
        ("How old is Otto's sister", "what is her trade", "what is Otto's sister's trade"),
        ("How long is the Sea Otter", "who is her skipper", "who is the Sea Otter's skipper"),
        ("How long is the boat that Ida Voss owns", "who built her", "who built the boat that Ida Voss owns"),
        ("How heavy is the bell of the Old Mill", "who is he", "who is he"),
        ("How far is Oslo from Bergen", "when was it founded", "when was it founded"),
        ("who teaches night navigation", "when does it start", "when does night navigation start"),
        ("who teaches night navigation", "where does he live", "where does he live"),
    ],
)
def test_a_pronoun_is_told_by_the_thing_whose_property_was_asked_for(before: str, text: str, told: str) -> None:
    assert resolved(text, before) == told


@pytest.mark.requirement("tura.intents.orders")
@given(st.lists(WORDS, min_size=1, max_size=14).map(" ".join))
def test_any_text_is_split_into_needs_that_say_something(text: str) -> None:
    if text.strip(" .,?"):
        assert all(item.text.strip() for item in split(text).items)
    assert asking(text) in text
