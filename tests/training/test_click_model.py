"""Reading click logs, fitting and judging the click model: what is learnt, what is refused, what the slot may do."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.suggestion.conftest import HashEncoder

from questline.cli import main
from questline.errors import UsageError
from questline.tools.suggestion import load_model
from questline.tools.suggestion.ctr_features import FEATURES
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.pane_metrics import click_auc, kendall, pane_ndcg
from questline.training.suggestion import ablation
from questline.training.suggestion.calibrate import calibrate, expected_error, isotonic, platt
from questline.training.suggestion.click_fit import Choice, fit_weights
from questline.training.suggestion.cross_fit import Recipe, cross_fit, fold_of
from questline.training.suggestion.panes import Pane, read_panes

GOODS = (
    "lamp",
    "chair",
    "table",
    "shelf",
    "clock",
    "kettle",
    "ladder",
    "basket",
    "mirror",
    "carpet",
    "barrel",
    "candle",
)
LIKED, DISLIKED = ("price", "repair"), ("poem", "riddle")


def log(*, slots: bool = True, seed: int = 0) -> list[dict[str, Any]]:
    """Return panes of twelve queries: what adds a liked word is clicked more, what stands first as well."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for good in GOODS:
        for _ in range(4):
            options = [f"{good} {word}" for word in random.permutation([*LIKED, *DISLIKED])]
            pull = np.array([1.2 if option.split()[1] in LIKED else 0.0 for option in options])
            pull += np.array([1.0, 0.6, 0.3, 0.0]) if slots else 0.0
            shares = np.exp(pull) / np.exp(pull).sum()
            clicks = random.multinomial(40, shares).tolist()
            rows.append({"query": good, "options": options, "clicks": clicks, "impressions": 80})
    return rows


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def mimics(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"query": "shed plans", "engagement_level": "5"}
    for place, (text, rate) in enumerate(
        [("free", "0.75"), ("metal", "0.25"), ("", "0"), ("", "0"), ("", "0")], start=1
    ):
        row |= {f"option_{place}": text, f"option_cctr_{place}": rate}
    return row | changes


def test_both_kinds_of_rows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "panes.jsonl.gz"
    rows = [mimics(), {"query": "lamp", "options": ["a", "b", "c"], "clicks": [3, 1, 0], "impressions": 8}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert read_panes(path) == [
        Pane(line=1, query="shed plans", options=("free", "metal"), rates=(0.75, 0.25), weight=0.5),
        Pane(line=2, query="lamp", options=("a", "b", "c"), rates=(0.75, 0.25, 0.0), weight=0.5),
    ]


@pytest.mark.requirement("suggestion.bad-log")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        (mimics(option_cctr_1="1.2"), "option_cctr_1"),
        (mimics(option_cctr_2="-0.1"), "option_cctr_2"),
        (mimics(option_cctr_1="nan"), "option_cctr_1"),
        (mimics(option_cctr_1="many"), "option_cctr_1"),
        (mimics(option_cctr_3="0.5"), "option_3"),
        (mimics(option_1="", option_2="", option_cctr_1="0", option_cctr_2="0"), "option_1"),
        (mimics(option_1=7), "option_1"),
        (mimics(engagement_level="11"), "engagement_level"),
        (mimics(query=" "), "query"),
        ({"query": "a", "options": ["b"], "clicks": [3], "impressions": 2}, "clicks"),
        ({"query": "a", "options": ["b"], "clicks": [-1], "impressions": 2}, "clicks"),
        ({"query": "a", "options": ["b"], "clicks": [0], "impressions": -2}, "clicks"),
        ({"query": "a", "options": ["b"], "clicks": [0, 1], "impressions": 2}, "clicks"),
        ({"query": "a", "options": ["b"], "clicks": [True], "impressions": 2}, "clicks"),
        ({"query": "a", "options": ["b"], "clicks": [1]}, "impressions"),
        ({"query": "a", "options": ["b", ""], "clicks": [1, 0], "impressions": 2}, "options"),
        ({"query": "a", "options": [], "clicks": [], "impressions": 2}, "options"),
    ],
)
def test_a_bad_row_is_named_by_its_line(row: dict[str, Any], field: str, tmp_path: Path) -> None:
    path = written(tmp_path / "panes.jsonl", [mimics(), row])
    with pytest.raises(UsageError) as caught:
        read_panes(path)
    error = caught.value
    assert (error.code, error.fields["line"], error.fields["field"]) == ("bad_log_row", 2, field)


