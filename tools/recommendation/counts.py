"""What the embedded recommender knows: whole numbers counted from sessions, nothing else.

`Counts` is a pure function of the sessions in their order. It is never changed: learning and forgetting make another
one (`questline.tools.recommendation.changing`), which shares every array that stays as it was. Whoever reads one sees
one state, and forgetting gives, bit for bit, what counting without the forgotten clicks gives (spec 07 §2.7).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAPS", "Counts", "Followers", "Ints", "Longs", "Posting", "build", "count", "key_of", "pairs"]

Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
GAPS: Final = 5
"""Clicks further apart than this in a session are not counted as following each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Posting:
    """The sessions that hold an item."""

    slots: Ints
    """[n], rising."""
    places: Ints
    """[n], where the item stands last in each, from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Followers:
    """What was clicked after an item."""

    items: Ints
    """[n], rising."""
    counts: Ints
    """[n, GAPS], how often in the first, second … click after it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """The counts of a list of sessions; items are numbers here, sessions slots in the order of their numbers."""

    names: list[str]
    """Item → name; empty where an item has left."""
    index: dict[str, int]
    keys: NDArray[np.uint64]
    """Item → hash of its name: an order that no numbering changes, for ties."""
    clicks: Longs
    """Item → clicks."""
    numbers: Longs
    """Slot → number of the session, rising."""
    starts: Longs
    """Slot → where its clicks begin in `flat`."""
    lengths: Ints
    """Slot → clicks; 0 where a session has left."""
    flat: Ints
    """The items of all clicks; -1 where one has left."""
    postings: list[Posting]
    followers: list[Followers]

    @cached_property
    def sessions(self) -> int:
        """How many sessions there are."""
        return int(np.count_nonzero(self.lengths))

    @cached_property
    def items(self) -> int:
        """How many items have clicks."""
        return int(np.count_nonzero(self.clicks))

    @cached_property
    def popular(self) -> list[int]:
        """Items that have clicks, most clicked first; ties by key."""
        order = np.lexsort((self.keys, -self.clicks))
        return cast("list[int]", order[: self.items].tolist())

    def content(self, slot: int) -> Ints:
        """Return the items of one session."""
        start = int(self.starts[slot])
        return self.flat[start : start + int(self.lengths[slot])]

    def contents(self) -> tuple[Longs, Ints, Ints]:
        """Return numbers and lengths of the sessions that are there, and their items one after the other."""
        live = np.flatnonzero(self.lengths)
        lengths = self.lengths[live]
        return self.numbers[live], lengths, self.flat[_ranges(self.starts[live], lengths)]

    def slot(self, number: int) -> int:
        """Return the slot of a session's number, -1 where there is none."""
        place = int(np.searchsorted(self.numbers, number))
        return place if place < len(self.numbers) and self.numbers[place] == number else -1

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that is counted, the same for equal sessions however the counts were made."""
        order = np.argsort(self.keys, kind="stable")
        order = order[self.clicks[order] > 0]
        items = cast("list[int]", order.tolist())
        rank = np.cumsum(self.lengths > 0) - 1
        found = hashlib.sha256()
        for array in (self.keys[order], self.clicks[order]):
            found.update(np.ascontiguousarray(array).tobytes())
        postings = [self.postings[item] for item in items]
        sizes = np.array([len(each.slots) for each in postings], np.int64)
        slots = rank[np.concatenate([each.slots for each in postings] or [np.zeros(0, np.int32)])]
        places = np.concatenate([each.places for each in postings] or [np.zeros(0, np.int32)])
        for array in (sizes, slots.astype(np.int64), places):
            found.update(array.tobytes())
        following = [self.followers[item] for item in items]
        place = np.zeros(len(self.names), np.int64)
        place[order] = np.arange(len(items))
        owners = np.repeat(np.arange(len(items)), [len(each.items) for each in following])
        followers = place[np.concatenate([each.items for each in following] or [np.zeros(0, np.int32)])]
        counts = np.concatenate([each.counts for each in following] or [np.zeros((0, GAPS), np.int32)])
        codes = owners * max(1, len(items)) + followers
        sort = np.argsort(codes)
        for array in (codes[sort], counts[sort]):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()


def key_of(name: str) -> int:
    """Return the first 8 bytes of the BLAKE2 hash of an item's name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def count(sessions: Mapping[int, Sequence[str]]) -> Counts:
    """Count sessions: number → items, in the order of the numbers; empty ones are left out."""
    given = [(number, sessions[number]) for number in sorted(sessions) if len(sessions[number])]
    index: dict[str, int] = {}
    flat = [index.setdefault(name, len(index)) for _, items in given for name in items]
    numbers = np.array([number for number, _ in given], np.int64)
    lengths = np.array([len(items) for _, items in given], np.int32)
    return build(list(index), numbers, lengths, np.array(flat, np.int32))


