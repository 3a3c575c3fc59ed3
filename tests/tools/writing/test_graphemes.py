"""Characters of several code points at a length limit: counted by code point, whole in the text, or refused."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.writing import Brief, Writer
from questline.tools.writing.constraints import problems

CLUSTERS: Final = {
    "family": "👨‍👩‍👧‍👦",
    "skin": "👍🏽",
    "flag": "🇨🇳",
    "region": "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "keycap": "1️⃣",
    "heart": "❤️",
    "combining": "e\u0301",
    "stacked": "o\u0302\u0323",
    "hangul": "\u1112\u1161\u11ab",
    "devanagari": "नि",
    "selector": "葛\U000e0100",
    "plane two": "𠮷",
}


def joined(text: str, at: int) -> bool:
    """Whether the places before and after `at` belong to one character."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    flags = sum("\U0001f1e6" <= sign <= "\U0001f1ff" for sign in text[:at])
    return (
        unicodedata.category(after)[0] == "M"
        or "\u200d" in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or "\U000e0020" <= after <= "\U000e007f"
        or ("\U0001f1e6" <= after <= "\U0001f1ff" and flags % 2 == 1)
    )


def assert_whole(text: str, word: str) -> None:
    at = text.index(word)
    assert not joined(text, at), text
    assert not joined(text, at + len(word)), text


@pytest.mark.requirement("writing.graphemes")
@pytest.mark.parametrize("cluster", CLUSTERS.values(), ids=CLUSTERS)
@pytest.mark.parametrize("room", [0, 1, 2, 6, 20, 60])
def test_a_character_of_several_code_points_stays_whole_at_every_limit(cluster: str, room: int) -> None:
    brief = Brief(query="生日祝福", must_include=(cluster,), max_chars=len(cluster) + room, emoji=True)
    found = asyncio.run(Writer().write(brief, 3, seed=1))
    assert found.items
    for text in found.texts:
        assert len(text) <= len(cluster) + room
        assert problems(brief, text) == []
        assert_whole(text, cluster)


@pytest.mark.requirement("writing.graphemes")
@pytest.mark.parametrize("cluster", [each for each in CLUSTERS.values() if len(each) > 1])
def test_one_code_point_too_few_is_refused_and_nothing_is_cut(cluster: str) -> None:
    brief = Brief(query="生日祝福", must_include=(cluster,), max_chars=len(cluster) - 1, emoji=True)
    with pytest.raises(UsageError) as raised:
        asyncio.run(Writer().write(brief, 1, seed=1))
    assert raised.value.code == "unsatisfiable"


@pytest.mark.requirement("writing.graphemes")
def test_a_name_keeps_its_marks_and_is_not_normalized() -> None:
    name = "Zoe\u0308 𠮷野"
    for text in asyncio.run(Writer().write(Brief(query="生日祝福", recipient=name, max_chars=20), 3, seed=1)).texts:
        assert_whole(text, name)


@pytest.mark.requirement("writing.graphemes")
@pytest.mark.parametrize("word", ["\u0301a", "\u200d👧", "👨\u200d", "🏽", "\ufe0f"])
def test_half_a_character_is_refused(word: str) -> None:
    for wish in ({"must_include": (word,)}, {"recipient": f"{word}"}):
        with pytest.raises(UsageError) as raised:
            Brief(query="生日祝福", emoji=True, **wish)  # pyright: ignore[reportArgumentType]  # one of two fields
        assert raised.value.code == "bad_param"


@pytest.mark.requirement("writing.graphemes")
@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.lists(st.sampled_from([*CLUSTERS.values(), "安", "A"]), min_size=1, max_size=4), max_size=3),
    limit=st.integers(1, 60),
)
def test_any_mix_is_kept_whole_or_refused(words: list[list[str]], limit: int) -> None:
    wanted = tuple("".join(each) for each in words)
    try:
        brief = Brief(query="新年快乐", must_include=wanted, max_chars=limit, emoji=True)
        found = asyncio.run(Writer().write(brief, 2, seed=5))
    except UsageError as error:
        if error.code != "unsatisfiable":
            raise
        return
    for text in found.texts:
        assert len(text) <= limit
        for word in wanted:
            assert word in text
        if len(wanted) == 1:
            assert_whole(text, wanted[0])
