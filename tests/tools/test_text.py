from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.text import cjk_share, content_terms, join_cited, normalize, sentences, stem, words
from questline.types import Citation


def test_words_are_folded_and_chinese_characters_stand_alone() -> None:
    assert words("The keeper's ＡＢＣ 灯塔!") == ["the", "keeper's", "abc", "灯", "塔"]
    assert normalize("ﬁve") == "five"


def test_chinese_characters_stand_alone_beside_letters_and_digits_too() -> None:
    assert words("2022年RCEP包括iPhone14吗") == ["2022", "年", "rcep", "包", "括", "iphone14", "吗"]


@pytest.mark.parametrize(("text", "share"), [("灯塔", 1.0), ("lamp", 0.0), ("灯塔 up", 0.5), ("", 0.0), ("123", 0.0)])
def test_the_share_of_chinese_is_taken_among_letters(text: str, share: float) -> None:
    assert cjk_share(text) == share


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One came. Two left! Did three stay?", ["One came.", "Two left!", "Did three stay?"]),
        ("Dr. Lind met J. R. Salas in St. Gull. He left.", ["Dr. Lind met J. R. Salas in St. Gull.", "He left."]),
        ('He said "Go." Then he went.', ['He said "Go."', "Then he went."]),
        ("灯塔很高。它很旧！真的？", ["灯塔很高。", "它很旧！", "真的？"]),
        ("Title\n\nBody text\n- first\n- second", ["Title", "Body text", "- first", "- second"]),
        ("about 3.5 metres tall", ["about 3.5 metres tall"]),
        (
            "Seat > name: Orrin\nArea > land: 12 sq km\nClimate: mild",
            ["Seat > name: Orrin", "Area > land: 12 sq km", "Climate: mild"],
        ),
        ("The keeper of the\ntower wrote: no ships.", ["The keeper of the\ntower wrote: no ships."]),
        ("He kept these,\nNotes: two.", ["He kept these,\nNotes: two."]),
        ("   ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, pieces: list[str]) -> None:
    assert [span.text for span in sentences(text)] == pieces


@given(st.text(max_size=300))
def test_sentences_keep_their_place_and_lose_only_white_space(text: str) -> None:
    spans = sentences(text)
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert "".join("".join(span.text.split()) for span in spans) == "".join(text.split())


@pytest.mark.parametrize(
    "forms",
    [
        ("direct", "directed", "director", "directors", "directing"),
        ("film", "films", "filmed", "film's"),
        ("study", "studies", "studied"),
        ("write", "wrote", "written", "writer", "writes"),
        ("die", "died", "death"),
        ("born", "birth"),
        ("create", "created", "creating"),
        ("plan", "planned", "planning"),
        ("pass", "passes", "passed"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(("one", "other"), [("new", "news"), ("bus", "bu"), ("灯", "塔"), ("1990", "199")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert (stem(one) == stem(other)) is (one == "new")


@given(st.text(max_size=30))
def test_stemming_is_deterministic_and_never_lengthens_other_words(word: str) -> None:
    assert stem(word) == stem(word)


def test_content_terms_leave_small_words_out_and_keep_order() -> None:
    assert content_terms("Who was the keeper of the towers in Tern, and why?") == ["keeper", "tower", "tern"]
    assert content_terms("灯塔的高度") == ["灯", "塔", "高", "度"]


def _cited(text: str, *evidence: str) -> tuple[str, tuple[Citation, ...]]:
    return text, tuple(Citation(start=0, end=len(text), evidence_id=name) for name in evidence)


def test_a_text_that_comes_again_is_shown_once_with_all_that_it_cites() -> None:
    oslo = "Ann was born in Oslo."

    text, citations = join_cited((_cited(oslo, "a"), _cited(" "), _cited("Bo too.", "c"), _cited(oslo, "a", "b")))

    assert text == f"{oslo} Bo too."
    assert [(text[each.start : each.end], each.evidence_id) for each in citations] == [
        (oslo, "a"),
        (oslo, "b"),
        ("Bo too.", "c"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("安生于奥斯陆。", "博也是。", "安生于奥斯陆。博也是。"),
        ("他说：“在奥斯陆。”", "博也是。", "他说：“在奥斯陆。”博也是。"),
        ("安生于奥斯陆", "博也是", "安生于奥斯陆 博也是"),
        ("Ann was born in Oslo.", "博也是。", "Ann was born in Oslo. 博也是。"),
    ],
)
def test_no_space_follows_a_sentence_that_ends_in_a_chinese_mark(first: str, second: str, together: str) -> None:
    assert join_cited((_cited(first), _cited(second))) == (together, ())


def test_nothing_joined_is_nothing() -> None:
    assert join_cited(()) == ("", ())


@given(st.lists(st.tuples(st.text(max_size=6), st.lists(st.sampled_from("abc"), max_size=3))))
def test_every_citation_of_a_joined_text_covers_what_it_covered(pieces: list[tuple[str, list[str]]]) -> None:
    text, citations = join_cited(_cited(piece, *evidence) for piece, evidence in pieces)

    found = {(text[each.start : each.end], each.evidence_id) for each in citations}
    assert found == {(piece, name) for piece, evidence in pieces if piece.strip() for name in evidence}
