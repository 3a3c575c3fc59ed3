"""Counts are a function of the sessions alone: however they came about, they are the same, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.tools.recommendation.changing import replaced
from questline.tools.recommendation.counts import Counts, count
from questline.tools.recommendation.ranking import recommended
from questline.tools.recommendation.scoring import Weights, scores
from questline.tools.recommendation.snapshots import packed, unpacked

ITEMS = st.sampled_from(["tea", "cup", "kettle", "spoon", "sugar", "tray", "lamp"])
CONTENTS = st.lists(ITEMS, max_size=9)
SESSIONS = st.dictionaries(st.integers(0, 25), CONTENTS, max_size=14)
NARROW = Weights(neighbours=3, recent=2, clicks=4, window=2)
"""Limits that small examples reach."""


def everything(counts: Counts, session: Sequence[str]) -> list[tuple[str, float]]:
    """Return what is recommended after a session, with every bit of the scores."""
    found: list[tuple[str, float]] = []
    for weights in (Weights(), NARROW):
        if counts.items:
            each = recommended(counts, session, counts.items, weights=weights, exclude_seen=False)
            found += [(item.item, item.score) for item in each.items]
    return found


def left(sessions: Mapping[int, Sequence[str]]) -> dict[int, Sequence[str]]:
    return {number: items for number, items in sessions.items() if items}


@pytest.mark.requirement("recommendation.exact")
@settings(max_examples=300, deadline=None)
@given(before=SESSIONS, changes=SESSIONS, session=CONTENTS)
def test_changed_counts_equal_those_of_the_changed_sessions(
    before: dict[int, list[str]], changes: dict[int, list[str]], session: list[str]
) -> None:
    again = count(left({**before, **changes}))
    for rebuild_from in (0.0, np.inf):
        changed = replaced(count(before), changes, rebuild_from=rebuild_from)
        check_same(changed, again, session)


def check_same(changed: Counts, again: Counts, session: Sequence[str]) -> None:
    assert changed.digest == again.digest
    assert everything(changed, session) == everything(again, session)
    assert set(changed.index) == set(again.index)
    assert (changed.sessions, changed.items) == (again.sessions, again.items)


@pytest.mark.requirement("recommendation.exact")
@settings(max_examples=100, deadline=None)
@given(sessions=SESSIONS, gone=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 8)), max_size=8), data=st.data())
def test_the_order_of_forgotten_clicks_changes_nothing(
    sessions: dict[int, list[str]], gone: list[tuple[int, int]], data: st.DataObject
) -> None:
    def forgotten(order: Sequence[tuple[int, int]]) -> Counts:
        counts, contents = count(sessions), {n: dict(enumerate(items)) for n, items in sessions.items()}
        for number, place in order:
            if contents.get(number, {}).pop(place, None) is not None:
                counts = replaced(counts, {number: list(contents[number].values())}, rebuild_from=np.inf)
        return counts

    one, other = forgotten(gone), forgotten(data.draw(st.permutations(gone)))
    assert one.digest == other.digest


@settings(max_examples=100, deadline=None)
@given(before=SESSIONS, changes=SESSIONS, session=CONTENTS)
def test_old_counts_stay_as_they_were(
    before: dict[int, list[str]], changes: dict[int, list[str]], session: list[str]
) -> None:
    counts = count(before)
    told = everything(counts, session)
    replaced(counts, changes, rebuild_from=np.inf)
    assert everything(counts, session) == told
    assert count(before).digest == counts.digest


@pytest.mark.requirement("recommendation.exact")
def test_one_click_of_many_is_taken_off_without_counting_again() -> None:
    sessions = {n: [f"i{(n * 7 + place) % 90}" for place in range(2 + n % 7)] for n in range(400)}
    counts = count(sessions)
    changes = {17: sessions[17][:-1], 30: [], 401: ["i1", "new", "i1"]}
    changed = replaced(counts, changes)
    again = count(left({**sessions, **changes}))
    assert changed.digest == again.digest
    assert changed.postings[counts.index["i55"]] is counts.postings[counts.index["i55"]]  # shared, not made again
    for session in (["i1"], ["i17", "i18"], ["new"], ["i3", "i3", "i4"]):
        assert everything(changed, session) == everything(again, session)


@pytest.mark.requirement("recommendation.snapshot")
@settings(max_examples=100, deadline=None)
@given(before=SESSIONS, changes=SESSIONS, session=CONTENTS)
def test_counts_survive_as_bytes(
    before: dict[int, list[str]], changes: dict[int, list[str]], session: list[str]
) -> None:
    counts = replaced(count(before), changes, rebuild_from=np.inf)
    again = unpacked(packed(counts))
    assert again.digest == counts.digest
    assert everything(again, session) == everything(counts, session)
    assert replaced(again, {3: ["lamp", "tea"]}).digest == replaced(counts, {3: ["lamp", "tea"]}).digest


@pytest.mark.requirement("recommendation.snapshot")
@pytest.mark.parametrize("place", [0, 20, 50, 70, -1])
def test_damaged_bytes_are_refused(place: int) -> None:
    data = bytearray(packed(count({1: ["tea", "cup"], 2: ["cup", "lamp", "tea"]})))
    data[place] ^= 0xFF
    with pytest.raises(ValueError, match=r"damaged|differs"):
        unpacked(bytes(data))


@pytest.mark.requirement("recommendation.embedded")
def test_scores_by_hand() -> None:
    """Two sessions, one click: the formulas of the module, written out."""
    counts = count({1: ["tea", "cup", "tray"], 2: ["tea", "spoon"]})
    index = counts.index
    following = scores(counts, [index["tea"]], Weights(following=1))
    assert following[[index["cup"], index["spoon"], index["tray"], index["tea"]]] == pytest.approx(
        [16 / 40, 16 / 40, 8 / 40, 0]
    )
    near = scores(counts, [index["tea"]], Weights(following=0, distance=4))
    first, second = 1 / np.sqrt(3), 1 / np.sqrt(2)
    raw = np.array([first * np.exp(-0.25), second * np.exp(-0.25), first * np.exp(-0.5)])
    assert near[[index["cup"], index["spoon"], index["tray"]]] == pytest.approx(raw / raw.sum())
    both = scores(counts, [index["tea"]], Weights())
    assert both == pytest.approx(0.7 * near + 0.3 * following)
    assert both.sum() == pytest.approx(1)
