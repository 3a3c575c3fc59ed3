"""No filler, no overview that nobody asked for, and no query that is cut in silence."""

from __future__ import annotations

import pytest

from questline.tools.summarization.embedded import summarize

PAGE = "The tower was built in 1889. Bananas are yellow. Cats sleep all day. The shop sells bread."


@pytest.mark.requirement("hostile.idle-pieces")
@pytest.mark.parametrize("joint", [" ", "\n\n"])
def test_a_summary_is_not_filled_up(joint: str) -> None:
    found = summarize(
        "When was the tower built?", PAGE.replace(" ", joint) if joint == " " else PAGE.replace(". ", ".\n\n")
    )
    assert found.text == "The tower was built in 1889."


@pytest.mark.requirement("hostile.idle-pieces")
def test_what_covers_another_part_of_the_query_stays() -> None:
    found = summarize("When was the tower built and what does the shop sell?", PAGE)
    assert {"The tower was built in 1889.", "The shop sells bread."} <= {span.text for span in found.spans}


@pytest.mark.requirement("hostile.wordless-query")
@pytest.mark.parametrize("query", ["?", "…", "!!!", "\u200b"])
def test_a_query_without_a_word_finds_no_answer(query: str) -> None:
    found = summarize(query, PAGE)
    assert (found.abstained, found.text) == (True, "")


@pytest.mark.requirement("hostile.wordless-query")
@pytest.mark.parametrize("query", ["What is this about?", "Summarize", "总结一下"])
def test_an_overview_is_still_one(query: str) -> None:
    assert len(summarize(query, PAGE).spans) == 3


@pytest.mark.requirement("hostile.wordless-query")
def test_a_query_that_is_cut_says_so() -> None:
    codes = [[each.code for each in summarize("tower " * n, PAGE).warnings] for n in (600, 700)]
    assert codes == [[], ["query_truncated"]]
