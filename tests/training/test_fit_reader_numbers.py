"""The arithmetic of the fit: the optimiser, the ranking, the confidence, and that the reader computes the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.reading.evidence import Evidence
from questline.tools.reading.features import FEATURES
from questline.tools.reading.questions import analyse
from questline.tools.reading.ranking import column_of, fits, rank
from questline.tools.reading.reader import confidence_features
from questline.tools.reading.shipped import calibration, coefficients
from questline.training.reading.build import measured
from questline.training.reading.confidence import Confidence, area_under_curve, fit_confidence, give_up_below
from questline.training.reading.examples import Example
from questline.training.reading.listwise import fit_ranking
from questline.training.reading.optimise import minimise
from questline.training.reading.tables import COLUMNS, EVIDENCE, Doubles, Picked, Table, concatenate, pick
from questline.types import Passage

_RANDOM = np.random.default_rng(5)


def _table(features: Doubles, gold: Doubles, size: int) -> Table:
    """Return questions of `size` candidates each, all texts different, of the first group."""
    count = len(gold) // size
    wide = np.zeros((len(gold), len(FEATURES)), np.float32)
    wide[:, : features.shape[1]] = features
    return Table(
        features=wide,
        gold=gold.astype(np.float32),
        text=np.tile(np.arange(size, dtype=np.int32), count),
        sentence=np.tile(np.arange(size, dtype=np.int32), count),
        ends=np.arange(1, count + 1, dtype=np.int64) * size,
        column=np.zeros(count, np.int32),
        open_kind=np.zeros(count, np.bool_),
        group=np.array(["a"] * count),
    )


def test_a_curved_valley_is_followed_to_its_lowest_point() -> None:
    def valley(point: Doubles) -> tuple[float, Doubles]:
        x, y = point
        slope = np.array([-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)])
        return float(100 * (y - x * x) ** 2 + (1 - x) ** 2), slope

    assert minimise(valley, np.array([-1.2, 1.0])) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_function_that_never_falls_leaves_the_start() -> None:
    start = np.array([3.0])
    assert minimise(lambda point: (float("nan"), np.ones(1)), start) == pytest.approx(start)


def test_the_ranking_learns_which_feature_marks_the_answer() -> None:
    features = _RANDOM.normal(size=(400, 3))
    best = features[:, 1].reshape(-1, 8).argmax(axis=1)
    gold = np.zeros((50, 8))
    gold[np.arange(50), best] = 1.0
    table = _table(features, gold.ravel(), 8)
    weights = fit_ranking(table)
    assert weights.shape == (len(COLUMNS), len(FEATURES))
    assert weights[0, 1] > 5 * np.abs(weights[0, [0, 2]]).max()
    assert pick(table, weights).f1.mean() > 0.9


def test_nothing_to_learn_from_gives_zero_weights() -> None:
    table = _table(_RANDOM.normal(size=(8, 2)), np.zeros(8), 4)
    assert not fit_ranking(table).any()


def test_a_reader_of_fewer_sentences_sees_a_part_of_the_table() -> None:
    table = _table(np.ones((8, 5)), np.arange(8) / 8, 4)
    seen = table.read_with(encoder=False, sentences=2)
    assert seen.gold.tolist() == [0.0, 0.125, 0.5, 0.625]
    assert seen.ends.tolist() == [2, 4]
    assert not seen.features[:, FEATURES.index("cosine")].any()
    assert table.features[:, FEATURES.index("cosine")].all()


def test_passages_out_of_order_change_the_ranks_of_some_questions_alone() -> None:
    rank = FEATURES.index("rank")
    features = np.tile(1 / np.arange(1.0, 5.0), 200)[:, np.newaxis].repeat(rank + 1, axis=1)
    table = _table(features, np.zeros(800), 4)
    mixed = table.out_of_order(0.5, seed=1)
    moved = (mixed.features != table.features).any(axis=1).reshape(-1, 4).any(axis=1)
    assert 70 < moved.sum() < 130
    assert (np.sort(mixed.features[:, rank].reshape(-1, 4)) == np.sort(table.features[:, rank].reshape(-1, 4))).all()
    assert (np.delete(mixed.features, rank, axis=1) == np.delete(table.features, rank, axis=1)).all()
    assert (table.out_of_order(0.0, seed=1).features == table.features).all()


def test_equal_texts_vote_together() -> None:
    table = _table(np.zeros((3, 1)), np.array([0.0, 1.0, 1.0]), 3)
    table.text[:] = [0, 1, 1]
    picked = pick(table, np.zeros((len(COLUMNS), len(FEATURES))))
    assert picked.f1.tolist() == [1.0]
    assert picked.evidence[0, :2] == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.requirement("embedded.fit-reproducible")
@pytest.mark.parametrize("asked", ["Who designed Orrin Light?", "When was Orrin Light lit?", "What is Orrin built on?"])
def test_what_the_confidence_is_fitted_on_is_what_the_reader_computes(asked: str) -> None:
    text = "Orrin Light was designed by Mara Lind. It was lit in 1889 on a red rock. Mara Lind died in 1901."
    passages = [
        Passage(id=str(place), document_id=str(place), source="s", title=title, text=body)
        for place, (title, body) in enumerate([("Orrin Light", text), ("Mara Lind", "Mara Lind built on Orrin.")])
    ]
    example = Example(question=asked, answers=("Mara Lind",), group="a", support=("0",))
    table = measured(example, passages, None)
    assert table is not None
    weights = np.array([coefficients()[name] for name in COLUMNS], dtype=np.float64)
    question, evidence = analyse(asked), Evidence(passages)
    ranked = rank(question, evidence, fits(question, evidence, None), encoded=False)
    expected = confidence_features(question, ranked)
    assert pick(table, weights).evidence[0] == pytest.approx(expected, abs=1e-5)
    assert len(calibration("words").weights) == len(expected) == EVIDENCE
    assert column_of(question.kind, encoded=False) == COLUMNS[table.column[0]]


def test_tables_one_after_the_other_keep_their_questions_apart() -> None:
    one, other = _table(np.ones((4, 1)), np.ones(4), 2), _table(np.zeros((3, 1)), np.zeros(3), 3)
    both = concatenate([one, other])
    assert both.ends.tolist() == [2, 4, 7]
    assert both.only(np.array([False, True, True])).ends.tolist() == [2, 5]


def test_confidence_follows_the_evidence_and_what_speaks_for_an_answer_never_lowers_it() -> None:
    evidence = _RANDOM.uniform(size=(500, EVIDENCE))
    chance = 1 / (1 + np.exp(-(6 * evidence[:, 0] - 4 * evidence[:, 2] - 1)))
    f1 = (_RANDOM.uniform(size=500) < chance).astype(np.float64)
    confidence = fit_confidence(
        [Picked(f1=f1[:250], evidence=evidence[:250]), Picked(f1=f1[250:], evidence=evidence[250:])]
    )
    assert confidence.weights[0] > 2
    assert confidence.weights[2] == 0.0
    assert min(confidence.weights[:7]) >= 0.0
    assert area_under_curve(confidence.of(evidence), f1 >= 0.5) > 0.7
    assert float(confidence.of(evidence).mean()) == pytest.approx(float(f1.mean()), abs=0.02)


def test_confidence_is_the_logistic_function() -> None:
    confidence = Confidence(bias=-1.0, weights=(2.0,))
    assert confidence.of(np.array([[0.5], [1.5]])) == pytest.approx([0.5, 0.880797], abs=1e-6)


_answers = st.lists(st.tuples(st.floats(0, 0.98), st.floats(0, 1)), min_size=1, max_size=40)


@given(_answers, st.floats(0, 0.9))
def test_giving_up_costs_at_most_what_was_allowed(answers: list[tuple[float, float]], cost: float) -> None:
    confidence, f1 = (np.array(values) for values in zip(*answers, strict=True))
    threshold = give_up_below(confidence, f1, cost=cost)
    assert 0.0 <= threshold < 1.0
    assert f1[confidence >= threshold].sum() >= (1 - cost) * f1.sum() - 1e-9


@given(_answers)
def test_the_area_under_the_curve_counts_pairs(answers: list[tuple[float, float]]) -> None:
    confidence, f1 = (np.array(values) for values in zip(*answers, strict=True))
    right = f1 >= 0.5
    pairs = [
        1.0 if good > bad else 0.5 if good == bad else 0.0 for good in confidence[right] for bad in confidence[~right]
    ]
    assert area_under_curve(confidence, right) == pytest.approx(np.mean(pairs) if pairs else 0.5)
