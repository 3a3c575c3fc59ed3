"""The known sets, by rows of the project's own in their columns."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from questline.errors import UsageError
from questline.training.evaluation.temporal.known_sets import TAXONOMY, read_timed
from questline.training.evaluation.temporal.predictions import read_predictions

CHRONO: dict[str, Any] = {
    "id": "q1",
    "question": "2021年6月9日云门发生了什么？",
    "question_date": "2024-8-3",
    "answer": "大坝合龙",
    "temporal_expression_type": "explicit",
    "temporal_scope": "mid",
    "temporal_granularity": "day",
    "temporal_type": "absolute",
    "answer_type": "entity",
    "reference_document_count": "single",
    "golden_chunks": ["2021年6月9日，云门大坝合龙。"],
}
REAL: dict[str, Any] = {
    "id": "r1",
    "date": "2022/06/16",
    "source": "OWN",
    "question": "Which town flooded this week?",
    "choices": ["Brindle", "Skerry Bay"],
    "answer": ["1"],
    "docs": [{"title": "Flood", "date": "2022/06/12", "text": "Skerry Bay flooded this week."}, {"text": ""}],
}
TIMEQA: dict[str, Any] = {
    "index": "/own",
    "type": "P1",
    "paras": ["Lind Bridge", "From 1901 to 1905 Lind Bridge was kept by Oda Berg .", "Then Jon Aas kept it ."],
    "questions": [
        ["Who kept Lind Bridge from 1901 to 1905?", [{"para": 1, "from": 0, "end": 1, "answer": "Oda Berg"}]],
        ["Who kept Lind Bridge in 1780?", [{"para": 0, "from": 0, "end": 0, "answer": ""}]],
    ],
}
SITUATED: dict[str, Any] = {
    "id": 7,
    "question": "when did the ferry last run",
    "edited_question": "when did the ferry last run as of 1990",
    "date": "1990",
    "date_type": "sampled_year",
    "answer": ["1988", "1988"],
    "any_answer": ["1988", "2001"],
}
MENAT: dict[str, Any] = {
    "ID": 4,
    "question": "Who kept the mill from 1901 to 1905?",
    "answer": "Oda Berg",
    "updated_question": "Who kept the mill from 1780 to 1790?",
    "updated_answer": "unanswerable",
    "type": "expand",
    "annotated_para": "Oda Berg kept the mill from 1901 to 1905.",
    "context": [{"title": "Mill", "text": "Oda Berg kept the mill from 1901 to 1905."}],
}


def written(folder: Path, *rows: object, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.requirement("temporal-eval.sets")
def test_each_set_is_told_by_its_columns(tmp_path: Path) -> None:
    read = {
        kind: read_timed(written(tmp_path, row))
        for kind, row in {
            "chronoqa": CHRONO, "realtimeqa": REAL, "timeqa": TIMEQA, "situatedqa": SITUATED, "menatqa": MENAT
        }.items()
    }  # fmt: skip
    assert [each.kind for each in read.values()] == list(read)
    chrono = read["chronoqa"].questions[0]
    assert (chrono.anchor, chrono.answers, chrono.fields["temporal_scope"]) == (
        date(2024, 8, 3),
        ("大坝合龙",),
        "mid-term",
    )
    real = read["realtimeqa"].questions[0]
    assert (real.answers, real.options, real.anchor) == (("Skerry Bay",), ("Brindle", "Skerry Bay"), date(2022, 6, 16))
    assert [(given.title, given.published) for given in real.passages] == [("Flood", date(2022, 6, 12))]
    kept, unanswered = read["timeqa"].questions
    assert (kept.id, kept.answers, [given.text for given in kept.gold]) == ("1.0", ("Oda Berg",), [TIMEQA["paras"][1]])
    assert (unanswered.answers, unanswered.gold, unanswered.fields["answerable"]) == ((), (), "no")
    situated = read["situatedqa"].questions[0]
    assert (situated.id, situated.answer_type, situated.granularity) == ("7-1", "time", "year")
    assert situated.anchor == date(1990, 12, 31)
    menat = read["menatqa"].questions[0]
    assert (menat.question, menat.answers, menat.fields["change"]) == (MENAT["updated_question"], (), "expand")


@pytest.mark.requirement("temporal-eval.bad-input")
@pytest.mark.parametrize("field", [*TAXONOMY, "golden_chunks", "question_date"])
def test_columns_that_are_missing_are_named(tmp_path: Path, field: str) -> None:
    row = {name: value for name, value in CHRONO.items() if name != field}
    with pytest.raises(UsageError, match=f"lacks '{field}'") as wrong:
        read_timed(written(tmp_path, row), "chronoqa")
    assert (wrong.value.code, wrong.value.fields["line"], wrong.value.fields["field"]) == ("bad_data", 1, field)


@pytest.mark.requirement("temporal-eval.bad-input")
def test_columns_of_no_known_set_are_named_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'text', 'label'.*no known set.*golden_chunks") as wrong:
        read_timed(written(tmp_path, {"text": "x", "label": 1}))
    assert wrong.value.code == "bad_data"


@pytest.mark.requirement("temporal-eval.bad-input")
@pytest.mark.parametrize("field", list(TAXONOMY))
def test_a_value_that_the_taxonomy_does_not_know_is_refused_with_the_known_ones(tmp_path: Path, field: str) -> None:
    with pytest.raises(
        UsageError, match=f"{field} 'sideways' is none of the known values {', '.join(TAXONOMY[field])}"
    ):
        read_timed(written(tmp_path, CHRONO, CHRONO | {"id": "q2", field: "sideways"}))


FAULTY: list[tuple[dict[str, Any], str]] = [
    (CHRONO | {"answer": " "}, "answer"),
    (CHRONO | {"golden_chunks": []}, "golden_chunks"),
    (CHRONO | {"golden_chunks": [3]}, "golden_chunks"),
    (CHRONO | {"question": ""}, "question"),
    (REAL | {"answer": ["7"]}, "answer"),
    (REAL | {"choices": []}, "choices"),
    (REAL | {"docs": [{"title": "x"}]}, "docs"),
    (TIMEQA | {"questions": [["Who?"]]}, "questions"),
    (TIMEQA | {"questions": [["Who?", [{"para": 9, "answer": "x"}]]]}, "questions"),
    (SITUATED | {"answer": []}, "answer"),
    (MENAT | {"updated_answer": 3}, "updated_answer"),
]


@pytest.mark.requirement("temporal-eval.bad-input")
@pytest.mark.parametrize(("row", "field"), FAULTY)
def test_a_row_that_cannot_be_read_names_its_line_and_field(tmp_path: Path, row: dict[str, Any], field: str) -> None:
    with pytest.raises(UsageError) as wrong:
        read_timed(written(tmp_path, row))
    assert (wrong.value.code, wrong.value.fields["line"], wrong.value.fields["field"]) == ("bad_data", 1, field)


@pytest.mark.requirement("temporal-eval.bad-input")
def test_an_id_that_stands_twice_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="twice"):
        read_timed(written(tmp_path, CHRONO, CHRONO))
    with pytest.raises(UsageError, match="holds no question"):
        read_timed(written(tmp_path))


@pytest.mark.requirement("temporal-eval.bad-input")
@pytest.mark.parametrize("day", ["2023-02-30", "gpt-4o", "", None, 20240803])
def test_a_day_that_cannot_be_leaves_the_question_without_one(tmp_path: Path, day: object) -> None:
    assert read_timed(written(tmp_path, CHRONO | {"question_date": day})).questions[0].anchor is None


@pytest.mark.requirement("temporal-eval.predictions")
def test_predictions_are_read_from_lines_or_one_object(tmp_path: Path) -> None:
    lines = written(tmp_path, {"id": "a", "prediction": "x"}, {"id": 3, "answer": ""}, name="p.jsonl")
    assert read_predictions(lines, {"a", "3", "b"}) == {"a": "x", "3": ""}
    whole = tmp_path / "p.json"
    whole.write_text('{"a": "x", "3": ""}', encoding="utf-8")
    assert read_predictions(whole, {"a", "3"}) == {"a": "x", "3": ""}


@pytest.mark.requirement("temporal-eval.predictions")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"id": "z", "prediction": "x"}, "unknown_id"),
        ({"id": "a", "prediction": 3}, "bad_prediction"),
        ({"id": "a", "prediction": None}, "bad_prediction"),
        ({"id": "a"}, "bad_data"),
        ({"prediction": "x"}, "bad_data"),
    ],
)
def test_a_prediction_that_cannot_be_scored_is_refused(tmp_path: Path, row: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as wrong:
        read_predictions(written(tmp_path, row), {"a"})
    assert wrong.value.code == code
