"""Limits are never exceeded, and no cut goes through a word, a number or a combined character."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.summarization.limits import Limit, clipped, splits
from questline.tools.summarization.result import SummarySpan, joined
from questline.tools.summarization.terms import tokens


def _span(text: str, start: int = 0) -> SummarySpan:
    return SummarySpan(start=start, end=start + len(text), text=text, score=1.0)


@pytest.mark.requirement("summarization.bad-param")
@pytest.mark.parametrize(
    ("given_limits", "field"),
    [
        ({"max_chars": 0}, "max_chars"),
        ({"max_words": -3}, "max_words"),
        ({"max_sentences": 0}, "max_sentences"),
        ({"max_chars": True}, "max_chars"),
        ({"max_chars": 2.5}, "max_chars"),
        ({"max_chars": 10, "max_words": 10}, "max_words"),
    ],
)
def test_limits_below_one_and_both_lengths_are_refused(given_limits: dict[str, int], field: str) -> None:
    everything: dict[str, int | None] = {"max_sentences": None, "max_chars": None, "max_words": None}
    with pytest.raises(UsageError) as caught:
        Limit.of(**{**everything, **given_limits})
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", field)


@pytest.mark.requirement("summarization.cuts")
@pytest.mark.parametrize(
    "text",
    [
        "light|house", "1|874", "3|.5", "3.|5", "12|:30", "1|,200", "41| ", "e|\u0301", "👩|\u200d👩", "👩\u200d|👩",
        "🇩|🇪", "\ud83d|\ude00", "308|分", "12|km", "90|%", "keeper'|s",
    ],
)  # fmt: skip
def test_places_where_nothing_may_be_cut(text: str) -> None:
    cut = text.index("|")
    expected = text != "41| "
    assert splits(text.replace("|", ""), cut) is expected


def test_a_long_sentence_is_cut_at_clauses_and_marked() -> None:
    text = "The harbour, which is small, has a lamp, lit on 3 May 1874, and a bell, cast in 1901."
    terms = tokens("lamp lit").terms
    made = clipped(_span(text, 10), terms, lambda span: len(span.shown) <= 35)
    assert made is not None
    assert made.text == "has a lamp, lit on 3 May 1874"
    assert made.shown == "…has a lamp, lit on 3 May 1874…"
    assert text[made.start - 10 : made.end - 10] == made.text


def test_without_clauses_english_is_cut_between_words_but_not_after_a_number_and_chinese_not_at_all() -> None:
    text = "The old keeper carried all of the 41 barrels up the stairs"
    made = clipped(_span(text), frozenset(), lambda span: len(span.shown) <= 38)
    assert made is not None
    assert made.text == "The old keeper carried all of the"
    assert (
        clipped(_span("老看守人把所有的油桶都搬上了灯塔的楼梯"), frozenset(), lambda span: len(span.shown) <= 10)
        is None
    )
    assert clipped(_span(text), frozenset(), lambda span: len(span.shown) <= 9) is None


@given(st.text(alphabet=st.sampled_from("ab ,;。，中9.5%e\u0301"), min_size=1, max_size=80), st.integers(1, 60))
@example("5。;\u0301", 2)
def test_a_clipped_piece_fits_and_cuts_nothing_apart(text: str, size: int) -> None:
    made = clipped(_span(text), frozenset({"ab"}), lambda span: len(span.shown) <= size)
    if made is not None:
        assert len(made.shown) <= size
        assert text[made.start : made.end] == made.text
        assert not splits(text, made.start)
        assert not splits(text, made.end)


def test_pieces_are_joined_as_their_writing_wants() -> None:
    chinese = joined([_span("灯塔很高。"), _span("它很旧。")])
    assert chinese == "灯塔很高。它很旧。"
    assert joined([_span("It is high."), _span("It is old.")]) == "It is high. It is old."
    turn = SummarySpan(start=0, end=8, text="Ada: Yes", score=1.0, kind="turn")
    assert joined([turn, _span("It is old.")]) == "Ada: Yes\nIt is old."
