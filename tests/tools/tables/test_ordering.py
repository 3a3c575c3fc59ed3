"""Lists in an order, rows that go by a number alone, and how many something took, of a kennel and a bus line."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date

import pytest

from questline.tools.tables import Found, Limits, Refused, Tables

AMPLE = Limits(seconds=60)
FILES = {
    "kennels": """kennel,area_m2,since
Ash,12.5,2019-04-01
Birch,9.0,2021-02-03
Cedar,20.0,2017-08-09
""",
    "buses": """bus,built,riders
Robin,2012,60
Wren,2019,85
""",
    "repairs": """repair_id,date,mechanic,what,cost_eur
1,2026-03-01,Ole Brandt,brakes,240.00
2,2026-03-09,Ida Kern,door,90.00
3,2026-04-02,Ole Brandt,engine,1850.00
4,2026-04-09,Ole Brandt,door,70.00
""",
    "borrowed": """loan_id,title,lent_on,pages
1,Moss and Rain,2026-05-01,180
2,Tin Harbour,2026-05-02,95
3,Moss and Rain,2026-05-09,180
""",
    "trips": """trip_id,date,line,passengers
1,2026-05-01,Red,40
2,2026-05-01,Blue,25
3,2026-05-02,Red,31
""",
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    folder = tmp_path_factory.mktemp("ordering")
    for name, content in FILES.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    with Tables.open({name: folder / f"{name}.csv" for name in FILES}, seconds=100) as opened:
        yield opened


def asked(tables: Tables, question: str) -> Found | Refused:
    return tables.look_up(question, limits=AMPLE, today=date(2026, 6, 1))


@pytest.mark.requirement("tables.answering")
@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("List the kennels by area", ["Birch", "Ash", "Cedar"]),
        ("List all kennels sorted by area", ["Birch", "Ash", "Cedar"]),
        ("Rank the kennels by area", ["Cedar", "Ash", "Birch"]),
        ("List the kennels by area, descending", ["Cedar", "Ash", "Birch"]),
    ],
)
def test_a_list_has_the_order_that_is_asked_for(tables: Tables, question: str, order: list[str]) -> None:
    found = asked(tables, question)
    assert isinstance(found, Found), found
    place = [column.name for column in found.rows.columns].index("kennel")
    assert [row[place] for row in found.rows.rows] == order


@pytest.mark.requirement("tables.answering")
def test_a_number_of_things_has_no_order(tables: Tables) -> None:
    assert isinstance(asked(tables, "How many kennels are there sorted by area?"), Refused)


@pytest.mark.requirement("tables.answering")
def test_a_row_that_goes_by_a_number_alone_says_what_it_is_about(tables: Tables) -> None:
    found = asked(tables, "What was the most expensive repair?")
    assert isinstance(found, Found), found
    assert {"engine", "Ole Brandt"} <= set(found.rows.rows[0])


@pytest.mark.requirement("tables.answering")
def test_what_each_can_take_is_not_what_it_took(tables: Tables) -> None:
    assert isinstance(asked(tables, "How many riders did the Robin carry?"), Refused)
    found = asked(tables, "How many riders does the Robin carry?")
    assert isinstance(found, Found), found
    assert found.rows.rows[0][0] == 60


@pytest.mark.requirement("tables.answering")
def test_what_something_has_is_told_once_for_each_row_and_not_added_up(tables: Tables) -> None:
    found = asked(tables, "How many pages does Moss and Rain have?")
    assert isinstance(found, Found), found
    assert [row[0] for row in found.rows.rows] == [180, 180]


@pytest.mark.requirement("tables.answering")
@pytest.mark.parametrize("question", ["How many passengers were there on 1 May 2026?", "2026年5月1日有多少乘客？"])
def test_what_happened_on_a_day_is_added_up_in_either_language(tables: Tables, question: str) -> None:
    found = asked(tables, question)
    assert isinstance(found, Found), found
    assert found.rows.rows == ((65,),)
