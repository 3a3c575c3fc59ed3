"""The set objective on numbers that can be checked by hand."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.selection.objective import Prices, SetProblem, choose, likeness

NONE = frozenset[str]()


def problem(
    chances: list[float], *, covers: list[str] | None = None, words: list[str] | None = None, apart: bool = False
) -> SetProblem:
    n = len(chances)
    return SetProblem(
        chances=dict(enumerate(chances)),
        covers=[frozenset(each) for each in covers] if covers else [NONE] * n,
        facets=dict.fromkeys("ab", 1.0) if covers else {},
        words=[frozenset(each.split()) for each in words] if words else [NONE] * n,
        apart=frozenset({(0, 1)}) if apart else frozenset(),
    )


@pytest.mark.requirement("selection.objective")
def test_what_is_likelier_than_the_threshold_is_kept() -> None:
    chosen = choose(problem([0.9, 0.2, 0.4]), Prices(tau=0.3), max_set=3)
    assert chosen.members == (0, 2)
    assert choose(problem([0.2, 0.1]), Prices(tau=0.3), max_set=3).members == ()


@pytest.mark.requirement("selection.objective")
def test_a_passage_that_covers_what_is_missing_may_be_less_likely() -> None:
    given = problem([0.8, 0.25, 0.25], covers=["a", "a", "b"])
    # Passage 2 covers half of the question anew: 0.25 - 0.3 + 0.2 * 0.5 > 0; passage 1 adds nothing.
    assert choose(given, Prices(tau=0.3, coverage=0.2), max_set=3).members == (0, 2)
    assert choose(given, Prices(tau=0.3), max_set=3).members == (0,)


@pytest.mark.requirement("selection.objective")
def test_a_passage_that_repeats_another_is_left_out_as_redundant() -> None:
    given = problem([0.8, 0.7, 0.6], words=["red tower", "red tower", "blue ferry"])
    chosen = choose(given, Prices(tau=0.3, redundancy=0.5), max_set=3)
    assert chosen.members == (0, 2)  # 0.7 - 0.3 - 0.5 < 0
    assert chosen.redundant == {1}


@pytest.mark.requirement("selection.conflict")
def test_passages_that_contradict_each_other_do_not_repeat_each_other() -> None:
    given = problem([0.8, 0.7], words=["red tower", "red tower"], apart=True)
    assert choose(given, Prices(tau=0.3, redundancy=0.5), max_set=2).members == (0, 1)


@pytest.mark.requirement("selection.objective")
def test_the_drop_pass_takes_out_what_later_members_made_needless() -> None:
    # The first covers both facets weakly and is added first; the two after it cover them for themselves.
    given = SetProblem(
        chances={0: 0.31, 1: 0.3, 2: 0.3},
        covers=[frozenset("ab"), frozenset("a"), frozenset("b")],
        facets={"a": 1.0, "b": 1.0},
        words=[frozenset("xyuv"), frozenset("xy"), frozenset("uv")],
    )
    prices = Prices(tau=0.2, coverage=0.1, redundancy=0.06)
    chosen = choose(given, prices, max_set=3)
    assert chosen.members == (1, 2)  # worth 0.3; with passage 0 0.41 - 0.12 = 0.29


@pytest.mark.requirement("selection.max-set")
def test_no_room_is_told_from_no_use() -> None:
    chosen = choose(problem([0.9, 0.8, 0.1]), Prices(tau=0.3), max_set=1)
    assert (chosen.members, chosen.crowded, chosen.redundant) == ((0,), {1}, frozenset())


@pytest.mark.parametrize(
    "values", [{"tau": 1.1}, {"tau": 0.1, "coverage": -1}, {"tau": 0.1, "redundancy": float("nan")}]
)
def test_prices_that_make_no_sense_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(UsageError) as caught:
        Prices(**values)
    assert caught.value.code == "bad_param"


def worth(given: SetProblem, prices: Prices, members: tuple[int, ...]) -> float:
    held = NONE.union(*(given.covers[index] for index in members))
    pairs = sum(likeness(given.words[a], given.words[b]) ** 4 for a, b in combinations(members, 2))
    gain = sum(given.chances[index] - prices.tau for index in members)
    return gain + prices.coverage * given.cover(held) - prices.redundancy * pairs


@pytest.mark.requirement("selection.objective")
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from(["", "a", "b", "ab"]), st.sampled_from(["x", "x y", "y z", "u"])),
        min_size=1,
        max_size=6,
    )
)
def test_no_single_change_makes_the_set_better_and_the_empty_one_is_not(
    rows: list[tuple[float, str, str]],
) -> None:
    given_ = problem([row[0] for row in rows], covers=[row[1] for row in rows], words=[row[2] for row in rows])
    prices = Prices(tau=0.4, coverage=0.2, redundancy=0.5)
    members = choose(given_, prices, max_set=6).members
    value = worth(given_, prices, members)
    assert value >= -1e-9
    for index in members:
        rest = tuple(member for member in members if member != index)
        assert not rest or worth(given_, prices, rest) < value + 1e-9
