from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.decomposition import Shape, compared, parallel, serial, shape

CHAINS = {
    "Where was the director of film Silver Harbour born?": (
        "Who is the director of film Silver Harbour?",
        "Where was #1 born?",
    ),
    "Where was the place of death of the composer of song Grey Lantern?": (
        "Who is the composer of song Grey Lantern?",
        "Where was the place of death of #1?",
    ),
    "Who is Adela Of Westmarch's maternal grandfather?": (
        "Who is the mother of Adela Of Westmarch?",
        "Who is the father of #1?",
    ),
    "Where did the mother-in-law of Hugo Brandt die?": (
        "Who is the spouse of Hugo Brandt?",
        "Who is the mother of #1?",
        "Where did #2 die?",
    ),
    "What nationality is Ines Calder's husband?": ("Who is the husband of Ines Calder?", "What nationality is #1?"),
    "What is Mara Lind's father's birthplace?": ("Who is the father of Mara Lind?", "What is #1's birthplace?"),
    "Who is the spouse of the director of film Silver Harbour?": (
        "Who is the director of film Silver Harbour?",
        "Who is the spouse of #1?",
    ),
    "When did the state where Lake Orrin is located join the union?": (
        "In which state Lake Orrin is located?",
        "When did #1 join the union?",
    ),
    "When was the person who founded Tern Airways born?": ("Who founded Tern Airways?", "When was #1 born?"),
    "海边的灯塔的作者出生于哪里？": ("海边的灯塔的作者是谁？", "#1出生于哪里？"),
}


@pytest.mark.requirement("embedded.decompose-serial")
@pytest.mark.parametrize("question", CHAINS)
def test_a_described_thing_is_asked_for_before_what_is_asked_about_it(question: str) -> None:
    assert serial(question) == CHAINS[question]
    assert shape(question) == "bridge"


def test_three_hops_refer_to_the_part_right_before_them() -> None:
    assert serial("Where was the mother of the director of film Silver Harbour born?") == (
        "Who is the director of film Silver Harbour?",
        "Who is the mother of #1?",
        "Where was #2 born?",
    )


SINGLES = [
    "Who is the director of film Silver Harbour?",
    "Who is Mara Lind's father?",
    "When did the first tram run in Gothenburg?",
    "what is the tallest lighthouse on the coast",
    "What is the place of birth of Mara Lind?",
    "Who directed The Son of the Miller?",
    "灯塔是谁写的？",
]


@pytest.mark.parametrize("question", SINGLES)
def test_one_fact_stays_one_question(question: str) -> None:
    assert serial(question) == (question,)
    assert parallel(question) == (question,)
    assert shape(question) == "single"


SIDES = {
    "Who was born first, Mara Lind or Hugo Brandt?": ("When was Mara Lind born?", "When was Hugo Brandt born?"),
    "Was Mara Lind or Hugo Brandt born first?": ("When was Mara Lind born?", "When was Hugo Brandt born?"),
    "Who was born later out of Mara Lind and Hugo Brandt?": ("When was Mara Lind born?", "When was Hugo Brandt born?"),
    "Who died later, Mara Lind or Hugo Brandt?": ("When did Mara Lind die?", "When did Hugo Brandt die?"),
    "Which film was released earlier, Silver Harbour or Nightfall?": (
        "When was the film Silver Harbour released?",
        "When was the film Nightfall released?",
    ),
    "Which film whose director is younger, Silver Harbour or Nightfall?": (
        "When was the director of film Silver Harbour born?",
        "When was the director of film Nightfall born?",
    ),
    "Which is taller, the Orrin Tower or Tern Hall?": ("How tall is the Orrin Tower?", "How tall is Tern Hall?"),
    "Between Orrin and Tern, which city has more people?": (
        "What is the population of Orrin?",
        "What is the population of Tern?",
    ),
    "Which team won more cups, Orrin United or Tern Rovers?": (
        "How many cups does Orrin United have?",
        "How many cups does Tern Rovers have?",
    ),
    "Are Lake Orrin and Mount Tern located in the same country?": (
        "Which country is Lake Orrin located in?",
        "Which country is Mount Tern located in?",
    ),
    "Do both films Silver Harbour and Nightfall have the directors that share the same nationality?": (
        "What is the nationality of the director of film Silver Harbour?",
        "What is the nationality of the director of film Nightfall?",
    ),
    "Are both directors of films A Touch Of Frost and Night Of Stone from the same country?": (
        "Which country is the director of film A Touch Of Frost from?",
        "Which country is the director of film Night Of Stone from?",
    ),
    "Does Mara Lind have the same nationality as Hugo Brandt?": (
        "What is the nationality of Mara Lind?",
        "What is the nationality of Hugo Brandt?",
    ),
    "Are Mara Lind and Hugo Brandt both Norwegian painters?": (
        "Is Mara Lind a Norwegian painter?",
        "Is Hugo Brandt a Norwegian painter?",
    ),
    "王芳和李雷谁先出生？": ("王芳何时出生？", "李雷何时出生？"),
    "长桥与石桥哪座更长？": ("长桥有多长？", "石桥有多长？"),
}


