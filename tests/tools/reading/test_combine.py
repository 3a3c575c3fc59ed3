from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.reading import combine

BORN = "Who was born first, Mara Lind or Hugo Brandt?"


def steps(*answers: str) -> list[tuple[str, str]]:
    return [(f"part {place}", answer) for place, answer in enumerate(answers, start=1)]


@pytest.mark.requirement("embedded.combine")
@pytest.mark.parametrize(
    ("question", "answers", "short"),
    [
        (BORN, ("3 May 1911", "2 June 1925"), "Mara Lind"),
        (BORN, ("1925", "3 May 1911"), "Hugo Brandt"),
        (BORN, ("3 May 1911", "1 May 1911"), "Hugo Brandt"),
        (BORN, ("44 BC", "AD 12"), "Mara Lind"),
        ("Who died later, Mara Lind or Hugo Brandt?", ("March 1990", "9 October 1987"), "Mara Lind"),
        ("Who is younger, Mara Lind or Hugo Brandt?", ("1960", "1970"), "Hugo Brandt"),
        ("Which film was released more recently, Nightfall or Tern?", ("1960", "1952"), "Nightfall"),
        ("Which is taller, Orrin Tower or Tern Hall?", ("84 metres", "300 feet"), "Tern Hall"),
        ("Which is longer, Long Bridge or Old Bridge?", ("2 km", "1,900 m"), "Long Bridge"),
        ("Which is smaller, Orrin or Tern?", ("9 thousand", "2 million"), "Orrin"),
        ("Are Orrin and Tern located in the same country?", ("Norway", "Norwegian"), "yes"),
        ("Are Orrin and Tern located in the same country?", ("Norway", "Chile"), "no"),
        ("Are Orrin and Tern located in the same county?", ("Gull County", "Gull County"), "yes"),
        ("Are Mara Lind and Hugo Brandt both painters?", ("yes", "yes"), "yes"),
        ("Are Mara Lind and Hugo Brandt both painters?", ("yes", "no"), "no"),
        ("王芳和李雷谁先出生？", ("1990年3月", "1985年"), "李雷"),
        ("长桥与石桥哪座更长？", ("三百米", "2千米"), "石桥"),
        ("Where was the director of film Tern born?", ("Hugo Brandt", "Bergen"), "Bergen"),
        ("Where was the director of film Tern born?", ("Hugo Brandt", ""), "Hugo Brandt"),
    ],
)
def test_parts_decide_the_whole(question: str, answers: tuple[str, ...], short: str) -> None:
    answer, confidence = combine(question, steps(*answers))
    assert answer == short
    assert 0.0 < confidence <= 1.0


def test_two_chains_are_compared_by_their_last_answers() -> None:
    question = "Which film has the director who died later, Tern or Nightfall?"
    answered = steps("Hugo Brandt", "9 October 1987", "Pedro Salas", "1999")
    assert combine(question, answered) == ("Nightfall", 1.0)


def test_the_order_of_the_answers_does_not_matter_when_the_parts_name_their_side() -> None:
    answered = [("When was Hugo Brandt born?", "1911"), ("When was Mara Lind born?", "1925")]
    assert combine(BORN, answered) == ("Hugo Brandt", 1.0)


def test_one_known_side_is_a_guess_with_little_confidence() -> None:
    answer, confidence = combine(BORN, steps("1911", ""))
    assert answer == "Mara Lind"
    assert confidence < 0.5


def test_equal_dates_are_a_guess_with_little_confidence() -> None:
    assert combine(BORN, steps("1911", "May 1911"))[1] < 0.5


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (BORN, ("", "")),
        (BORN, ("unknown", "nobody knows")),
        ("Are Orrin and Tern located in the same country?", ("Norway", "")),
        ("Where was the director of film Tern born?", ("", "")),
        ("Where was the director of film Tern born?", ()),
        (BORN, ()),
    ],
)
def test_undecided_parts_give_no_answer(question: str, answers: tuple[str, ...]) -> None:
    assert combine(question, steps(*answers)) == ("", 0.0)


def test_independent_parts_are_joined() -> None:
    question = "When and where was Mara Lind born?"
    answered = [("When was Mara Lind born?", "1925"), ("Where was Mara Lind born?", "Tern")]
    assert combine(question, answered) == ("1925, Tern", 1.0)


@given(st.integers(1000, 2020), st.integers(1000, 2020))
def test_the_earlier_year_wins_whichever_side_it_is_on(first: int, second: int) -> None:
    answer, confidence = combine(BORN, steps(str(first), str(second)))
    if first == second:
        assert confidence < 0.5
    else:
        assert answer == ("Mara Lind" if first < second else "Hugo Brandt")


def test_equal_values_decide_nothing() -> None:
    question = "Who was born first, Ines Quarto or Edda Lunt?"
    steps = [("When was Ines Quarto born?", "1839"), ("When was Edda Lunt born?", "1839")]
    assert combine(question, steps) == ("", 0.0)
