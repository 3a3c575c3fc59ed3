from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.executors.citations import UNANSWERABLE, TextFilter, cite, parse_answer

SOURCES = {1: ("a",), 2: ("b", "c")}


def _cited(text: str) -> list[tuple[str, str]]:
    answer = parse_answer(text)
    citations, _, _ = cite(answer, SOURCES)
    return [(answer.text[each.start : each.end], each.evidence_id) for each in citations]


@pytest.mark.requirement("agents.citations")
@pytest.mark.parametrize(
    ("text", "shown", "short", "cited"),
    [
        ("It is deep [1].\n=> 212 metres", "It is deep.", "212 metres", [("It is deep.", "a")]),
        ("It is deep. [1] So is this [2].", "It is deep. So is this.", "It is deep. So is this.",
         [("It is deep.", "a"), ("So is this.", "b"), ("So is this.", "c")]),
        ("[1] It is deep.", "It is deep.", "It is deep", [("It is deep.", "a")]),
        ("Paris [1][2].", "Paris.", "Paris", [("Paris.", "a"), ("Paris.", "b"), ("Paris.", "c")]),
        ("Paris [1, 1-2].", "Paris.", "Paris", [("Paris.", "a"), ("Paris.", "b"), ("Paris.", "c")]),
        ("青岚桥由梁文设计[1]。它很长【2】。\n=> 梁文", "青岚桥由梁文设计。它很长。", "梁文",
         [("青岚桥由梁文设计。", "a"), ("它很长。", "b"), ("它很长。", "c")]),
        ("=> Paris [1]", "Paris", "Paris", [("Paris", "a")]),
        ("In [1999] by her [1].", "In [1999] by her.", "In [1999] by her", [("In [1999] by her.", "a")]),
    ],
)  # fmt: skip
def test_markers_become_citations_of_their_sentence(
    text: str, shown: str, short: str, cited: list[tuple[str, str]]
) -> None:
    answer = parse_answer(text)

    assert (answer.text, answer.short) == (shown, short)
    assert _cited(text) == cited


@pytest.mark.requirement("agents.foreign-citation", "agents.unsupported-sentence")
def test_foreign_numbers_and_bare_sentences_are_told() -> None:
    citations, foreign, bare = cite(parse_answer("One [1]. Two [7]. Three [0, 7]. Four."), SOURCES)

    assert [each.evidence_id for each in citations] == ["a"]
    assert foreign == [0, 7]
    assert [span.text for span in bare] == ["Two.", "Three.", "Four."]


@pytest.mark.requirement("agents.citations", "agents.foreign-citation")
@pytest.mark.parametrize(
    ("text", "shown", "numbers"),
    [
        ("The first argument is sys.argv[1] [1].", "The first argument is sys.argv[1].", [1]),
        ("The first argument is sys.argv[1][2].", "The first argument is sys.argv[1].", [2]),
        ("It is os_path[1].", "It is os_path[1].", []),
        ("It is described in RFC [123] of old [2].", "It is described in RFC [123] of old.", [2]),
        ("It is RFC [12] of old [2].", "It is RFC [12] of old.", [2]),
        ("It was lit in 1874[1].", "It was lit in 1874.", [1]),
        ("It was lit in 1874[3].", "It was lit in 1874[3].", []),
        ("It cost 3.5[1].", "It cost 3.5.", [1]),
        ("它很长[1]。", "它很长。", [1]),
        ("One [7]. Two. [8] Three [7][9]", "One. Two. Three", [7, 8, 7, 9]),
        ("One [1, 7] is.", "One is.", [1, 7]),
    ],
)  # fmt: skip
def test_only_what_can_be_a_citation_is_taken_out(text: str, shown: str, numbers: list[int]) -> None:
    quoted = frozenset({"1874[3]", "sys.argv[1]"})
    answer = parse_answer(text, items=3, quoted=quoted)
    stream = TextFilter(items=3, quoted=quoted)
    streamed = "".join(stream.feed(character) for character in text)

    assert (answer.text, [number for _, number in answer.marks]) == (shown, numbers)
    assert shown.startswith(streamed)


@pytest.mark.requirement("agents.abstains")
@pytest.mark.parametrize(
    "text", ["UNANSWERABLE", " unanswerable. ", "The passages do not say. UNANSWERABLE", "It is open.\n=> UNANSWERABLE"]
)
def test_the_agreed_word_abstains(text: str) -> None:
    answer = parse_answer(text)

    assert answer.abstained
    assert (answer.text, answer.short) == ("", "")


def test_the_agreed_word_inside_a_sentence_is_only_quoted() -> None:
    answer = parse_answer("The server prints UNANSWERABLE when it gives up [1].")

    assert not answer.abstained
    assert answer.text == "The server prints UNANSWERABLE when it gives up."


def test_what_was_streamed_is_not_streamed_again() -> None:
    stream = TextFilter()

    assert "".join(stream.feed(character) for character in "UN\n=> UN") == "UN"


@pytest.mark.parametrize("text", ["", " \n", "[1]", "=>", "=> [1]"])
def test_an_answer_without_words_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write the answer"):
        parse_answer(text)


@pytest.mark.parametrize("answer", ["Oda [1].\n=> Oda", "Una is [deep] [1]; a=>b\n= x\n\n=> y", "[1] A [1][2] b [x"])
def test_the_stream_shows_no_part_of_a_marker(answer: str) -> None:
    stream = TextFilter()
    pieces = [stream.feed(character) for character in answer]

    assert parse_answer(answer).text.startswith("".join(pieces))
    assert "[1" not in "".join(pieces)
    assert len("".join(pieces)) > 2


def test_nothing_is_streamed_of_an_abstention() -> None:
    stream = TextFilter()

    assert "".join(stream.feed(character) for character in f"{UNANSWERABLE}. The passages") == ""


@pytest.mark.requirement("agents.stream")
@given(
    st.lists(
        st.sampled_from([*"aU .\n=>[]12,【】", "[1]", "\n=> ", "UNANSWERABLE", "。", "is deep", "[7]", "a.b[1]"]),
        max_size=25,
    ),
    st.sampled_from([None, 0, 2]),
    st.data(),
)
def test_what_was_streamed_begins_what_is_shown(parts: list[str], items: int | None, data: st.DataObject) -> None:
    text = "".join(parts)
    quoted = frozenset({"deep[1]"})
    try:
        answer = parse_answer(text, items=items, quoted=quoted)
    except ValueError:
        return
    stream = TextFilter(items=items, quoted=quoted)
    shown = ""
    position = 0
    while position < len(text):
        size = data.draw(st.integers(1, 5))
        shown += stream.feed(text[position : position + size])
        position += size

    assert stream.shown == shown
    if not answer.abstained:
        assert answer.text.startswith(shown)
