"""Cells, columns and numbers that look like words of a question: each is read for what it is, or refused."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from questline.tools.tables import Found, Limits, Refused, Tables

pytestmark = pytest.mark.slow
AMPLE = Limits(seconds=60)
FILES = {
    "sales": """country,customer,amount,day,department
DE,Ann,100,2023-01-05,Sales
IN,Bob,200,2023-03-01,HR
NO,Cid,2023,2024-07-07,IT
CA,Dee,50,2024-02-02,Sales
US,Eve,70,2022-02-02,Legal
""",
    "students": """name,grade,number,year
Ann,A,1,2023
Bob,B,2,2024
Cid,A,12,2024
""",
    "staff": """name,state,salary,team,size
Ann,CA,50000,Total,S
Bob,IN,60000,Red,M
Cid,OR,70000,Blue,S
Dee,ME,5000,No,30
""",
    "marks": """姓名,等级,年份,分数
甲,高,2023,90
乙,中,2024,80
丙,低,2024,70
""",
    "letters": """a,b,total,from
1,2,3,Ann
3,4,7,Bob
""",
}


@pytest.fixture(scope="module")
def everyday(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    folder = tmp_path_factory.mktemp("everyday")
    for name, content in FILES.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    with Tables.open({name: folder / f"{name}.csv" for name in FILES}, seconds=100) as opened:
        yield opened


@pytest.mark.requirement("tables.look-up")
@pytest.mark.parametrize(
    ("table", "question", "rows"),
    [
        ("sales", "how many sales in DE", [(1,)]),
        ("sales", "HOW MANY SALES IN DE", [(1,)]),
        ("sales", "how many sales in IN", [(1,)]),
        ("sales", "total amount of DE or IN", [(300,)]),
        ("sales", "how many in the US", [(1,)]),
        ("sales", "total amount in Sales and HR", [(350,)]),
        ("sales", "total amount in IT", [(2023,)]),
        ("sales", "customer with country no", [("Cid",)]),
        ("sales", "customers in 'IN'", [("Bob",)]),
        ("sales", "what's the amount of Ann", [(100,)]),
        ("sales", "amount in 2023", [(100,), (200,)]),
        ("sales", "total amount in 2023", [(300,)]),
        ("sales", "total amount during 2023", [(300,)]),
        ("sales", "average amount in 2024", [(1036.5,)]),
        ("sales", "total amount by customer in 2023", [("Ann", 100), ("Bob", 200)]),
        ("sales", "how many sales in 2023 and in 2024", [(4,)]),
        ("sales", "how many sales in 2022 or 2023", [(3,)]),
        ("sales", "customers in 2022, 2023", [("Ann",), ("Bob",), ("Eve",)]),
        ("sales", "total amount after 2022", [(2373,)]),
        ("sales", "how many sales before 2024", [(3,)]),
        ("sales", "how many sales between 2022 and 2023", [(3,)]),
        ("sales", "customers with amount = 2023", [("Cid",)]),
        ("sales", "customers with amount over 100 in 2023", [("Bob",)]),
        ("sales", "customers with amount between 50 and 100", [("Ann",), ("Dee",), ("Eve",)]),
        ("sales", "top 1 customer by amount in 2023", [("Bob", 200)]),
        ("sales", "who has the highest amount", [("NO", "Cid", 2023, "2024-07-07", "IT")]),
        ("sales", "what is the highest amount", [(2023,)]),
        ("students", "students with a grade B", [("Bob", "B", 2, 2024)]),
        ("students", "how many with grade a", [(2,)]),
        ("students", "names with grade A", [("Ann",), ("Cid",)]),
        ("students", "number of rows", [(3,)]),
        ("students", "the number of students in 2024", [(2,)]),
        ("students", "highest number", [(12,)]),
        ("students", "how many students in year 2023", [(1,)]),
        ("students", "names with year before 2024", [("Ann",)]),
        ("students", "names with number 1 or 2", [("Ann",), ("Bob",)]),
        ("students", "names where number is 1 and number is 2", [("Ann",), ("Bob",)]),
        ("staff", "highest salary in CA", [(50000,)]),
        ("staff", "how many in OR", [(1,)]),
        ("staff", "names in CA or OR", [("Ann",), ("Cid",)]),
        ("staff", "how many rows in total", [(4,)]),
        ("staff", "names with salary 50,000", [("Ann",)]),
        ("staff", "what's the salary of Ann", [(50000,)]),
        ("staff", "names with salary over 30", [("Ann",), ("Bob",), ("Cid",), ("Dee",)]),
        ("marks", "2023年和2024年有多少人", [(3,)]),
        ("marks", "等级为中的有多少人", [(1,)]),
        ("marks", "分数最高的是谁", [("甲", "高", 2023, 90)]),
        ("marks", "平均分数在2024年", [(75.0,)]),
        ("letters", "sum of a", [(4,)]),
        ("letters", "total from Ann", [(3,)]),
    ],
)
def test_everyday_words_are_read_for_what_they_are(
    everyday: Tables, table: str, question: str, rows: list[tuple[Any, ...]]
) -> None:
    found = everyday.look_up(question, table, AMPLE)
    assert isinstance(found, Found), found
    assert list(found.rows.rows) == rows


@pytest.mark.requirement("tables.refusal")
@pytest.mark.parametrize(
    ("table", "question", "reason", "word"),
    [
        ("sales", "is there no sale", "ambiguous", "no"),
        ("sales", "how many in us", "ambiguous", "us"),
        ("sales", "total amount in it", "ambiguous", "it"),
        ("sales", "amount 2023", "ambiguous", "2023"),
        ("sales", "total amount between 2022 and 2023", "ambiguous", "between 2022 and 2023"),
        ("sales", "amount in May", "not_understood", "may"),
        ("sales", "customer is DE", "ambiguous", "de"),
        ("students", "show students with number 1,2", "not_understood", "1"),
        ("students", "number of Ann", "ambiguous", "number"),
        ("students", "average in 5", "not_understood", "5"),
        ("staff", "salary is 50,000,60,000", "not_understood", "50"),
        ("staff", "how many in me", "ambiguous", "me"),
        ("letters", "total a", "ambiguous", "total"),
    ],
)
def test_what_may_be_a_word_or_a_value_is_refused(
    everyday: Tables, table: str, question: str, reason: str, word: str
) -> None:
    found = everyday.look_up(question, table, AMPLE)
    assert isinstance(found, Refused), found
    assert (found.reason, word in found.words) == (reason, True), found
