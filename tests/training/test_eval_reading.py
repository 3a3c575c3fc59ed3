"""`agents eval reading` on a few questions of the project's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.training.evaluation.readings import read_to_read
from questline.training.evaluation.suites.reading import ReadingSuite

TOWER = "The tower was designed by Mara Lind in 1857. It is 41 metres high."
ROWS: list[dict[str, Any]] = [
    {
        "title": "Tower",
        "context": TOWER,
        "qas": [{"id": "who", "question": "Who designed the tower?", "answers": ["Mara Lind"]}],
    },
    {
        "id": "nothing",
        "question": "Which prize did Olaf Brenner win?",
        "answers": [],
        "context": [{"title": "Tower", "text": TOWER}],
    },
    {
        "paras": ["Lind Bridge", "From 1901 to 1905 Lind Bridge was kept by Oda Berg .", "Then Jon Aas kept it ."],
        "questions": [["Who kept Lind Bridge from 1901 to 1905?", [{"para": 1, "answer": "Oda Berg"}]]],
    },
]
KEYS = ["f1", "em", "no_answer_f1", "n"]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def _ran(questions: Path, *options: str) -> dict[str, Any]:
    target = questions.parent / "reading.json"
    words = ["eval", "reading", "--questions", str(questions), "--cache", str(questions.parent / "cache")]
    assert main([*words, "--json", str(target), *options]) == 0
    return json.loads(target.read_bytes())


@pytest.mark.requirement("eval.reading")
@pytest.mark.parametrize("method", ["words", "encoder", "cross-encoder"])
def test_it_reports_its_keys_finds_the_answers_and_gives_up_where_there_is_none(questions: Path, method: str) -> None:
    report = _ran(questions, "--method", method)
    assert list(report)[: len(KEYS)] == KEYS
    assert {item["id"]: item["prediction"] for item in report["items"]} == {
        "who": "Mara Lind",
        "nothing": "",
        "3.0": "Oda Berg",
    }
    assert (report["f1"], report["em"], report["no_answer_f1"], report["n"]) == (1.0, 1.0, 1.0, 3)
    assert report["run"]["options"]["method"] == method


@pytest.mark.requirement("eval.reading")
def test_one_that_always_answers_is_wrong_where_there_is_no_answer(questions: Path) -> None:
    report = _ran(questions, "--method", "words", "--always")
    assert report["answerable_f1"] == 1.0
    assert report["gave_up_though_answerable"] == 0.0
    assert "--always" in report["run"]["command"]


@pytest.mark.requirement("eval.reading")
def test_rows_with_support_are_read_from_the_corpus(tmp_path: Path) -> None:
    corpus, path = tmp_path / "corpus.jsonl", tmp_path / "questions.jsonl"
    corpus.write_text(json.dumps({"id": "t", "title": "Tower", "text": TOWER}) + "\n")
    row = {"id": "q", "question": "How high is the tower?", "answers": ["41 metres"], "support": ["t"], "source": "own"}
    path.write_text(json.dumps(row) + "\n")
    (one,) = read_to_read(path, corpus)
    assert (one.id, one.source, one.passages[0].title, one.passages[0].text) == ("q", "own", "Tower", TOWER)
    assert ReadingSuite(questions=path, corpus=corpus, source="own").load() == [one]
    with pytest.raises(UsageError, match="other"):
        ReadingSuite(questions=path, corpus=corpus, source="other").load()


@pytest.mark.requirement("eval.reading")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"question": "Who?", "answers": ["x"]}, "context"),
        ({"question": "Who?", "context": "Nobody."}, "answers"),
        ({"question": " ", "answers": [], "context": "Nobody."}, "question"),
        ({"context": "Nobody.", "qas": []}, "qas"),
        ({"paras": ["A"], "questions": [["Who?"]]}, "questions"),
        ({"question": "Who?", "answers": ["x"], "support": ["missing"]}, "support"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_line_and_field(tmp_path: Path, row: dict[str, Any], field: str) -> None:
    corpus, path = tmp_path / "corpus.jsonl", tmp_path / "questions.jsonl"
    corpus.write_text(json.dumps({"id": "t", "title": "Tower", "text": TOWER}) + "\n")
    path.write_text("\n" + json.dumps(row) + "\n")
    with pytest.raises(UsageError) as wrong:
        read_to_read(path, corpus if field == "support" else None)
    assert (wrong.value.code, wrong.value.fields["line"], wrong.value.fields["field"]) == ("bad_data", 2, field)


@pytest.mark.requirement("eval.reading-unanswerable")
def test_each_question_is_asked_again_over_passages_that_do_not_answer_it(tmp_path: Path) -> None:
    documents = [
        {"id": "tower", "title": "Tower", "text": TOWER},
        {"id": "other", "title": "Mill", "text": "The mill stands behind the tower, near the river."},
        {"id": "also", "title": "Lind", "text": "Mara Lind designed towers."},
        {"id": "bread", "title": "Bread", "text": "Bread is baked at night."},
    ]
    corpus, questions = tmp_path / "corpus.jsonl", tmp_path / "questions.jsonl"
    corpus.write_text("".join(json.dumps(row) + "\n" for row in documents), encoding="utf-8")
    row = {"id": "who", "question": "Who designed the tower?", "answers": ["Mara Lind"], "support": ["tower"]}
    questions.write_text(json.dumps(row) + "\n", encoding="utf-8")
    suite = ReadingSuite(questions=questions, corpus=corpus, unanswerable=True)
    own, twin = suite.load()
    assert (twin.id, twin.question, twin.answers) == ("who~", own.question, ())
    assert [passage.title for passage in twin.passages] == ["Mill"]
    report = _ran(questions, "--corpus", str(corpus), "--unanswerable", "--method", "words")
    assert report["n"] == 2
    assert report["no_answer_f1"] == 1.0
    assert "--unanswerable" in report["run"]["command"]


@pytest.mark.requirement("eval.reading-unanswerable")
def test_without_a_corpus_or_a_passage_that_leaves_a_question_open_that_is_said(
    questions: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="corpus") as caught:
        ReadingSuite(questions=questions, unanswerable=True).load()
    assert caught.value.fields["argument"] == "corpus"
    corpus = tmp_path / "corpus.jsonl"
    documents = [{"id": "x", "text": TOWER}, {"id": "y", "text": "Bread is baked."}]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in documents), encoding="utf-8")
    questions.write_text("".join(json.dumps(row) + "\n" for row in ROWS[:1]), encoding="utf-8")
    with pytest.raises(UsageError, match="leaves a question open") as caught:
        ReadingSuite(questions=questions, corpus=corpus, unanswerable=True).load()
    assert caught.value.code == "bad_data"
