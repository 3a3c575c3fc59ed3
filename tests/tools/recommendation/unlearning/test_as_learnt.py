"""What a network learnt of a store is still known after the store has grown, shrunk, or lost the ends of sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender
from questline.tools.recommendation.unlearning.as_learnt import AsLearnt, as_learnt

ITEMS = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
def recommender(tmp_path: Path) -> Iterator[SessionRecommender]:
    """Ten sessions of the five clicks a to e."""
    with SessionRecommender.open(tmp_path / "shop.sqlite") as found:
        found.learn(Session(id=f"s{n}", user=None, items=ITEMS[:5]) for n in range(1, 11))
        yield found


def known(
    recommender: SessionRecommender, clicks: set[tuple[int, int]], items: Sequence[str] = ITEMS, **learnt: Any
) -> AsLearnt:
    told: Mapping[str, Any] = {"split": "sessions", "recent": 0, **learnt}
    with recommender.store.reading():
        return as_learnt(recommender.store, clicks, items, told)


@pytest.mark.requirement("unlearning.stored")
def test_the_share_that_was_held_out_is_that_of_the_manifest(recommender: SessionRecommender) -> None:
    found = known(recommender, {(8, 2), (9, 2)}, held_out=0.2)
    assert sorted(found.sessions) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found.clicks == {8: {2}}  # session 9 was held out
    assert dict(found.lost) == {"c": 1}
    assert len(found.unlearnt) == 4 + 1  # of session 10, and what of 9 stands before the click
    assert sorted(known(recommender, {(9, 2)}).sessions) == list(range(1, 11))  # 2 % of ten sessions are none


@pytest.mark.requirement("unlearning.stored")
def test_sessions_that_left_or_came_move_nothing(recommender: SessionRecommender) -> None:
    recommender.forget([ForgetRequest.session("s10")])
    recommender.learn([Session(id="late", user=None, items=ITEMS)])
    found = known(recommender, {(8, 0), (3, 0), (11, 5)}, held_out=0.2, recent=6, sessions=[3, 8])
    assert sorted(found.sessions) == [3, 4, 5, 6, 7, 8]
    assert found.clicks == {3: {0}, 8: {0}}
    assert dict(found.lost) == {"a": 2}
    assert found.gone == {6}  # nobody clicks it any more, though it was never learnt


@pytest.mark.requirement("unlearning.stored", "unlearning.edges")
def test_an_item_that_held_out_sessions_alone_click_is_none_of_the_network_s(recommender: SessionRecommender) -> None:
    recommender.learn([Session(id="s11", user=None, items=("f", "a")), Session(id="s12", user=None, items=("f", "b"))])
    found = known(recommender, {(11, 0)}, sessions=[1, 11])
    assert (found.clicks, found.gone) == ({11: {0}}, {6})  # s12, which was held out, still clicks it
    assert known(recommender, {(12, 0)}, sessions=[1, 11]).gone == frozenset()  # s11, which was learnt, does


@pytest.mark.requirement("unlearning.stored")
def test_the_last_two_clicks_are_those_that_were_last_when_it_learnt(recommender: SessionRecommender) -> None:
    recommender.forget([ForgetRequest.click("s4", place=4)])
    found = known(recommender, {(4, 2)}, split="last")
    assert found.sessions[4] == found.sessions[5] == [1, 2, 3]
    assert found.clicks == {4: {2}}
    without = known(recommender, {(5, 2)}, items=("a", "b", "c", "e"), split="last")
    assert without.sessions[5] == [1, 2, 3]  # d, which was clicked too rarely, is none of the learnt ones
    assert without.clicks == {5: {2}}
