from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.decomposition import condense
from questline.types import Message


def talk(*turns: str) -> list[Message]:
    return [Message(role="assistant" if place % 2 else "user", content=turn) for place, turn in enumerate(turns)]


CASES = [
    ("When was he born?", talk("Who wrote Silver Harbour?", "Hugo Brandt wrote it."), "When was Hugo Brandt born?"),
    ("Where is her house?", talk("Who leads Tern Airways?", "Mara Lind"), "Where is Mara Lind's house?"),
    ("Who paid her?", talk("Who leads Tern Airways?", "Mara Lind"), "Who paid Mara Lind?"),
    ("When was it built?", talk("How tall is the Orrin Tower?", "80 m"), "When was Orrin Tower built?"),
    ("What is its depth?", talk("where is lake orrin located", "In the north."), "What is lake orrin's depth?"),
    ("How many people live there?",
     talk("What is the capital of Chile?", "Santiago"), "How many people live in Santiago?"),
    ("And in 2010?",
     talk("What was the population of Tern in 2000?", "9,000"), "What was the population of Tern in 2010?"),
    ("2015?", talk("What was the population of Tern in 2000?", "9,000"), "What was the population of Tern in 2015?"),
    ("and 2010?", talk("Who led Tern Airways?", "Mara Lind"), "Who led Tern Airways in 2010?"),
    ("What about Chile?", talk("What is the capital of Norway?", "Oslo"), "What is the capital of Chile?"),
    ("In Chile?", talk("How many trams run in Norway?", "200"), "How many trams run In Chile?"),
    ("and for children?",
     talk("How much is a ticket to Tern?", "9 crowns"), "How much is a ticket to Tern for children?"),
    ("What about his wife?", talk("When was Hugo Brandt born?", "1950"), "When was Hugo Brandt's wife born?"),
    ("Why?", talk("When did Mara Lind leave Tern?", "1999"), "When did Mara Lind leave Tern, and why?"),
    ("And who founded it?", talk("Where is Tern Airways based?", "Oslo"), "Who founded Tern Airways?"),
    ("那2010年呢？", talk("2000年海城的人口是多少？", "三万"), "2010年海城的人口是多少？"),
    ("2011年呢？", talk("海城的人口是多少？", "三万"), "2011年海城的人口是多少？"),
    ("那山城呢？", talk("海城的人口是多少？", "三万"), "山城的人口是多少？"),
    ("他什么时候出生？", talk("灯塔的作者是谁？", "王芳"), "王芳什么时候出生？"),
    ("它有多高？", talk("海城塔在哪里？", "在北方"), "海城塔有多高？"),
]  # fmt: skip


@pytest.mark.requirement("embedded.condense")
@pytest.mark.parametrize(("question", "history", "standalone"), CASES, ids=[case[0] for case in CASES])
def test_a_follow_up_gets_what_the_turns_before_were_about(
    question: str, history: list[Message], standalone: str
) -> None:
    assert condense(question, history) == standalone


def test_a_follow_up_of_a_follow_up_keeps_the_subject() -> None:
    history = talk("What is the capital of Norway?", "Oslo", "What about Chile?", "Santiago")
    assert condense("and Peru?", history) == "What is the capital of Peru?"


@pytest.mark.parametrize(
    "question",
    [
        "Who painted the Orrin altar?",
        "When did Mara Lind sell her house?",
        "Is there a tram in Tern?",
        "谁画了奥林祭坛？",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert condense(question, talk("What is the capital of Norway?", "Oslo")) == question


def test_without_earlier_questions_nothing_changes() -> None:
    assert condense("When was it built?", []) == "When was it built?"
    assert condense("When was it built?", [Message(role="system", content="Be brief.")]) == "When was it built?"
    assert condense("When was it built?", [Message(role="user", content="  ")]) == "When was it built?"


@given(
    st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip())), st.lists(st.text(max_size=60), max_size=5)
)
def test_the_question_is_never_dropped(question: str, turns: list[str]) -> None:
    assert condense(question, talk(*turns)).strip()
