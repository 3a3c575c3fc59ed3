"""What is measured of each passage: what all passages of a list have in common tells none of them apart."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.tools.selection.conftest import passages

from questline.tools.ranking.first_stage import FirstStage
from questline.tools.reading.evidence import Evidence
from questline.tools.selection.features import Facts, observe
from questline.tools.selection.membership import MEMBERSHIPS, Membership, shipped

QUESTION = "When was the mill of Kelby built?"
TEXTS = ("The mill of Kelby was built in 1802.", "Flour is sold on Mondays.", "It stands on a hill.")


def facts(titles: Sequence[str], texts: Sequence[str] = TEXTS) -> Facts:
    given = passages(*texts, titles=list(titles))
    stage = FirstStage.read(QUESTION, given)
    return observe(stage, Evidence(stage.passages))


def column(measured: Facts, name: str) -> list[float]:
    return measured.columns([name])[:, 0].tolist()


@pytest.mark.requirement("selection.alike")
@pytest.mark.parametrize("title", ["Kelby", "", "The mill of Kelby"])
def test_a_title_that_all_passages_bear_counts_no_more_than_none(title: str) -> None:
    alike = facts([title] * 3)
    for name in ("title", "title_share", "several_title"):
        assert column(alike, name) == [0, 0, 0]
    assert alike.alike


@pytest.mark.requirement("selection.alike")
def test_titles_that_differ_count_and_a_single_passage_keeps_its_own() -> None:
    apart = facts(["Kelby", "Kelby", "Anse"])
    assert column(apart, "title_share") == [1, 1, 0]
    assert not apart.alike
    alone = facts(["Kelby"], TEXTS[:1])
    assert column(alone, "title_share") == [1]
    assert not alone.alike


@pytest.mark.requirement("selection.alike")
def test_passages_that_are_alike_are_judged_by_numbers_of_their_own() -> None:
    own = Membership(weights={"intercept": 1.0}, tau=0.1, tau_several=0.1, least=0.9)
    made = Membership(weights={"intercept": -1.0}, tau=0.3, tau_several=0.3, least=0.0, alike=own)
    assert made.of(facts(["Kelby"] * 3)) is own
    assert made.of(facts(["Kelby", "Kelby", "Anse"])) is made
    assert own.of(facts(["Kelby"] * 3)) is own
    for name in MEMBERSHIPS:
        shipped_one = shipped(name)
        assert shipped_one is not None
        assert shipped_one.alike is not None
        assert shipped_one.alike.weights != shipped_one.weights
