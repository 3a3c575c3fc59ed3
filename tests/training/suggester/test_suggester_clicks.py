"""The click model of several sources: what it recovers of known users, how sure it is, what its file refuses."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.cli import main
from questline.errors import UsageError
from questline.training.evaluation.pane_metrics import kendall
from questline.training.generative_suggester.click_counts import Counts, counted, keys_of
from questline.training.generative_suggester.click_fit import Fit, fit_clicks
from questline.training.generative_suggester.click_model import ClickModel, load_clicks, save_clicks
from questline.training.generative_suggester.made import made_rows, pool
from questline.training.generative_suggester.shown import Shown, read_shown, write_shown
from questline.training.generative_suggester.users import KnownUsers
from questline.training.logistic import newton

USERS = KnownUsers()


@pytest.fixture(scope="module")
def log() -> list[Shown]:
    chance = random.Random(1)
    found: list[Shown] = []
    for at, row in enumerate(made_rows(lists=40)):
        # Every second list is shown in any order: by habit alone, slots cannot be told from tastes.
        options = row.suggestions if at % 2 else tuple(chance.sample(row.suggestions, len(row.suggestions)))
        rates = USERS.clicks(row.query, options, chance)
        found.append(Shown(key=str(at), query=row.query, options=options, rates=rates))
    return found


@pytest.fixture(scope="module")
def model(log: list[Shown]) -> ClickModel:
    return fit_clicks(log, Fit())


def order(model: ClickModel) -> float:
    """Return Kendall's tau of expected and true relevance within some queries."""
    found: list[float] = []
    for query in sorted({row.query for row in made_rows(lists=1)})[::5]:
        told = [float(model.log_odds(query, (option,))[0]) for option in pool(query)]
        found.append(kendall(told, [USERS.relevance(query, option) for option in pool(query)]) or 0.0)
    return float(np.mean(found))


@pytest.mark.requirement("suggester.clicks", "suggester.recovers")
def test_known_users_are_recovered_with_the_position_tower(log: list[Shown], model: ClickModel) -> None:
    assert model.slots[:3] == pytest.approx(USERS.position[:3], abs=0.3)
    assert order(model) > 0.35
    assert model.figures["ece"] <= 0.05
    blind = fit_clicks(log, Fit(position=False, members=1))
    assert blind.slots == (0.0,) * 5
    assert order(blind) < order(model)
    shuffled = [row.rates for row in log]
    random.Random(2).shuffle(shuffled)
    broken = fit_clicks(
        [
            Shown(key=row.key, query=row.query, options=row.options, rates=rates)
            for row, rates in zip(log, shuffled, strict=True)
        ],
        Fit(members=1),
    )
    assert order(broken) < 0.2


@pytest.mark.requirement("suggester.clicks")
def test_what_nobody_has_seen_is_less_sure(model: ClickModel) -> None:
    known = model.predict("old lamp", ["lamp price"])
    new = model.predict("green sofa", ["sofa cushions"])
    assert new.deviations[0] > known.deviations[0] > 0
    low, high = known.interval()
    assert low[0] < known.chances[0] < high[0]


@pytest.mark.requirement("suggester.clicks")
def test_the_slot_lowers_a_chance(model: ClickModel) -> None:
    options = ["lamp price list", "lamp repair", "lamp size"]
    first, stands = model.predict("old lamp", options).chances, model.predict("old lamp", options, slots=True).chances
    assert stands[0] == first[0]
    assert (stands[1:] <= first[1:]).all()  # the steps of the curve are flat at their ends
    assert stands[2] < first[2]
    assert model.expected("old lamp", options).tolist() == stands.tolist()


@pytest.mark.requirement("suggester.clicks")
def test_the_smoothed_rate_is_that_of_the_beta_prior() -> None:
    rows = [
        Shown(key=str(n), query="old lamp", options=("lamp price", "lamp size"), rates=(1.0, float(n == 0)))
        for n in range(4)
    ]
    counts = counted(rows, [1.0] * 4, [1.0, 0.5], mean=0.25, strength=4.0)
    size = keys_of("old lamp", "lamp size")[0][0]
    assert counts.beta(size) == (1 + 4 * 0.25, (4 * 0.5 - 1) + 4 * 0.75)  # seen half as often in the second slot
    told = counts.features("old lamp", "lamp size")
    assert told[0] == pytest.approx(math.log(2.0 / 4.0) - math.log(0.25 / 0.75))
    mine = counts.features("old lamp", "lamp size", less=(1.0, 0.5))
    assert mine[0] == pytest.approx(math.log(1.0 / 4.0 * 4.0 / 4.5) - math.log(0.25 / 0.75), abs=0.2)
    assert counts.features("red tent", "tent rental") == [0.0, 0.0, 0.0]
    spread = counts.spread("red tent", "tent rental", 400)[:, 0].std()
    assert spread == pytest.approx(math.sqrt(1 / 1.0 + 1 / 3.0), rel=0.15)
    assert (counts.spread("red tent", "tent rental", 3) == counts.spread("red tent", "tent rental", 3)).all()


