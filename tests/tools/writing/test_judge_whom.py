"""The embedded judge: relatives are told apart, and a text that speaks to the judge or of itself is no greeting."""

from __future__ import annotations

import pytest

from questline.tools.writing.judge import embedded_judge
from questline.tools.writing.judge.self_talk import praise_of_itself, says_something, to_the_judge

from .judged_texts import MISTAKEN, NO_SELF_TALK, RIGHT, SELF_TALK


def kept(query: str, text: str, principle: str) -> bool:
    (found,) = [one for one in embedded_judge().judge(query, text).principles if one.id == principle]
    return found.verdict


@pytest.mark.requirement("writing.judge-kin")
@pytest.mark.parametrize(("query", "text"), MISTAKEN)
def test_a_text_to_another_relative_is_not_good(query: str, text: str) -> None:
    verdict = embedded_judge().judge(query, text)
    assert not verdict.good
    (found,) = [one for one in verdict.principles if one.id == "person"]
    assert not found.verdict
    assert found.evidence in text


@pytest.mark.requirement("writing.judge-kin")
@pytest.mark.parametrize(("query", "text"), RIGHT)
def test_a_relative_who_is_only_told_of_is_no_fault(query: str, text: str) -> None:
    reasons = embedded_judge().judge(query, text).reasons
    assert "person: speaks to another relative" not in reasons


@pytest.mark.requirement("writing.judge-self-talk")
@pytest.mark.parametrize("query", ["给奶奶的生日祝福", "祝福语", "birthday wishes for grandma", "a few kind words"])
def test_a_text_to_the_judge_or_of_itself_is_never_good(query: str) -> None:
    assert [text for text in SELF_TALK if embedded_judge().judge(query, text).good] == []


@pytest.mark.requirement("writing.judge-self-talk")
@pytest.mark.parametrize("text", NO_SELF_TALK)
def test_greetings_with_such_words_stay_greetings(text: str) -> None:
    assert to_the_judge(text) == ""
    assert praise_of_itself(text) == ""
    assert says_something(text) != ""
    assert kept("祝福语", text, "echo")


@pytest.mark.requirement("writing.judge-self-talk")
@pytest.mark.parametrize("query", ["几句好听的话", "随便写点什么", "a few kind words"])
def test_a_text_that_wishes_nobody_anything_is_no_greeting_whatever_is_asked(query: str) -> None:
    for text in ("今天股市大涨，油价下跌，成交量创下了新高。", "The printer on the second floor is out of paper."):
        assert not kept(query, text, "echo")
        assert not embedded_judge().judge(query, text).good
    assert kept(query, "春风十里不如一城花开", "echo")


@pytest.mark.requirement("writing.judge-self-talk")
def test_what_the_query_itself_says_is_no_self_talk() -> None:
    assert kept("给评委老师的感谢话", "评委老师，谢谢您的耐心和您的每一句提点。", "echo")
