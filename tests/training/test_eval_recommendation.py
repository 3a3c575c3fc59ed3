"""`agents eval recommendation` on a few sessions of the project's own; ranks and files by hand."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.tools.recommendation.counts import count
from questline.tools.recommendation.files import read_categories, read_sessions
from questline.training.recommender.methods import METHODS, Method, scorer
from questline.training.recommender.ranks import MISSED, Ranker, at_depths

TRAIN = [
    ["kettle", "tea", "cup"],
    ["kettle", "tea", "sugar"],
    ["mill", "beans"],
    ["mill", "beans", "cup"],
    ["tea", "cup"],
]
TEST = [["kettle", "tea", "cup"], ["mill", "beans"], ["lamp", "tea"], ["kettle", "lamp"], ["alone"]]
KEYS = [f"{name}@{depth}" for depth in (5, 10, 20) for name in ("hr", "ndcg", "mrr")]


def written(path: Path, rows: list[Any]) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def ran(folder: Path, *options: str) -> dict[str, Any]:
    target = folder / "report.json"
    words = ["eval", "recommendation", "--cache", str(folder / "cache"), "--json", str(target), *options]
    assert main(words) == 0
    return json.loads(target.read_bytes())


@pytest.mark.requirement("recommendation.eval")
@pytest.mark.parametrize("method", METHODS)
def test_it_reports_its_keys(tmp_path: Path, method: str) -> None:
    train, test = written(tmp_path / "train.jsonl.gz", TRAIN), written(tmp_path / "test.jsonl", TEST)
    report = ran(tmp_path, "--train", str(train), "--test", str(test), "--method", method)
    assert list(report)[: len(KEYS)] == KEYS
    assert (report["sessions"], report["n"], report["failed"]) == (4, 5, 0)
    assert report["unknown"] == pytest.approx(1 / 5)  # nobody clicked a lamp
    assert report["hr@20"] == pytest.approx(4 / 5)
    assert set(report["intervals"]) >= {*KEYS, "hr@10_of_500_biased"}
    assert [item["prediction"]["ranks"][-1] for item in report["items"]][-1] == MISSED
    assert ("processor_ms_p50" in report) == (method == "embedded")
    assert ("--method" in report["run"]["command"]) == (method != "embedded")


@pytest.mark.requirement("recommendation.eval")
def test_transitions_tell_what_follows(tmp_path: Path) -> None:
    train, test = written(tmp_path / "train.jsonl", TRAIN), written(tmp_path / "test.jsonl", TEST[:2])
    report = ran(tmp_path, "--train", str(train), "--test", str(test), "--method", "last")
    assert [item["prediction"]["ranks"] for item in report["items"]] == [[1, 1], [1]]
    assert report["mrr@5"] == 1.0


@pytest.mark.requirement("recommendation.eval")
def test_the_last_click_is_told_and_not_learnt(tmp_path: Path) -> None:
    path = written(tmp_path / "users.jsonl", TRAIN)
    options = ["--train", str(path), "--test", str(path), "--split", "last", "--method", "popularity"]
    report = ran(tmp_path, *options)
    # learnt: kettle 2, tea 3, mill 2, beans 1; nobody is known to have clicked cup or sugar
    assert [item["prediction"]["ranks"] for item in report["items"]] == [[0], [0], [4], [0], [0]]
    assert report["n"] == 5
    seen = ran(tmp_path, *options, "--exclude-seen")
    assert seen["items"][2]["prediction"]["ranks"] == [3]
    assert "--exclude-seen" in seen["run"]["command"]


@pytest.mark.requirement("recommendation.eval")
def test_what_is_asked_is_never_what_was_learnt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, packed = written(tmp_path / "a.jsonl", TRAIN), written(tmp_path / "b.jsonl.gz", TRAIN)
    assert main(["eval", "recommendation", "--train", str(path), "--test", str(packed)]) == 2
    assert "--split last" in capsys.readouterr().err
    assert main(["eval", "recommendation", "--train", str(path), "--test", str(path), "--method", "magic"]) == 2
    assert "error[bad_param]" in capsys.readouterr().err
    alone = written(tmp_path / "alone.jsonl", [["tea"]])
    assert main(["eval", "recommendation", "--train", str(path), "--test", str(alone)]) == 2
    assert "two clicks" in capsys.readouterr().err


@pytest.mark.requirement("recommendation.metrics")
@pytest.mark.parametrize("method", METHODS)
def test_a_rank_is_the_place_in_the_sorted_list(method: Method) -> None:
    random = np.random.default_rng(5)
    sessions = {n: [f"i{item}" for item in random.integers(0, 30, random.integers(1, 7))] for n in range(60)}
    counts = count(sessions)
    score, ranker = scorer(method, counts), Ranker(counts)
    for session in ([3], [4, 5, 4], []):
        found = score(session)
        order: list[int] = np.lexsort((counts.keys, -counts.clicks, -found)).tolist()
        for without in ([], session):
            left = [item for item in order if item not in without]
            ranks = [ranker.rank(found, counts.names[item], without) for item in left]
            assert ranks == list(range(1, len(left) + 1))
        assert ranker.sampled_rank(found, counts.names[order[0]], session, (1,), 10) == 1
    assert ranker.rank(score([3]), "nobody knows it") == MISSED
    assert ranker.sampled_rank(score([3]), "nobody knows it", [3], (1,), 10) == MISSED


@pytest.mark.requirement("recommendation.metrics")
def test_metrics_by_hand() -> None:
    assert at_depths(MISSED) == dict.fromkeys(at_depths(1), 0.0)
    seventh = at_depths(7)
    assert (seventh["hr@5"], seventh["hr@10"]) == (0.0, 1.0)
    assert seventh["ndcg@10"] == pytest.approx(1 / math.log2(8))
    assert (seventh["mrr@5"], seventh["mrr@20"]) == (0.0, pytest.approx(1 / 7))


@pytest.mark.requirement("recommendation.files")
def test_every_published_form_is_read(tmp_path: Path) -> None:
    lists = read_sessions(written(tmp_path / "lists.jsonl.gz", [[1, 2], [3]]))
    assert [(each.id, each.items, each.user) for each in lists] == [("1", ("1", "2"), None), ("2", ("3",), None)]
    named = read_sessions(written(tmp_path / "named.jsonl", [{"id": "a", "user": "ada", "items": ["tea", 7]}]))
    assert [(each.id, each.items, each.user) for each in named] == [("a", ("tea", "7"), "ada")]
    rows = [
        {"session": "1", "user": "NA", "item": "b", "timeframe": "20"},
        {"session": "2", "user": "u", "item": "c", "timeframe": "5"},
        {"session": "1", "user": "NA", "item": "a", "timeframe": "10"},
    ]
    clicks = read_sessions(written(tmp_path / "clicks.jsonl", rows))
    assert [(each.id, each.items, each.user) for each in clicks] == [("1", ("a", "b"), None), ("2", ("c",), "u")]
    kinds = read_categories(
        written(tmp_path / "kinds.jsonl", [{"item": 1, "attrs": [4, 4, 5]}, {"item": "x", "categories": ["y"]}])
    )
    assert kinds == {"1": ["4", "5"], "x": ["y"]}


@pytest.mark.requirement("recommendation.files")
@pytest.mark.parametrize(
    "line",
    ["[1, null]", "[1", '{"items": "tea"}', '{"user": "ada"}', '{"session": "s", "item": "i", "time": "noon"}', "7"],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f"[1, 2]\n\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_sessions(path)
    assert (caught.value.code, caught.value.fields["line"]) == ("bad_data", 3)
