"""Prices that a sum passed over: those for somebody whom the question names, and those that were told only once."""

from __future__ import annotations

import pytest

from questline.agents.composer.ground import Ground
from questline.agents.composer.other_prices import alike_priced, priced_for_others, reduced_lacking

pytestmark = pytest.mark.requirement("tura.probing.accounted")
HUT = "A night costs 22 euros, for tenants of the house 15 euros. The cleaning fee is 18 euros."
SOUP = "A bowl of soup costs 95 kroner. Members get ten percent off food."


@pytest.mark.parametrize(
    ("question", "formula", "wanted"),
    [
        ("What do four nights cost a tenant?", "4 * 22", "tenant"),
        ("What do four nights cost a tenant?", "4 * 15", ""),
        ("What do four nights cost?", "4 * 22", ""),
        ("How much dearer is a night than one for a tenant?", "22 - 14", ""),
        ("I am not a tenant. What do four nights cost?", "4 * 22", ""),
    ],
)
def test_a_price_for_somebody_else_is_seen(question: str, formula: str, wanted: str) -> None:
    assert priced_for_others(question, formula, [HUT]) == wanted


def test_one_price_is_not_that_of_two_things() -> None:
    question = "What do two bicycles and a cargo bike cost?"
    assert alike_priced(question, "2 * 45 + 45", ["Cargo bikes cost 45 euros a year."])
    assert not alike_priced(question, "2 * 45 + 45", ["A bicycle costs 45 euros.", "Cargo bikes cost 45 euros."])
    assert not alike_priced(question, "2 * 30 + 45", ["A bicycle costs 30 euros, a cargo bike 45 euros."])


def test_who_pays_less_by_another_sentence_is_not_told_the_full_price() -> None:
    told = SOUP.partition(". ")[0] + "."
    ground = Ground(told=told, near=told, whole=SOUP)
    assert reduced_lacking("How much is a bowl of soup for a member?", ground) == "the price for a member"
    assert not reduced_lacking("How much is a bowl of soup?", ground)
    assert not reduced_lacking("How much is a bowl of soup for a guest?", ground)
