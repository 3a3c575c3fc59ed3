"""The writer: whose words a text borrows, who is comforted, what a list repeats, and what is not to be read."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from questline.tools.writing import Brief, Example, Greetings, Writer
from questline.tools.writing.borrowed import borrowed
from questline.tools.writing.build import build
from questline.tools.writing.grammar.bank import bank
from questline.tools.writing.reading import read

EXAMPLES = (
    Example(query="给外婆的生日祝福", text="外婆，灶上的火您守了一辈子，今天换我们来生，您只管坐着吹蜡烛。"),
    Example(query="朋友乔迁", text="新家的第一顿火锅给我留个位子。"),
    Example(text="院子里的桂花又开了，就等您来闻。"),
)


def written(query: str, k: int = 5, *, writer: Writer | None = None, seed: int = 7) -> Greetings:
    return asyncio.run((writer or build()).write(Brief(query=query), k, seed=seed))


@pytest.mark.requirement("writing.examples-fit")
def test_an_example_is_borrowed_from_for_its_occasion_and_its_reader_alone() -> None:
    fire = "灶上的火您守了一辈子，今天换我们来生，您只管坐着吹蜡烛"
    sweet = "院子里的桂花又开了，就等您来闻"
    assert borrowed(EXAMPLES, read(Brief(query="祝外婆生日快乐"))) == (fire, sweet)
    assert borrowed(EXAMPLES, read(Brief(query="祝外公生日快乐"))) == (sweet,)
    assert borrowed(EXAMPLES, read(Brief(query="外婆搬新家"))) == ("新家的第一顿火锅给我留个位子", sweet)
    assert borrowed(EXAMPLES, read(Brief(query="同学乔迁新居"))) == ("新家的第一顿火锅给我留个位子",)


@pytest.mark.requirement("writing.examples-fit")
def test_no_text_holds_a_sentence_for_another_occasion_and_the_own_one_is_used() -> None:
    found = written("祝外婆生日快乐", 10, writer=build(examples=None).__class__(examples=EXAMPLES))
    assert not any("火锅" in text for text in found.texts)
    assert any("灶上的火" in text for text in found.texts)
    assert not any(text.count("外婆") > 1 for text in found.texts)


@pytest.mark.requirement("writing.comfort")
@pytest.mark.parametrize(
    "query", ["安慰刚离婚的姐姐", "安慰离婚的朋友", "朋友失恋了，写几句安慰她", "闺蜜被甩了怎么安慰"]
)
def test_who_was_left_is_comforted(query: str) -> None:
    for seed in range(4):
        texts = "".join(written(query, seed=seed).texts)
        assert not [
            word for word in ("陪过我", "喜酒", "新婚", "琴瑟", "婚书", "再见", "别灰心，", "良缘") if word in texts
        ]


@pytest.mark.requirement("writing.comfort")
def test_who_mourns_is_called_by_name_and_the_dead_are_not() -> None:
    for text in written("爷爷去世，安慰奶奶").texts:
        assert "奶奶" in text or "您" in text
        assert "你" not in text
    assert not any("爷爷" in text for text in written("写给去世的爷爷的孩子").texts)


@pytest.mark.requirement("writing.phrases-apart")
def test_a_list_repeats_no_phrase_while_others_are_left() -> None:
    queries = ("给住院的老师写几句", "祝爸妈结婚纪念日快乐", "朋友乔迁祝福", "祝学弟毕业", "中秋祝福", "祝师傅退休")
    repeated = sum(_repeats(written(query, seed=seed)) > 1 for query in queries for seed in range(6))
    assert repeated < 10  # of 36 lists
    assert all(_repeats(written("祝同事升职，幽默一点", seed=seed)) < 5 for seed in range(6))


def _repeats(found: Greetings) -> int:
    """Return how many texts of a list hold its commonest run of eight characters."""
    runs = Counter(run for text in found.texts for run in {text[at : at + 8] for at in range(len(text) - 7)})
    return max(runs.values())


@pytest.mark.requirement("writing.unwanted")
def test_a_word_that_is_not_to_be_read_stands_nowhere() -> None:
    for query, word in (
        ("元宵节祝老同学，别提汤圆", "汤圆"),
        ("新年祝福，不要出现“团圆”", "团圆"),
        ("端午祝福 不要提粽子", "粽子"),
    ):
        assert not any(word in text for text in written(query, 8).texts)


@pytest.mark.requirement("writing.fitting")
def test_nothing_tender_is_said_to_a_client() -> None:
    for seed in range(6):
        texts = "".join(written("端午节祝客户", 8, seed=seed).texts)
        assert not [word for word in ("想我", "抱抱", "爱您") if word in texts]


@pytest.mark.requirement("writing.english-occasions")
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("Happy Mother's Day for mom", "mother's day"),
        ("mid-autumn wishes for my client", "mid-autumn"),
        ("Thanksgiving message for my neighbour", "thanksgiving"),
        ("happy anniversary to my wife", "anniversary"),
        ("Father's Day card", "father's day"),
    ],
)
def test_an_english_text_names_its_occasion(query: str, named: str) -> None:
    found = written(query)
    assert found.items
    assert sum(named in text.casefold() for text in found.texts) >= len(found.texts) - 1
    assert not any(warning.code == "occasion_dropped" for warning in found.warnings)


@pytest.mark.requirement("writing.english-occasions")
def test_every_occasion_that_english_names_has_a_greeting() -> None:
    vague = {"weekday", "health", "career", "love", "luck", "prayer", "toast", "company", "school", "business"}
    for name, one in bank().occasions.items():
        if (
            one.match
            and name not in vague
            and (english := [w for w in one.match.pattern.split("|") if w.isascii() and w.isalpha()])
        ):
            found = written(f"a card for {english[0]}")
            assert found.occasion != name or not any(
                "Best wishes" in text or "All the best!" in text for text in found.texts
            )