def test_an_empty_log_and_one_without_two_queries_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n", "utf-8")
    with pytest.raises(UsageError) as caught:
        read_panes(tmp_path / "empty.jsonl")
    assert caught.value.code == "bad_data"
    one = read_panes(written(tmp_path / "one.jsonl", [mimics(), mimics()]))
    with pytest.raises(UsageError) as few:
        cross_fit(one, Recipe(mode="words"), None)
    assert few.value.code == "bad_data"
    rows = [row for row in log() if fold_of(row["query"], 3) == fold_of("lamp", 3)]
    with pytest.raises(UsageError, match="more queries"):
        cross_fit(read_panes(written(tmp_path / "fold.jsonl", rows)), Recipe(mode="words", folds=3), None)


@pytest.mark.requirement("suggestion.edge-cases")
def test_panes_without_clicks_or_choice_are_left_out_and_equal_rates_do_no_harm(tmp_path: Path) -> None:
    rows = [
        *log()[:16],
        {"query": "lamp", "options": ["a", "b"], "clicks": [0, 0], "impressions": 0},
        {"query": "lamp", "options": ["only"], "clicks": [2], "impressions": 5},
        {"query": "lamp", "options": ["a", "b"], "clicks": [2, 2], "impressions": 5},
    ]
    panes = read_panes(written(tmp_path / "panes.jsonl", rows))
    assert [pane.judged for pane in panes[-3:]] == [False, False, True]
    held = cross_fit(panes, Recipe(mode="words"), None)
    assert len(held) == 17
    assert all(np.isfinite(each.scores).all() and np.isfinite(each.chances).all() for each in held)
    assert kendall(held[-1].scores.tolist(), held[-1].pane.rates) is None


@pytest.mark.requirement("suggestion.position")
def test_the_position_tower_takes_the_slots_effect_off_the_text() -> None:
    """What is liked stood last in every pane: without the tower the text seems to be disliked."""
    features = np.zeros((4, len(FEATURES)))
    features[2:, FEATURES.index("length")] = 1.0
    random = np.random.default_rng(2)
    slot = np.array([2.0, 1.4, 0.7, 0.0])
    choices: list[Choice] = []
    for row in range(400):
        table = features if row % 5 else features[::-1]
        pull = 0.6 * table[:, FEATURES.index("length")] + slot
        gains = random.multinomial(30, np.exp(pull) / np.exp(pull).sum()) / 30
        choices.append(Choice(table=table, gains=gains, weight=1.0))
    place = FEATURES.index("length")
    with_tower = fit_weights(choices, "words", ridge=0.1, slot_ridge=0.01)
    without = fit_weights(choices, "words", ridge=0.1, position=False)
    assert with_tower.weights[place] / with_tower.scale[place] == pytest.approx(0.6, abs=0.1)
    assert with_tower.position[:4] == pytest.approx(slot - slot[0], abs=0.15)
    assert without.weights[place] < 0
    assert not without.position.any()


@pytest.mark.requirement("suggestion.query-disjoint")
def test_a_pane_is_scored_by_a_model_that_never_saw_its_query(tmp_path: Path) -> None:
    """Clicks of one query turned round change the scores of others, never its own."""
    rows = log()
    panes = read_panes(written(tmp_path / "a.jsonl", rows))
    for row in rows:
        if row["query"] == "lamp":
            row["clicks"] = row["clicks"][::-1]
    turned = read_panes(written(tmp_path / "b.jsonl", rows))
    recipe = Recipe(mode="words", folds=4)
    before, after = cross_fit(panes, recipe, None), cross_fit(turned, recipe, None)
    same = [np.array_equal(one.scores, other.scores) for one, other in zip(before, after, strict=True)]
    queries = [each.pane.query for each in before]
    fold = fold_of("lamp", 4)
    assert {fold_of(query, 4) for query in queries} == {0, 1, 2, 3}
    assert all(same[place] for place, query in enumerate(queries) if fold_of(query, 4) == fold)
    assert not any(same[place] for place, query in enumerate(queries) if fold_of(query, 4) != fold)
    assert fold_of("Lamp", 4) == fold


