"""What a tool says in place of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_executor.executor import TaskExecutor
from questline.agents.tool_executor.refusals import finds_nothing
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import Refused
from questline.errors import RunError

from .conftest import Office, task

pytestmark = pytest.mark.requirement("tura.probing.nothing")
NOTHING = [
    "Sorry, I don't know who built it.",
    "I'm sorry, but I don't have any information about that.",
    "I am afraid I can't help with that.",
    "I'm not sure who built it.",
    "No results found.",
    "no row matches",
    "No rows match 'Ghost'.",
    "Error executing tool seats: there is no such boat",
    "There is no information about the lamp.",
    "0 results",
    "Nothing found for lamp.",
    "Not found",
    "unknown",
    "The boat 'X' was not found.",
    "抱歉，没有找到相关信息。",
    "不知道",
]
SOMETHING = [
    "No rooms are let in May.",
    "Wigs are not hired out.",
    "No data are kept after 30 days.",
    "He was not found until 1925, in Rome.",
    "None of the cats are for sale.",
    "There is no lift.",
    "Unknown Pleasures was released in 1979.",
    "I don't smoke.",
    "12",
    "Monday",
    "不许抽烟。",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_says_that_there_is_nothing_is_no_answer(text: str) -> None:
    assert finds_nothing(text)
    assert view(text) == Refused(reason=text, nothing=True)
    assert view({"answer": text}) == Refused(reason=text, nothing=True)


@pytest.mark.parametrize("text", SOMETHING)
def test_a_negation_that_tells_something_is_an_answer(text: str) -> None:
    assert not finds_nothing(text)
    assert not isinstance(view(text), Refused)


@given(st.text(max_size=400))
def test_any_text_may_be_looked_at(text: str) -> None:
    assert finds_nothing(text) in (True, False)
    assert not finds_nothing(f"The lamp was built by Ada Brandt in 1931; {text}"[:280].replace("not", "n"))


@pytest.mark.parametrize(("tool", "arguments"), [("seats", {"boat": "Phantom"}), ("refuse", {})])
async def test_a_refusal_is_not_found_with_its_words_and_the_tool_is_asked_once(
    executor: TaskExecutor, office: Office, tool: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(RunError) as caught:
        await executor.run(task(tool, **arguments), {}, deadline_s=30)
    assert caught.value.code == "not_found"
    assert caught.value.fields["detail"]
    assert len(office.seen) <= 1
