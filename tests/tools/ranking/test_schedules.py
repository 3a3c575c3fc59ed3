"""Which windows are judged, and that nothing gets lost on the way whatever comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.ranking.schedules import SCHEDULES, Schedule, ScheduleName, Windows, start

Ordered = Callable[[Sequence[int]], Sequence[int] | None]


@dataclass(frozen=True)
class Driven:
    order: tuple[int, ...]
    rounds: list[tuple[tuple[int, ...], ...]]


def drive(schedule: Schedule, judge: Ordered, *, everything: set[int]) -> Driven:
    """Run a schedule to its end; every round's windows and standing order are checked."""
    rounds: list[tuple[tuple[int, ...], ...]] = []
    try:
        now = next(schedule)
        while True:
            assert len(now.order) == len(everything)
            assert set(now.order) == everything
            for window in now.windows:
                assert len(set(window)) == len(window) > 0
                assert set(window) <= everything
            rounds.append(now.windows)
            now = schedule.send([judge(window) for window in now.windows])
    except StopIteration as end:
        return Driven(end.value, rounds)


def best_first(window: Sequence[int]) -> Sequence[int]:
    return sorted(window)


def echo(window: Sequence[int]) -> Sequence[int]:
    return list(window)


def reverse(window: Sequence[int]) -> Sequence[int]:
    return list(window)[::-1]


def fail(window: Sequence[int]) -> None:
    del window


@pytest.mark.requirement("ranking.sliding")
def test_sliding_windows_run_from_the_back_to_the_front() -> None:
    done = drive(start("sliding", range(100), Windows()), best_first, everything=set(range(100)))
    assert [windows[0][0] for windows in done.rounds] == [80, 70, 60, 50, 40, 30, 20, 10, 0]
    assert all(len(windows) == 1 and len(windows[0]) == 20 for windows in done.rounds)


@pytest.mark.requirement("ranking.sliding")
def test_one_pass_brings_the_ten_best_to_the_top_wherever_they_were() -> None:
    given_order = list(range(99, -1, -1))
    done = drive(start("sliding", given_order, Windows()), best_first, everything=set(range(100)))
    assert done.order[:10] == tuple(range(10))


@pytest.mark.requirement("ranking.sliding")
@pytest.mark.parametrize(("window", "step", "calls"), [(10, 5, 19), (20, 20, 5), (4, 1, 97), (100, 50, 1), (3, 2, 50)])
def test_windows_and_steps_are_free(window: int, step: int, calls: int) -> None:
    windows = Windows(size=window, step=step)
    done = drive(start("sliding", range(100), windows), best_first, everything=set(range(100)))
    assert len(done.rounds) == calls


@pytest.mark.requirement("ranking.sliding")
def test_passes_sort_further_down() -> None:
    backwards = list(range(99, -1, -1))
    once, thrice = (
        drive(start("sliding", backwards, Windows(passes=passes)), best_first, everything=set(range(100))).order
        for passes in (1, 3)
    )
    assert once[:30] != tuple(range(30))
    assert thrice[:30] == tuple(range(30))


@pytest.mark.requirement("ranking.partition")
@pytest.mark.parametrize("order", [list(range(100)), list(range(99, -1, -1)), [*range(50, 100), *range(50)]])
def test_partition_finds_the_ten_best_in_at_most_four_rounds(order: list[int]) -> None:
    done = drive(start("partition", order, Windows()), best_first, everything=set(range(100)))
    assert done.order[:10] == tuple(range(10))
    assert len(done.rounds) <= 4
    assert len(done.rounds[1]) == 5  # side by side
    assert len({len(windows) for windows in done.rounds}) > 1


@pytest.mark.requirement("ranking.partition")
def test_partition_leaves_a_good_first_stage_after_two_rounds() -> None:
    done = drive(start("partition", range(100), Windows()), best_first, everything=set(range(100)))
    assert len(done.rounds) == 2
    assert done.order[:20] == tuple(range(20))


@pytest.mark.requirement("ranking.partition-noise")
def test_the_last_round_sees_the_best_twice_beside_what_follows_them() -> None:
    done = drive(start("partition", range(99, -1, -1), Windows()), best_first, everything=set(range(100)))
    first, upper, lower = done.rounds[-1]
    assert len(first) == len(upper) == len(lower) == 20
    assert set(upper) & set(first) == set(first[:10])
    assert set(lower) & set(first) == set(first[10:])
    assert set(upper) - set(first) == set(lower) - set(first)


