"""ROUGE equals the reference implementation in English, and knows Chinese, which that drops."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

import pytest

from questline.training.evaluation.rouge import rouge_l, rouge_n, rouge_tokens

_PAIRS = [
    ("The lamp was lit in 1874.", "In 1874 the old lamp was first lit."),
    ("Boats leave twice a day", "Boats leave twice a day"),
    ("", "The keeper left."),
    ("The keeper left.", ""),
    ("It's the keeper's lamp — isn't it?", "the keeper s lamp isn t it"),
    ("a b c d e f g", "g f e d c b a"),
    ("one", "one two three"),
    ("Harbour, harbour, harbour!", "harbour"),
]


@pytest.mark.requirement("eval.rouge")
def test_it_agrees_with_the_reference_implementation() -> None:
    reference_package: Any = import_module("rouge_score.rouge_scorer")  # it has no types
    scorer = reference_package.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    draw = random.Random(7)
    words = "the lamp keeper was lit in 1874 old tower of and sea".split()  # noqa: SIM905 because a sentence reads best as prose
    drawn = [
        (" ".join(draw.choices(words, k=draw.randrange(1, 60))), " ".join(draw.choices(words, k=draw.randrange(1, 60))))
        for _ in range(60)
    ]
    for prediction, reference in _PAIRS + drawn:
        expected: dict[str, Any] = scorer.score(reference, prediction)
        found = {
            "rouge1": rouge_n(prediction, [reference], 1),
            "rouge2": rouge_n(prediction, [reference], 2),
            "rougeL": rouge_l(prediction, [reference]),
        }
        assert found == pytest.approx({name: score.fmeasure for name, score in expected.items()}), prediction


@pytest.mark.requirement("eval.rouge")
def test_golden_values_hold_without_the_reference() -> None:
    prediction, reference = _PAIRS[0]
    assert rouge_n(prediction, [reference], 1) == pytest.approx(12 / 14)
    assert rouge_n(prediction, [reference], 2) == pytest.approx(4 / 12)
    assert rouge_l(prediction, [reference]) == pytest.approx(8 / 14)


@pytest.mark.requirement("eval.rouge")
def test_chinese_characters_are_tokens_and_the_best_reference_counts() -> None:
    assert rouge_tokens("灯塔 Lighthouse 41米") == ["灯", "塔", "lighthouse", "41", "米"]
    assert rouge_n("灯塔很高", ["灯塔很旧"], 1) == pytest.approx(0.75)
    assert rouge_n("灯塔很高", ["灯塔很旧"], 2) == pytest.approx(2 / 3)
    assert rouge_l("灯塔很高", ["船来了", "灯塔不高"]) == pytest.approx(0.75)
    assert rouge_l("x", []) == 0.0