@pytest.mark.requirement("embedded.decompose-parallel")
@pytest.mark.parametrize("question", SIDES)
def test_a_comparison_asks_the_same_of_both_sides(question: str) -> None:
    assert parallel(question) == SIDES[question]
    assert shape(question) == "comparison"


@pytest.mark.requirement("embedded.decompose-limit")
def test_a_comparison_of_described_people_becomes_two_chains_of_at_most_four_parts() -> None:
    assert serial("Which film has the director who died later, Silver Harbour or Nightfall?") == (
        "Who is the director of film Silver Harbour?",
        "When did #1 die?",
        "Who is the director of film Nightfall?",
        "When did #3 die?",
    )


@pytest.mark.parametrize(
    ("question", "alternatives"),
    [
        ("Are Salt and Sand and Silver Harbour from the same country?", ("Salt and Sand", "Silver Harbour")),
        (
            "Are director of film Salt and Sand and director of film Nightfall from the same country?",
            ("director of film Salt and Sand", "director of film Nightfall"),
        ),
        ("Who is older, Mara Lind or Hugo Brandt?", ("Mara Lind", "Hugo Brandt")),
    ],
)
def test_two_names_are_cut_where_the_sides_are_most_alike(question: str, alternatives: tuple[str, str]) -> None:
    comparison = compared(question)
    assert comparison is not None
    assert comparison.alternatives == alternatives


@pytest.mark.parametrize(
    "question",
    [
        "Is it the same?",
        "Which one, or none?",
        "Are they both",
        "Who likes tea, coffee or milk best?",
        "是和否谁好看？",
    ],
)
def test_what_names_no_two_things_to_measure_is_no_comparison(question: str) -> None:
    assert compared(question) is None


LISTS = {
    "When and where was Mara Lind born?": ("When was Mara Lind born?", "Where was Mara Lind born?"),
    "What are the capitals of Norway and Chile?": ("What is the capital of Norway?", "What is the capital of Chile?"),
    "Who were the mayors of Orrin, Tern and Gull?": (
        "Who was the mayor of Orrin?",
        "Who was the mayor of Tern?",
        "Who was the mayor of Gull?",
    ),
    "Who invented the foghorn and what year?": ("Who invented the foghorn?", "What year was the foghorn invented?"),
    "Where is Lake Orrin and how deep is it?": ("Where is Lake Orrin?", "How deep is Lake Orrin?"),
    "Who leads Tern Airways and when in?": ("Who leads Tern Airways?", "When in leads Tern Airways?"),
}


@pytest.mark.parametrize("question", LISTS)
def test_several_facts_asked_at_once_are_independent_parts(question: str) -> None:
    assert parallel(question) == LISTS[question]
    assert shape(question) == "aggregate"


def test_a_list_is_an_aggregate_even_when_it_cannot_be_taken_apart() -> None:
    assert shape("list all the lighthouses on the coast") == "aggregate"
    assert parallel("list all the lighthouses on the coast") == ("list all the lighthouses on the coast",)


PIECES = "who where is was the of director film Silver Harbour 's father , or and both same country born first ?"
SHAPES: set[Shape] = {"single", "bridge", "comparison", "aggregate"}


@given(st.text(max_size=120))
def test_any_text_has_a_shape_and_one_to_four_parts(text: str) -> None:
    assert shape(text) in SHAPES
    assert 1 <= len(serial(text)) <= 4
    assert 1 <= len(parallel(text)) <= 4


@pytest.mark.requirement("embedded.decompose-limit")
@given(
    st.lists(
        st.sampled_from(PIECES.split()),
        max_size=14,
    )
)
def test_references_only_point_back(pieces: list[str]) -> None:
    for place, part in enumerate(serial(" ".join(pieces)), start=1):
        for number in (character for before, character in pairwise(part) if before == "#"):
            assert 1 <= int(number) < place


def test_a_question_of_commas_alone_is_read_in_time_with_its_length() -> None:
    costs: list[float] = []
    for commas in (2_500, 20_000):
        question = "x" + ", " * commas + "?"
        began = time.process_time()
        assert parallel(question) == (question,)
        costs.append(time.process_time() - began)
    assert costs[1] < 24 * max(costs[0], 0.005)  # eight times the length; its square would be 64 times the time
