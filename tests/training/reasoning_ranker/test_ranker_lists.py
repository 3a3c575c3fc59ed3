"""Lists: what a row must hold, what is held out, how they come out of a corpus and out of made-up worlds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.reasoning_ranker.marked import marked

from questline.errors import UsageError
from questline.tools.ranking.permutation import parse
from questline.training.evaluation.lists import read_labelled
from questline.training.ranking.reward import reward
from questline.training.reasoning_ranker.lists import TaughtList, held_out_rows, read_lists, write_lists
from questline.training.reasoning_ranker.measure import scored, yardsticks
from questline.training.reasoning_ranker.prompts import written
from questline.training.reasoning_ranker.retrieved import Drawn, retrieved_lists
from questline.training.reasoning_ranker.worlds import spoilt, world_lists
from questline.training.recipe import unheard
from questline.training.tuning.rows import held_out
from questline.training.tuning.worlds import World

GOOD: dict[str, Any] = {
    "id": "a",
    "query": "where is the lamp",
    "passages": [{"id": "p", "text": "In the hall."}, {"id": "q", "text": "It is red.", "score": 2}],
    "grades": {"p": 1},
    "final_list": ["p", "q"],
}


def file(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "lists.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.requirement("ranker.lists")
def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    lists = [*marked(5), *world_lists(World(passages=5, kinds={"two": 1.0}), 5)]
    write_lists(tmp_path / "lists.jsonl", lists)
    assert read_lists(tmp_path / "lists.jsonl").kept == lists
    [one] = read_lists(file(tmp_path, GOOD)).kept
    assert one.numbers(("q", "p")) == (2, 1)
    assert one.first_stage == ("q", "p")


WRONG: list[dict[str, Any]] = [
    {"passages": [{"text": "alone"}]},
    {"passages": "none"},
    {"passages": [{"id": "p", "text": " "}, {"id": "q", "text": "x"}]},
    {"passages": [{"id": "p", "text": "x"}, {"id": "p", "text": "y"}]},
    {"grades": {"z": 1}},
    {"grades": {"p": "yes"}},
    {"grades": [1]},
    {"relevant": ["z"]},
    {"final_list": ["p"]},
    {"final_list": ["p", "p"]},
    {"reasoning": 3},
    {"query": ""},
    {"id": None},
]


@pytest.mark.requirement("ranker.lists", "ranker.refuses")
@pytest.mark.parametrize("wrong", WRONG)
def test_a_row_that_does_not_fit_is_told_with_its_line(wrong: dict[str, Any], tmp_path: Path) -> None:
    path = file(tmp_path, GOOD, {**GOOD, "id": "b", **wrong})
    with pytest.raises(UsageError) as caught:
        read_lists(path)
    assert (caught.value.code, caught.value.fields["rows"]) == ("bad_data", [2])
    assert "1 of 2 rows do not fit: line 2" in caught.value.message
    assert read_lists(path, skip=True).left_out == 1


@pytest.mark.requirement("ranker.lists")
def test_an_id_that_stands_twice_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stands twice"):
        read_lists(file(tmp_path, GOOD, GOOD))


@pytest.mark.requirement("ranker.lists")
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 50), number=st.integers(0, 300), two=st.booleans())
def test_the_teacher_of_worlds_writes_orders_that_earn_everything(seed: int, number: int, two: bool) -> None:
    world = World(seed=seed, passages=5, kinds={"two" if two else "fact": 1.0})
    [each] = world_lists(world, 1, first=number)
    text = written(each.numbers(each.final_list), each.reasoning)
    grades = {place: each.grades[one] for place, one in enumerate(each.ids, start=1)}
    assert reward(text, 5, each.numbers(each.final_list), grades) == pytest.approx(1.3)
    assert scored(each, text).ndcg == pytest.approx(1.0)
    helps = [int(found[1]) for found in re.finditer(r"\[(\d)\] [^\[]*yes", each.reasoning)]
    assert sorted(helps) == sorted(each.numbers(each.relevant))


@pytest.mark.requirement("ranker.lists")
def test_spoilt_lists_keep_the_form_and_lose_the_sense() -> None:
    lists = world_lists(World(passages=4), 300)
    wrong = spoilt(lists, seed=1)
    assert [each.passages for each in wrong] == [each.passages for each in lists]
    texts = [written(each.numbers(each.final_list), each.reasoning) for each in wrong]
    assert all(parse(text, 4).report.valid for text in texts)
    found = [scored(each, text).ndcg for each, text in zip(lists, texts, strict=True)]
    marks = yardsticks(lists)
    assert abs(sum(found) / len(found) - marks["chance"]) < 0.05 < marks["first stage"] - marks["chance"]


@pytest.mark.requirement("ranker.lists")
def test_what_is_unusable_leaves_the_first_stage_order() -> None:
    [each] = marked(1)
    assert scored(each, "no idea").valid == 0.0
    assert scored(each, "no idea").ndcg == pytest.approx(scored(each, "<answer>[1] > [2] > [3]</answer>").ndcg)


@pytest.mark.requirement("ranker.lists")
def test_shuffling_moves_passages_and_not_what_is_known_of_them() -> None:
    [each] = marked(1, passages=8)
    with pytest.raises(ValueError, match="reasoning"):
        each.shuffled("x")
    bare = TaughtList(id=each.id, query=each.query, passages=each.passages, grades=each.grades)
    moved = bare.shuffled("x")
    assert moved == bare.shuffled("x")
    assert moved.ids != bare.ids
    assert sorted(moved.ids) == sorted(bare.ids)
    assert moved.first_stage == bare.first_stage


@pytest.mark.requirement("ranker.lists")
def test_lists_come_out_of_a_corpus_with_hard_and_easy_negatives(tmp_path: Path) -> None:
    things = ("lamp", "vase", "clock", "harp", "globe", "drum")
    places = ("hall", "attic", "kitchen", "garden", "cellar")
    rows = [
        {"id": f"{thing}-{place}", "title": thing.title(), "text": f"The {thing} of the {place} was made by hand."}
        for thing in things
        for place in places
    ]
    asked = [
        {"id": "1", "question": "Who made the lamp of the attic?", "support": ["lamp-attic"], "answer": "a hand"},
        {"id": "2", "question": "What is in the cellar?", "support": ["drum-cellar", "nowhere"], "answers": ["a drum"]},
        {"id": "3", "question": "What is lost?", "support": ["nowhere"]},
    ]
    for name, lines in (("corpus", rows), ("questions", asked)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    found = retrieved_lists(
        tmp_path / "corpus.jsonl",
        tmp_path / "questions.jsonl",
        tmp_path / "cache",
        unheard,
        drawn=Drawn(passages=6, hard=0.6),
    )
    assert {each.id for each in found} == {"1", "2"}
    for each in found:
        assert len(each.passages) == 6
        assert each.ids == each.first_stage
        assert sum(each.grades.values()) == 1
        assert each.final_list == ()
    lamp = next(each for each in found if each.id == "1")
    assert lamp.grades["lamp-attic"] == 1
    assert lamp.answer == "a hand"
    assert sum("lamp" in one or "attic" in one for one in lamp.ids) >= 4  # hard: the same thing or the same place
    for wrong in ({"passages": 1}, {"hard": 2.0}, {"support": 0}):
        with pytest.raises(UsageError):
            Drawn(**wrong)  # pyright: ignore[reportArgumentType]  # because it is the mistake


@pytest.mark.requirement("ranker.lists")
def test_the_tenth_that_is_held_out_is_written_for_the_evaluation(tmp_path: Path) -> None:
    lists = world_lists(World(passages=4, nouns=20), 200)
    held = [each for each in lists if held_out(each.query)]
    held_out_rows(tmp_path / "held.jsonl", held)
    read = read_labelled(tmp_path / "held.jsonl")
    assert [each.query for each in read] == [each.query for each in held]
    assert 0 < len(held) < 60
    assert {each.query for each in held}.isdisjoint(each.query for each in lists if not held_out(each.query))


@pytest.mark.requirement("ranker.lists", "ranker.refuses")
@pytest.mark.parametrize("score", ["NaN", "Infinity", "true"])
def test_a_score_that_is_no_number_is_a_row_that_does_not_fit(score: str, tmp_path: Path) -> None:
    path = tmp_path / "lists.jsonl"
    path.write_text(json.dumps(GOOD).replace('"score": 2', f'"score": {score}') + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"passage 2 .*score that is") as ended:
        read_lists(path)
    assert ended.value.code == "bad_data"
