"""`agents eval math-checker`: edits keep or change what an answer says, and the checker's verdicts on them are counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.training.evaluation.math_edits import edits
from questline.training.evaluation.math_rows import read_math_rows
from questline.training.evaluation.proportions import proportion

OURS: list[dict[str, Any]] = [
    {"question": "一根绳子长几米?", "answer": "(1)5m;(2)1/2"},
    {"question": "Where do the lines meet?", "answer": "(2,-1)"},
    {"question": "Solve the equation.", "answer": "2或-3"},
    {"question": "Which numbers?", "answer": "-1≤x≤4"},
    {"question": "怎么办?", "answer": "好好学习"},
]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def ran(tmp_path: Path, *files: Path) -> dict[str, Any]:
    target = tmp_path / "report.json"
    words = [word for file in files for word in ("--data", str(file))]
    assert main(["eval", "math-checker", *words, "--cache", str(tmp_path / "cache"), "--json", str(target)]) == 0
    return json.loads(target.read_bytes())


@pytest.mark.requirement("checking.bank")
@pytest.mark.parametrize(
    ("gold", "kind", "text"),
    [
        ("5cm", "finer_unit", "50mm"),
        ("1.8dm^2", "finer_unit", "180cm^2"),
        ("5cm", "no_unit", "5"),
        ("5cm", "wrong_unit", "5m"),
        ("5cm^2", "wrong_power", "5cm^3"),
        ("5cm", "plus_one", "6cm"),
        ("(1)5cm", "minus_one", "(1)4cm"),
        ("1/2", "to_decimal", "0.5"),
        ("0.25", "to_fraction", "1/4"),
        ("3/4", "latex", r"\frac{3}{4}"),
        ("5", "sign", "-5"),
        ("(2,-1)", "swapped", "(-1,2)"),
        ("2或-3", "reordered", "-3或2"),
        ("2或-3", "dropped", "2"),
        ("-1≤x≤4", "as_interval", "[-1,4]"),
        ("x>2", "turned", "x<2"),
        ("x>2", "closed", "x≥2"),
        ("x=2", "no_name", "2"),
        ("对", "not_so", "错"),
    ],
)
def test_an_edit_does_what_its_name_says(gold: str, kind: str, text: str) -> None:
    found = {edit.kind: edit.text for edit in edits(gold, seed="1")}
    assert found[kind] == text


@pytest.mark.requirement("checking.bank")
def test_edits_are_the_same_for_a_seed_and_never_the_answer_itself() -> None:
    gold = "长12cm,宽3cm,高4cm"
    assert edits(gold, seed="1") == edits(gold, seed="1")
    drawn = [{edit.kind: edit.text for edit in edits(gold, seed=str(seed))} for seed in range(20)]
    assert len({each["plus_one"] for each in drawn}) == 3
    assert all(edit.text != gold for edit in edits(gold, seed="1"))
    assert {edit.kind for edit in edits("B", seed="1", choice=True) if not edit.keeps} == {
        "other_option",
        "all_options",
        "two_options",
    }


@pytest.mark.requirement("checking.bank")
def test_verdicts_are_counted_by_kind_and_file(tmp_path: Path) -> None:
    report = ran(tmp_path, written(tmp_path / "ours.jsonl", OURS), written(tmp_path / "more.jsonl", OURS[:1]))
    assert (report["itself"], report["kept_accepted"], report["changed_accepted"]) == (1.0, 1.0, 0.0)
    assert report["parts"] == 8
    assert report["decided"] == report["typed"] == 7 / 8  # advice is no value
    assert list(report["files"]) == ["ours", "more"]
    assert report["kinds"]["changes swapped"]["rejected"] == 1
    assert report["kinds"]["keeps boxed"]["n"] == 8
    assert report["kinds"]["changes dropped_part"]["accepted"] == 0
    assert report["run"]["data"].keys() == {"ours.jsonl", "more.jsonl"}


@pytest.mark.requirement("checking.bank")
@pytest.mark.parametrize(
    ("row", "question", "golds", "choice"),
    [
        ({"Body": "A.", "Question": "B?", "Answer": 3.0, "Equation": "1+2"}, "A. B?", ("3",), None),
        ({"body": "A.", "question": "B?", "answer": "9 (cats)", "solution_type": "Sum"}, "A. B?", ("9 (cats)",), None),
        ({"input": "A?", "target": 2.5}, "A?", ("2.5",), None),
        ({"content": "A?", "answer": "x", "expr_cands": ["x"]}, "A?", ("x",), None),
        ({"question": "A?", "final_answer": ["1", "2"]}, "A?", ("1; 2",), None),
        ({"question": "A?", "options": ["A)1"], "correct": "A"}, "A?", ("A",), True),
        ({"question": "A?", "options": {"A": "1"}, "label": "B", "answer": None}, "A?", ("B",), True),
        (
            {"QuestionCN": "问", "AnswerCN": "圆", "AnswerEN": "circle", "QuestionType": "FillInTheBlank"},
            "问",
            ("圆", "circle"),
            None,
        ),
    ],
)
def test_the_columns_say_which_set_a_row_is_of(
    tmp_path: Path, row: dict[str, Any], question: str, golds: tuple[str, ...], choice: bool | None
) -> None:
    (found,) = read_math_rows(written(tmp_path / "set.jsonl", [row]))
    assert (found.question, found.golds, found.choice, found.id) == (question, golds, choice, "set-1")


@pytest.mark.requirement("checking.bank")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"question": "A?"}, "answer"),
        ({"answer": "1"}, "question"),
        ({"question": "A?", "answer": " "}, "answer"),
        ({"QuestionCN": "问", "AnswerCN": "圆"}, "AnswerCN"),
        ({"Body": "A.", "Question": "B?"}, "Answer"),
    ],
)
def test_a_missing_column_is_named(tmp_path: Path, row: dict[str, Any], field: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_math_rows(written(tmp_path / "set.jsonl", [row]))
    assert raised.value.code == "bad_data"
    assert raised.value.fields["line"] == 1
    assert field in {raised.value.fields["field"], "AnswerCN"}


@pytest.mark.requirement("checking.bank")
@pytest.mark.parametrize(
    ("count", "total", "low", "high"), [(0, 0, 0, 1), (0, 100, 0, 0.037), (100, 100, 0.963, 1), (5, 10, 0.237, 0.763)]
)
def test_a_share_has_an_interval_that_stays_open_at_its_ends(count: int, total: int, low: float, high: float) -> None:
    share, *ends = proportion(count, total)
    assert share == (count / total if total else 0)
    assert ends == pytest.approx([low, high], abs=0.001)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.requirement("checking.shared")
def test_the_shared_part_is_decided_and_edits_are_told_apart(data_dir: Path, tmp_path: Path) -> None:
    report = ran(tmp_path, data_dir / "math" / "mathreal_testmini_part.jsonl.gz")
    assert report["itself"] == 1.0
    assert report["decided"] >= 0.75
    assert report["kept_accepted"] >= 0.98
    assert report["changed_accepted"] <= 0.005
