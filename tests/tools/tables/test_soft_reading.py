"""Questions as people ask them: the table chosen, and a softer reading that still ignores no word."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questline.tools.tables import Found, Limits, Refused, Tables
from questline.training.benchmarks.table_questions import open_folder, read_questions

pytestmark = pytest.mark.slow
AMPLE = Limits(seconds=60)
TODAY = date(2026, 6, 15)
PIECES = (
    "who longest than 2026 last month not most lakes Vanda 比 最贵 的 商品 between 5 and m by each top 3 order 7001 in"
    " March shipped later promised 前三名 不在 北京"
)
ASKED = Path(__file__).parent / "asked"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    with open_folder(ASKED, tmp_path_factory.mktemp("asked")) as tables:
        yield tables


def found(tables: Tables, question: str, table: str | None = None) -> Found:
    answer = tables.look_up(question, table, AMPLE, today=TODAY)
    assert isinstance(answer, Found), answer
    return answer


def refused(tables: Tables, question: str, table: str | None = None) -> Refused:
    answer = tables.look_up(question, table, AMPLE, today=TODAY)
    assert isinstance(answer, Refused), answer
    return answer


@pytest.mark.requirement("tables.soft", "tables.chosen")
@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("What does Jon Tresk earn?", [(38500, "Jon Tresk")]),
        ("Compare what Mara Quist and Sue Penhall earn.", [("Mara Quist", 41000), ("Sue Penhall", 35200)]),
        ("Which lakes are deeper than 0.1 km?", [("Ost", 142), ("Sorra", 210), ("Halden", 119)]),
        ("Which lakes are larger than Vanda?", [("Mirel", 1290), ("Halden", 765)]),
        ("How much rain did Port Hale have last month?", [(70.1, "Port Hale", "2026-05")]),
        ("Who was the architect of the Old Toll Brigde?", [("Edwin Pole", "Old Toll Bridge")]),
        ("What are the three tallest plants?", [("Giant Fennel", 250), ("Tall Sage", 140), ("Moon Daisy", 90)]),
        ("Which nation does Vanda lie in?", [("Norland", "Vanda")]),
        ("Which orders were shipped later than promised?", [(7002, "2026-05-26"), (7005, "2026-06-17")]),
        ("Which orders have not been shipped?", [(7004,), (7006,)]),
        ("Which employees are not in Elm?", [("Jon Tresk",), ("Sue Penhall",), ("Ken Abara",), ("Lia Fontes",)]),
        ("Who earns less than Sue Penhall?", [("Ken Abara", 31900), ("Lia Fontes", 33000)]),
        ("Who started before Rita Voll?", [("Olaf Brand", "2008-02-11")]),
        ("Which bridges have more lanes than the Kestrel Bridge?", [("Saint Orla Bridge", 4), ("Cable Bridge", 6)]),
        ("What was the last film of Priya Sen?", [("The Last Orchard", 2023)]),
        ("When was the first bridge opened?", [("1874-10-19", "Old Toll Bridge")]),
        ("Which two lakes are the deepest?", [("Sorra", 210), ("Ost", 142)]),
        ("Which lakes outside Norland are deeper than 50 m?", [("Mirel", 63), ("Sorra", 210)]),
        ("Which employees does Rita Voll manage?", [("Sue Penhall",), ("Ken Abara",), ("Lia Fontes",)]),
        ("哪些商品比咖啡贵？", [("竹篮", 66), ("丝巾", 188)]),
        ("谁的工资比王芳高？", [("李强", 15200), ("张敏", 13400), ("刘洋", 11000), ("赵雪", 12100)]),
        ("哪些员工比王芳入职早？", [("李强", "2016-07-15"), ("刘洋", "2015-11-23")]),
        ("李强比张敏多挣多少？", [(1800,)]),
        ("2020年以后入职的员工有哪些？", [("张敏", "2020-09-10"), ("陈浩", "2021-05-06"), ("赵雪", "2023-02-14")]),
    ],
)
def test_questions_as_people_ask_them(asked: Tables, question: str, rows: list[tuple[Any, ...]]) -> None:
    assert list(found(asked, question).rows.rows) == rows


@pytest.mark.requirement("tables.joined")
def test_two_tables_are_read_as_one_where_neither_answers_alone(asked: Tables) -> None:
    answer = found(asked, "Who bought the reading chair?")
    assert answer.rows.rows == (("Sam Ferris",),)
    assert " JOIN " in answer.rows.sql
    assert answer.confidence < 1
    assert " JOIN " not in found(asked, "What is the email of Leo Brandt?").rows.sql


@pytest.mark.requirement("tables.chosen")
def test_a_tie_names_the_tables(asked: Tables) -> None:
    tie = refused(asked, "How many rows are there?")
    assert tie.reason == "ambiguous"
    assert all(table.name in tie.message for table in asked.tables)


@pytest.mark.requirement("tables.chosen", "tables.refusal")
def test_what_no_table_answers_names_words_and_the_likeliest_table(asked: Tables) -> None:
    nothing = refused(asked, "What does Walter Quill earn?")
    assert (nothing.reason, nothing.words) == ("not_understood", ("walter", "quill"))
    assert "employees" in nothing.message


@pytest.mark.requirement("tables.told")
def test_an_answer_tells_how_it_was_read(asked: Tables) -> None:
    soft = found(asked, "How deep is Lake Sorra?")
    assert soft.reading == "depth_m of lakes where lake = 'Sorra'"
    assert 0.5 <= soft.confidence < 1
    strict = found(asked, "wage of the employees in design")
    assert (strict.reading, strict.confidence) == ("wage of employees where (team = 'design')", 1)
    slip = found(asked, "What's the wage of Rita Vol?")
    assert slip.rows.rows == ((52300, "Rita Voll"),)
    assert "Rita Voll" in slip.reading
    assert slip.confidence < soft.confidence


@pytest.mark.requirement("tables.soft", "tables.refusal")
@pytest.mark.parametrize(
    ("question", "table"),
    [
        ("Who is the best paid in each team?", "employees"),
        ("wage by team", "employees"),
        ("top 3 employees", "employees"),
        ("What is the average wage of the newest employee?", "employees"),
        ("How many people live in Elm?", "weather"),
        ("Is the Cable Bridge long?", "bridges"),
        ("Who is Mara Quest or who is Ken Abara in design?", "employees"),
        ("How much rain did Port Hale have yesterday?", "weather"),
        ("Which trains leave Elm?", "weather"),
        ("What is the longest river?", "bridges"),
        ("What is the largest country?", "lakes"),
        ("Who is the first manager?", "employees"),
        ("Which employees joined in the last year?", "employees"),
        ("How old is Mara Quist?", "employees"),
        ("不卖的商品有哪些", "商品"),
        ("绿茶和红茶哪个贵？", "商品"),
    ],
)
def test_what_would_drop_a_part_of_the_question_is_refused(asked: Tables, question: str, table: str) -> None:
    refused(asked, question, table)


@pytest.mark.requirement("tables.soft")
def test_last_month_needs_to_know_today(asked: Tables) -> None:
    assert isinstance(asked.look_up("How much rain did Port Hale have last month?", limits=AMPLE), Refused)


@pytest.mark.requirement("tables.soft")
def test_a_value_among_many_thousands_is_found(tmp_path: Path) -> None:
    rows = "".join(f"Person{number} Of{number % 7},{number}\n" for number in range(7000))
    (tmp_path / "people.csv").write_text(f"name,wage\n{rows}", encoding="utf-8")
    with Tables.open({"people": tmp_path / "people.csv"}, seconds=100) as tables:
        assert found(tables, "What does person6999 of6 earn?").rows.rows == ((6999, "Person6999 Of6"),)
        refused(tables, "What does Person6999 Of5 earn?")


@pytest.mark.requirement("tables.no-word-ignored")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_word_is_ignored(asked: Tables, data: st.DataObject) -> None:
    rows = [row for row in read_questions(ASKED) if row.gold is not None and row.question.isascii()]
    question = data.draw(st.sampled_from([row.question for row in rows]))
    strange = data.draw(st.text("bcdfghjklmpqrtvwxz", min_size=6, max_size=9))
    words = question.split()
    place = data.draw(st.integers(1, len(words)))
    refused(asked, " ".join([*words[:place], strange, *words[place:]]))


@pytest.mark.requirement("tables.refusal")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(min_size=1, max_size=40) | st.lists(st.sampled_from(PIECES.split()), min_size=1).map(" ".join))
def test_whatever_is_asked_of_several_tables_gives_an_answer_or_a_refusal(asked: Tables, question: str) -> None:
    if question.strip():
        assert isinstance(asked.look_up(question, limits=AMPLE, today=TODAY), (Found, Refused))
