"""What a second hop needs is kept beside what is likely to help."""

from __future__ import annotations

import pytest
from tests.tools.selection.conftest import notes, passages

from questline.tools.selection.checks import Request
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.selection.hops import MOST, with_hops

CHAIN = "Where was the designer of Tern Light born?"
GIVEN = dict(
    enumerate(
        passages(
            "It was designed by Mara Lind in 1851.",
            "Mara was born in Ashby. She met Otto Falk there.",
            "Otto was an engineer.",
            "A market town.",
            titles=("Tern Light", "Mara Lind", "Otto Falk", "Linfield"),
        )
    )
)


@pytest.mark.requirement("selection.hops")
def test_the_passage_that_the_question_names_and_the_one_that_it_leads_to_are_kept() -> None:
    assert with_hops(CHAIN, GIVEN, (), max_set=4) == (0, 1)
    assert with_hops(CHAIN, GIVEN, (3,), max_set=4) == (3, 0, 1)
    # One that is kept leads on; what those lead to in their turn is too far.
    assert with_hops(CHAIN, GIVEN, (1,), max_set=4) == (1, 0, 2)


@pytest.mark.requirement("selection.hops")
def test_no_more_is_kept_than_there_is_room_for() -> None:
    assert with_hops(CHAIN, GIVEN, (3,), max_set=1) == (3,)
    assert with_hops(CHAIN, GIVEN, (3,), max_set=2) == (3, 0)
    people = [f"Person {chr(65 + n)}" for n in range(20)]
    many = passages(f"It knew {', '.join(people)}.", *("Someone." for _ in people), titles=("Tern Light", *people))
    assert len(with_hops(CHAIN, dict(enumerate(many)), (), max_set=50)) == MOST


@pytest.mark.requirement("selection.hops")
def test_a_selector_keeps_both_ends_of_a_chain_and_adds_nothing_to_a_single_fact() -> None:
    given = [*GIVEN.values(), *notes(6)]

    def kept(question: str) -> list[str]:
        request = Request.read(question, list(given[:4]), max_set=None, tau=None)
        return sorted(member.id for member in EmbeddedSelector().choose(request).members)

    assert {"p0", "p1"} <= set(kept(CHAIN))
    assert kept("Who designed Tern Light?") == ["p0"]
