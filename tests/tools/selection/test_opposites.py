"""Opposite claims without any value are kept side by side and marked, not dropped as repeats."""

from __future__ import annotations

import pytest
from tests.tools.selection.conftest import passages

from questline.tools.selection.contract import Selector
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.selection.opposites import opposed, opposite_words

SAFE = "Is the bridge of Velmora safe?"
FERRY = "A ferry crosses the bay."
SELECTORS = [EmbeddedSelector(), EmbeddedSelector.load()]


@pytest.mark.requirement("selection.opposites")
@pytest.mark.parametrize("selector", SELECTORS, ids=["words", "models"])
@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (SAFE, "The bridge of Velmora is safe.", "The bridge of Velmora is not safe."),
        (SAFE, "The bridge of Velmora is safe for lorries.", "The bridge of Velmora is unsafe for lorries."),
        (SAFE, "The bridge of Velmora is safe.", "The bridge of Velmora is dangerous."),
        ("Does coffee cause headaches?", "Coffee causes headaches.", "Coffee does not cause headaches."),
        (
            "Is the museum of Velmora open on Monday?",
            "The museum of Velmora is open on Monday.",
            "The museum of Velmora is closed on Monday.",
        ),
        (
            "What is known about the safety of the Velmora bridge?",
            "The Velmora bridge is considered safe by engineers.",
            "The Velmora bridge is not considered safe by engineers.",
        ),
        ("桥安全吗？", "大桥是安全的。", "大桥不安全。"),
    ],
)
async def test_opposite_claims_are_both_kept_and_marked(
    selector: Selector, question: str, one: str, other: str
) -> None:
    selection = await selector.select(question, passages(one, FERRY, other))
    assert set(selection.ids) == {"p0", "p2"}
    assert all(member.conflict for member in selection.members)


@pytest.mark.requirement("selection.opposites")
@pytest.mark.parametrize("selector", SELECTORS, ids=["words", "models"])
@pytest.mark.parametrize(
    "other",
    [
        "The bridge of Velmora is not unsafe.",
        "The bridge of Velmora is safe in winter too.",
        "The bridge of Kelby is not safe.",
        "The bridge of Velmora is not old.",
    ],
)
async def test_what_agrees_or_speaks_of_another_is_no_conflict(selector: Selector, other: str) -> None:
    selection = await selector.select(SAFE, passages("The bridge of Velmora is safe.", FERRY, other))
    assert not any(member.conflict for member in selection.members)


@pytest.mark.requirement("selection.opposites")
@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("It is safe.", "It is unsafe.", frozenset({"saf", "unsaf"})),
        ("Sales rose.", "Sales fell.", frozenset({"ros", "fall"})),
        ("It may rise.", "It may fall.", frozenset({"ris", "fall"})),
        ("It is open, not shut.", "It is shut.", frozenset[str]()),
        ("The inside is red.", "The side is red.", frozenset[str]()),
        ("The form is valid.", "The form is invalid.", frozenset({"valid", "invalid"})),
    ],
)
def test_opposite_words_are_told_by_list_and_prefix(one: str, other: str, words: frozenset[str]) -> None:
    assert opposite_words(one, other) == words
    assert opposite_words(other, one) == words


@pytest.mark.requirement("selection.opposites")
def test_an_opposite_word_that_is_denied_says_the_same() -> None:
    about = frozenset({"saf", "dangerou"})
    assert opposed("The bridge is safe.", "The bridge is dangerous.", about)
    assert not opposed("The bridge is safe.", "The bridge is not dangerous.", about)
    assert not opposed("The bridge is safe.", "The bridge is quite safe.", about)
