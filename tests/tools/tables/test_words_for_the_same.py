"""The lexicon's parts: forms of a word, words for the same thing, and mended slips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.tables.concepts import CONCEPTS
from questline.tools.tables.mending import mended
from questline.tools.tables.related import related, row_of, same_root
from questline.tools.tables.sources import Field, Kind, Source
from questline.tools.tables.thesaurus import SAME

WORDS = st.text("abdelinorty", min_size=1, max_size=9)


def column(name: str, *words: str, kind: Kind = "text", values: tuple[str, ...] = ()) -> Field:
    return Field(name=name, table="pets", sql=f'"{name}"', kind=kind, words=words, values=values)


PETS = Source(
    tables=("pets",),
    sql='"pets"',
    fields=(column("pet", "pet", values=("Wat", "Rex")), column("adoption_fee", "adoption", "fee", kind="number")),
)


@pytest.mark.requirement("look.words")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("adopt", "adoption", True), ("night", "nightly", True), ("day", "daily", True), ("part", "party", False)],
)
def test_forms_of_one_word(one: str, other: str, same: bool) -> None:
    assert same_root(one, other) is same


@pytest.mark.requirement("look.words")
@given(one=WORDS, other=WORDS)
def test_being_forms_of_one_word_goes_both_ways(one: str, other: str) -> None:
    assert same_root(one, other) == same_root(other, one)
    assert same_root(one, one)


@pytest.mark.requirement("look.words")
def test_words_for_the_same_go_both_ways() -> None:
    assert all(word in SAME[other] for word, others in SAME.items() for other in others)
    assert "dog" in SAME["狗"]
    assert all(len(words) == 3 for words in CONCEPTS.values())


@pytest.mark.requirement("look.words")
def test_a_word_stands_for_a_column_or_for_rows() -> None:
    assert [each.name for each in related("adopt", PETS.fields)] == ["adoption_fee"]
    assert [each.name for each in related("charg", PETS.fields)] == ["adoption_fee"]
    assert row_of("动物", PETS.nouns) == "pets"
    assert row_of("car", PETS.nouns) is None


@pytest.mark.requirement("look.slips")
@pytest.mark.parametrize(
    ("question", "as_meant"),
    [
        ("wat is the adpotion fee", "what is the adoption fee"),
        ("how much does it wiegh", "how much does it weigh"),
        ("whos the owner", "who is the owner"),
        ("is Adpotion there", "is Adpotion there"),
        ("how old is wat", "how old is wat"),
        ("the xqzzt fee", "the xqzzt fee"),
    ],
)
def test_slips_are_mended_and_names_are_not(question: str, as_meant: str) -> None:
    source = PETS if "old" in question else Source(tables=("pets",), sql='"pets"', fields=PETS.fields[1:])
    assert mended(question, source, lambda word: word in {"there", "owner", "old"}) == as_meant


@pytest.mark.requirement("look.slips")
@given(question=st.lists(WORDS | st.sampled_from(["wat", "wiegh", "whos", "Rex", "how"]), max_size=6).map(" ".join))
def test_what_is_mended_stays_as_it_is(question: str) -> None:
    once = mended(question, PETS, lambda word: len(word) % 2 == 0)
    assert mended(once, PETS, lambda word: len(word) % 2 == 0) == once


@pytest.mark.requirement("look.slips")
@given(question=st.text("fgkxz ?", max_size=40))
def test_what_is_no_slip_of_a_word_is_left_alone(question: str) -> None:
    assert mended(question, PETS, lambda _: False) == question
