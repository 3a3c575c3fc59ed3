"""The search by time is measured and fitted by commands, on questions of our own; the shared part is a check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli import main
from questline.errors import UsageError
from questline.tools.temporal.searching import DatedPassage, TemporalSearch
from questline.tools.temporal.searching.shipped import read_weights
from questline.training.benchmarks import temporal_ranking
from questline.training.evaluation.temporal_split import dev_questions
from questline.training.temporal.questions import marks, read_questions, texts_of

YEARS = range(2012, 2022)


def rows() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for year in YEARS:
        text = f"{year}年4月12日，云岭茶园春茶开采，产量为{year - 1800}吨。"
        other = f"{year}年9月3日，清溪书院第{year - 2000}次开放。"
        made.append(
            {
                "question": "去年4月云岭茶园的春茶产量是多少？", "question_date": f"{year + 1}-6-1",
                "golden_chunks": [text],
                "temporal_type": "relative", "reference_document_count": "single",
            }
        )  # fmt: skip
        made.append(
            {
                "question": f"{year}年云岭茶园春茶开采和清溪书院第{year - 2000}次开放，哪个事件更早发生？",
                "question_date": "2024-08-30", "golden_chunks": [text, other],
                "temporal_type": "aggregate", "reference_document_count": "multiple",
            }
        )  # fmt: skip
    made[0]["question_date"] = "some-model"
    return made


def write(path: Path, values: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in values), encoding="utf-8")
    return path


@pytest.mark.requirement("temporal.search-measured")
def test_time_on_and_off_are_compared_in_pairs_and_with_distractors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = write(tmp_path / "q.jsonl", rows())
    others = write(
        tmp_path / "d.jsonl", [{"context": "云岭茶园的历史。"}, {"positive": ["书院的院子。"], "negative": []}]
    )
    assert temporal_ranking.main(["--questions", str(questions), "--distractors", str(others)]) == 0
    told = json.loads(capsys.readouterr().out)
    closed, wide = told["pools"]["closed"], told["pools"]["distractors"]
    assert wide["passages"] == closed["passages"] + 2
    assert closed["passages"] == 2 * len(YEARS)
    every = closed["ways"]["time_and_parts"]["all"]
    assert every["relative"]["recall@5"] >= 0.9
    assert every["relative"]["n"] == len(YEARS)
    assert every["every"]["ndcg@10"] > closed["ways"]["words"]["all"]["every"]["ndcg@10"]
    difference, low, high = closed["differences"]["time_and_parts - parts"]["all"]["ndcg@10"]
    assert 0 < low <= difference <= high
    assert told["dev"] + closed["ways"]["words"]["rest"]["every"]["n"] == told["n"]


@pytest.mark.requirement("temporal.search-measured")
@given(st.lists(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=3), max_size=30))
def test_questions_that_share_a_text_are_on_one_side(golds: list[list[str]]) -> None:
    sides = dev_questions(golds)
    for gold, side in zip(golds, sides, strict=True):
        assert all(side == other for texts, other in zip(golds, sides, strict=True) if set(gold) & set(texts))
    assert list(reversed(sides)) == dev_questions(list(reversed(golds)))


@pytest.mark.requirement("temporal.search-measured")
def test_rows_are_checked_and_marked(tmp_path: Path) -> None:
    found = read_questions(write(tmp_path / "q.jsonl", rows()))
    assert str(found[0].anchor) == "2024-08-30"
    assert marks(["a", "x", "b"], ["a", "b"])["all_gold@5"] == 1.0
    assert marks(["x"] * 5 + ["a"], ["a"])["recall@5"] == 0.0
    assert texts_of([{"context": "a"}, {"negative": ["a", "b", 3]}]) == ["a", "b"]
    for broken in ([{"question_date": "2024-08-30", "question": "谁"}], [{"question": "谁", "golden_chunks": ["a"]}]):
        with pytest.raises(UsageError) as caught:
            read_questions(write(tmp_path / "broken.jsonl", broken))
        assert caught.value.code == "bad_data"


@pytest.mark.requirement("temporal.search-weights")
def test_the_recipe_writes_weights_that_the_search_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = write(tmp_path / "q.jsonl", rows())
    words = ["train", "temporal-ranking", "--data", str(questions), "--out", str(tmp_path / "run"), "--set", "rounds=1"]
    assert main([*words, "--cache", str(tmp_path / "cache")]) == 0
    capsys.readouterr()
    (file,) = (tmp_path / "run").rglob("weights.toml")
    weights = read_weights(file.read_text(encoding="utf-8"))
    search = TemporalSearch([DatedPassage(id="p", text="2020年4月通车")], weights=weights)
    assert [each.id for each in search.search("去年4月通车", anchor="2021-06-01")] == ["p"]
    assert "agents train temporal-ranking" in file.read_text(encoding="utf-8")


@pytest.mark.requirement("temporal.search-weights")
def test_a_fit_tells_what_its_weights_reach_on_questions_that_were_held_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = write(tmp_path / "q.jsonl", rows())
    words = ["train", "temporal-ranking", "--data", str(questions), "--out", str(tmp_path / "run"), "--set", "rounds=1"]
    assert main([*words, "--cache", str(tmp_path / "cache")]) == 0
    out = capsys.readouterr().out
    assert "held out, these weights" in out
    assert "held out, shipped weights" in out
    found = json.loads((tmp_path / "run" / "finished.json").read_text(encoding="utf-8"))
    assert found["counts"]["questions to search on"] > 0
    assert all(key.endswith("searched on") for key in found["figures"])


@pytest.mark.requirement("temporal.search-weights")
def test_a_fit_with_no_question_to_search_on_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = [
        row for row, dev in zip(rows(), dev_questions([row["golden_chunks"] for row in rows()]), strict=True) if not dev
    ]
    questions = write(tmp_path / "q.jsonl", few[:3])
    words = ["train", "temporal-ranking", "--data", str(questions), "--out", str(tmp_path / "run")]
    assert main([*words, "--cache", str(tmp_path / "cache")]) == 2
    assert "bad_data" in (told := capsys.readouterr().err)
    assert "none of the 3 questions" in told
    assert not list((tmp_path / "run").rglob("weights.toml"))


@pytest.mark.data
@pytest.mark.requirement("temporal.search-measured")
def test_the_shared_part_reaches_what_is_asked_for(data_dir: Path) -> None:
    """Every third question of several passages and the relative ones; docs/results/measure.sh measures them all."""
    questions = read_questions(data_dir / "temporal" / "chronoqa_part.jsonl.gz")
    texts = dict.fromkeys(text for each in questions for text in each.golds)
    search = TemporalSearch([DatedPassage(id=text, text=text) for text in texts])
    chosen = {
        "multiple": [e for e in questions if e.multiple][::3],
        "relative": [e for e in questions if e.kind == "relative"],
    }
    found = {
        name: [marks([one.id for one in search.search(each.text, anchor=each.anchor)], each.golds) for each in asked]
        for name, asked in chosen.items()
    }

    def mean(name: str, metric: str) -> float:
        return sum(each[metric] for each in found[name]) / len(found[name])

    assert mean("multiple", "recall@5") >= 0.90
    assert mean("multiple", "all_gold@5") >= 0.80
    assert mean("relative", "recall@5") >= 0.98