@pytest.mark.requirement("ranking.partition-noise")
def test_dealt_twice_every_item_below_the_head_is_judged_twice_in_as_many_rounds() -> None:
    order = list(range(99, -1, -1))
    once, twice = (
        drive(start("partition", order, Windows(deals=deals)), best_first, everything=set(order)) for deals in (1, 2)
    )
    assert (len(twice.rounds), twice.order) == (len(once.rounds), once.order)
    seen = [item for window in twice.rounds[1] for item in window]
    assert all(seen.count(item) == 2 for item in order[20:])
    assert len(twice.rounds[1]) == 2 * len(once.rounds[1])


def test_a_thousand_passages_take_few_rounds() -> None:
    done = drive(start("partition", range(999, -1, -1), Windows()), best_first, everything=set(range(1000)))
    assert len(done.rounds) <= 6
    assert done.order[:10] == tuple(range(10))


@pytest.mark.requirement("ranking.full")
def test_full_judges_all_at_once_where_that_fits() -> None:
    for count, rounds in ((30, 1), (50, 1), (51, 4)):
        windows = Windows(largest=50)
        done = drive(start("full", range(count - 1, -1, -1), windows), best_first, everything=set(range(count)))
        assert len(done.rounds) == rounds
        assert done.order[:10] == tuple(range(10))


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("judge", [echo, fail])
def test_without_an_opinion_the_order_stays(name: ScheduleName, judge: Ordered) -> None:
    for count in (0, 1, 2, 19, 20, 21, 57, 100, 101):
        order = list(range(count))
        assert drive(start(name, order, Windows()), judge, everything=set(order)).order == tuple(order)


def test_one_item_is_not_judged() -> None:
    for name in SCHEDULES:
        assert drive(start(name, [7], Windows()), fail, everything={7}) == Driven((7,), [])


sizes = st.integers(2, 25)


@pytest.mark.requirement("ranking.exact-set")
@given(
    st.sampled_from(SCHEDULES),
    st.integers(0, 130),
    sizes.flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size))),
    st.integers(1, 3),
    st.integers(1, 2),
    st.randoms(use_true_random=False),
    st.sampled_from(["shuffle", "reverse", "echo", "fail", "mixed"]),
)
def test_every_schedule_returns_every_item_once_for_any_sizes_and_any_judge(
    name: ScheduleName, count: int, window: tuple[int, int], passes: int, deals: int, random: object, kind: str
) -> None:
    def shuffle(items: Sequence[int]) -> list[int]:
        mixed = list(items)
        random.shuffle(mixed)  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]  # because hypothesis gives it no type
        return mixed

    judges: dict[str, list[Ordered]] = {
        "shuffle": [shuffle],
        "reverse": [reverse],
        "echo": [echo],
        "fail": [fail],
        "mixed": [shuffle, reverse, fail, echo],
    }
    calls = 0

    def judge(items: Sequence[int]) -> Sequence[int] | None:
        nonlocal calls
        calls += 1
        return judges[kind][calls % len(judges[kind])](items)

    order = list(range(count))[::-1]
    windows = Windows(size=window[0], step=window[1], passes=passes, largest=max(2, window[0]), deals=deals)
    done = drive(start(name, order, windows), judge, everything=set(order))
    assert sorted(done.order) == sorted(order)
    assert all(len(each) <= max(windows.size, windows.largest) for group in done.rounds for each in group)


@pytest.mark.requirement("ranking.bad-window")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"size": 1}, "window"),
        ({"size": 0}, "window"),
        ({"size": 4, "step": 5}, "step"),
        ({"step": 0}, "step"),
        ({"passes": 0}, "passes"),
        ({"size": True}, "window"),
        ({"size": 2.5}, "window"),
        ({"largest": 1}, "largest"),
        ({"deals": 0}, "deals"),
        ({"deals": 3}, "deals"),
    ],
)
def test_windows_that_make_no_sense_are_refused(values: dict[str, int], field: str) -> None:
    with pytest.raises(UsageError) as caught:
        Windows(**values)
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_window", field)


@pytest.mark.requirement("ranking.bad-param")
def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        start("tournament", range(5), Windows())  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", "schedule")
