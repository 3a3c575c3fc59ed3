"""In which windows a long list is judged: sliding back to front, all at once, or partitioned around a pivot.

A schedule is a generator that does nothing but decide: it yields rounds of windows, is sent how each was ordered, and
returns the final order. So it needs no judge and no clock to be tested, and whoever drives it can end it at any
round: each round carries the best order so far.

    schedule = partition(range(100), window=20)
    round = next(schedule)                 # one window: the first twenty
    round = schedule.send([[3, 0, …]])     # five windows, to be judged side by side

`partition` takes the idea of top-down partitioning (arXiv:2405.14589): the first window's middle item is a pivot that
the rest is judged against in parallel, and only what beats it is judged again. Unlike there, winners that do not fit
one window are not partitioned anew: they are judged in parallel once, and the best of each window meet in the last.
So a hundred items take three or four rounds, never more.

Beside the last window, in the same round, stand two that share its halves with the items next below. A judge that does
not contradict itself gains nothing from them; of one that does, they tell by how much, and its errors about the top are
averaged (`scoring`). They cost two calls of about twelve. Dealing the rest out twice does more for a noisy judge, at
nineteen calls: `Windows.deals`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from questline.errors import UsageError
from questline.tools.arguments import check_whole

__all__ = [
    "SCHEDULES",
    "Orders",
    "Round",
    "Schedule",
    "ScheduleName",
    "Windows",
    "full",
    "partition",
    "sliding",
    "start",
]

ScheduleName: TypeAlias = Literal["partition", "sliding", "full"]
SCHEDULES: Final[tuple[ScheduleName, ...]] = ("partition", "sliding", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Windows that do not depend on each other, and the best order so far."""

    windows: tuple[tuple[int, ...], ...]
    """Items to be ordered together, each window in the order its items have so far."""
    order: tuple[int, ...]
    """All items, in case that nothing more can be judged."""


