"""What people asked next orders the suggestions, adds none, and is forgotten with its sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tools.suggestion.conftest import Library

from questline.errors import UsageError
from questline.tools.recommendation import ForgetRequest, SessionRecommender
from questline.tools.suggestion import Suggester
from questline.tools.suggestion.following import followed, item_of
from questline.types import Answer

pytestmark = pytest.mark.requirement("recommendation.suggester")
TALL = "How tall is the lighthouse of Velmora?"


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[SessionRecommender]:
    with SessionRecommender.open(tmp_path / "asked.sqlite") as opened:
        yield opened


async def test_what_was_asked_next_comes_first_until_it_is_forgotten(
    library: Library, lamp: Answer, sessions: SessionRecommender
) -> None:
    plain = await Suggester(retriever=library).suggest([], lamp, 3)
    last = plain.texts[-1]
    suggester = Suggester(retriever=library, sessions=sessions)
    assert (await suggester.suggest([], lamp, 3)).texts == plain.texts  # no session says anything yet
    suggester.asked("s1", lamp.question.upper(), subject="ada")
    suggester.asked("s1", last, subject="ada")
    suggester.asked("s1", "What is Ada's own secret?", subject="ada")
    found = await suggester.suggest([], lamp, 3)
    assert found.texts[0] == last
    assert all(0 < item.p_click <= 1 for item in found.items)
    assert not any("secret" in text for text in found.texts)
    sessions.forget([ForgetRequest.user("ada")], force=True)
    assert (await suggester.suggest([], lamp, 3)).texts == plain.texts
    assert sessions.audit([ForgetRequest.user("ada"), ForgetRequest.everywhere(item_of(last))]).absent


def test_chances_are_drawn_half_way_and_stay_where_nothing_is_known(sessions: SessionRecommender) -> None:
    assert followed(sessions, ["a"], ["b", "c"], [0.5, 0.2]) == [0.5, 0.2]
    sessions.record("s", ["a", "c"])
    drawn = followed(sessions, ["A?"], ["b", "C!"], [0.5, 0.2])
    assert drawn == pytest.approx([0.25, 0.45])
    assert followed(sessions, ["a"], [], []) == []


def test_what_cannot_be_asked_is_not_kept(sessions: SessionRecommender) -> None:
    suggester = Suggester(sessions=sessions)
    suggester.asked("s", "?!")
    assert sessions.size() == (0, 0, 0)
    Suggester().asked("s", TALL)
    with pytest.raises(UsageError) as caught:
        suggester.asked("", TALL)
    assert caught.value.code == "bad_request"


def test_scores_of_given_items(sessions: SessionRecommender) -> None:
    sessions.record("s", ["tea", "cup"])
    cup, tea, unknown = sessions.scores(["tea"], ["cup", "tea", "lamp"])
    assert cup > tea == unknown == 0.0
    with pytest.raises(UsageError):
        sessions.scores("tea", ["cup"])
