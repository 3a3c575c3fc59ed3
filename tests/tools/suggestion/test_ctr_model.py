"""The click model: scores what it never saw, leaves the slot out, is one file that is read whole or refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.suggestion.conftest import HashEncoder

from questline.errors import RunError, UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.suggestion import CTRModel, load_model, prior_model, save_model
from questline.tools.suggestion.ctr_calibration import Calibration
from questline.tools.suggestion.ctr_features import FEATURES, GROUPS, features
from questline.tools.suggestion.ctr_file import VERSION
from questline.tools.suggestion.ctr_model import log_odds
from questline.tools.suggestion.ctr_rates import Rates, facet_key, word_key

QUERY = "garden shed plans"
OPTIONS = [f"{QUERY} free", f"{QUERY} with loft", "metal", f"{QUERY} 10x12", f"{QUERY} 8x6"]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "ctr.json"
    save_model(prior_model(), path)
    return path


@pytest.mark.requirement("suggestion.ctr-file")
def test_what_is_saved_loads_and_scores_unseen_queries_alike(saved: Path, tmp_path: Path) -> None:
    loaded = load_model(saved)
    assert loaded == prior_model()
    assert loaded.predict(QUERY, OPTIONS) == pytest.approx(prior_model().predict(QUERY, OPTIONS), abs=0)
    save_model(loaded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == saved.read_bytes()


Damage = Callable[[bytes], bytes]


def changed(change: Callable[[dict[str, Any]], object]) -> Damage:
    def apply(raw: bytes) -> bytes:
        values = json.loads(raw)
        change(values)
        return json.dumps(values).encode()

    return apply


DAMAGE: dict[str, Damage] = {
    "cut": lambda raw: raw[: len(raw) // 2],
    "empty": lambda raw: b"",
    "list": lambda raw: b"[]",
    "foreign": lambda raw: b'{"format": "other"}',
    "binary": lambda raw: b"\xff\xfe\x00",
    "one digit": lambda raw: raw.replace(b"0.", b"1.", 1),
    "version": changed(lambda values: values.update(version=VERSION + 1)),
    "no model": changed(lambda values: values.pop("model")),
    "null": changed(lambda values: values.update(model=None)),
    "checksum": changed(lambda values: values.update(sha256="0")),
    "tower": changed(lambda values: values["model"]["towers"].pop("words")),
}
WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "features": lambda body: body.update(features=["length"]),
    "weights": lambda body: body["towers"]["words"].update(weights=[1.0]),
    "scale": lambda body: body["towers"]["words"].update(scale=[0.0] * len(FEATURES)),
    "text": lambda body: body["towers"]["encoder"].update(position=["x"]),
    "nan": lambda body: body["towers"]["words"].update(bias=float("nan")),
    "counts": lambda body: body["rates"].update(counts=[1]),
}


@pytest.mark.requirement("suggestion.ctr-file")
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_or_foreign_file_is_refused_with_the_expected_version(
    damage: Callable[[bytes], bytes], saved: Path
) -> None:
    saved.write_bytes(damage(saved.read_bytes()))
    with pytest.raises(UsageError) as caught:
        load_model(saved)
    assert (caught.value.code, caught.value.fields["expected_version"]) == ("bad_model_file", VERSION)
    assert str(saved) in caught.value.message
    assert "agents train suggestion" in caught.value.message


@pytest.mark.requirement("suggestion.ctr-file")
@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_wrong_contents_under_a_right_checksum_are_refused(change: Callable[[Any], object], saved: Path) -> None:
    values = json.loads(saved.read_bytes())
    change(values["model"])
    values["sha256"] = hashlib.sha256(json.dumps(values["model"], sort_keys=True).encode()).hexdigest()
    saved.write_text(json.dumps(values), "utf-8")
    with pytest.raises(UsageError) as caught:
        load_model(saved)
    assert caught.value.code == "bad_model_file"


def test_a_missing_file_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_model(tmp_path / "none.json")
    assert caught.value.code == "file_not_found"
    assert str(tmp_path / "none.json") in caught.value.message
    assert "agents train suggestion" in caught.value.message
    with pytest.raises(UsageError) as folder:
        load_model(tmp_path)
    assert folder.value.code == "bad_model_file"
    with pytest.raises(RunError) as unwritable:
        save_model(prior_model(), tmp_path / "nowhere" / "ctr.json")
    assert unwritable.value.code == "read_only"


@pytest.mark.requirement("suggestion.position")
def test_the_order_shown_changes_no_score() -> None:
    model = prior_model()
    scores = dict(zip(OPTIONS, model.scores(QUERY, OPTIONS), strict=True))
    turned = OPTIONS[::-1]
    assert dict(zip(turned, model.scores(QUERY, turned), strict=True)) == pytest.approx(scores)
    assert all(tower.position[0] == 0 for tower in model.towers.values())
    assert all(tower.position[0] > tower.position[3] for tower in model.towers.values())
    assert list(model.towers["words"].slot_terms(7)[4:]) == [model.towers["words"].position[4]] * 3


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=6), st.integers(1, 6))
def test_any_pane_gets_probabilities(query: str, options: list[str], shown: int) -> None:
    chances = prior_model().predict(query, options, shown=shown)
    assert chances.shape == (len(options),)
    assert np.all((chances > 0) & (chances < 1))


@pytest.mark.requirement("suggestion.edge-cases")
def test_one_option_alone_and_equal_options() -> None:
    model = prior_model()
    assert 0 < float(model.predict(QUERY, ["free"])[0]) < 1
    one, other = model.predict(QUERY, ["free", "free"])
    assert one == other
    assert len(model.predict(QUERY, [])) == 0


def test_an_encoder_of_another_kind_is_not_used() -> None:
    model = prior_model()
    with_hash = model.predict(QUERY, OPTIONS, encoder=HashEncoder())
    assert list(with_hash) == list(model.predict(QUERY, OPTIONS))
    own = model.predict(QUERY, OPTIONS, encoder=Encoder.load())
    assert list(own) != list(with_hash)
    chinese = model.predict("花园小屋图纸", ["花园小屋图纸免费"], encoder=Encoder.load())
    assert list(chinese) == list(model.predict("花园小屋图纸", ["花园小屋图纸免费"]))


def test_the_prior_fits_the_shipped_encoder_and_says_where_it_comes_from() -> None:
    model = prior_model()
    assert model.encoder == Encoder.load().fingerprint
    assert model.origin["licence"] == "MIT"
    assert model.origin["encoder: ndcg"] >= 0.78  # pyright: ignore[reportOperatorIssue]  # because a figure is a number


@pytest.mark.requirement("suggestion.ctr-features")
def test_the_features_of_a_pane_by_hand() -> None:
    table = features(QUERY, OPTIONS, rates=Rates())
    values = {name: table[:, place].tolist() for place, name in enumerate(FEATURES)}
    assert values["new_words"] == [1, 2, 1, 1, 1]
    assert values["opens_with_query"] == [1, 1, 0, 1, 1]
    assert values["query_share"] == [1, 1, 0, 1, 1]
    assert values["twin"] == [0] * 5
    pair = features("a", ["a 2 of oak", "a 7 of oak"], rates=Rates())
    assert pair[:, FEATURES.index("largest_number")].tolist() == [0, 1]
    assert pair[:, FEATURES.index("smallest_number")].tolist() == [1, 0]
    assert not table[:, -len(GROUPS["encoder"]) :].any()
    assert features(QUERY, OPTIONS, rates=Rates(), encoder=HashEncoder())[:, -len(GROUPS["encoder"])].all()
    assert features(QUERY, [], rates=Rates()).shape == (0, len(FEATURES))


@pytest.mark.requirement("suggestion.rates")
def test_rates_are_smoothed_added_and_taken_apart() -> None:
    free, loft = word_key("free"), word_key("loft")
    one = Rates(counts={free: (0.6, 1.0, 1), loft: (-0.3, 1.0, 1)}, strength=4)
    two = Rates(counts={free: (0.2, 1.0, 1)}, strength=4)
    both = Rates.total([one, two], strength=4)
    assert both.rate(free) == pytest.approx(0.8 / (2 + 4))
    assert both.rate("never seen") == 0
    assert both.without(one).rate(free) == pytest.approx(0.2 / (1 + 4))
    assert both.without(two).counts[free] == pytest.approx((0.6, 1.0, 1))
    assert set(both.common(2).counts) == {free}
    rates = both.features(["free", "loft", "new"])
    assert rates == pytest.approx([0, (0.8 / 6 - 0.3 / 5) / 3, 0.8 / 6, -0.3 / 5])
    assert facet_key(["free"]) != free


def test_log_odds_are_those_of_the_softmax() -> None:
    scores = np.array([0.3, -1.0, 2.0])
    shares = np.exp(scores) / np.exp(scores).sum()
    assert log_odds(scores) == pytest.approx(np.log(shares / (1 - shares)))
    assert log_odds(scores, shown=3) == pytest.approx(log_odds(scores))
    assert (log_odds(scores, shown=2) > log_odds(scores)).all()


@given(st.lists(st.floats(-40, 40), min_size=2, max_size=10))
def test_a_calibration_never_turns_an_order(values: list[float]) -> None:
    odds = np.array(sorted(values))
    for curve in (Calibration(slope=0.7, bias=0.1), Calibration(knots=(-1.0, 0.5), values=(0.2, 0.9))):
        chances = curve.apply(odds)
        assert np.all(np.diff(chances) >= 0)
        assert np.all((chances > 0) & (chances < 1))


def test_models_are_values() -> None:
    assert isinstance(prior_model(), CTRModel)
    assert prior_model() is prior_model()