Orders: TypeAlias = "Sequence[Sequence[int] | None]"
"""For each window of a round its items in their new order; None where it could not be judged."""
Schedule: TypeAlias = Generator[Round, Orders, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How large the windows are, and how they follow each other."""

    size: int = 20
    """Passages that one call judges (arXiv:2508.07050 §2.1: window 20, step 10)."""
    step: int = 10
    """How far a sliding window moves."""
    passes: int = 1
    """How often sliding windows run from the back to the front."""
    largest: int = 100
    """Most passages that ``full`` judges in one call; longer lists are partitioned."""
    deals: int = 1
    """In how many windows of a round, side by side, ``partition`` has each item judged: 1 or 2. The second time it is
    beside its neighbours of the first stage: nineteen calls for a hundred items in the place of twelve, and a judge
    that errs much errs less."""

    def __post_init__(self) -> None:
        limits = (
            ("window", self.size, 2),
            ("step", self.step, 1),
            ("passes", self.passes, 1),
            ("largest", self.largest, 2),
            ("deals", self.deals, 1),
        )
        for name, value, least in limits:
            check_whole(name, value, low=least, code="bad_window")
        if self.deals > 2:
            raise UsageError(f"deals={self.deals} must be 1 or 2", code="bad_window", argument="deals")
        if self.step > self.size:
            raise UsageError(
                f"step={self.step} is larger than window={self.size}: passages between two windows would be skipped",
                code="bad_window",
                argument="step",
            )


def start(name: ScheduleName, order: Sequence[int], windows: Windows) -> Schedule:
    """Begin the schedule of this name.

    Raises:
        UsageError: ``bad_param`` for another name.
    """
    if name == "sliding":
        return sliding(order, windows)
    if name == "full" and len(order) <= windows.largest:
        return full(order)
    if name in SCHEDULES:
        return partition(order, windows)
    raise UsageError(f"schedule={name!r} is not one of {', '.join(SCHEDULES)}", code="bad_param", argument="schedule")


def full(order: Sequence[int]) -> Schedule:
    """Judge everything in one window."""
    items = tuple(order)
    if len(items) < 2:
        return items
    (found,) = yield Round(windows=(items,), order=items)
    return items if found is None else tuple(found)


def sliding(order: Sequence[int], windows: Windows) -> Schedule:
    """Judge windows from the back to the front, each holding the best of the one before (arXiv:2304.09542 §3.2)."""
    items = list(order)
    if len(items) < 2:
        return tuple(items)
    for _ in range(windows.passes):
        begin = max(0, len(items) - windows.size)
        while True:
            window = tuple(items[begin : begin + windows.size])
            (found,) = yield Round(windows=(window,), order=tuple(items))
            if found is not None:
                items[begin : begin + len(window)] = found
            if not begin:
                break
            begin = max(0, begin - windows.step)
    return tuple(items)


def partition(order: Sequence[int], windows: Windows) -> Schedule:
    """Judge the rest against the middle item of the first window, side by side, then the winners among themselves.

    With 100 items and windows of 20: one call, five in parallel, and three in parallel where up to twenty beat the
    pivot; where more did, a round between them picks the twenty.
    """
    items = tuple(order)
    size = windows.size
    if len(items) <= size:
        return (yield from full(items))
    head, rest = items[:size], items[size:]
    (found,) = yield Round(windows=(head,), order=items)
    head = head if found is None else tuple(found)
    middle = size // 2
    winners, pivot, losers = head[:middle], head[middle], head[middle + 1 :]
    groups = _deal(rest, size - 1)
    again = _cut(rest, size - 1) if windows.deals > 1 else []
    judged_windows = tuple((pivot, *group) for group in (*groups, *again))
    found = yield Round(windows=judged_windows, order=(*head, *rest))
    above: list[Sequence[int]] = []
    below: list[Sequence[int]] = []
    for group, ranked in zip(groups, found, strict=False):  # the second deal speaks through the strengths alone
        judged = (pivot, *group) if ranked is None else tuple(ranked)
        place = judged.index(pivot)
        above.append(judged[:place])
        below.append(judged[place + 1 :])
    tail = (pivot, *losers, *_merge(below, items))
    pool = [winners, *above]
    dropped: list[tuple[int, ...]] = []
    while sum(map(len, pool)) > size:
        merged = _merge(pool, items)
        groups = _deal(merged, size)
        standing = (*merged, *_joined(dropped), *tail)
        again = _cut(merged, size) if windows.deals > 1 else []
        found = yield Round(windows=(*groups, *again), order=standing)
        ordered = [group if ranked is None else tuple(ranked) for group, ranked in zip(groups, found, strict=False)]
        pool = [group[: max(1, size // len(ordered))] for group in ordered]
        dropped.insert(0, _merge([group[len(kept) :] for group, kept in zip(ordered, pool, strict=True)], items))
    last = _merge(pool, items)
    if any(above):
        standing = (*last, *_joined(dropped), *tail)
        found = yield Round(windows=(last, *_beside(standing, len(last))), order=standing)
        last = last if found[0] is None else tuple(found[0])
    return (*last, *_joined(dropped), *tail)


def _deal(items: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Deal items out like cards to as few groups of at most `size` as hold them: each gets good and bad ones."""
    count = -(-len(items) // size)
    return [tuple(items[number::count]) for number in range(count)]


def _cut(items: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Cut items into as few runs of neighbours, about equally long, as hold them; a run of one is left out."""
    count = -(-len(items) // size)
    ends = [len(items) * number // count for number in range(count + 1)]
    return [tuple(items[begin:end]) for begin, end in pairwise(ends) if end - begin > 1]


def _beside(standing: Sequence[int], count: int) -> list[tuple[int, ...]]:
    """Return two windows: the halves of the first `count` items, each with as many of those that follow."""
    half = count // 2
    below = standing[count : count + half]
    made = [(*standing[:half], *below), (*standing[half:count], *below)]
    return [window[:count] for window in made if below and len(window) > 1]


def _merge(groups: Sequence[Sequence[int]], prior: Sequence[int]) -> tuple[int, ...]:
    """Merge ordered groups by place, equal places by prior order."""
    rank = {item: place for place, item in enumerate(prior)}
    placed = [(place, rank[item], item) for group in groups for place, item in enumerate(group)]
    return tuple(item for _, _, item in sorted(placed))


def _joined(parts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(item for part in parts for item in part)
