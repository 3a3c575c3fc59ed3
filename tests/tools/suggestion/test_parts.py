"""The parts of the suggester: facts into questions, private strings, likeness, the greedy objective, the need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.suggestion.conftest import passage

from questline.tools.suggestion.choosing import Objective, Option, choose
from questline.tools.suggestion.facts import facts, is_name
from questline.tools.suggestion.need import need_of
from questline.tools.suggestion.private import private, unsafe, without_private
from questline.tools.suggestion.similarity import facet, same, similarity


def asked(title: str, text: str) -> list[tuple[str, str]]:
    return [(made.text, made.expected) for made in facts(passage(title, text), source="index")]


@pytest.mark.requirement("suggestion.facts")
@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("Pella Glass was founded in 1932.", "When was Pella Glass founded?", "1932"),
        ("In 1932, Pella Glass was sold by Ada Pella.", "Who was Pella Glass sold by?", "Ada Pella"),
        ("The archive is located in Ulmen.", "Where is the archive of Pella Glass located?", "Ulmen"),
        ("It employs about 140 people.", "How many people does Pella Glass employ?", "140"),
        ("The chimney is 42 metres tall.", "How tall is the chimney of Pella Glass?", "42 metres"),
        ("Its director is Hugo Brandt.", "Who is the director of Pella Glass?", "Hugo Brandt"),
        ("Ada Pella founded the works in 1932.", "Who founded the works?", "Ada Pella"),
        ("It was closed because the river flooded.", "Why was Pella Glass closed?", "because the river flooded"),
        ("It is a glass maker known for lamps.", "What is Pella Glass?", "a glass maker known for lamps"),
        ("Opening hours: 9 to 17", "What is the opening hours of Pella Glass?", "9 to 17"),
    ],
)
def test_a_fact_becomes_the_question_that_it_answers(text: str, question: str, answer: str) -> None:
    assert (question, answer) in asked("Pella Glass", text)


@pytest.mark.requirement("suggestion.facts", "suggestion.chinese")
@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("灯塔位于维尔莫拉港。", "维尔莫拉灯塔在哪里？", "维尔莫拉港"),
        ("它建于1874年。", "维尔莫拉灯塔是什么时候建成的？", "1874年"),
        ("灯塔由林晓设计。", "维尔莫拉灯塔是由谁设计的？", "林晓"),
        ("灯塔有三个展厅。", "维尔莫拉灯塔有多少个展厅？", "三"),
        ("维尔莫拉灯塔高约42米。", "维尔莫拉灯塔有多高？", "42米"),
        ("维尔莫拉灯塔是一座古老灯塔。", "维尔莫拉灯塔是什么？", "一座古老灯塔"),
    ],
)
def test_a_chinese_fact_does_too(text: str, question: str, answer: str) -> None:
    assert (question, answer) in asked("维尔莫拉灯塔", text)


@pytest.mark.requirement("suggestion.facts")
@pytest.mark.parametrize(
    "text", ["It was founded in 1932.", "它建于1874年。", "This was built by Ada Pella.", "Opening: 9"]
)
def test_a_pronoun_without_a_title_stands_for_nothing(text: str) -> None:
    assert asked("", text) == []


@pytest.mark.requirement("suggestion.private")
@pytest.mark.parametrize(
    "text",
    [
        *(
            "write to a.b@c.example",
            "a (at) b (dot) example",
            "call +44 20 7946 0958",
            "电话 13800138000",
            "(020) 7946-0958",
        ),
        *(
            "the password is x",
            "密码是什么",
            "api key",
            "sk-abcdefghijklmnop",
            "AKIAABCDEFGHIJKLMNOP",
            "-----BEGIN KEY",
        ),
        *("4111 1111 1111 1111", "d41d8cd98f00b204e9800998ecf8427e", "GB82 WEST 1234 5698 7654 32"),
    ],
)
def test_private_strings_are_seen(text: str) -> None:
    assert private(text)


@pytest.mark.requirement("suggestion.private")
@pytest.mark.parametrize(
    "text",
    [
        *(
            "When was it built in 1932?",
            "from 1914 - 1918",
            "2021-05-04",
            "1,200,000 people",
            "windows 10",
            "0x80070005",
        ),
        *("internationalization frameworks", "who keeps the passwordless door", "维尔莫拉灯塔有多高？"),
    ],
)
def test_dates_years_and_counts_are_not_private(text: str) -> None:
    assert private(text) == ""


@pytest.mark.requirement("suggestion.private")
def test_an_address_goes_out_of_a_text_and_a_long_one_costs_nothing() -> None:
    assert without_private("Write to ada@pella.example today").split() == ["Write", "to", "today"]
    endless = "a" * 50_000
    assert without_private(endless) == endless


@pytest.mark.requirement("suggestion.facts")
def test_what_runs_into_a_clause_is_no_subject() -> None:
    assert asked("Velmora", "His daughter Runa Brandt followed him and was the last keeper.") == []
    long = asked("The Sorrel Valley Railway", "The line is 38 kilometres long and has seven stations.")
    assert long == [("How long is the line of the Sorrel Valley Railway?", "38 kilometres")]
    opened = asked("", "The Sorrel Valley Railway opened on 12 October 1891.")
    assert opened == [("When did the Sorrel Valley Railway open?", "12 October 1891")]
    assert list(facts(passage("x", "A a " * 70 + "was made in 1932."), source="index")) == []


@pytest.mark.requirement("suggestion.facts")
@pytest.mark.parametrize(
    ("title", "name"),
    [
        *(("Pella Glass", True), ("Lighthouse of Velmora", True), ("the lighthouse of Velmora", True), ("灯塔", True)),
        *(("Resume a run that was killed", False), ("005 A checkpoint", False), ("agents serve", False), ("", False)),
    ],
)
def test_a_topic_is_no_name(title: str, name: bool) -> None:
    assert is_name(title) == name
    made = asked(title, "Usage: free of charge. Then the planner looks: it chooses.")
    assert [question for question, _ in made] == ([f"What is the usage of {title}?"] if name else [])


def test_harm_is_seen_and_history_is_not_harm() -> None:
    assert unsafe("how to MAKE a bomb")
    assert not unsafe("Who built the bomb shelter of Velmora?")


@pytest.mark.requirement("suggestion.novel")
def test_what_is_the_same_and_what_is_not() -> None:
    assert same("Who founded Pella Glass?", "who FOUNDED the pella glass")
    assert same("Who founded Pella Glass?", "Who was Pella Glass founded by?")
    assert same("Pella Glass", "What is Pella Glass?")
    assert not same("Who built it?", "When was it built?")
    assert not same("Who founded Pella Glass?", "Who runs Pella Glass?")
    assert facet("pella glass", "pella glass price list") == ["price", "list"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_symmetric_and_in_bounds(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, other) == similarity(other, one)
    assert similarity(one, one) == 1


def option(text: str, p: float, *, facet: str = "", answerable: float = 1.0) -> Option:
    return Option(text=text, facet=facet or text, p_click=p, answerable=answerable)


@pytest.mark.requirement("suggestion.objective")
def test_the_objective_weighs_clicks_answers_likeness_and_facets() -> None:
    options = [
        option("a", 0.5, facet="x"),
        option("b", 0.49, facet="x"),
        option("c", 0.4),
        option("d", 0.6, answerable=0.2),
    ]
    likeness: dict[frozenset[int], float] = {frozenset((0, 1)): 0.8, frozenset((0, 2)): 0.1}

    def alike(one: int, other: int) -> float:
        return likeness.get(frozenset((one, other)), 0.0)

    # By hand: a .55 first; then b .49 - .12 = .37, c .4 - .015 + .05 = .435, d .12 + .05 = .17.
    assert choose(options, 4, alike=alike) == [0, 2, 1, 3]
    assert choose(options, 2, alike=alike) == [0, 2]
    assert choose(options, 4, alike=alike, objective=Objective(redundancy=0, novelty=0)) == [0, 1, 2, 3]
    assert choose(options, 4, alike=alike, objective=Objective(least=0.4)) == [0, 2]
    assert choose([], 4, alike=alike) == []


@pytest.mark.requirement("suggestion.objective")
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=8), st.integers(1, 5))
def test_no_list_holds_two_that_are_too_alike(values: list[tuple[float, float]], k: int) -> None:
    options = [option(str(place), p, answerable=answerable) for place, (p, answerable) in enumerate(values)]
    chosen = choose(options, k, alike=lambda one, other: 0.95 if one % 2 == other % 2 else 0.2)
    assert len(chosen) == len(set(chosen)) <= min(k, 2)


@pytest.mark.requirement("suggestion.clarify")
@pytest.mark.parametrize(
    ("query", "titles", "level"),
    [
        ("Mercury", ["Mercury (planet)", "Mercury (element)"], 4),
        ("Mercury", ["Mercury (planet)"], 2),
        ("What is Mercury?", ["Mercury (planet)", "Mercury (element)"], 4),
        ("How many moons does Mercury have?", ["Mercury (planet)", "Mercury (element)"], 1),
        ("Which planners are there?", ["Planner", "A planner of your own"], 2),
        ("0x80070005", ["0x80070005"], 1),
        ("it", [], 4),
        ("mercury thermometers broken glass", ["Mercury (planet)", "Mercury (element)"], 1),
    ],
)
def test_the_need_for_a_clarification(query: str, titles: list[str], level: int) -> None:
    assert need_of(query, [passage(title, "x") for title in titles]).level == level
