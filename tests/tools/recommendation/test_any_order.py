"""Whatever is learnt, forgotten, undone and opened again, in whatever order: the store is what plain lists say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from questline.errors import UsageError
from questline.tools.recommendation import ForgetRequest, SessionRecommender
from questline.tools.recommendation.counts import count

pytestmark = pytest.mark.requirement("recommendation.exact")
SESSIONS = st.sampled_from([f"s{n}" for n in range(6)])
USERS = ["ada", "bea", "cid"]
ITEM_NAMES = ["tea", "cup", "kettle", "spoon", "tray"]
ITEMS = st.lists(st.sampled_from(ITEM_NAMES), min_size=1, max_size=4)


def owner(session: str) -> str:
    return USERS[int(session[1]) % 3]


class AnyOrder(RuleBasedStateMachine):
    """The store beside dictionaries: session → place → item, in the order in which sessions came."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.recommender = self.opened()
        self.sessions: dict[str, dict[int, str]] = {}
        self.next: dict[str, int] = {}
        self.kept: tuple[str, dict[str, dict[int, str]], dict[str, int]] | None = None

    def opened(self) -> SessionRecommender:
        return SessionRecommender.open(Path(self.folder.name) / "sessions.sqlite")

    @rule(session=SESSIONS, items=ITEMS)
    def record(self, session: str, items: list[str]) -> None:
        self.kept = None  # what comes back would come back to another session
        self.recommender.record(session, items, user=owner(session))
        places, start = self.sessions.setdefault(session, {}), self.next.get(session, 0)
        places |= dict(enumerate(items, start))
        self.next[session] = start + len(items)

    @rule(session=SESSIONS, place=st.integers(0, 5), undoable=st.booleans())
    def forget_a_click(self, session: str, place: int, undoable: bool) -> None:
        gone = {(session, place)} if place in self.sessions.get(session, {}) else set[tuple[str, int]]()
        self.forget(ForgetRequest.click(session, place=place), gone, undoable=undoable)

    @rule(user=st.sampled_from(USERS), undoable=st.booleans())
    def forget_a_user(self, user: str, undoable: bool) -> None:
        gone = {(each, place) for each, places in self.sessions.items() if owner(each) == user for place in places}
        self.forget(ForgetRequest.user(user), gone, undoable=undoable)

    @rule(item=st.sampled_from(ITEM_NAMES), undoable=st.booleans())
    def forget_an_item(self, item: str, undoable: bool) -> None:
        gone = {
            (each, place) for each, places in self.sessions.items() for place, name in places.items() if name == item
        }
        self.forget(ForgetRequest.everywhere(item), gone, undoable=undoable)

    def forget(self, request: ForgetRequest, gone: set[tuple[str, int]], *, undoable: bool) -> None:
        if not gone:
            try:
                outcome = self.recommender.forget([request], force=True).status
                self.kept = None
            except UsageError as error:
                outcome = error.code
            assert outcome in {"already", "unknown_request"}
            return
        before = ({each: dict(places) for each, places in self.sessions.items()}, dict(self.next))
        report = self.recommender.forget([request], force=True, undoable=undoable)
        assert (report.status, report.clicks) == ("done", len(gone))
        for session, place in gone:
            del self.sessions[session][place]
            if not self.sessions[session]:
                del self.sessions[session], self.next[session]
        self.kept = (report.certificate, *before) if undoable else None
        if not undoable:
            assert self.recommender.audit([request]).absent

    @precondition(lambda self: self.kept is not None)
    @rule()
    def undo(self) -> None:
        assert self.kept is not None
        certificate, self.sessions, self.next = self.kept
        self.recommender.rollback(certificate)
        self.kept = None

    @rule(stored=st.booleans())
    def open_again(self, stored: bool) -> None:
        if stored:
            self.recommender.snapshot()
        self.recommender.close()
        self.recommender = self.opened()

    @invariant()
    def it_is_what_plain_lists_say(self) -> None:
        lists = {n: [places[at] for at in sorted(places)] for n, places in enumerate(self.sessions.values())}
        assert self.recommender.counts.digest == count(lists).digest

    def teardown(self) -> None:
        self.recommender.close()
        self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
