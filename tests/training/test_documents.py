"""One reader for the forms that sets of queried documents have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.training.evaluation.documents import QueriedDocument, read_documents

_STORY: dict[str, object] = {
    "document": "A keeper lived alone. He left.",
    "questions": [
        {"question_text": "Who left?", "responses": [{"response_text": "The keeper."}, {"response_text": " "}]}
    ],
}
_MEETING: dict[str, object] = {
    "meeting_transcripts": [{"speaker": "Ada", "content": "Did it  break ?"}, {"speaker": "Jon", "content": "Yes ."}],
    "specific_query_list": [
        {"query": "What did Jon say?", "answer": "That it broke.", "relevant_text_span": [["1", "1"]]}
    ],
}

_BEYOND: dict[str, object] = {"query": "a", "answer": "b", "relevant_text_span": [["7", "9"]]}


def _file(folder: Path, *rows: object) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.requirement("eval.summary-rows")
def test_every_form_is_read(tmp_path: Path) -> None:
    passage = {
        "title": "Old_Lamp",
        "context": "It burns. It is old.",
        "qas": [{"id": "q", "question": "Is it old?", "answers": ["old"]}, {"question": "", "answers": ["x"]}],
    }
    search = {
        "question": "who lit it",
        "answers": ["Ada"],
        "context": [{"title": "Lamp", "text": "Ada did."}],
        "long": "Ada.",
    }
    abstract = {"id": "7", "question": "Does it help?", "context": ["Aim.", "It helps."], "long_answer": "It does."}
    argument = {"content": "taxes are high .", "query": "are they ?", "summary": "high taxes"}
    own = {"id": 5, "query": "Who?", "document": "Ada did.", "references": ["Ada."]}
    found = read_documents(_file(tmp_path, passage, search, abstract, argument, _STORY, _MEETING, own))
    assert [(item.id, item.query, item.title, item.answers, item.references) for item in found] == [
        ("q", "Is it old?", "Old Lamp", ("old",), ()),
        ("2", "who lit it", "Lamp", ("Ada",), ("Ada.",)),
        ("7", "Does it help?", "", (), ("It does.",)),
        ("4", "are they ?", "", (), ("high taxes",)),
        ("5.0", "Who left?", "", (), ("The keeper.",)),
        ("6.0", "What did Jon say?", "", (), ("That it broke.",)),
        ("5", "Who?", "", (), ("Ada.",)),
    ]
    assert found[2].document == "Aim.\n\nIt helps."
    meeting = found[5]
    assert meeting.document == "Ada: Did it break ?\nJon: Yes ."
    assert [meeting.document[start:end] for start, end in meeting.relevant] == ["Jon: Yes ."]


@pytest.mark.requirement("eval.summary-rows")
@pytest.mark.parametrize(
    ("row", "field"),
    list[tuple[dict[str, object], str]]([
        ({"query": "Who?"}, "document"),
        ({"document": "Ada did."}, "query"),
        ({"context": "x", "qas": []}, "qas"),
        ({"context": "x", "qas": [{"id": "a", "question": "Who?", "answers": []}]}, "answers"),
        ({**_MEETING, "specific_query_list": [_BEYOND]}, "relevant_text_span"),
        ({"document": "x", "questions": [{"question_text": "Who?", "responses": "none"}]}, "responses"),
    ]),
)  # fmt: skip
def test_a_wrong_row_is_named_by_line_and_field(tmp_path: Path, row: dict[str, object], field: str) -> None:
    good = {"query": "Who?", "document": "Ada did."}
    with pytest.raises(UsageError) as caught:
        read_documents(_file(tmp_path, good, row))
    assert (caught.value.code, caught.value.fields["line"], caught.value.fields["field"]) == ("bad_data", 2, field)


def test_an_id_that_comes_twice_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    row = {"id": "a", "query": "Who?", "document": "Ada did."}
    for rows in ([row, row], []):
        with pytest.raises(UsageError) as caught:
            read_documents(_file(tmp_path, *rows))
        assert caught.value.code == "bad_data"


def test_the_value_is_frozen() -> None:
    item = QueriedDocument(id="a", query="Who?", document="x")
    with pytest.raises(AttributeError):
        item.id = "b"  # pyright: ignore[reportAttributeAccessIssue]  # because that is what is tested