@pytest.mark.requirement("suggestion.rates", "suggestion.ctr-model")
def test_words_that_were_liked_elsewhere_come_first(tmp_path: Path) -> None:
    held = cross_fit(read_panes(written(tmp_path / "panes.jsonl", log())), Recipe(folds=4), HashEncoder())
    mean = float(np.mean([pane_ndcg(each.scores.tolist(), each.pane.rates) for each in held]))
    aware = float(np.mean([pane_ndcg(each.slot_scores.tolist(), each.pane.rates) for each in held]))
    chance = float(np.mean([pane_ndcg([0.0] * 4, each.pane.rates) for each in held]))
    assert chance + 0.05 < mean < aware
    chances = np.concatenate([each.chances for each in held])
    assert expected_error(chances, np.concatenate([each.pane.gains for each in held])) < 0.1


@pytest.mark.requirement("suggestion.calibration")
def test_calibration_mends_odds_that_are_too_sure() -> None:
    random = np.random.default_rng(4)
    true = random.normal(0, 1, 900)
    rates = (random.uniform(size=900) < 1 / (1 + np.exp(-true))).astype(float)
    sure, ones = 3 * true, np.ones(900)
    raw = expected_error(1 / (1 + np.exp(-sure)), rates)
    for curve in (platt(sure, rates, ones), isotonic(sure, rates, ones)):
        assert expected_error(curve.apply(sure), rates) < 0.05 < raw
    assert calibrate(sure, rates, ones).knots
    assert not calibrate(sure[:150], rates[:150], ones[:150]).knots
    assert platt(sure, rates, ones).slope == pytest.approx(1 / 3, abs=0.06)
    values = isotonic(-sure, rates, ones).values
    assert list(values) == sorted(values)


def test_the_expected_error_by_hand() -> None:
    assert expected_error(np.array([0.95, 0.95, 0.15]), np.array([1.0, 0.0, 0.25])) == pytest.approx((0.9 + 0.1) / 3)
    assert expected_error(np.zeros(0), np.zeros(0)) == 0


@pytest.mark.requirement("suggestion.metrics")
def test_the_metrics_by_hand() -> None:
    assert pane_ndcg([2, 1], [0, 1]) == pytest.approx(1 / math.log2(3))
    assert pane_ndcg([1, 1], [0, 1]) == pytest.approx((1 + 1 / math.log2(3)) / 2)
    assert pane_ndcg([1, 2, 3], [0, 0.25, 0.75]) == 1
    assert pane_ndcg([1, 2], [0, 0]) == 0
    assert kendall([3, 2, 1], [0.5, 0.3, 0.3]) == 1
    assert kendall([1, 2, 1], [0.5, 0.3, 0.2]) == pytest.approx(-1 / 3 + 1 / 3)
    assert kendall([1, 2], [0.5, 0.5]) is None
    assert click_auc([0.9, 0.1], [1, 0]) == 1
    assert click_auc([0.5, 0.5], [1, 0]) == 0.5
    assert click_auc([0.9, 0.1], [0.75, 0.25]) == pytest.approx(0.75 * 0.75 + 0.5 * (0.75 * 0.25 + 0.25 * 0.75))
    assert click_auc([0.9], [0]) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), min_size=2, max_size=6))
def test_no_metric_looks_at_the_order_shown(pairs: list[tuple[int, float]]) -> None:
    scores, gains = [float(score) for score, _ in pairs], [gain for _, gain in pairs]
    for metric in (pane_ndcg, kendall, click_auc):
        turned = metric(scores[::-1], gains[::-1])
        assert turned == pytest.approx(metric(scores, gains))


