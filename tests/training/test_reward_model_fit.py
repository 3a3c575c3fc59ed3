"""Fitting the reward model: its gradient, what length may do, and pairs that are read or refused."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.tools.writing.reward_model import load_reward_model
from questline.tools.writing.types import FloatArray
from questline.training.writer.columns import read_texts, vocabulary
from questline.training.writer.lbfgs import minimise
from questline.training.writer.pair_figures import cross_scores, length_figures
from questline.training.writer.pairs import Labelled, Pair, fold_of, plain, read_labelled_or_pairs, read_pairs
from questline.training.writer.reward_model import Decorrelate, Fit, fit_reward_model, objective
from questline.training.writer.spoiling import WAYS, spoil, spoiled_pairs

GREETINGS = Path(__file__).resolve().parents[2] / "training" / "writer" / "data" / "greetings.jsonl"
_LIKED, _DISLIKED, _NEUTRAL = "春风花月灯", "万事如意顺", "天地山水云石林泉"


def made(n: int, *, longer: int, seed: int = 0) -> list[Pair]:
    """Return pairs: the chosen text holds liked characters, and is so many characters longer."""
    chance = random.Random(seed)

    def text(kind: str, size: int) -> str:
        return "".join(chance.choice(kind if chance.random() < 0.4 else _NEUTRAL) for _ in range(size))

    sizes = [chance.randrange(10, 40) for _ in range(n)]
    return [
        Pair(query=f"祝福{at}", chosen=text(_LIKED, size + longer), rejected=text(_DISLIKED, size))
        for at, size in enumerate(sizes)
    ]


@pytest.mark.requirement("writing.reward-loss")
@pytest.mark.parametrize("decorrelate", ["all", "within"])
def test_the_gradient_is_that_of_finite_differences(decorrelate: Decorrelate) -> None:
    pairs = made(12, longer=6)
    texts = [*(pair.chosen for pair in pairs), *(pair.rejected for pair in pairs)]
    queries = [pair.query for pair in pairs] * 2
    known = vocabulary(texts, (1, 2), 2)
    read = read_texts(queries, texts, (1, 2), known)
    chance = np.random.default_rng(0)
    dense: FloatArray = chance.normal(size=(len(texts), 4))
    loss = objective(read, dense, Fit(decorrelate=decorrelate, decorrelation=3.0))
    point: FloatArray = chance.normal(size=4 + len(known)) * 0.3
    value, gradient = loss(point)
    assert np.isfinite(value)
    for at in range(len(point)):
        step = np.zeros(len(point))
        step[at] = 1e-5
        numeric = (loss(point + step)[0] - loss(point - step)[0]) / 2e-5
        assert gradient[at] == pytest.approx(numeric, rel=1e-4, abs=1e-7)


def test_the_minimum_of_a_bowl_is_found() -> None:
    scale: FloatArray = np.array([1.0, 10.0, 100.0])
    found = minimise(lambda x: (float(scale @ (x - 2) ** 2), 2 * scale * (x - 2)), np.zeros(3), steps=50)
    assert found == pytest.approx([2, 2, 2], abs=1e-4)


@pytest.mark.requirement("writing.reward-loss")
def test_a_text_is_not_better_for_being_longer_though_the_chosen_ones_are() -> None:
    pairs = made(300, longer=20)
    told = length_figures(pairs, cross_scores(pairs, Fit(least=1), folds=3))
    assert abs(told["score_length_correlation"]) <= 0.15
    free = length_figures(pairs, cross_scores(pairs, Fit(least=1, decorrelation=0.0), folds=3))
    assert free["score_length_correlation"] > 0.3
    even = made(120, longer=0, seed=1)
    model = fit_reward_model(pairs, Fit(least=1, decorrelate="within"))
    right = [model.score(pair.query, (pair.chosen, pair.rejected)) for pair in even]
    assert np.mean([one > other for one, other in right]) > 0.9


@pytest.mark.requirement("writing.reward-loss")
def test_the_same_pairs_give_the_same_model_and_identical_sides_say_nothing() -> None:
    pairs = made(40, longer=3)
    same = Pair(query="祝福", chosen="一样", rejected="一样")
    first, second = fit_reward_model(pairs, Fit()), fit_reward_model([*pairs, same], Fit())
    assert first.weights == second.weights
    with pytest.raises(UsageError) as caught:
        fit_reward_model([same, same], Fit())
    assert caught.value.code == "bad_data"


@pytest.mark.requirement("writing.own-texts")
def test_every_way_spoils_our_own_greetings_at_their_length() -> None:
    rows = [json.loads(line) for line in GREETINGS.read_text(encoding="utf-8").splitlines()]
    greetings = [(row["query"], row["text"]) for row in rows]
    pairs = spoiled_pairs(greetings, rounds=1)
    assert len(pairs) > 5 * len(greetings)
    assert all(pair.matched and not pair.identical for pair in pairs)
    assert pairs == spoiled_pairs(greetings, rounds=1)
    query, text = greetings[0]
    assert len({spoil(query, text, way, 0) for way in WAYS}) == len(WAYS)


@pytest.mark.requirement("writing.own-texts")
@pytest.mark.data
def test_no_greeting_of_ours_is_copied_from_the_pairs_that_may_not_ship() -> None:
    from tests.conftest import DATA

    pairs = read_pairs(DATA / "zh" / "creative_reward_train.jsonl.gz")
    theirs = "\n".join(plain(text) for pair in pairs for text in (pair.chosen, pair.rejected))
    for line in GREETINGS.read_text(encoding="utf-8").splitlines():
        own = plain(json.loads(line)["text"])
        runs = [own[at : at + 13] for at in range(len(own) - 12)]
        assert not [run for run in runs if run in theirs and not run.isascii()]


@pytest.mark.requirement("writing.reward-recipe")
def test_the_recipe_learns_from_a_file_of_pairs_and_its_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pairs.jsonl"
    rows = [{"query": pair.query, "chosen": pair.chosen, "rejected": pair.rejected} for pair in made(60, longer=2)]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    assert main(["train", "reward-model", "--data", str(file), "--out", str(tmp_path / "run")]) == 0
    assert "pair_accuracy_length_matched" in capsys.readouterr().out
    model = load_reward_model(tmp_path / "run" / "model")
    assert str(model.origin["licence"]).startswith("not stated")
    assert model.score("祝福", ("春风花月灯",))[0] > model.score("祝福", ("万事如意顺",))[0]


@pytest.mark.requirement("writing.pairs")
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "holds no row"),
        ([{"query": "q", "chosen": "a"}], "rejected"),
        ([{"query": "q", "chosen": " ", "rejected": "b"}], "chosen"),
        ([{"chosen": "a", "rejected": "b"}], "query"),
        ([{"query": "q", "text": "t", "good": 2}], "0 or 1"),
        ([{"query": "q", "text": "t"}], "0 or 1"),
        ([{"query": "q", "text": "t", "good": 1}, {"query": "q", "chosen": "a", "rejected": "b"}], "mixes"),
    ],
)
def test_a_bad_file_is_told_by_line_and_field(tmp_path: Path, rows: list[object], words: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(UsageError, match=words) as caught:
        read_labelled_or_pairs(file)
    assert caught.value.code == "bad_data"


@pytest.mark.requirement("writing.pairs")
def test_each_form_of_a_row_is_read(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    talk = {
        "conversations": [{"from": "human", "value": "祝福"}],
        "chosen": {"value": "甲"},
        "rejected": {"value": "乙"},
    }
    file.write_text(
        json.dumps(talk) + "\n" + json.dumps({"prompt": "p", "chosen": "a", "rejected": "b"}), encoding="utf-8"
    )
    assert read_labelled_or_pairs(file) == [
        Pair(query="祝福", chosen="甲", rejected="乙"),
        Pair(query="p", chosen="a", rejected="b"),
    ]
    file.write_text(json.dumps({"query": "q", "response": "t", "label": True}), encoding="utf-8")
    assert read_labelled_or_pairs(file) == [Labelled(query="q", text="t", good=True)]
    with pytest.raises(UsageError):
        read_pairs(file)
    assert fold_of("祝福", 5) == fold_of("祝福", 5) in range(5)