def build(names: list[str], numbers: Longs, lengths: Ints, flat: Ints) -> Counts:
    """Count sessions whose items are numbers already.

    Args:
        names: Item → name.
        numbers: [slots], rising.
        lengths: [slots], each at least 1.
        flat: [sum of lengths], the items of one session after the other.
    """
    total = len(names)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    slots = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    places = (np.arange(len(flat)) - np.repeat(starts, lengths)).astype(np.int32)
    return Counts(
        names=names,
        index={name: item for item, name in enumerate(names) if name},
        keys=np.array([key_of(name) for name in names], np.uint64),
        clicks=np.bincount(flat, minlength=total),
        numbers=numbers,
        starts=starts,
        lengths=lengths,
        flat=flat,
        postings=_postings(total, flat, slots, places),
        followers=_followers(total, flat, slots),
    )


def pairs(flat: Ints, slots: Ints) -> tuple[Ints, Ints, Ints]:
    """Return (item, later item, gap - 1) of clicks at most `GAPS` apart in one session; `slots` says which one."""
    first: list[Ints] = []
    second: list[Ints] = []
    gap: list[Ints] = []
    for apart in range(1, GAPS + 1):
        same = np.flatnonzero(slots[:-apart] == slots[apart:])
        first.append(flat[same])
        second.append(flat[same + apart])
        gap.append(np.full(len(same), apart - 1, np.int32))
    return np.concatenate(first), np.concatenate(second), np.concatenate(gap)


def _postings(total: int, flat: Ints, slots: Ints, places: Ints) -> list[Posting]:
    order = np.argsort(flat, kind="stable")
    item, slot, place = flat[order], slots[order], places[order]
    last = np.ones(len(item), np.bool_)
    last[:-1] = (item[1:] != item[:-1]) | (slot[1:] != slot[:-1])
    item, slot, place = item[last], slot[last], place[last]
    ends = np.searchsorted(item, np.arange(total + 1)).tolist()
    return [Posting(slot[ends[n] : ends[n + 1]], place[ends[n] : ends[n + 1]]) for n in range(total)]


def _followers(total: int, flat: Ints, slots: Ints) -> list[Followers]:
    first, second, gap = pairs(flat, slots)
    codes, place = np.unique(first.astype(np.int64) * max(1, total) + second, return_inverse=True)
    table = np.bincount(place * GAPS + gap, minlength=len(codes) * GAPS).reshape(-1, GAPS).astype(np.int32)
    items = (codes % max(1, total)).astype(np.int32)
    ends = np.searchsorted(codes, np.arange(total + 1) * max(1, total)).tolist()
    return [Followers(items[ends[n] : ends[n + 1]], table[ends[n] : ends[n + 1]]) for n in range(total)]


def _ranges(starts: Longs, lengths: Ints) -> Longs:
    """Return the places of several ranges, one after the other."""
    offsets = np.cumsum(lengths, dtype=np.int64) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(starts - offsets, lengths)
