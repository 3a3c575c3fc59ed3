"""Pairs of question and passage, answers from scores, calibration."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import RunError
from questline.tools.models.calibration import Calibration
from questline.tools.models.onnx_session import packaged_weights
from questline.tools.models.pair_tokens import PairTokenizer, padded
from questline.tools.models.span_decoding import SpanScores, read_spans, salient_sentences

TOKENIZER = (packaged_weights("minilm_l6_v2") / "tokenizer.json").read_bytes()
PAIRS = PairTokenizer(TOKENIZER, max_tokens=24)
TEXT = "Orrin Light was designed by Hugo Brandt. It has 214 steps."


@pytest.mark.requirement("models.cross-encoder-pairs")
def test_a_pair_is_question_and_passage_with_marks_types_and_places() -> None:
    (pair,) = PAIRS.pairs("Who designed it?", [TEXT])
    assert pair.ids[0] == 101
    assert pair.ids[pair.first - 1] == pair.ids[-1] == 102
    assert set(pair.types[: pair.first]) == {0}
    assert set(pair.types[pair.first :]) == {1}
    assert "".join(TEXT[a:b] for a, b in pair.places if a >= 0) == TEXT.replace(" ", "")[:999]
    assert not pair.truncated


@pytest.mark.requirement("models.cross-encoder-pairs")
@given(st.text(max_size=80), st.text(max_size=300))
def test_any_texts_fit_and_places_lie_in_the_passage(question: str, text: str) -> None:
    (pair,) = PAIRS.pairs(question, [text])
    assert len(pair.ids) == len(pair.types) == len(pair.places) <= max(24, 67)
    assert all(0 <= a <= b <= len(text) for a, b in pair.places if (a, b) != (-1, -1))
    ids, types, lengths = padded([pair, *PAIRS.pairs("a", ["b"])])
    assert ids.shape == types.shape
    assert lengths[0] == len(pair.ids)


def test_a_long_passage_says_that_it_was_cut() -> None:
    short, long = PAIRS.pairs("Who?", ["One.", "word " * 50])
    assert (short.truncated, long.truncated) == (False, True)
    assert len(long.ids) == 24


@pytest.mark.parametrize("raw", [b"", b"{}", json.dumps({"model": 1}).encode()])
def test_a_damaged_tokenizer_is_told(raw: bytes) -> None:
    with pytest.raises(RunError) as damaged:
        PairTokenizer(raw, max_tokens=24)
    assert damaged.value.code == "damaged_model"


def logits(size: int, *marks: int, value: float = 8.0) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    made = np.zeros(size, np.float32)
    made[list(marks)] = value
    return made


@pytest.mark.requirement("models.cross-encoder-spans")
def test_the_likeliest_places_are_answers_with_probabilities_and_none_overlap() -> None:
    (pair,) = PAIRS.pairs("Who?", [TEXT])
    place = {TEXT[a:b]: n for n, (a, b) in enumerate(pair.places) if a >= 0}
    starts, ends = (
        logits(len(pair.ids), place["Hugo"], place["214"]),
        logits(len(pair.ids), place["Brandt"], place["214"]),
    )
    best, second = read_spans(starts, ends, pair, TEXT, k=2)
    assert {best.text, second.text} == {"Hugo Brandt", "214"}
    assert TEXT[best.start : best.end] == best.text
    assert best.margin == pytest.approx(16.0)
    assert 0 < second.probability <= best.probability < 1
    everything = read_spans(starts, ends, pair, TEXT, k=40)
    assert sum(span.probability for span in everything) < 1
    assert all(a.end <= b.start or b.end <= a.start for a in everything for b in everything if a is not b)


@pytest.mark.requirement("models.cross-encoder-spans")
def test_no_answer_is_a_place_of_its_own() -> None:
    (pair,) = PAIRS.pairs("Who?", [TEXT])
    quiet = logits(len(pair.ids), 0)
    (best,) = read_spans(quiet, quiet, pair, TEXT)
    assert best.margin == pytest.approx(-16.0)
    assert best.probability < 1e-4
    (empty,) = PAIRS.pairs("Who?", [""])
    assert read_spans(quiet, quiet, empty, "") == ()


@pytest.mark.requirement("models.cross-encoder-spans")
def test_places_are_those_of_the_text_without_its_title() -> None:
    title = "Orrin Light"
    (pair,) = PAIRS.pairs("?", [f"{title}. {TEXT}"])
    shift = len(title) + 2
    number = next(n for n, (a, _) in enumerate(pair.places) if a == shift + TEXT.index("Hugo"))
    marks = logits(len(pair.ids), number)
    marks[pair.first] = 20  # the title is no answer
    (best,) = read_spans(marks, marks, pair, TEXT, shift=shift)
    assert best.text == "Hugo"
    assert TEXT[best.start : best.end] == "Hugo"


@pytest.mark.requirement("models.cross-encoder-spans")
def test_any_span_has_a_score_that_agrees_with_the_likeliest_ones() -> None:
    title = "Orrin Light"
    shift = len(title) + 2
    text = f"{TEXT} It is old."
    (pair,) = PAIRS.pairs("Who?", [f"{title}. {text}"])
    assert pair.truncated
    draw = np.random.default_rng(3)
    starts, ends = (draw.normal(size=len(pair.ids)).astype(np.float32) for _ in range(2))
    scores = SpanScores(starts=starts, ends=ends, pair=pair, shift=shift)
    for span in read_spans(starts, ends, pair, text, k=6, shift=shift):
        assert scores.margin(span.start, span.end) == pytest.approx(span.margin, abs=1e-5)
    hugo = TEXT.index("Hugo Brandt")
    whole = scores.margin(hugo, hugo + len("Hugo Brandt"))
    assert scores.margin(hugo + 1, hugo + len("Hugo Bra")) == whole  # widened to whole word pieces
    assert scores.margin(hugo, hugo) is None
    assert scores.margin(0, len(text)) is None  # its end lies beyond what was read


@pytest.mark.requirement("models.cross-encoder-salience")
def test_a_sentence_is_as_salient_as_its_words_and_one_that_is_cut_off_is_not() -> None:
    (pair,) = PAIRS.pairs("Who?", [TEXT + " And so on." * 9])
    marks = logits(len(pair.ids), *(n for n, (a, _) in enumerate(pair.places) if a >= TEXT.index("It")), value=4.0)
    first, second, *_, last = salient_sentences(marks, pair, TEXT + " And so on." * 9)
    assert (first.span.text, second.span.text) == ("Orrin Light was designed by Hugo Brandt.", "It has 214 steps.")
    assert first.probability == pytest.approx(0.5)
    assert second.probability == pytest.approx(1 / (1 + math.exp(-4)))
    assert last.probability == 0


@pytest.mark.requirement("models.calibration")
def test_a_fitted_curve_gives_back_the_chances_that_scores_were_drawn_with() -> None:
    draw = np.random.default_rng(1)
    scores = draw.normal(1.0, 3.0, 4000)
    right = draw.random(4000) < 1 / (1 + np.exp(-(0.8 * scores - 1.5)))
    curve = Calibration.fitted(scores.tolist(), right.tolist())
    assert curve.slope == pytest.approx(0.8, abs=0.06)
    assert curve.offset == pytest.approx(-1.5, abs=0.25)
    assert Calibration.of(curve.as_dict()) == curve


@pytest.mark.requirement("models.calibration")
def test_separable_examples_stay_finite() -> None:
    curve = Calibration.fitted([-3, -2, 2, 3], [False, False, True, True])
    low, high = curve.apply(np.array([-2, 2], np.float32))
    assert 0 < low < 0.3 < 0.7 < high < 1
    assert Calibration.of(curve.as_dict()) == curve
    with pytest.raises(ValueError, match="rises"):
        Calibration(slope=-1.0, offset=0.0)


@pytest.mark.requirement("models.calibration")
@pytest.mark.parametrize("labels", [[True, True, False, False], [False] * 4])
def test_scores_that_say_nothing_give_the_share_of_right_ones(labels: list[bool]) -> None:
    chances = Calibration.fitted([1, 2, 3, 4], labels).apply(np.array([1, 4], np.float32))
    assert chances == pytest.approx((sum(labels) + 1) / 6, abs=1e-4)