def test_a_row_of_weight_two_is_two_rows() -> None:
    table = np.array([[1.0, 0.3], [1.0, -1.0], [1.0, 2.0]])
    labels, penalty = np.array([1.0, 0.0, 1.0]), np.array([0.1, 0.1])
    twice = newton(np.concatenate([table, table[:1]]), np.append(labels, 1.0), penalty)
    assert newton(table, labels, penalty, weights=np.array([2.0, 1.0, 1.0])) == pytest.approx(twice)


TEXTS = st.lists(st.text(min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=4)


@pytest.mark.requirement("suggester.clicks")
@settings(max_examples=25)
@given(query=st.text(min_size=1, max_size=12).filter(str.strip), options=TEXTS)
def test_any_text_has_a_chance(model: ClickModel, query: str, options: Sequence[str]) -> None:
    told = model.predict(query, options)
    assert ((told.chances > 0) & (told.chances < 1)).all()
    assert np.isfinite(told.deviations).all()


@pytest.mark.requirement("suggester.file")
def test_the_file_scores_as_the_model_and_a_damaged_one_is_refused(model: ClickModel, tmp_path: Path) -> None:
    path = tmp_path / "clicks.json"
    save_clicks(model, path)
    again = load_clicks(path)
    shown = ["sofa price", "sofa cushions"]
    assert again.predict("green sofa", shown).chances.tolist() == model.predict("green sofa", shown).chances.tolist()
    assert again == model
    text = path.read_text(encoding="utf-8")
    assert "lamp" not in text  # keys are hashed
    for broken in (
        text.replace('"version": 1', '"version": 2'),
        text[:-40],
        "[]",
        text.replace('"slots": [0.0', '"slots": [0.5'),
    ):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(UsageError) as caught:
            load_clicks(path)
        assert (caught.value.code, caught.value.fields["expected_version"]) == ("bad_model_file", 1)
    with pytest.raises(UsageError) as caught:
        load_clicks(tmp_path / "none.json")
    assert caught.value.code == "file_not_found"


def pane(query: str, rates: Sequence[float], level: int) -> dict[str, object]:
    told: dict[str, object] = {"query": query, "engagement_level": level}
    for place, rate in enumerate(rates, start=1):
        told |= {f"option_{place}": f"{query} thing {place}", f"option_cctr_{place}": str(rate)}
    return told


@pytest.mark.requirement("suggester.clicks")
def test_panes_with_shares_and_lists_with_counts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    counts = {"query": "old lamp", "options": ["lamp price", "lamp size"], "clicks": [3, 1], "impressions": 8}
    logged = {**counts, "propensities": [0.5, 0.25], "round": 2}
    path.write_text("\n".join(map(json.dumps, (pane("lamp", [0.8, 0.2], 5), counts, logged))), encoding="utf-8")
    shares, plain, known = read_shown(path)
    assert (shares.rates, shares.weight, shares.propensities) == ((0.8, 0.2), 0.5, ())
    assert (plain.rates, plain.weight, plain.reward) == ((0.375, 0.125), 8.0, 0.5)
    assert (known.propensities, known.round) == ((0.5, 0.25), 2)
    write_shown(
        tmp_path / "again.jsonl", [Shown(key="1", query="a", options=("b",), rates=(1.0,), propensities=(0.1,))]
    )
    assert read_shown(tmp_path / "again.jsonl")[0].propensities == (0.1,)


@pytest.mark.requirement("suggester.clicks", "suggester.refuses")
@pytest.mark.parametrize("wrong", [[0.5], [0.5, 0], [0.5, 1.5], [True, 0.5], "0.5"])
def test_a_log_without_a_true_propensity_is_refused(wrong: object, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    row = {"query": "q", "options": ["a", "b"], "clicks": [0, 1], "impressions": 1, "propensities": wrong}
    path.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_shown(path)
    assert (caught.value.code, caught.value.fields["line"]) == ("bad_log_row", 1)


@pytest.mark.requirement("suggester.clicks")
def test_the_command_fits_panes_and_refuses_what_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [pane(f"lamp {n}", [0.6, 0.3, 0.1], 1 + n % 10) for n in range(60)]
    Path("panes.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert main(["train", "click-model", "--data", "panes.jsonl", "--out", "run", "--set=run.threads=1"]) == 0
    assert "clicks: ece" in capsys.readouterr().out
    assert load_clicks(Path("run/model/clicks.json")).slots[1] < 0
    assert main(["train", "click-model", "--data", "panes.jsonl", "--out", "bad", "--set=members=0"]) == 2
    assert "bad_settings" in capsys.readouterr().err
    Path("none.jsonl").write_text(json.dumps({**pane("lamp", [0.0, 0.0], 0)}), encoding="utf-8")
    assert main(["train", "click-model", "--data", "none.jsonl", "--out", "bad2"]) == 2
    assert "bad_data" in capsys.readouterr().err


def test_counts_are_empty_at_first() -> None:
    assert Counts().beta("0") == pytest.approx((1.6, 6.4))
