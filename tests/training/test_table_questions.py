"""The measurement of plain questions over tables, run whole on the questions that the repository holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.errors import UsageError
from questline.training.benchmarks.table_questions import is_right, main, read_questions

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[1] / "tools" / "tables"


@pytest.mark.requirement("tables.measured")
@pytest.mark.parametrize(("folder", "least"), [("asked", 150), ("later", 80)])
def test_few_answers_are_wrong_and_most_questions_answered(tmp_path: Path, folder: str, least: int) -> None:
    target = tmp_path / "figures.json"
    assert main(["--folder", str(FOLDER / folder), "--json", str(target)]) == 0
    parts: dict[str, Any] = json.loads(target.read_text("utf-8"))["parts"]
    assert parts["all"]["n"] >= least
    assert parts["all"]["n"] == parts["open"]["n"] + parts["held_out"]["n"]
    for name in ("all", "open", "held_out"):
        assert parts[name]["wrong_of_answered"] <= 0.05, name
        assert parts[name]["answered_of_answerable"] >= 0.8, name


@pytest.mark.requirement("tables.measured", "look.refusal", "look.words")
@pytest.mark.parametrize("folder", ["fresh", "blind"])
def test_questions_in_words_of_their_own_are_mostly_answered_and_few_wrongly(tmp_path: Path, folder: str) -> None:
    target = tmp_path / "figures.json"
    assert main(["--folder", str(FOLDER / folder), "--json", str(target)]) == 0
    whole = json.loads(target.read_text("utf-8"))["parts"]["all"]
    assert whole["n"] >= 60
    assert whole["wrong_of_answered"] <= 0.05
    assert whole["answered_of_answerable"] >= 0.8


@pytest.mark.requirement("tables.measured")
def test_three_questions_of_ten_must_be_refused_and_some_are_chinese() -> None:
    questions = read_questions(FOLDER / "asked")
    assert 0.25 <= sum(each.gold is None for each in questions) / len(questions) <= 0.4
    assert sum(not each.question.isascii() for each in questions) >= 40


@pytest.mark.requirement("tables.measured")
def test_right_is_a_column_with_the_gold_values_alone() -> None:
    assert is_right([1, "a"], [("x", "a"), ("y", 1.0)])
    assert not is_right([1], [("x", 1), ("y", 2)])
    assert not is_right([1, 2], [("x", 1)])
    assert not is_right([1], [])


@pytest.mark.requirement("tables.measured")
def test_right_groups_are_the_gold_rows_alone() -> None:
    assert is_right([["a", 2], ["b", 1]], [("b", 1), ("a", 2)])
    assert not is_right([["a", 2], ["b", 1]], [("a", 1), ("b", 2)])
    assert not is_right([["a", 2]], [("a", 2), ("b", 1)])


@pytest.mark.requirement("tables.measured", "look.accounted")
def test_questions_of_six_fields_are_answered_or_refused_and_hardly_answered_wrongly(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    assert main(["--folder", str(FOLDER / "fields"), "--json", str(target)]) == 0
    parts = json.loads(target.read_text("utf-8"))["parts"]
    assert parts["all"]["n"] >= 120
    for name in ("all", "held_out"):
        assert parts[name]["wrong_of_answered"] <= 0.05, name
    assert parts["all"]["answered_of_answerable"] >= 0.65


@pytest.mark.requirement("tables.measured")
def test_a_line_without_a_question_is_named(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text('{"gold": 3}\n', encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_questions(tmp_path)
    assert caught.value.code == "bad_data"
