"""`agents eval unlearning --model …` on a few made sessions, with networks that learn them in seconds."""

from __future__ import annotations

import json
from functools import partialmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.cli import main

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")

from questline.tools.recommendation.neural import NetConfig
from questline.tools.recommendation.unlearning.samples import Sample
from questline.training.benchmarks import unlearning, unlearning_drift
from questline.training.evaluation.items import Item
from questline.training.evaluation.trained_unlearning import TrainedUnlearningSuite
from questline.training.recommender import unlearning_page
from questline.training.recommender.model_cache import ModelCache
from questline.training.recommender.plain_fit import FitSettings, fit, held_out
from questline.training.recommender.request_sets import drawn
from questline.training.recommender.told import relearning, tell

QUICK = FitSettings(epochs=40, patience=40, every=10, rate=0.01, batch=16)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(3)
    folder = tmp_path_factory.mktemp("data")
    rows = [(random.permutation(80)[: random.integers(5, 9)] + 1).tolist() for _ in range(40)]
    (folder / "sessions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    kinds = [{"item": item, "attrs": [item // 2]} for item in range(1, 81)]
    (folder / "kinds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kinds), encoding="utf-8")
    return folder


async def ran(data: Path, method: str, **options: Any) -> dict[str, Any]:
    chosen: dict[str, Any] = {"requests": "clicks:0.2", "seeds": 2, **options}
    suite = TrainedUnlearningSuite(
        data=data / "sessions.jsonl",
        models=data / "models",
        method=method,
        settings=QUICK,
        width=32,
        layers=1,
        max_length=8,
        dropout=0.0,
        **chosen,
    )
    items: list[Item] = []
    rows = suite.load()
    async with suite.open():
        for row in rows:
            made = await suite.run(row)
            values = {"prediction": made.prediction, "scores": {}, "cost": dict(made.cost), "labels": {}}
            items.append(Item(id=suite.identify(row), **values))  # pyright: ignore[reportArgumentType]  # by name
    return dict(suite.summarize(items).metrics)


@pytest.mark.requirement("unlearning.eval-trained", "unlearning.relearn")
async def test_cau_comes_nearer_to_never_having_learnt(data: Path) -> None:
    original, retrain, cau = [await ran(data, method) for method in ("original", "retrain", "cau")]
    assert original["hit_u_gap"] > 0.2
    assert (original["speedup"], original["gap_closed"], original["relearn_ratio"]) == (None, 0, 0)
    assert (retrain["hit_u_gap"], retrain["kl"], retrain["ndcg_ratio"], retrain["combined"]) == (0, 0, 1, 1)
    assert (retrain["speedup"], retrain["relearn_ratio"], retrain["exact"]) == (1, 1, True)
    assert cau["gap_closed"] > 0.3
    assert cau["auc_gap"] < original["auc_gap"]
    assert cau["relearn_ratio"] > 0
    assert cau["steps"] > 0
    assert cau["n"] == original["n"] == 16
    assert cau["rehearsal_seconds"] > 0
    assert "rehearsal_seconds" not in original


@pytest.mark.requirement("unlearning.eval-trained", "unlearning.shards")
async def test_shards_train_again_only_what_was_touched(data: Path) -> None:
    before, sisa = [await ran(data, method, seeds=1, requests="clicks:0.05") for method in ("sisa-original", "sisa")]
    assert before["seconds"] == 0
    assert sisa["seconds"] > 0
    assert sisa["hit_u_full"] <= before["hit_u_full"]


@pytest.mark.requirement("unlearning.eval-trained")
@pytest.mark.parametrize("requests", ["sessions:3", "items:4", "categories:1"])
async def test_sessions_items_and_categories(data: Path, requests: str) -> None:
    options: dict[str, Any] = {"seeds": 1, "requests": requests, "categories": data / "kinds.jsonl"}
    cau, original = await ran(data, "cau", **options), await ran(data, "original", **options)
    assert cau["n"] == original["n"] > 0
    assert cau["hit_u_full"] < original["hit_u_full"]
    if requests == "items:4":  # they left the catalogue, here as in the model that was retrained
        assert (cau["hit_u_full"], cau["hit_u_full_retrain"], cau["relearn_ratio"]) == (0, 0, None)


@pytest.mark.requirement("unlearning.eval-trained")
def test_models_are_kept_and_made_again_when_they_are_damaged(tmp_path: Path) -> None:
    cache, config = ModelCache(tmp_path), NetConfig(items=9, max_length=4, width=8, layers=1)
    sessions, quick = {1: [1, 2, 3], 2: [4, 5, 6, 7, 8, 9]}, FitSettings(epochs=2)
    watched = [Sample(before=(1,), item=2)]
    first = cache.fitted(sessions, config, watched=watched, settings=quick)
    (path,) = tmp_path.iterdir()
    again = cache.fitted(sessions, config, watched=watched, settings=quick)
    assert (again.seconds, again.epochs, again.ndcg) == (first.seconds, first.epochs, first.ndcg)
    assert torch.equal(again.net.table.weight, first.net.table.weight)
    path.write_bytes(b"damaged")
    once_more = cache.fitted(sessions, config, watched=watched, settings=quick)
    assert torch.equal(once_more.net.table.weight, first.net.table.weight)
    cache.fitted({1: [1, 2, 3]}, config, watched=watched, settings=quick)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.requirement("unlearning.eval-trained")
@pytest.mark.parametrize("kind", ["sasrec", "gru4rec", "bert4rec"])
def test_a_fit_learns_and_is_told_in_ranks_and_chances(kind: Any) -> None:
    sessions = {number: [1 + (number + at) % 12 for at in range(6)] for number in range(12)}
    config = NetConfig(kind=kind, items=12, max_length=6, width=16, layers=1, dropout=0.0)
    settings = FitSettings(epochs=300, patience=300, every=30, rate=0.005, batch=4)
    found = fit(
        sessions, config, watched=[Sample(before=(1, 2), item=3), Sample(before=(4, 5), item=6)], settings=settings
    )
    asked = [Sample(before=(4, 5), item=6), Sample(before=(11, 12), item=1)]
    told = tell(found.net, asked, frozenset(), negatives=3, seed=0, compared=1)
    assert told.ranks[0] == told.sampled[0] == 1
    assert max(told.ranks) <= 6
    assert told.own[0] > 0.2
    assert told.spreads.shape == (1, 12)
    gone = tell(found.net, asked, frozenset({6}), negatives=3, seed=0, compared=2)
    assert (gone.ranks[0], gone.own[0]) == (0, 0)
    assert told.against(told) == [(0, 0)]
    assert relearning(found.net, asked, 1.0, 10, 0) == 0


@pytest.mark.requirement("unlearning.requests")
def test_categories_and_held_out_clicks_are_drawn_by_their_seed() -> None:
    sessions = {n: [f"i{(n * 7 + at) % 200}" for at in range(6)] for n in range(100)}
    kinds = {f"i{n}": ["rare" if n < 4 else "common"] for n in range(200)}
    clicks = drawn(sessions, "categories:1", 0, kinds)
    assert {sessions[n][at] for n, places in clicks.items() for at in places} == {"i0", "i1", "i2", "i3"}
    held = held_out(sessions, 0)
    assert len(held) == 10
    assert all(len(places) == 1 and min(places) >= 3 for places in held.values())
    assert held == held_out(sessions, 0) != held_out(sessions, 1)


@pytest.mark.requirement("unlearning.eval-trained")
@pytest.mark.parametrize(
    "options",
    [["--model", "magic"], ["--model", "sasrec", "--method", "exact"], ["--model", "embedded", "--method", "cau"]],
)
def test_what_cannot_be_measured_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    words = ["eval", "unlearning", "--data", str(data / "sessions.jsonl"), "--cache", str(tmp_path), *options]
    assert main(words) == 2
    assert "error[bad_param]" in capsys.readouterr().err


@pytest.mark.requirement("unlearning.eval-trained", "unlearning.drift")
def test_all_in_one_table_and_one_after_the_other(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(FitSettings, "__init__", partialmethod(FitSettings.__init__, epochs=6, rate=0.01))
    given = ["--data", str(data / "sessions.jsonl"), "--models", str(tmp_path / "models")]
    picture = tmp_path / "all.svg"
    words = ["--requests", "clicks:0.2", "--seeds", "1", "--methods", "original,retrain,cau", "--picture", str(picture)]
    assert unlearning.main([*given, *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["methods"]) == ["original", "retrain", "cau"]
    assert found["methods"]["retrain"]["hit_u_gap"] == 0
    assert found["methods"]["retrain"]["chance"]["hit_u_over"]["p"] == 1
    assert {*found["methods"]["original"]["against"]["cau"]} == {"hit_u_gap", "ndcg"}
    assert found["methods"]["cau"]["against"] == {}
    assert found["methods"]["cau"]["status"][0] in {"done", "partial"}
    drawn_picture = picture.read_text(encoding="utf-8")
    assert drawn_picture.startswith("<svg")
    assert all(name in drawn_picture for name in found["methods"])
    assert unlearning.main([*given, "--methods", "magic"]) == 2
    assert "bad_param" in capsys.readouterr().err
    assert unlearning_drift.main([*given, "--batches", "2", "--requests", "clicks:0.1"]) == 0
    batches = json.loads(capsys.readouterr().out)["batches"]
    assert [(each["batch"], each["forgotten"]) for each in batches] == [(1, 4), (2, 8)]
    assert {"hit_u_original", "hit_u_unlearnt", "hit_u_retrained", "ndcg@10_unlearnt", "kl"} <= batches[1].keys()


@pytest.mark.requirement("unlearning.eval-trained")
def test_the_page_tells_what_was_measured_and_what_does_not_hold(tmp_path: Path) -> None:
    assert all("Not measured yet" in part(tmp_path) for part in unlearning_page.PARTS.values())
    good: dict[str, Any] = {
        "hit_u_gap": 0.01,
        "gap_closed": 0.95,
        "ndcg_ratio": 0.99,
        "auc_gap": 0.01,
        "speedup": 20.0,
        "n": 50,
        "hit_u_full": 0.1,
        "auc": 0.6,
        "ndcg@10": 0.03,
        "intervals": {"hit_u_full": [0.0, 0.2]},
    }
    names = ("cau", "retrain", "cau-hard", "cau-no-kl", "npo", "ga", "gd", "finetune", "cau-unstopped")
    methods = {name: dict(good) for name in names}
    methods["original"] = {**good, "hit_u_gap": 0.2}
    methods["cau-no-kl"]["ndcg_ratio"] = 0.9
    none = {"value": 0.0, "low": -0.1, "high": 0.1, "p": 0.9}
    sure = {"value": 0.1, "low": 0.05, "high": 0.15, "p": 0.001}
    for name in names:
        methods[name]["against"] = {"cau": {"hit_u_gap": none, "ndcg": none}}
    methods["cau-no-kl"]["against"] = {"cau": {"hit_u_gap": none, "ndcg": sure | {"value": -0.1}}}
    methods["finetune"]["against"] = {"cau": {"hit_u_gap": sure, "ndcg": sure}}
    methods["cau"]["chance"] = {"hit_u_over": sure | {"value": 0.01, "low": -0.015, "high": 0.019}}
    methods["retrain-again"] = {**good, "chance": {"hit_u_over": none}}
    run: dict[str, Any] = {"command": "measured", "date": "today", "commit": "abc", "hardware": {}}
    report: dict[str, Any] = {"methods": methods, "seeds": 3, "run": run}
    (tmp_path / "unlearning_ways_lastfm_clicks_5.json").write_text(json.dumps(report), encoding="utf-8")
    (tmp_path / "unlearning_drift_lastfm.json").write_text(json.dumps({"batches": [{"batch": 1}], "run": run}))
    assert (
        "| cau | 0.030 | 0.990 | – | 0.100 [0.000, 0.200] | – | +0.010 [-0.015, +0.019] | – |"
        in unlearning_page.table(tmp_path)
    )
    assert "met, +0.010 [-0.015, +0.019], surely; retrained again +0.000" in unlearning_page.verdict(tmp_path)
    assert unlearning_page.verdict(tmp_path).splitlines()[-1].count("met") == 5
    methods["cau"]["hit_u_gap"] = 0.021
    methods["cau"]["chance"]["hit_u_over"] = none | {"value": 0.021}
    (tmp_path / "unlearning_ways_lastfm_clicks_5.json").write_text(json.dumps(report), encoding="utf-8")
    assert "**missed**, +0.021 [-0.100, +0.100], the interval leaves it open" in unlearning_page.verdict(tmp_path)
    told = unlearning_page.claims(tmp_path)
    assert "not shown: none is clearly worse | `cau`" in told
    assert "1 of 1 parts" in told
    assert "holds against finetune alone" in told
    assert "| 1 of 1 sets are 10 times faster and more |" in told
    assert "| LastFM, one click each of 5 % of the users, references by held-out clicks: 20.0 times |" in told
    other = tmp_path / "unlearning_ways_lastfm_clicks_5_rehearsed.json"
    other.write_text(json.dumps(report), encoding="utf-8")
    shown = unlearning_page.tested(tmp_path)
    assert "| finetune | +0.100 [+0.050, +0.150] | 0.001 | +0.100 [+0.050, +0.150] | 0.001 |" in shown
    other.unlink()
    for each in methods.values():
        each.pop("against", None)
    (tmp_path / "unlearning_ways_lastfm_clicks_5.json").write_text(json.dumps(report), encoding="utf-8")
    assert unlearning_page.claims(tmp_path).count("These were measured without tests of chance") == 1
    assert "references by held-out clicks" in unlearning_page.verdict(tmp_path)
    methods["cau"]["rehearsal_seconds"] = 40.0
    (tmp_path / "unlearning_ways_lastfm_clicks_5.json").write_text(json.dumps(report), encoding="utf-8")
    assert "references by held-out clicks" not in unlearning_page.verdict(tmp_path)
    assert "**unlearning_drift_lastfm**" in unlearning_page.drift(tmp_path)