@pytest.mark.requirement("suggestion.intervals")
def test_intervals_over_queries_are_wider_than_over_panes_of_the_same_query() -> None:
    values = np.repeat(np.random.default_rng(1).normal(size=20), 10).tolist()
    clusters = [str(place // 10) for place in range(200)]
    low, high = bootstrap_interval(values, clusters=clusters)
    one, other = bootstrap_interval(values)
    assert high - low > 2 * (other - one)
    single = bootstrap_interval(values, clusters=[str(place) for place in range(200)])
    assert single == pytest.approx((one, other), abs=0.05)
    with pytest.raises(UsageError):
        bootstrap_interval(values, clusters=clusters[:-1])


@pytest.mark.requirement("suggestion.eval")
def test_the_suite_reports_its_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "panes.jsonl", log()[:24])
    words = ["eval", "suggestion", "--panes", str(path), "--mode", "words", "--folds", "3"]
    target = tmp_path / "report.json"
    assert main([*words, "--json", str(target), "--cache", str(tmp_path / "cache")]) == 0
    report = json.loads(target.read_bytes())
    assert list(report)[:6] == ["ndcg", "kendall", "auc", "ece", "diversity", "n"]
    assert (report["n"], report["queries"], report["failed"]) == (24, 6, 0)
    assert {"ndcg", "kendall", "diversity", "ndcg_slot_aware", "ndcg_random"} <= set(report["intervals"])
    assert report["ndcg"] > report["ndcg_random"]
    assert report["run"]["command"].endswith("--mode words --folds 3")
    assert report["items"][0]["labels"] == {"query": "lamp"}
    assert "diversity" in capsys.readouterr().out
    assert main([*words[:3], str(tmp_path / "none.jsonl"), "--cache", str(tmp_path / "cache")]) == 2
    assert main([*words[:-4], "--mode", "odd", "--cache", str(tmp_path / "cache")]) == 2
    barren = written(tmp_path / "barren.jsonl", [mimics(option_cctr_1="0", option_cctr_2="0")])
    assert main([*words[:3], str(barren), "--cache", str(tmp_path / "cache")]) == 2


@pytest.mark.requirement("suggestion.fit", "training.parts", "training.resume")
def test_a_killed_fit_writes_the_file_of_a_whole_one(
    tmp_path: Path, kill_after: Callable[[int], AbstractContextManager[None]], capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "panes.jsonl", log()[:16])
    outs = [tmp_path / "whole", tmp_path / "parts"]
    words = ["train", "suggestion", "--data", str(path), "--out"]
    assert main([*words, str(outs[0])]) == 0
    assert "words: ndcg" in capsys.readouterr().out
    with kill_after(3):
        main([*words, str(outs[1])])
    assert main([*words, str(outs[1]), "--resume"]) == 0
    one, other = (out / "model" / "ctr.json" for out in outs)
    assert one.read_bytes() == other.read_bytes()
    model = load_model(one)
    assert (model.origin["panes"], model.origin["queries"]) == (16, 4)
    assert model.origin["command"] == "agents train suggestion --data panes.jsonl --out DIR"
    assert "not to be shipped" in str(model.origin["licence"])
    assert "price" not in one.read_text("utf-8")
    better, worse = model.predict("spoon", ["spoon price", "spoon poem"])
    assert better > worse
    assert main(["train", "suggestion", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "no")]) == 2


@pytest.mark.requirement("suggestion.ablation")
def test_the_ablation_compares_every_variant_with_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "panes.jsonl", log()[:24])
    small = (("full", Recipe(mode="words", folds=3)), ("no rates", Recipe(mode="words", folds=3, without=("history",))))
    rows = ablation.ablate(read_panes(path), HashEncoder(), small)
    assert rows[0].difference == rows[0].low == rows[0].high == 0
    assert rows[1].ndcg == pytest.approx(rows[0].ndcg + rows[1].difference)
    assert rows[1].low <= rows[1].difference <= rows[1].high < 0
    monkeypatch.setattr(ablation, "VARIANTS", small)
    assert ablation.main(["--panes", str(path), "--json", str(tmp_path / "rows.json")]) == 0
    assert "| no rates |" in capsys.readouterr().out
    kept = json.loads((tmp_path / "rows.json").read_bytes())
    assert list(kept) == ["full", "no rates", "run"]
    assert kept["full"]["ndcg"] == pytest.approx(rows[0].ndcg)
    assert ablation.main(["--panes", str(tmp_path / "none")]) == 2


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.requirement("suggestion.mimics")
def test_held_out_panes_are_ordered_well_without_their_slots(data_dir: Path) -> None:
    """The floors of the same 303 panes: random .737 (ties averaged), shortest first .743, as shown .808."""
    from questline.tools.models.encoder import Encoder

    panes = read_panes(data_dir / "query" / "mimics_clickexplore_part.jsonl.gz")
    held = cross_fit(panes, Recipe(), Encoder.load())
    assert len(held) == 303
    assert np.mean([pane_ndcg(each.scores.tolist(), each.pane.rates) for each in held]) >= 0.78
    assert np.mean([pane_ndcg(each.slot_scores.tolist(), each.pane.rates) for each in held]) >= 0.808
    chances = np.concatenate([each.chances for each in held])
    assert expected_error(chances, np.concatenate([each.pane.gains for each in held])) <= 0.05
