"""What came of a deed, and who does something, in sentences that a reader can use."""

from __future__ import annotations

import pytest

from .conftest import composed, found

pytestmark = pytest.mark.requirement("mends.sentences")


@pytest.mark.parametrize(
    ("question", "tool", "said"),
    [
        ("Rename the blue hen to Dotty.", "coop/rename_hen", "The hen is called Dotty now."),
        ("Could you please rename the blue hen to Dotty?", "coop/rename_hen", "Done: Dotty."),
    ],
)
async def test_what_a_tool_says_of_a_deed_is_what_came_of_it(question: str, tool: str, said: str) -> None:
    told = await composed(question, found(said, question, tool=tool, arguments={"hen": "blue", "name": "Dotty"}))
    assert not told.missing
    assert "Dotty" in told.text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who feeds the hatched chicks on 2031-04-02?", "Abel Noor feeds the hatched chicks on 2031-04-02."),
        ("Who mucks the old barn out?", "Abel Noor mucks the old barn out."),
        ("Who repaired the fenced run?", "Abel Noor repaired the fenced run."),
    ],
)
async def test_a_verb_that_is_not_known_is_told_from_a_word_like_shared(question: str, text: str) -> None:
    result = {"day": "2031-04-02", "keeper": "Abel Noor"}
    told = await composed(question, found(result, question, tool="coop/rota", arguments={"day": "2031-04-02"}))
    assert told.text == text
