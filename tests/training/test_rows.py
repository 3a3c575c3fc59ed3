"""Evaluation data: the forms that are read, and how a bad row is named."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.evaluation.rows import (
    content_hash,
    read_distinct_questions,
    read_qrels,
    read_queries,
    read_questions,
)


def write(path: Path, *rows: object) -> Path:
    text = "".join(f"{row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


QUESTION = {"id": 7, "question": "Who?", "answers": ["Ann", "Anna"], "source": "own", "support": ["d1", "d2"]}


@pytest.mark.requirement("eval.data-forms")
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_questions_serve_as_queries_and_judgements_plain_or_packed(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, QUESTION, "", {"_id": "x", "question": "What?", "answers": ["that"]})
    first, second = read_questions(path)
    assert (first.id, first.text, first.answers, first.source) == ("7", "Who?", ("Ann", "Anna"), "own")
    assert (second.id, second.source) == ("x", "all")
    assert [(query.id, query.text) for query in read_queries(path)] == [("7", "Who?"), ("x", "What?")]
    assert read_qrels(path) == {"7": {"d1": 1, "d2": 1}}


@pytest.mark.requirement("eval.data-forms")
def test_both_forms_of_judgements_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", {"q": "1", "d": "a", "s": 2}, {"qid": 1, "docid": "b", "grade": -1.0})
    assert read_qrels(path) == {"1": {"a": 2, "b": -1}}


def test_the_hash_is_of_the_content_not_of_the_packing(tmp_path: Path) -> None:
    plain, packed = write(tmp_path / "a.jsonl", QUESTION), write(tmp_path / "a.jsonl.gz", QUESTION)
    assert content_hash(plain) == content_hash(packed) != content_hash(write(tmp_path / "b.jsonl", QUESTION, QUESTION))


@pytest.mark.requirement("eval.bad-rows")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"id": True, "question": "?", "answers": ["x"]}, "id"),
        ({"id": "7", "question": "?", "answers": ["x"]}, "id"),
        ({"id": "1", "question": " ", "answers": ["x"]}, "question"),
        ({"id": "1", "question": "?", "answers": "x"}, "answers"),
        ({"id": "1", "question": "?", "answers": []}, "answers"),
        ({"id": "1", "question": "?", "answers": [None]}, "answers"),
        ({"id": "1", "question": "?", "answers": ["x"], "source": 3}, "source"),
    ],
)
def test_a_bad_question_is_named_by_file_line_and_field(tmp_path: Path, row: object, field: str) -> None:
    path = write(tmp_path / "q.jsonl", QUESTION, "", row)
    with pytest.raises(UsageError) as caught:
        read_questions(path)
    assert caught.value.code == "bad_data"
    assert caught.value.fields == {"path": path, "line": 3, "field": field}


@pytest.mark.requirement("eval.data-forms")
def test_the_line_stands_in_for_an_id_that_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", QUESTION, "", {"question": "Where?", "answers": ["there"]})
    assert [one.id for one in read_questions(path)] == ["7", "3"]
    clash = write(tmp_path / "clash.jsonl", QUESTION | {"id": "2"}, {"question": "Where?", "answers": ["there"]})
    with pytest.raises(UsageError, match="line 1 already"):
        read_questions(clash)


@pytest.mark.requirement("eval.bad-rows")
@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({"question": " WHO? ", "answers": ["Bea"]}, "bad_data", "question"),
        ({"question": "Where?", "answers": ["there", "  "]}, "bad_data", "answers"),
        ({"question": "Where is " + "very " * 10 + "far?", "answers": ["there"]}, "question_too_long", None),
    ],
)
def test_what_runs_each_question_once_refuses_what_it_could_not_score(
    tmp_path: Path, row: dict[str, object], code: str, field: str | None
) -> None:
    path = write(tmp_path / "q.jsonl", QUESTION, row)
    with pytest.raises(UsageError, match="line 2") as caught:
        read_distinct_questions(path, most=40)
    assert (caught.value.code, caught.value.fields["line"], caught.value.fields.get("field")) == (code, 2, field)
    assert len(str(caught.value)) < 300
    fine = write(tmp_path / "fine.jsonl", QUESTION, {"question": "Where?", "answers": ["there"]})
    assert read_distinct_questions(fine, most=40) == read_questions(fine)


@pytest.mark.parametrize("row", ["[1, 2]", "{broken"])
def test_a_line_that_is_not_a_json_object_is_named(tmp_path: Path, row: str) -> None:
    path = write(tmp_path / "q.jsonl", QUESTION, "", row)
    with pytest.raises(UsageError) as caught:
        read_questions(path)
    assert (caught.value.code, caught.value.fields) == ("bad_data", {"path": path, "line": 3})


@pytest.mark.requirement("eval.bad-rows")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"q": "1", "d": "a"}, "s"),
        ({"q": "1", "d": "a", "s": 0.5}, "s"),
        ('{"q": "1", "d": "a", "s": Infinity}', "s"),
        ({"q": "1", "s": 1}, "d"),
        ({"d": "a", "s": 1}, "q"),
        ({"id": "1", "question": "?", "support": [1.5]}, "support"),
    ],
)
def test_a_bad_judgement_is_named_by_file_line_and_field(tmp_path: Path, row: object, field: str) -> None:
    path = write(tmp_path / "q.jsonl", row)
    with pytest.raises(UsageError) as caught:
        read_qrels(path)
    assert (caught.value.code, caught.value.fields["line"], caught.value.fields["field"]) == ("bad_data", 1, field)


def test_files_without_rows_or_judgements_are_refused(tmp_path: Path) -> None:
    empty = write(tmp_path / "empty.jsonl")
    unjudged = write(tmp_path / "unjudged.jsonl", {"id": "1", "question": "?", "answers": ["x"], "support": []})
    for read, path in ((read_questions, empty), (read_qrels, empty), (read_qrels, unjudged)):
        with pytest.raises(UsageError) as caught:
            read(path)
        assert caught.value.code == "bad_data"


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1}\n' * 500)[:-20])
    (tmp_path / "latin.jsonl").write_bytes('{"id": "1", "text": "Zürich"}'.encode("latin-1"))
    codes: list[str] = []
    for name in ("absent.jsonl", ".", "cut.jsonl.gz", "latin.jsonl"):
        with pytest.raises(UsageError) as caught:
            read_queries(tmp_path / name)
        codes.append(caught.value.code)
    assert codes == ["file_not_found", "unreadable_file", "unreadable_file", "bad_encoding"]


@given(st.binary(max_size=80))
def test_any_bytes_give_rows_or_a_usage_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    codes = {code_of(read, path) for read in (read_queries, read_questions, read_qrels)}
    assert codes <= {"", "bad_data", "bad_encoding"}


def code_of(read: Callable[[Path], object], path: Path) -> str:
    try:
        return "" if read(path) else "no row"
    except UsageError as error:
        return error.code
