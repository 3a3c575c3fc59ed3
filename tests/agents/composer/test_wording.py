"""Questions turned into statements: right where a pattern is sure, and nothing where none is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.composer.chinese import statements_in_chinese
from questline.agents.composer.phrases import Phrase, asked_for
from questline.agents.composer.wording import statements

pytestmark = pytest.mark.requirement("tura.comp.templates")


def first(question: str, text: str, kind: str = "text") -> str:
    return next(statements(question, Phrase(text=text, kind=kind, plural=kind == "list")), "")


@pytest.mark.parametrize(
    ("question", "answer", "kind", "statement"),
    [
        ("how many days from 2027-03-14 until 2027-11-02", "233", "number",
         "There are 233 days from 2027-03-14 until 2027-11-02."),
        ("How many days until Christmas?", "29", "number", "There are 29 days until Christmas."),
        ("How many beds do they have there?", "22", "number", "They have 22 beds there."),
        ("How many passengers were carried on S17?", "149", "number", "149 passengers were carried on S17."),
        ("How many of the ferries are older than 20 years?", "3", "number",
         "3 of the ferries are older than 20 years."),
        ("How many seats are there on the Gull?", "12", "number", "There are 12 seats on the Gull."),
        ("How many grams of haddock do I need for 14?", "1120", "number", "You need 1120 grams of haddock for 14."),
        ("How many metres above the sea is the Observatory?", "212 m", "number",
         "The Observatory is 212 metres above the sea."),
        ("how much is a ticket on the boat?", "14.80 crowns", "text", "A ticket on the boat is 14.80 crowns."),
        ("How much does it cost to park?", "5", "number", "It costs 5 to park."),
        ("What would four tickets cost me with the card?", "23.52", "number",
         "Four tickets would cost you 23.52 with the card."),
        ("What does a night at Gannet Hostel cost?", "26", "number", "A night at Gannet Hostel costs 26."),
        ("What oven temperature does notes/pie.txt ask for, in Fahrenheit?", "374 °F", "number",
         "The oven temperature that notes/pie.txt asks for is 374 °F."),
        ("what is 25 m/s in km/h?", "90 km/h", "number", "25 m/s is 90 km/h."),
        ("What's 23 squared", "529", "number", "23 squared is 529."),
        ("What are the opening hours?", "9 and 12", "list", "The opening hours are 9 and 12."),
        ("what time is it in Nairobi?", "12:15", "time", "It is 12:15 in Nairobi."),
        ("which weekday is 2027-08-15?", "Sunday", "weekday", "2027-08-15 is a Sunday."),
        ("On what day of the week were the Articles signed?", "Saturday", "weekday",
         "The Articles were signed on a Saturday."),
        ("on which date does it arrive?", "16 April 2027", "date", "It arrives on 16 April 2027."),
        ("If order 7 takes 45 days, on which date does it arrive?", "16 April 2027", "date",
         "If order 7 takes 45 days, it arrives on 16 April 2027."),
        ("When did the Gull sail?", "14 July 2031", "date", "The Gull sailed on 14 July 2031."),
        ("When does the bakery open on Sundays?", "06:30", "time", "The bakery opens on Sundays at 06:30."),
        ("When was the bridge built?", "1969", "number", "The bridge was built in 1969."),
        ("who on the staff has the highest salary?", "Farid", "text", "Farid has the highest salary on the staff."),
        ("Who were the designers of the harbour?", "Ann and Bob", "list",
         "The designers of the harbour were Ann and Bob."),
        ("Which ferries are longer than 60 m?", "A and B", "list", "A and B are longer than 60 m."),
        ("Which ferries are longer than 60 m?", "A", "text", "A is longer than 60 m."),
        ("Which ferry has two masts?", "A and B", "list", "A and B have two masts."),
        ("Which ferry is longest?", "Storm Petrel", "text", "Storm Petrel is longest."),
        ("Who is the man who built it?", "Bob", "text", "The man who built it is Bob."),
        ("How many days lie between the days when both joined?", "1078", "number",
         "1078 days lie between the days when both joined."),
        ("Work out 12 * 13", "156", "number", "12 * 13 = 156."),
        ("Hello! We may come. What salary does Greta get?", "36,450", "number",
         "The salary that Greta gets is 36,450."),
    ],
)  # fmt: skip
def test_a_sure_pattern_makes_a_statement(question: str, answer: str, kind: str, statement: str) -> None:
    assert first(question, answer, kind) == statement


@pytest.mark.parametrize(
    "question",
    [
        "Who did Ada meet?",
        "Which yard did they like best?",
        "Which is larger, the Gull or the Tern?",
        "Who is taller, Ann or Bob?",
        "What is the weather like in Oslo?",
        "Where is the Gull?",
        "Why is the sea salt?",
        "Who lives in the tower, and since when?",
        "What is water made of?",
        "How full was the ferry?",
        "List the boats.",
        "Explain the rule.",
        "",
        "?",
    ],
)
def test_where_no_pattern_is_sure_nothing_is_made(question: str) -> None:
    assert list(statements(question, Phrase(text="Bob"))) == []


@pytest.mark.parametrize(
    ("question", "answer", "kind", "statement"),
    [
        ("请问2028年3月1日是星期几？", "星期三", "weekday", "2028年3月1日是星期三。"),
        ("店主是谁呢？", "林晚秋", "text", "店主是林晚秋。"),
        ("船是哪一年造的？", "1998", "number", "船是1998造的。"),
        ("从一月到二月有几天？", "31", "number", "从一月到二月有31天。"),
        ("票价是多少元？", "14元", "number", "票价是14元。"),
        ("茶馆在哪里？", "港口", "text", "茶馆在港口。"),
    ],
)
def test_in_chinese_the_asking_word_gives_way(question: str, answer: str, kind: str, statement: str) -> None:
    assert next(statements_in_chinese(question, Phrase(text=answer, kind=kind))) == statement


def test_in_chinese_an_answer_of_another_kind_makes_no_statement() -> None:
    assert list(statements_in_chinese("店主是谁？", Phrase(text="2009年4月12日", kind="date"))) == []


@given(st.text(max_size=80), st.sampled_from(["text", "number", "date", "time", "weekday", "list", "rows", "yesno"]))
def test_any_question_makes_whole_sentences_that_hold_the_answer(question: str, kind: str) -> None:
    phrase = Phrase(text="Answer 42", kind=kind, plural=kind == "list")
    asked_for(question)
    for statement in (*statements(question, phrase), *statements_in_chinese(question, phrase)):
        assert "Answer" in statement
        assert statement.endswith((".", "。", "!", "…"))


WORDS = (
    "how many what which who when is are does did do can the ferry Gull passengers take have cost of in on day built"
    " longer than it I me 5 2027-03-14 , ?"
)
QUESTION = st.lists(st.sampled_from(WORDS.split()), max_size=9).map(" ".join)


@given(QUESTION, st.sampled_from(["text", "number", "date", "time", "weekday", "list"]))
def test_any_words_of_a_question_make_whole_sentences(question: str, kind: str) -> None:
    phrase = Phrase(text="Answer 42", kind=kind, plural=kind == "list")
    assert all("Answer" in each or "42" in each for each in statements(question, phrase))
