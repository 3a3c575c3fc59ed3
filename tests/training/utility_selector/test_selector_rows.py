"""Windows as rows: read strictly, checked against what is known, spoilt, left without what helps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.training.reasoning_ranker.marked import passage
from tests.training.utility_selector.red import red

from questline.cli import main
from questline.errors import UsageError
from questline.training.tuning.worlds import World
from questline.training.utility_selector.filtering import checked
from questline.training.utility_selector.rows import TaughtSet, bare, held_out_rows, read_sets, spoilt, write_sets
from questline.training.utility_selector.worlds import world_sets

LAMP = TaughtSet(
    id="q",
    question="Which colour is the lamp of Orrin?",
    passages=(
        passage("a", "The lamp of Orrin is blue."),
        passage("b", "Orrin has a lamp."),
        passage("c", "Rain falls."),
    ),
    gold=("a",),
    answers=("blue",),
)


@pytest.mark.requirement("selector.windows")
def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [*red(20), replace(LAMP, notes={"a": "colour"}, so_far="green", answer="blue", selection=()), LAMP]
    write_sets(tmp_path / "rows.jsonl", [replace(each, id=str(number)) for number, each in enumerate(rows)])
    again = read_sets(tmp_path / "rows.jsonl").kept
    assert [replace(each, id="") for each in again] == [replace(each, id="") for each in rows]
    assert (again[-2].selection, again[-1].selection) == ((), None)


@pytest.mark.requirement("selector.bad-rows")
def test_rows_that_do_not_fit_are_told_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = LAMP.row()
    bad: list[dict[str, object]] = [
        {**good, "id": "1", "selection": ["z"]},
        {**good, "id": "2", "passages": []},
        {**good, "id": "3", "question": " "},
        {**good, "id": "4", "notes": {"a": "[2] keep"}},
        {**good, "id": "5", "gold": "a"},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [good, *bad, good]), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_sets(path)
    assert caught.value.code == "bad_data"
    assert caught.value.fields["rows"] == [2, 3, 4, 5, 6, 7]
    assert "6 of 7 rows do not fit" in caught.value.message
    assert "'z', which is no passage" in caught.value.message
    assert "and 3 more" in caught.value.message
    assert len(read_sets(path, skip=True).kept) == 1
    assert "They are left out" in capsys.readouterr().err


@pytest.mark.requirement("selector.filter")
@pytest.mark.parametrize(
    ("changed", "ending"),
    [
        ({"answer": "it is blue", "selection": ("a",)}, "kept"),
        ({"answer": "green", "selection": ("a",)}, "kept"),  # what it kept holds the answer
        ({"answer": "blue", "selection": ("b",)}, "kept"),  # it answers rightly
        ({"answer": "green", "selection": ("b",)}, "another answer"),
        ({"answer": "", "selection": ("b", "c")}, "another answer"),
        ({"answer": "", "selection": ()}, "something would help"),
        ({"answer": "", "selection": (), "gold": None}, "something would help"),  # a passage holds the answer
        ({"answer": "", "selection": (), "gold": (), "answers": ("red",)}, "kept"),
        ({"answer": "", "selection": (), "gold": ("b",), "answers": ("red",)}, "something would help"),
        ({"answer": "x", "selection": ("b",), "gold": None, "answers": ()}, "kept unchecked"),
        ({"answer": "", "selection": (), "gold": None, "answers": ()}, "kept unchecked"),
        ({"answer": "x", "selection": ("a", "c"), "answers": ()}, "kept"),
        ({"answer": "x", "selection": ("c",), "answers": ()}, "another answer"),
    ],
)
def test_a_teacher_is_believed_where_it_agrees_with_what_is_known(changed: dict[str, object], ending: str) -> None:
    assert checked(replace(LAMP, **changed)) == ending


@pytest.mark.requirement("selector.filter")
def test_how_near_an_answer_must_be_is_asked_for_and_a_window_without_a_teacher_is_refused() -> None:
    near = replace(LAMP, answers=("deep dark blue",), answer="blue", selection=("b",))
    assert (checked(near, least=0.5), checked(near, least=0.6)) == ("kept", "another answer")  # F1 is 2/4
    with pytest.raises(UsageError) as caught:
        checked(LAMP)
    assert caught.value.code == "bad_param"


@pytest.mark.requirement("selector.windows")
def test_worlds_have_questions_that_need_one_two_or_no_passage() -> None:
    sets = world_sets(World(kinds={"fact": 1.0, "two": 1.0, "none": 1.0}), 90)
    assert {each.kind: len(each.helps) for each in sets} == {"fact": 1, "two": 2, "none": 0}
    assert {checked(each) for each in sets} == {"kept"}
    alone = world_sets(World(attributes=6, one_thing=True, outdated=0.0, kinds={"fact": 1.0, "none": 1.0}), 60)
    assert {len(each.helps) for each in alone} == {0, 1}
    for each in alone:
        asked = {note for name, note in each.notes.items() if name in each.helps}
        assert not asked & {note for name, note in each.notes.items() if name not in each.helps}


@pytest.mark.requirement("selector.windows")
def test_a_share_of_the_questions_is_left_without_what_helps() -> None:
    sets = red(400)
    left = bare(sets, share=0.3)
    changed = [(one, other) for one, other in zip(sets, left, strict=True) if one != other and one.helps != other.helps]
    assert 60 < len(changed) < 140
    for one, other in changed:
        assert other.gold == ()
        assert set(other.ids) == set(one.ids) - set(one.helps)
    assert bare(sets, share=0.0) == sets
    with pytest.raises(UsageError) as caught:
        bare(sets, share=1.5)
    assert caught.value.fields["argument"] == "without"


@pytest.mark.requirement("selector.learns")
def test_spoilt_windows_keep_their_form_and_lose_what_is_right() -> None:
    sets = red(200)
    wrong = spoilt(sets, seed=1)
    assert [each.passages for each in wrong] == [each.passages for each in sets]
    assert sorted(len(each.helps) for each in wrong) == sorted(len(each.helps) for each in sets)
    assert sum(one.helps == other.helps for one, other in zip(sets, wrong, strict=True)) < 80


@pytest.mark.requirement("selector.windows")
def test_the_command_writes_windows_and_those_that_are_held_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, held = tmp_path / "w.jsonl", tmp_path / "held.jsonl"
    words = ["train", "selector-lists", "worlds", "--out", str(out), "--count", "300", "--held-out", str(held)]
    assert main(words) == 0
    assert "300 windows" in capsys.readouterr().out
    sets = read_sets(out).kept
    rows = [json.loads(line) for line in held.read_text().splitlines()]
    assert 10 < len(rows) < 60
    by_id = {each.id: each for each in sets}
    for row in rows:
        assert sum(one["label"] for one in row["candidates"]) == len(by_id[row["id"]].helps)
    assert main([*words, "--none", "0.8", "--two", "0.5"]) == 2
    assert "at most 1 together" in capsys.readouterr().err


@pytest.mark.requirement("selector.windows")
def test_held_out_rows_are_what_the_selection_suite_reads(tmp_path: Path) -> None:
    from questline.training.selection.known_sets import read_lists

    held_out_rows(tmp_path / "held.jsonl", red(8))
    found = read_lists(tmp_path / "held.jsonl")
    assert [len(each.gold) for each in found] == [len(each.helps) for each in red(8)]
