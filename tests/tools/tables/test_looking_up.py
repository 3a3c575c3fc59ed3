from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.tables import Found, Limits, Refused, Tables

pytestmark = pytest.mark.slow
AMPLE = Limits(seconds=60)
PIECES = [
    "average",
    "by",
    "top",
    "3",
    "age",
    "city",
    "over",
    "30",
    "Paris",
    "or",
    "最高",
    "的",
    "between",
    "and",
    "in",
    "2020",
    "'",
]


@pytest.mark.requirement("tables.look-up")
@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("How many people are there?", [(4,)]),
        ("how many people in Paris or London", [(3,)]),
        ("How many rows where the city is paris and age is at least 40?", [(1,)]),
        ("What is the average age?", [(31.5,)]),
        ("average salary by city", [("London", 2000.0), ("Paris", 1000.5), ("北京", 1500.0)]),
        ("count per city", [("London", 1), ("Paris", 2), ("北京", 1)]),
        ("total salary in Paris", [(1000.5,)]),
        ("name with the highest salary", [("Bob", 2000.0)]),
        ("which name has the lowest age", [("Bob", 25)]),
        ("top 2 names by age", [("Cid", 42), ("Ann", 31)]),
        ("names with age over 30", [("Ann",), ("Cid",)]),
        ("names with age between 25 and 30", [("Bob",), ("Dee",)]),
        ("names joined in 2020", [("Ann",), ("Cid",)]),
        ("names with salary under 1 thousand", []),
        ("how many different cities", [(3,)]),
        ("the latest joined", [("2022-02-02",)]),
        ("北京有多少人", [(1,)]),
        ("平均考试成绩", [(75.0,)]),
        ("考试成绩大于65的有几个", [(3,)]),
    ],
)
def test_plain_questions(tables: Tables, question: str, rows: list[tuple[Any, ...]]) -> None:
    found = tables.look_up(question, "people", AMPLE)
    assert isinstance(found, Found), found
    assert list(found.rows.rows) == rows
    assert tables.query(found.rows.sql, AMPLE).rows == found.rows.rows


@pytest.mark.requirement("tables.look-up")
@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("人口总和", [(6072,)]),
        ("各国家的平均人口", [("中国", 2338.0), ("日本", 1396.0)]),
        ("按国家统计数量", [("中国", 2), ("日本", 1)]),
        ("人口最多的名称是什么？", [("上海", 2487)]),
        ("中国的人口总和", [(4676,)]),
        ("人口大于2千的名称", [("北京",), ("上海",)]),
        ("有哪些不同的国家", [("中国",), ("日本",)]),
        ("前2名名称按人口", [("上海", 2487), ("北京", 2189)]),
    ],
)
def test_plain_questions_in_chinese(tables: Tables, question: str, rows: list[tuple[Any, ...]]) -> None:
    found = tables.look_up(question, "cities", AMPLE)
    assert isinstance(found, Found), found
    assert list(found.rows.rows) == rows


@pytest.mark.requirement("tables.refusal")
@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("how many dogs", "not_understood"),
        ("What is the weather like?", "not_understood"),
        ("how many people not in Paris", "not_understood"),
        ("people except Ann", "not_understood"),
        ("average age of 7", "ambiguous"),
        ("age not over 30", "ambiguous"),
        ("people over 30", "ambiguous"),
        ("age over 30 or salary over 1000", "ambiguous"),
        ("age over 40 or age under 26", "ambiguous"),
        ("average and maximum age", "ambiguous"),
        ("how many cities", "ambiguous"),
        ("average", "ambiguous"),
        ("top 3", "ambiguous"),
        ("sum of name", "wrong_type"),
        ("name over 3", "wrong_type"),
        ("please", "nothing_asked"),
        ("巴黎有多少人", "not_understood"),
        ("'; DROP TABLE people; --", "not_understood"),
    ],
)
def test_what_is_not_sure_is_refused(tables: Tables, question: str, reason: str) -> None:
    found = tables.look_up(question, "people", AMPLE)
    assert isinstance(found, Refused), found
    assert found.reason == reason


@pytest.mark.requirement("tables.refusal")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(min_size=1, max_size=40), st.lists(st.sampled_from(PIECES), min_size=1).map(" ".join)))
def test_whatever_is_asked_gives_an_answer_or_a_refusal(tables: Tables, question: str) -> None:
    if question.strip():
        assert isinstance(tables.look_up(question, "people", AMPLE), (Found, Refused))


def test_the_table_has_to_be_clear(tables: Tables) -> None:
    cases = (("", "people", "empty_question"), ("count", "x", "unknown_table"))
    for question, table, code in cases:
        with pytest.raises(UsageError) as caught:
            tables.look_up(question, table)
        assert caught.value.code == code
