"""The parts of the cross-encoder's training that need no torch: questions made by rule, groups, negatives, licences."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli import main
from questline.errors import UsageError
from questline.training.curves import drawn, smoothed
from questline.training.embedded.batches import plan
from questline.training.embedded.blend import Blend, Listed, best_blend, word_scores
from questline.training.embedded.examples import (
    Group,
    Item,
    answer_places,
    held_out,
    load_groups,
    question_hash,
    save_groups,
    sentence_group,
)
from questline.training.embedded.made import heading_questions, label_questions, made_questions
from questline.training.embedded.mining import without_answer
from questline.training.embedded.sources import meetings, timed
from questline.training.licences import MANIFEST, shippable
from questline.training.recipes import find
from questline.training.settings import filled, overridden, read_tables

TOWER = (
    "Orrin Light (12 March 1857 – 4 May 1931) stands here in bronze. It was designed by Hugo Brandt in 1857. "
    "The tower has 214 steps inside. Visitors come to Port Marrow in summer."
)


def first_place(group: Group) -> tuple[int, int]:
    places = group.items[0].answers
    assert places
    return places[0]


def made(text: str = TOWER, title: str = "Orrin Light", seed: int = 1) -> list[Group]:
    return list(made_questions(title, text, random_=random.Random(seed), most=9))


@pytest.mark.requirement("training.made-questions")
def test_each_made_question_has_its_answer_at_its_place_and_not_in_itself() -> None:
    groups = [group for seed in range(20) for group in made(seed=seed) if group.answers]
    answers = {answer for group in groups for answer in group.answers}
    assert {"1857", "Hugo Brandt", "214"} <= answers
    for group in groups:
        start, end = first_place(group)
        assert TOWER[start:end] == group.answers[0]
        assert group.answers[0].casefold() not in group.question.casefold()
    assert any("who designed orrin light" in group.question.lower() for group in groups)


@pytest.mark.requirement("training.made-questions")
def test_the_same_seed_makes_the_same_questions() -> None:
    assert made(seed=3) == made(seed=3)
    assert made(seed=3) != made(seed=4)


@given(st.text(max_size=300), st.text(max_size=20))
def test_any_text_makes_only_questions_whose_places_lie_inside(text: str, title: str) -> None:
    for group in made_questions(title, text, random_=random.Random(0)):
        assert group.question
        assert all(0 <= a < b <= len(text) for a, b in group.items[0].answers or ())


def test_records_and_headings_become_questions() -> None:
    record = "Area > total: 116 sq km\nCapital > name: Saint Helier\nCoastline: 70 km (all of it)\nClimate:"
    groups = [g for seed in range(5) for g in label_questions("Jersey: Geography", record, random_=random.Random(seed))]
    assert {"116 sq km", "Saint Helier", "70 km"} <= {group.answers[0] for group in groups}
    for group in groups:
        start, end = first_place(group)
        assert group.items[0].text[start:end] == group.answers[0]
    page = "# Guide\n## Install\n" + "Use the wheel. " * 20 + "\n## Remove\n" + "Delete the folder. " * 20
    first, *_ = heading_questions("Guide", page, random_=random.Random(0))
    assert first.question in {"guide install", "guide remove"}
    assert len(first.items) == 2


def group(question: str = "Who designed it?", source: str = "nq") -> Group:
    start = TOWER.index("Hugo Brandt")
    first = Item(title="Orrin Light", text=TOWER, answers=((start, start + 11),))
    others = tuple(Item(title="Tern", text=f"Tern Light number {n} burned down.", answers=()) for n in range(4))
    return Group(question=question, source=source, items=(first, *others), useful=True, answers=("Hugo Brandt",))


@pytest.mark.requirement("training.negatives")
def test_a_passage_without_its_answers_sentence_is_a_negative() -> None:
    twin = without_answer(group().items[0])
    assert twin is not None
    assert "Hugo Brandt" not in twin.text
    assert "214 steps inside" in twin.text
    assert twin.answers == ()
    assert without_answer(Item(text="Only one sentence by Ann.", answers=((20, 23),))) is None
    assert without_answer(Item(text="Not known.")) is None


@pytest.mark.requirement("training.negatives")
def test_sentences_of_a_passage_are_ranked_against_each_other() -> None:
    short = sentence_group(group(), ["Another tower."])
    assert short is not None
    first, *others = short.items
    assert first.text.startswith("It was designed by Hugo Brandt")
    assert [first.text[a:b] for a, b in first.answers or ()] == ["Hugo Brandt"]
    assert all("Hugo" not in item.text for item in others)
    assert others[-1].text == "Another tower."
    assert not short.useful


@pytest.mark.requirement("training.made-questions")
def test_groups_are_read_as_they_were_written(tmp_path: Path) -> None:
    kept = [group(), *made()]
    save_groups(tmp_path / "deep" / "groups.jsonl", kept)
    assert list(load_groups(tmp_path / "deep" / "groups.jsonl")) == kept


@pytest.mark.requirement("training.split")
def test_a_question_is_held_out_in_every_form_and_data_set() -> None:
    assert question_hash("Who built  it?") == question_hash("who built it")
    forms = [group("Who built it?"), group("who built it", "other"), sentence_group(group("Who built it")) or group()]
    assert len({held_out(form, 0.5) for form in forms}) == 1
    shares = [held_out(group(f"question {n}"), 0.2) for n in range(500)]
    assert 60 < sum(shares) < 140


@pytest.mark.requirement("training.batches")
def test_a_plan_uses_each_group_as_often_as_asked_and_stops_made_ones_early() -> None:
    groups = [group(f"who {n}") for n in range(20)] + [group(f"what {n}", "made/cloze") for n in range(40)]
    batches = plan(groups, uses={"nq": 3.0, "made/": 0.5}, width={"": 3}, tokens=600, seed=2)
    used = [use.group for batch in batches for use in batch]
    assert all(used.count(number) == 3 for number in range(20))
    assert 10 < sum(number >= 20 for number in used) < 30
    assert all(len(use.items) == 3 and use.items[0] == groups[use.group].items[0] for b in batches for use in b)
    assert batches == plan(groups, uses={"nq": 3.0, "made/": 0.5}, width={"": 3}, tokens=600, seed=2)


def test_answers_are_found_as_whole_words_in_any_case() -> None:
    text = "Ann met anna and ANN  LEE."
    assert [text[a:b] for a, b in answer_places(text, ["ann", "Ann Lee"])] == ["Ann", "ANN", "ANN  LEE"]
    assert answer_places(text, ["", "nn"]) == ()


def test_paragraphs_of_a_page_and_stretches_of_a_meeting_are_negatives_of_each_other(tmp_path: Path) -> None:
    paragraphs = [
        "Ada Reyes",
        *(
            f"In {year} she worked in town number {year} as an engineer of lights, all year."
            for year in range(1900, 1912)
        ),
    ]
    mark = {"para": 3, "from": 3, "end": 7, "answer": "1902"}
    page = {
        "paras": paragraphs,
        "questions": [["When did she work in the third town?", [mark]], ["Unknown?", [{**mark, "answer": ""}]]],
    }
    path = tmp_path / "pages.jsonl"
    path.write_text(json.dumps(page), encoding="utf-8")
    (only,) = timed(path, random.Random(0))
    start, end = first_place(only)
    assert only.items[0].text[start:end] == "1902"
    assert len(only.items) == 9
    assert all(item.answers == () and "In 1902" not in item.text for item in only.items[1:])
    turns = [{"speaker": "A", "content": f"About topic {n}: {'we spoke of it at length ' * 12}"} for n in range(12)]
    turns[4]["content"] = "The lamp shall be green. " * 20
    query = {"query": "Which colour for the lamp?", "answer": "The lamp is green", "relevant_text_span": [["3", "5"]]}
    path.write_text(json.dumps({"meeting_transcripts": turns, "specific_query_list": [query]}), encoding="utf-8")
    (only,) = meetings(path, random.Random(0))
    assert "green" in only.items[0].text
    assert only.items[0].salient
    assert all("green" not in item.text and item.salient == () for item in only.items[1:])


@pytest.mark.requirement("training.licences")
@pytest.mark.parametrize(
    "licence", ["", "none stated", "MS MARCO: non-commercial research only", "CC BY-NC 4.0", "research redistribution"]
)
def test_data_whose_licence_does_not_let_weights_ship_is_refused(tmp_path: Path, licence: str) -> None:
    (tmp_path / MANIFEST).write_text(f"file\tsource\tlicence\ngood\thome\tCC BY-SA 3.0\nbad\taway\t{licence}\n")
    assert [one.licence for one in shippable(tmp_path, ["good"])] == ["CC BY-SA 3.0"]
    for name in ("bad", "unlisted"):
        with pytest.raises(UsageError) as refused:
            shippable(tmp_path, ["good", name])
        assert refused.value.code == "bad_data"
        assert refused.value.fields["file"] == name
    with pytest.raises(UsageError) as absent:
        shippable(tmp_path / "elsewhere", ["good"])
    assert absent.value.code == "file_not_found"


@pytest.mark.requirement("training.settings")
def test_settings_are_checked_by_name_and_type(tmp_path: Path) -> None:
    from dataclasses import dataclass, field

    @dataclass(frozen=True, kw_only=True)
    class Own:
        start: str
        way: Literal["slow", "fast", 3] | None = None
        rate: float = 0.1
        files: tuple[str, ...] = ()
        uses: dict[str, float] = field(default_factory=dict[str, float])
        on: bool = True

    globals()["Own"] = Own
    path = tmp_path / "run.toml"
    path.write_text('[own]\nstart = "x"\nrate = 1\nfiles = ["a"]\nuses = {nq = 2.0}\n', encoding="utf-8")
    tables = read_tables(path, frozenset({"run", "own"}))
    assert filled(Own, tables["own"], table="own") == Own(start="x", rate=1.0, files=("a",), uses={"nq": 2.0})
    given = overridden(tables, ["rate=2", "way=fast", "start='y'", 'files=["b"]', "run.seed=3"], table="own")
    assert filled(Own, given["own"], table="own") == Own(
        start="y", way="fast", rate=2.0, files=("b",), uses={"nq": 2.0}
    )
    assert given["run"] == {"seed": 3}
    assert tables["own"]["start"] == "x"
    for wrong_form in ("rate", "=2", "other.rate=2"):
        with pytest.raises(UsageError) as refused:
            overridden(tables, [wrong_form], table="own")
        assert refused.value.code == "bad_settings"
    for way in ("slow", "fast", 3):
        assert filled(Own, {"start": "x", "way": way}, table="own").way == way
    for wrong in (
        {},
        {"start": 1},
        {"start": "x", "way": "quick"},
        {"start": "x", "way": 3.0},
        {"start": "x", "way": ["slow"]},
        {"start": "x", "rate": "fast"},
        {"start": "x", "speed": 1},
        {"start": "x", "on": 1},
    ):
        with pytest.raises(UsageError) as refused:
            filled(Own, wrong, table="own")
        assert refused.value.code == "bad_settings"
    for text, code in (("[other]\n", "bad_settings"), ("[own\n", "unreadable_file")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError) as refused:
            read_tables(path, frozenset({"own"}))
        assert refused.value.code == code
    with pytest.raises(UsageError) as refused:
        read_tables(tmp_path / "absent.toml", frozenset())
    assert refused.value.code == "file_not_found"


@pytest.mark.requirement("training.settings")
def test_a_choice_that_is_none_is_answered_with_those_there_are(tmp_path: Path) -> None:
    from questline.training.planner.policy_settings import Settings

    path = tmp_path / "run.toml"
    for learner in ("regression", "utility"):
        path.write_text(f'[policy]\nlearner = "{learner}"\nsteps = 7\n', encoding="utf-8")
        told = filled(Settings, read_tables(path, frozenset({"policy"}))["policy"], table="policy")
        assert (told.learner, told.steps) == (learner, 7)
    with pytest.raises(UsageError, match="'luck' is not one of 'regression', 'utility'"):
        filled(Settings, {"learner": "luck"}, table="policy")
    assert read_tables(None, frozenset()) == {}


def test_an_unknown_recipe_is_named_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="cross-encoder"):
        find("cros-encoder")


@pytest.mark.requirement("training.extra")
def test_without_torch_the_command_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["train", "cross-encoder", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "error[missing_extra]" in told
    assert "pip install 'questline[train]'" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.requirement("training.curves")
def test_long_curves_are_thinned_and_what_is_not_finite_left_out() -> None:
    points = [(step, float(step)) for step in range(1, 2001)]
    thin = smoothed(points)
    assert len(thin) == 400
    assert thin[0] == (5, 3.0)
    picture = drawn([(1, "<loss>", float("inf")), (1, "a&b", 2.0), (2, "a&b", 2.0)], title="t", best_step=2)
    assert "a&amp;b" in picture
    assert "<loss>" not in picture
    assert drawn([], title="empty").startswith("<svg")


@pytest.mark.requirement("training.blend")
def test_the_blend_is_the_smallest_that_ranks_best() -> None:
    def listed(cross: list[float], cosine: list[float]) -> Listed:
        zeros = np.zeros(len(cross))

        return Listed(
            words=zeros,
            cosine=np.array(cosine),
            cross=np.array(cross),
            ids=tuple("abc"),
            grades={"a": 1},
        )

    good, mixed = listed([3, 1, 0], [0, 1, 2]), listed([1, 1.2, 0], [9, 0, 0])
    assert best_blend([good]) == (Blend(), 1.0)
    blend, value = best_blend([good, mixed])
    assert value == 1.0
    assert 0 < blend.cosine < 1
    assert blend.words == 0


def test_word_scores_prefer_rare_words_and_short_texts() -> None:
    texts = ["the lamp is green", "the lamp is red", "a long text about a lamp " * 5, "nothing"]
    scores = word_scores("green lamp?", texts)
    assert scores.argmax() == 0
    assert scores[1] > scores[3] == 0
