"""Passages follow the document's structure and never lose or double a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.retrieval.documents import Document, TextBuilder
from questline.tools.retrieval.split import MAX_WORDS, ROW_WORDS, split
from questline.tools.text import sentences, word_count


def _prose(count: int, words: int = 12) -> str:
    return " ".join("Sentence " + " ".join(f"w{n}x{k}" for k in range(words - 2)) + " ends." for n in range(count))


def _document(*blocks: str | tuple[int, str], title: str = "Doc") -> Document:
    builder = TextBuilder()
    for block in blocks:
        if isinstance(block, str):
            builder.block(block)
        else:
            builder.heading(block[1], block[0])
    return Document(id="d", text=builder.text, title=title, sections=tuple(builder.sections))


@pytest.mark.requirement("retrieval.split")
def test_long_prose_is_cut_between_sentences_into_even_passages() -> None:
    document = _document(_prose(60))
    texts = [document.text[piece.start : piece.end] for piece in split(document)]
    assert len(texts) >= 4
    assert all(100 <= word_count(text) <= MAX_WORDS for text in texts)
    assert all(text.endswith("ends.") and text.startswith("Sentence") for text in texts)


@pytest.mark.requirement("retrieval.split")
def test_titles_say_which_headings_a_passage_stands_under() -> None:
    prose = _prose(8)
    document = _document(
        "Lead " + prose, (1, "Doc"), prose, (1, "Setup"), prose, (2, "Linux"), prose, (1, "Use"), prose
    )
    titles = ["Doc", "Doc", "Doc > Setup", "Doc > Setup > Linux", "Doc > Use"]
    assert [piece.title for piece in split(document)] == titles


def test_small_neighbours_share_a_passage_inside_their_chapter() -> None:
    document = _document((1, "A"), (2, "x"), "Few words.", (2, "y"), "More words.", (1, "B"), "Other chapter.")
    assert [(piece.title, document.text[piece.start : piece.end]) for piece in split(document)] == [
        ("Doc > A", "x\n\nFew words.\n\ny\n\nMore words."),
        ("Doc > B", "Other chapter."),
    ]


def test_headings_over_nothing_are_text() -> None:
    document = _document((1, "Only"), (2, "Headings"))
    (piece,) = split(document)
    assert (piece.title, document.text[piece.start : piece.end]) == ("Doc > Only", "Headings")


_HEADING = st.tuples(st.integers(1, 3), st.text("cd", min_size=1))
_BLOCKS = st.lists(st.one_of(st.text(alphabet="ab. ", min_size=1, max_size=200), _HEADING), max_size=12)


@given(_BLOCKS)
def test_no_word_of_a_document_is_lost(blocks: list[str | tuple[int, str]]) -> None:
    document = _document(*blocks)
    pieces = split(document)
    kept = " ".join([*(piece.title for piece in pieces), *(document.text[p.start : p.end] for p in pieces)])
    assert set(document.text.split()) <= set(kept.replace(" > ", " ").split()) | {"Doc"}


def test_rows_stay_whole_up_to_their_limit() -> None:
    short, long = _prose(30), _prose(60)
    assert word_count(short) <= ROW_WORDS < word_count(long)
    (piece,) = split(Document(id="a", text=f"  {short}\n", title="T", kind="row"))
    assert (piece.start, piece.end, piece.title) == (2, 2 + len(short), "T")
    assert len(split(Document(id="a", text=long, kind="row"))) > 1
    assert split(Document(id="a", text=" \n ", kind="row")) == []


def test_a_sentence_longer_than_a_passage_is_cut_at_white_space() -> None:
    text = " ".join(f"word{n}" for n in range(500))
    texts = [text[piece.start : piece.end] for piece in split(Document(id="a", text=text))]
    assert all(word_count(part) <= MAX_WORDS for part in texts)
    assert " ".join(texts) == text
    blob = "x" * 10_000
    assert "".join(blob[piece.start : piece.end] for piece in split(Document(id="a", text=blob))) == blob


def test_chinese_is_measured_in_characters() -> None:
    text = "港口在一九一一年建成。" * 100
    pieces = split(Document(id="a", text=text))
    assert all(200 <= piece.end - piece.start <= 2 * MAX_WORDS + 1 for piece in pieces)
    assert "".join(text[piece.start : piece.end] for piece in pieces) == text


_TEXT = st.text(alphabet="ab. \n#中。!?0", max_size=1500)


@given(_TEXT, st.sampled_from(["text", "row"]))
def test_passages_are_in_order_apart_and_hold_all_that_is_not_white_space(text: str, kind: str) -> None:
    pieces = split(Document(id="a", text=text, kind=kind))
    end = 0
    for piece in pieces:
        assert end <= piece.start < piece.end <= len(text)
        assert not text[end : piece.start].strip()
        assert text[piece.start : piece.end].strip() == text[piece.start : piece.end]
        end = piece.end
    assert not text[end:].strip()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_no_sentence_is_cut_that_fits(lengths: list[int]) -> None:
    text = " ".join("S" + " w" * (length - 1) + "." for length in lengths)
    starts = {span.start for span in sentences(text)}
    assert {piece.start for piece in split(Document(id="a", text=text))} <= starts


def test_a_long_line_is_cut_without_loss() -> None:
    text = "lighthouse  " * 20_000
    pieces = split(Document(id="a", text=text))
    assert len(pieces) > 100
    kept = "".join(text[piece.start : piece.end] for piece in pieces)
    assert kept.count("lighthouse") == 20_000
    assert not any(text[piece.start].isspace() for piece in pieces)
