"""An answer's sentence speaks of what was asked: its names, values, relation and polarity."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from questline.tools.reading import read
from questline.types import Passage

Build = Callable[..., Passage]

COUNTRY = (
    ("Gull Vale", "Gull Vale is a village in Norland. It was founded by Earl Osric in 1388. It has no cinema."),
    ("Ravn Holt", "Ravn Holt (born 4 June 1955) is a rower. He never rowed for Tern. He won 17 races for Skerry."),
    ("Gull Bridge", "Gull Bridge is a bridge that was opened in 1874. It was designed by Ada Falk."),
    ("Ines Brandt", "Ines Brandt, born in Pell, is a geologist. She lives in Norland."),
    ("Mara Brandt", "Mara Brandt (born 9 March 1968) is a sculptor."),
    ("Harbour dues", "The council said that the harbour dues will not rise."),
)  # fmt: skip
RECORD = (
    "Land area: 410 sq km\nLand boundaries > border countries: Tarland 60 km; Peru 20 km\nCapital > name: Osric\n"
    "Capital > origin: named after an earl of old\nPopulation > total: 512,000 (2020)\n"
    "Birth rate: 12 births/1,000 population"
)  # fmt: skip


@pytest.fixture
def country(passage: Build) -> list[Passage]:
    return [passage(text, title, f"p{place}") for place, (title, text) in enumerate(COUNTRY)]


@pytest.mark.requirement("embedded.read-supported")
@pytest.mark.parametrize(
    "question",
    [
        "When was Gull Bridge demolished?",
        "What is the population of Gull Bridge?",
        "When was Ravn Vale born?",
        "When was Otto Kranz born?",
        "Who designed Gull Vale?",
        "How many races did Ravn Holt win for Tern?",
        "What is the population of Brint?",
        "Did Ravn Holt row for Skerry?",
    ],
)
def test_what_no_sentence_says_of_the_named_is_not_answered(question: str, country: list[Passage]) -> None:
    assert read(question, country).abstained


@pytest.mark.requirement("embedded.read-supported")
@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("When was Gull Bridge opened?", "1874"),
        ("Who designed Gull Bridge?", "Ada Falk"),
        ("Who founded Gull Vale?", "Earl Osric"),
        ("When was Ravn Holt born?", "4 June 1955"),
        ("How many races did Ravn Holt win for Skerry?", "17 races"),
    ],
)
def test_what_a_sentence_says_of_the_named_is_answered(question: str, short: str, country: list[Passage]) -> None:
    assert read(question, country).short == short


@pytest.mark.requirement("embedded.read-supported", "embedded.read-yes-no")
@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("Does Gull Vale have a cinema?", "no"),
        ("Was Ravn Holt born in 1956?", "no"),
        ("Was Ravn Holt born in 1955?", "yes"),
        ("Is Ines Brandt a sculptor?", "no"),
        ("Is Mara Brandt a sculptor?", "yes"),
        ("Did Ravn Holt row for Tern?", "no"),
        ("Will the harbour dues rise?", "no"),
    ],
)
def test_yes_needs_the_predicate_the_values_and_the_polarity(question: str, short: str, country: list[Passage]) -> None:
    assert read(question, country).short == short


def test_why_shows_the_sentence_and_claims_no_short_answer(country: list[Passage]) -> None:
    reading = read("Why did the harbour dues not rise?", country)
    assert reading.text == COUNTRY[-1][1]
    assert reading.short == ""


@pytest.mark.requirement("embedded.read-records")
@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("What is the capital of Orland?", "Osric"),
        ("What is the population of Orland?", "512,000"),
        ("Does Orland border Tarland?", "yes"),
        ("Does Orland border France?", "no"),
    ],
)
def test_the_label_of_a_line_says_what_its_value_answers(question: str, short: str, passage: Build) -> None:
    reading = read(question, [passage(RECORD, "Orland: Facts")])
    assert reading.short == short
    assert "\n" not in reading.citations[0].quote
