"""Examples of a corpus: near in characters, then popular."""

from __future__ import annotations

import pytest

from questline.agents.writing.retriever import ExampleRetriever
from questline.agents.writing.values import Example
from questline.errors import UsageError

CORPUS = [
    Example(query="妈妈生日祝福", text="一", popularity=1),
    Example(query="给妈妈的生日祝福语", text="二", popularity=50),
    Example(query="母亲节祝福", text="三", popularity=900),
    Example(query="开业大吉", text="四", popularity=9000),
]


@pytest.mark.requirement("loops.retriever")
def test_the_nearest_are_sorted_by_popularity_and_the_far_stay_out() -> None:
    retriever = ExampleRetriever(CORPUS)

    assert [each.text for each in retriever.search("妈妈生日祝福", k_search=2, k_final=2)] == ["二", "一"]
    assert [each.text for each in retriever.search("妈妈生日祝福", k_search=1, k_final=1)] == ["一"]
    nearest = retriever.search("妈妈生日祝福", k_search=1, k_final=1)[0]
    assert nearest.similarity == pytest.approx(1.0)


@pytest.mark.requirement("loops.corpus-of-one")
def test_a_corpus_of_one_text_gives_that_text_or_nothing() -> None:
    one = ExampleRetriever(CORPUS[:1])

    assert [each.text for each in one.search("生日", k_search=5, k_final=3)] == ["一"]
    assert one.search("xyz") == []
    assert ExampleRetriever([]).search("生日") == []


def test_chinese_and_english_in_one_query_are_both_read() -> None:
    corpus = [Example(query="给Tom的生日祝福", text="甲"), Example(query="给Jerry的生日祝福", text="乙")]
    assert ExampleRetriever(corpus).search("TOM 生日", k_search=1, k_final=1)[0].text == "甲"


@pytest.mark.parametrize(("query", "k_search", "k_final", "code"), [("", 5, 3, "empty_query"), ("a", 2, 3, "bad_k")])
def test_bad_arguments_have_their_codes(query: str, k_search: int, k_final: int, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        ExampleRetriever(CORPUS).search(query, k_search=k_search, k_final=k_final)
    assert caught.value.code == code
