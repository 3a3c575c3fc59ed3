"""Rows that a model found are held against the years, months and numbers of the question."""

from __future__ import annotations

import pytest

from questline.agents.composer.linked import unheld

READ = {
    "read_by": "model",
    "reading": "price of stalls where town = 'Ashby' and opened 2024",
    "sql": "SELECT price FROM stalls WHERE town = 'Ashby' AND opened >= DATE '2024-01-01' AND size > 10",
    "columns": ["price"],
    "rows": [[18]],
}


@pytest.mark.parametrize(
    "question",
    [
        "What is the price of the Ashby stall?",
        "price at Ashby, opened in 2024",
        "price of stalls over 10 metres in Ashby",
    ],
)
def test_what_the_reading_holds_is_no_fault(question: str) -> None:
    assert unheld(question, READ) == ""


@pytest.mark.parametrize(
    ("question", "word"), [("price at Ashby in 2025", "2025"), ("price of stalls over 12 metres in Ashby", "12")]
)
def test_a_year_or_a_number_that_it_does_not_hold_is_named(question: str, word: str) -> None:
    assert word in unheld(question, READ)


@pytest.mark.parametrize("result", [None, [], {"rows": [[18]]}, READ | {"read_by": "rules"}])
def test_what_no_model_read_is_not_looked_at(result: object) -> None:
    assert unheld("price at Ashby in 2025", result) == ""
