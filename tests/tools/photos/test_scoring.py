"""The OCR score: 1 for what is written, 0 for nothing, and each part falls for its own reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.photos import ocr_score
from questline.tools.photos.scoring import folded

TEXT = "2. 如图，矩形ABCD的长为12 cm，宽为7.5 cm，求它的面积。\n(1) AB=12"


@pytest.mark.requirement("photos.score")
def test_the_text_itself_scores_1_and_nothing_scores_0() -> None:
    assert ocr_score(TEXT, TEXT).total == 1.0
    assert ocr_score("", TEXT).total == 0.0
    assert ocr_score("", "").total == 1.0


@pytest.mark.requirement("photos.score")
@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("（1）求ＡＢ＝３ｃｍ", "①求AB=3cm"),
        (r"\triangle ABC\cong\triangle DEF", "△ABC≌△DEF"),
        (r"\frac{1}{2}+\sqrt{3}", "1/2+√3"),
        ("求 面 积,周长", "求面积，周长"),
        ("有(    )人", "有( )人"),
        ("x^2-1", "x2—1"),
        ("a=____,b=____.", "a=,b=."),
    ],
)
def test_what_differs_in_setting_alone_is_the_same(read: str, written: str) -> None:
    assert folded(read) == folded(written)
    assert ocr_score(read, written).edits == 1.0


@pytest.mark.requirement("photos.score")
@pytest.mark.parametrize(
    ("read", "part"),
    [
        (TEXT.replace("7.5", "75"), "numbers"),
        (TEXT.replace("ABCD", "ABCO"), "keywords"),
        (TEXT.replace("面积", "四积"), "keywords"),
        (TEXT.replace("(1)", "1"), "format"),
        (TEXT + "隔壁的题目和手写的字" * 3, "semantic"),
        (TEXT[::-1], "edits"),
    ],
)
def test_each_fault_costs_in_its_part(read: str, part: str) -> None:
    assert getattr(ocr_score(read, TEXT), part) < 1.0


@pytest.mark.requirement("photos.score")
def test_text_beside_the_question_costs_no_number_and_no_keyword() -> None:
    score = ocr_score(f"隔壁 99\n{TEXT}\n手写 7", TEXT)
    assert (score.numbers, score.keywords) == (1.0, 1.0)
    assert score.edits < 1.0


@pytest.mark.requirement("photos.score")
def test_a_part_of_which_the_text_has_nothing_is_left_out() -> None:
    score = ocr_score("写一写", "写一写")
    assert (score.numbers, score.keywords, score.format) == (None, None, None)
    assert score.total == 1.0


@pytest.mark.requirement("photos.score")
@pytest.mark.parametrize(
    ("read", "written", "expected"), [("kitten", "sitting", 1 - 3 / 7), ("abc", "abcd", 0.75), ("flaw", "lawn", 0.5)]
)
def test_edits_are_levenshtein_over_the_longer_length(read: str, written: str, expected: float) -> None:
    assert ocr_score(read, written).edits == pytest.approx(expected)


@pytest.mark.requirement("photos.score")
@given(st.text(max_size=60), st.text(max_size=60))
def test_every_part_of_any_two_texts_lies_within_0_and_1(read: str, written: str) -> None:
    score = ocr_score(read, written)
    for part in (score.numbers, score.keywords, score.semantic, score.format, score.edits, score.total):
        assert part is None or -1e-9 <= part <= 1 + 1e-9
    assert ocr_score(written, written).total == pytest.approx(1.0)


@pytest.mark.requirement("photos.score")
def test_a_reading_of_a_million_characters_is_cut() -> None:
    assert ocr_score("1" * 1_000_000, "12").total < 1.0
