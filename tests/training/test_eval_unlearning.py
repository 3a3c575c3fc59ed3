"""`agents eval unlearning`: exact deletion is never having learnt; the untouched model is not; the metrics by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.training.evaluation.suites.unlearning import METHODS
from questline.training.recommender.forgetting_metrics import combined, divergences, membership_auc, spread
from questline.training.recommender.request_sets import drawn, without

KEYS = [
    *("ndcg@10", "ndcg_ratio", "hit_u_full", "hit_u_500", "hit_u_gap", "auc", "auc_gap", "kl", "js"),
    *("neighbour_drop", "seconds", "speedup", "combined"),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(3)
    path = tmp_path_factory.mktemp("data") / "sessions.jsonl"
    rows = [random.integers(0, 60, random.integers(4, 9)).tolist() for _ in range(80)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def ran(data: Path, tmp_path: Path, *options: str) -> dict[str, Any]:
    target = tmp_path / "report.json"
    words = ["eval", "unlearning", "--data", str(data), "--cache", str(tmp_path / "cache"), "--json", str(target)]
    assert main([*words, *options]) == 0
    return json.loads(target.read_bytes())


@pytest.mark.requirement("unlearning.eval")
@pytest.mark.parametrize("requests", ["clicks:0.2", "sessions:6", "items:3"])
def test_exact_deletion_is_never_having_learnt(data: Path, tmp_path: Path, requests: str) -> None:
    exact = ran(data, tmp_path, "--requests", requests, "--seeds", "2")
    assert list(exact)[: len(KEYS)] == KEYS
    assert (exact["seeds"], exact["failed"], exact["exact"]) == (2, 0, True)
    assert exact["n"] > 0
    assert (exact["hit_u_gap"], exact["auc_gap"], exact["kl"], exact["js"]) == (0, 0, 0, 0)
    assert (exact["ndcg_ratio"], exact["combined"], exact["neighbour_drop"]) == (1, 1, 0)
    assert exact["seconds"] > 0
    retrain = ran(data, tmp_path, "--requests", requests, "--seeds", "2", "--method", "retrain")
    assert retrain["speedup"] == 1
    same = ("ndcg@10", "hit_u_full", "hit_u_500", "auc", "n")
    assert [retrain[name] for name in same] == [exact[name] for name in same]


@pytest.mark.requirement("unlearning.eval")
def test_the_untouched_model_still_knows(data: Path, tmp_path: Path) -> None:
    original = ran(data, tmp_path, "--method", "original", "--requests", "clicks:0.2", "--seeds", "2")
    assert original["exact"] is False
    assert original["hit_u_full"] == original["hit_u_full_original"] > original["hit_u_full_retrain"]
    assert original["hit_u_gap"] > 0.1
    assert original["auc"] > 0.7
    assert original["js"] > 0
    assert original["combined"] < 1
    assert "--method original" in original["run"]["command"]


@pytest.mark.requirement("unlearning.eval")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--method", "magic"], "bad_param"),
        (["--requests", "everything"], "bad_param"),
        (["--requests", "clicks:0.001"], "bad_param"),
        (["--requests", "sessions:80"], "bad_param"),
    ],
)
def test_what_cannot_be_measured_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: str
) -> None:
    assert main(["eval", "unlearning", "--data", str(data), "--cache", str(tmp_path), *options]) == 2
    assert f"error[{code}]" in capsys.readouterr().err


@pytest.mark.requirement("unlearning.requests")
def test_requests_are_drawn_by_their_seed() -> None:
    sessions = {n: [f"i{(n + at) % 20}" for at in range(6)] for n in range(100)}
    clicks = drawn(sessions, "clicks:0.05", 1)
    assert len(clicks) == 5
    assert all(len(places) == 1 and 3 <= min(places) < 6 for places in clicks.values())
    assert clicks == drawn(sessions, "clicks:0.05", 1) != drawn(sessions, "clicks:0.05", 2)
    left = without(sessions, clicks)
    assert sum(map(len, left.values())) == 600 - 5
    assert all(
        len(without(sessions, drawn(sessions, "sessions:7", 0))[n]) == 0 for n in drawn(sessions, "sessions:7", 0)
    )
    items = drawn(sessions, "items:1", 0)
    gone = {sessions[n][at] for n, places in items.items() for at in places}
    assert len(gone) == 1
    assert not any(gone & set(each) for each in without(sessions, items).values())
    assert METHODS[0] == "original"
    with pytest.raises(UsageError, match="clicks:SHARE"):
        drawn(sessions, "users:5", 0)


@pytest.mark.requirement("unlearning.metrics")
def test_metrics_by_hand() -> None:
    assert membership_auc(np.array([3.0, 1.0]), np.array([2.0, 1.0])) == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert membership_auc(np.zeros(0), np.ones(2)) is None
    one, other = np.array([0.5, 0.5]), np.array([0.9, 0.1])
    kl, js = divergences(one, other)
    assert kl == pytest.approx(0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1))
    assert js == pytest.approx(divergences(other, one)[1])
    assert divergences(one, one) == (0.0, 0.0)
    assert spread(np.array([3.0, 1.0, 0.0])).sum() == pytest.approx(1)
    assert spread(np.zeros(4)).tolist() == [0.25] * 4
    assert combined(0.04, 0.04, 0.1, 0.1, 0.9) == 1.0
    assert combined(0.02, 0.04, 0.1, 0.1, 0.9) == pytest.approx(2 * 0.5 / 1.5)
    assert combined(0.04, 0.04, 0.9, 0.0, 0.9) == 0.0  # nothing was forgotten
    assert combined(0.04, 0.04, 0.0, 0.45, 0.9) == pytest.approx(2 * 0.5 / 1.5)  # too much was


@pytest.mark.requirement("unlearning.eval")
def test_requests_for_categories_need_them(data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["eval", "unlearning", "--data", str(data), "--cache", str(tmp_path), "--requests", "categories:1"]
    assert main(words) == 2
    assert "give --categories" in capsys.readouterr().err
