"""Where a tool says which of its columns answer, nobody chooses others, and an empty cell there is nothing."""

from __future__ import annotations

import pytest

from questline.agents.tool_executor.asked import asked_of
from questline.agents.tool_executor.choosing import chosen_columns
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.trimming import needed_of
from questline.agents.tool_executor.views import Nothing, Rows


def _table(columns: list[str], rows: list[list[object]], answers: list[str]) -> dict[str, object]:
    return {"columns": columns, "rows": rows, "truncated": False, "answers": answers}


@pytest.mark.requirement("tables.answering")
@pytest.mark.parametrize(
    ("question", "columns", "row", "answers", "first"),
    [
        ("What does the gardener of the Old Park earn?", ["wage_eur", "name"], [2100, "Una Gray"], ["wage_eur"], 2100),
        ("Who runs the oldest mill?", ["miller", "mill"], ["Ike Moor", "Mill of names"], ["miller"], "Ike Moor"),
        ("Mara住在哪里？", ["town", "name"], ["Lund", "Mara"], ["town"], "Lund"),
        ("How many bells has the tower?", ["bells", "height_m", "tower"], [4, 61.0, "North"], ["bells"], 4),
        ("What are his name and town?", ["name", "town", "id"], ["Ivo", "Rye", 4], ["name", "town"], "Ivo"),
    ],
)
def test_the_column_that_answers_comes_first(
    question: str, columns: list[str], row: list[object], answers: list[str], first: object
) -> None:
    needed = needed_of(view(_table(columns, [row], answers)), asked_of(question), {}, None)
    assert isinstance(needed, dict)
    found = view(needed)  # pyright: ignore[reportUnknownArgumentType]  # because it is JSON
    assert isinstance(found, Rows)
    assert found.rows[0][0] == first
    assert {found.columns[place] for place in found.answers} == set(answers)


@pytest.mark.requirement("tables.answering")
def test_an_empty_cell_of_the_column_that_answers_is_nothing() -> None:
    assert view(_table(["miller", "mill"], [[None, "Low Mill"]], ["miller"])) == Nothing()
    kept = view(_table(["miller", "mill"], [[None, "Low Mill"], ["Ann", "High Mill"]], ["miller"]))
    assert isinstance(kept, Rows)
    assert kept.rows == (("Ann", "High Mill"),)


@pytest.mark.requirement("tables.answering")
def test_two_rows_of_one_name_are_told_apart() -> None:
    found = view(_table(["name", "breed"], [["Luna", "lop"], ["Luna", "dutch"]], ["name"]))
    needed = needed_of(found, asked_of("Which rabbits are there?"), {}, None)
    assert needed == {
        "columns": ["name", "breed"], "rows": [["Luna", "lop"], ["Luna", "dutch"]], "answers": ["name"],
        "truncated": False,
    }  # fmt: skip


@pytest.mark.requirement("tables.answering")
def test_names_that_are_no_columns_choose_none() -> None:
    found = view(_table(["name", "breed"], [["Luna", "lop"]], ["weight"]))
    assert isinstance(found, Rows)
    assert found.answers == ()


@pytest.mark.requirement("tables.answering")
@pytest.mark.parametrize(
    ("question", "key"), [("Which guests are here since May?", False), ("What is the guest number of Ola Berg?", True)]
)
def test_a_key_answers_only_where_it_is_asked_for(question: str, key: bool) -> None:
    table = _table(["guest_id", "name", "arrived"], [[7, "Ola Berg", "2027-06-02"], [9, "Tim Ross", "2027-07-01"]], [])
    found = view(table)
    assert isinstance(found, Rows)
    assert (chosen_columns(found, asked_of(question))[0] == 0) is key
