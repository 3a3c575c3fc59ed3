"""Published sets are read as they are, and measured with the figures that their rows allow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.tools.selection.contract import Member, Selection
from questline.training.evaluation.answer_metrics import holds_answer
from questline.training.evaluation.selection_marks import marks
from questline.training.selection.known_sets import read_lists
from questline.training.selection.lists import SelectionList
from questline.types import Passage, TextSpan

NOISY: dict[str, Any] = {
    "id": 0,
    "query": "灯塔何时建成",
    "answer": [["1874年", "一八七四年"]],
    "positive": ["灯塔于1874年建成。", "灯塔于1874年建成。", "灯塔1874年亮灯。"],
    "negative": ["渡轮每天两班。", "盐场已关闭。"],
}
NEWS: dict[str, Any] = {
    "id": "20990101_0",
    "question": "Which harbour was closed?",
    "choices": ["“Velmora”", "Tarn"],
    "answer": ["0"],
    "docs": [
        {"title": "Velmora - News", "date": "2099/01/01", "text": "The harbour was closed."},
        {"title": "Ferries", "date": "2099/01/01", "text": "Ferries to Tarn run on."},
        {"title": "Empty", "date": "2099/01/01", "text": " "},
    ],
}
OPPOSED: dict[str, Any] = {
    "question": "When was the lighthouse built?",
    "parametric_memory_aligned_evidence": "The lighthouse was built in 1874.",
    "counter_memory_aligned_evidence": "The lighthouse was built in 1902.",
}
ANSWERED: dict[str, Any] = {
    "question": "when was the lighthouse built",
    "answers": ["1874"],
    "context": [{"title": "Lighthouse", "text": "It stands on a rock. The lighthouse was built in 1874."}],
}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def only(path: Path) -> SelectionList:
    (made,) = read_lists(path)
    return made


@pytest.mark.requirement("eval.selection-sets")
def test_useful_and_useless_passages_are_candidates_each_once_in_no_telling_order(tmp_path: Path) -> None:
    made = only(write(tmp_path / "q.jsonl", NOISY))
    texts = {passage.id: passage.text for passage in made.passages}
    assert {texts[name] for name in made.gold} == set(NOISY["positive"])
    assert (len(texts), made.answers) == (4, ("1874年", "一八七四年"))
    turned = only(write(tmp_path / "t.jsonl", {**NOISY, "positive": NOISY["negative"], "negative": NOISY["positive"]}))
    assert made.passages == turned.passages
    assert made.gold | turned.gold == set(texts)


@pytest.mark.requirement("eval.selection-sets")
def test_a_news_document_helps_where_the_answer_stands_in_it(tmp_path: Path) -> None:
    without: tuple[dict[str, Any], ...] = (
        {**NEWS, "docs": []},
        {**NEWS, "answer": []},
        {key: NEWS[key] for key in NEWS if key != "docs"},
    )
    (made, other) = read_lists(write(tmp_path / "q.jsonl", NEWS, *without, {**NEWS, "answer": "1"}))
    assert [len(each.passages) for each in (made, other)] == [2, 2]
    assert {each.title for each in made.passages if each.id in made.gold} == {"Velmora - News"}
    assert {each.title for each in other.passages if each.id in other.gold} == {"Ferries"}
    assert made.passages[0].date == "2099-01-01"


@pytest.mark.requirement("eval.selection-sets")
def test_two_sides_of_a_contradiction_are_both_gold_and_opposed(tmp_path: Path) -> None:
    made = only(write(tmp_path / "q.jsonl", OPPOSED))
    assert made.gold == {"0", "1"}
    assert made.opposed == (("0", "1"),)


@pytest.mark.requirement("eval.selection-sets", "eval.bad-rows")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**NEWS, "answer": ["7"]}, "answer"),
        ({**NEWS, "docs": ["text"]}, "docs"),
        ({**NEWS, "docs": [{"title": 3, "text": "x"}]}, "title"),
        ({**NOISY, "positive": []}, "positive"),
        ({**OPPOSED, "counter_memory_aligned_evidence": ""}, "counter_memory_aligned_evidence"),
        ({**ANSWERED, "context": [{"text": ""}]}, "text"),
        ({**NEWS, "docs": []}, None),
    ],
)
def test_rows_that_make_no_sense_are_named(tmp_path: Path, row: dict[str, Any], field: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        read_lists(write(tmp_path / "q.jsonl", row))
    assert (caught.value.code, caught.value.fields.get("field")) == ("bad_data", field)


@pytest.mark.requirement("eval.selection-sets")
@pytest.mark.parametrize(
    ("row", "figures"),
    [
        (NOISY, {"perfect_micro_f1": 1.0, "span_answer": 1.0, "conflict_rate": 0.0}),
        (NEWS, {"perfect_micro_f1": 1.0, "n": 1}),
        (OPPOSED, {"opposed_kept": 1.0, "opposed_marked": 1.0, "conflict_rate": 1.0}),
        (ANSWERED, {"micro_f1": 1.0, "span_answer": 1.0}),
    ],
)
def test_each_set_is_measured_with_the_figures_it_allows(
    tmp_path: Path, row: dict[str, Any], figures: dict[str, float]
) -> None:
    target = tmp_path / "s.json"
    data = ("--questions", str(write(tmp_path / "q.jsonl", row)), "--cache", str(tmp_path / "cache"))
    assert main(["eval", "selection", *data, "--selector", "first", "--first", "2", "--json", str(target)]) == 0
    report = json.loads(target.read_bytes())
    assert {name: report[name] for name in figures} == figures
    assert 0 < report["reader_tokens"] <= report["reader_tokens_all"] or not report["mean_size"]


@pytest.mark.requirement("eval.selection-sets")
def test_marks_are_counted_by_pair_and_evidence_by_question() -> None:
    passages = tuple(
        Passage(id=name, document_id=name, source=name, title="", text=f"{name} in 1874.") for name in "abc"
    )
    row = SelectionList(
        id="q",
        question="?",
        passages=passages,
        gold=frozenset("ab"),
        answers=("1874",),
        opposed=(("a", "b"), ("a", "c")),
    )
    span = TextSpan(start=0, end=1, text="a")
    members = [Member(index=n, id=name, p=0.9, spans=(span,), conflict=True) for n, name in enumerate("ab")]
    assert marks(Selection(members=tuple(members)), row) == {
        "reader_tokens": 6.0,
        "reader_tokens_all": 9.0,
        "conflict_rate": 1.0,
        "opposed_kept": 0.5,
        "opposed_marked": 0.5,
        "span_answer": 0.0,
    }
    empty = marks(Selection(), row)
    assert (empty["opposed_kept"], empty["reader_tokens"], "span_answer" in empty) == (0.0, 0.0, False)


def test_an_answer_is_found_after_normalization() -> None:
    assert holds_answer("It was the “Velmora”.", ["velmora"])
    assert not holds_answer("It was Tarn.", ["Velmora", ""])


@pytest.mark.requirement("eval.selection-sets")
def test_a_limit_draws_by_the_seed(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{**ANSWERED, "question": f"when was lighthouse {n} built"} for n in range(20)]
    data = ("--questions", str(write(tmp_path / "q.jsonl", *rows)), "--cache", str(tmp_path / "cache"))
    drawn: list[list[str]] = []
    for seed in ("0", "0", "1"):
        target = tmp_path / "s.json"
        asked = ("--selector", "words", "--limit", "3", "--seed", seed, "--json", str(target))
        assert main(["eval", "selection", *data, *asked]) == 0
        drawn.append([item["id"] for item in json.loads(target.read_bytes())["items"]])
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] != ["1", "2", "3"]
