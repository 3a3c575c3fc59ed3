from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.decomposition import rewrite


@pytest.mark.requirement("embedded.rewrite")
@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Who was the first keeper of the Orrin lighthouse?", "first keeper Orrin lighthouse"),
        ("Can you tell me about when the tram in Tern opened?", "tram Tern opened"),
        ("Could you please explain how foghorns work", "foghorns work"),
        ('Who wrote "The Sea and the Salt"?', 'wrote "The Sea and the Salt"'),
        ("请问灯塔是什么时候建成的？", "灯塔 建成的"),
        ("奥林湖在哪里？", "奥林湖"),
    ],
)
def test_question_words_and_courtesies_are_left_out(question: str, query: str) -> None:
    assert rewrite(question) == query


def test_a_question_of_small_words_alone_comes_back_as_it_is() -> None:
    assert rewrite("What is it?") == "What is it"
    assert rewrite("谁？") == "谁？"
    assert rewrite("?") == "?"


@given(st.text(min_size=1, max_size=80).filter(lambda text: bool(text.strip())))
def test_a_query_is_never_empty(text: str) -> None:
    assert rewrite(text)
