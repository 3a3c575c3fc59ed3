"""Questions whose words are not the columns' own, over tables that nothing was written for."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from questline.tools.tables import Found, Limits, Refused, Tables
from questline.training.benchmarks.table_questions import open_folder

pytestmark = pytest.mark.slow
AMPLE = Limits(seconds=60)
TODAY = date(2026, 6, 15)
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    with open_folder(HERE / "fresh", tmp_path_factory.mktemp("fresh")) as tables:
        yield tables


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    with open_folder(HERE / "blind", tmp_path_factory.mktemp("blind")) as tables:
        yield tables


def found(tables: Tables, question: str) -> Found:
    answer = tables.look_up(question, limits=AMPLE, today=TODAY)
    assert isinstance(answer, Found), answer
    return answer


def refused(tables: Tables, question: str) -> Refused:
    answer = tables.look_up(question, limits=AMPLE, today=TODAY)
    assert isinstance(answer, Refused), answer
    return answer


@pytest.mark.requirement("look.words")
@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which cottages does Marit Olsen let out?", [("Gull House",), ("Old Forge",)]),
        ("Which animals does Hanna Pryce look after?", [("Pepper",), ("Misty",)]),
        ("How many blankets have we got left?", [(40, "blanket")]),
        ("Which items are below their reorder level?", [("cat litter", 6), ("flea drops", 3)]),
        ("Total hours of the dog walkers in 2025", [(331,)]),
        ("Which animal has been here the longest?", [("Duke", "2025-11-20")]),
        ("Cheapest place to stay in Skell?", [("Rowan Cabin", 78)]),
        ("blanket还剩多少？", [(40, "blanket")]),
        ("Lowmoor有几个志愿者？", [(2,)]),
        ("哪个房子离海滩最近？", [("Driftwood", 0.1)]),
    ],
)
def test_other_words_lead_to_the_same_columns(fresh: Tables, question: str, rows: list[tuple[Any, ...]]) -> None:
    plain = [
        tuple(cell.isoformat() if isinstance(cell, date) else cell for cell in row)
        for row in found(fresh, question).rows.rows
    ]
    assert plain == rows


@pytest.mark.requirement("look.words")
def test_a_column_of_yes_and_no_restricts_the_rows(blind: Tables) -> None:
    assert [row[0] for row in found(blind, "Which plots have a shed?").rows.rows] == ["A1", "B1", "C1"]
    assert [row[0] for row in found(blind, "Which plots are without a shed?").rows.rows] == ["A2", "B2"]


@pytest.mark.requirement("look.words", "tables.chosen")
def test_of_two_readings_the_one_that_finds_something_is_meant(fresh: Tables) -> None:
    answer = found(fresh, "What are we running lowest on?")
    assert answer.rows.rows == (("flea drops", 3),)


@pytest.mark.requirement("look.words", "tables.refusal")
def test_a_year_of_a_column_name_is_that_year_alone(fresh: Tables) -> None:
    refused(fresh, "Total hours of the dog walkers in 2024")


@pytest.mark.requirement("look.slips")
@pytest.mark.parametrize(
    ("question", "first"), [("how much dose Biscuit wiegh", 18.5), ("whats the fattest cat called", "Pepper")]
)
def test_words_typed_in_a_hurry(fresh: Tables, question: str, first: object) -> None:
    answer = found(fresh, question)
    assert answer.rows.rows[0][0] == first
    assert answer.confidence < 1


@pytest.mark.requirement("look.derived")
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What do 4 straw bales cost?", 23.0),
        ("what does a week at Lantern Loft cost", 644),
        ("How much more does Moss Barn cost than Old Forge a night?", 110),
        ("Duke比Rex重多少？", 5.2),
    ],
)
def test_what_follows_from_a_column_is_worked_out(fresh: Tables, question: str, value: float) -> None:
    assert found(fresh, question).rows.rows[0][0] == pytest.approx(value)


@pytest.mark.requirement("look.derived")
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What does Ruth Vance pay per square metre?", 0.375),
        ("On what weekday was P305 sent?", "Tuesday"),
        ("3个蛋挞多少钱？", 30),
        ("清蒸鲈鱼比麻婆豆腐贵多少？", 40),
    ],
)
def test_one_column_by_another_and_the_like(blind: Tables, question: str, value: object) -> None:
    assert found(blind, question).rows.rows[0][0] == value


@pytest.mark.requirement("look.derived", "look.refusal")
@pytest.mark.parametrize(
    "question",
    [
        "What do 3 Old Forges cost?",
        "Who lives in Pennford for 3 days?",
        "How many litres does Duke weigh?",
    ],
)
def test_what_is_not_clear_is_not_worked_out(fresh: Tables, question: str) -> None:
    refused(fresh, question)


@pytest.mark.requirement("look.refusal")
@pytest.mark.parametrize(
    "question",
    [
        "Who adopted Pepper?",
        "Which cottages have a hot tub?",
        "What colour is Rex?",
        "How much does Idris Kane earn?",
        "Who built the Old Forge?",
        "How tall is Duke?",
        "Gull House有停车位吗？",
        "哪些动物打过疫苗？",
    ],
)
def test_what_no_column_holds_is_refused(fresh: Tables, question: str) -> None:
    refused(fresh, question)
