"""Learn and forget by counting again only what a changed session touches; all else is shared with the old counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

import numpy as np

from .counts import GAPS, Counts, Followers, Ints, Longs, Posting, build, key_of, pairs

__all__ = ["replaced"]

_REBUILD_FROM: Final = 0.1
_WASTE: Final = 0.5
"""Share of `Counts.flat` that has left: above it everything is written anew."""


def replaced(counts: Counts, changes: Mapping[int, Sequence[str]], *, rebuild_from: float = _REBUILD_FROM) -> Counts:
    """Return the counts after some sessions were given other contents.

    Args:
        counts: As they are; they stay so.
        changes: Session number → its items from now on; none: the session leaves; an unknown number: it is new.
        rebuild_from: Share of all clicks: where more is touched, counting everything again is quicker.
    """
    numbers = np.array(sorted(changes), np.int64)
    known = np.isin(numbers, counts.numbers)
    filled = np.array([len(changes[int(number)]) > 0 for number in numbers], np.bool_)
    new = numbers[~known & filled]
    if not known.any() and not len(new):
        return counts
    newest = int(counts.numbers[-1]) if len(counts.numbers) else -1
    touched = int(counts.lengths[np.searchsorted(counts.numbers, numbers[known])].sum()) + sum(
        map(len, changes.values())
    )
    wasted = int(np.count_nonzero(counts.flat < 0))
    in_order = not len(new) or int(new[0]) > newest
    if not in_order or touched > rebuild_from * len(counts.flat) or wasted > _WASTE * len(counts.flat):
        return _rebuilt(counts, changes)
    return _changed(counts, changes, np.concatenate([numbers[known], new]), int(np.count_nonzero(known)))


def _rebuilt(counts: Counts, changes: Mapping[int, Sequence[str]]) -> Counts:
    numbers, lengths, flat = counts.contents()
    stays = ~np.isin(numbers, np.fromiter(changes, np.int64, len(changes)))
    kept = flat[np.repeat(stays, lengths)]
    names, index = list(counts.names), dict(counts.index)
    added = [(number, _numbered(items, names, index)) for number, items in sorted(changes.items()) if len(items)]
    all_numbers = np.concatenate([numbers[stays], np.array([number for number, _ in added], np.int64)])
    all_lengths = np.concatenate([lengths[stays], np.array([len(items) for _, items in added], np.int32)])
    contents = np.concatenate([kept, *(items for _, items in added)])
    order = np.argsort(all_numbers, kind="stable")
    starts = np.cumsum(all_lengths, dtype=np.int64) - all_lengths
    if len(order):
        contents = np.concatenate([contents[starts[n] : starts[n] + all_lengths[n]] for n in order])
    used = np.unique(contents)
    return build(
        [names[item] for item in used],
        all_numbers[order],
        all_lengths[order],
        np.searchsorted(used, contents).astype(np.int32),
    )


def _changed(counts: Counts, changes: Mapping[int, Sequence[str]], numbers: Longs, known: int) -> Counts:
    names, index = list(counts.names), dict(counts.index)
    contents = [_numbered(changes[int(number)], names, index) for number in numbers]
    slots = np.concatenate(
        [np.searchsorted(counts.numbers, numbers[:known]), len(counts.numbers) + np.arange(len(numbers) - known)]
    ).astype(np.int32)
    old = [counts.content(int(slot)) for slot in slots[:known]]
    new_flat, new_lengths = (
        np.concatenate([np.zeros(0, np.int32), *contents]),
        np.array([len(items) for items in contents], np.int32),
    )
    new_slots = np.repeat(slots, new_lengths)
    old_flat = np.concatenate([*old, np.zeros(0, np.int32)])
    grown = len(names) - len(counts.names)

    flat = np.concatenate([counts.flat, new_flat])
    for slot in slots[:known]:
        start = int(counts.starts[slot])
        flat[start : start + int(counts.lengths[slot])] = -1
    lengths = np.concatenate([counts.lengths, np.zeros(len(numbers) - known, np.int32)])
    lengths[slots] = new_lengths
    starts = np.concatenate([counts.starts, np.zeros(len(numbers) - known, np.int64)])
    starts[slots] = len(counts.flat) + np.cumsum(new_lengths, dtype=np.int64) - new_lengths

    clicks = np.concatenate([counts.clicks, np.zeros(grown, np.int64)])
    np.subtract.at(clicks, old_flat, 1)
    np.add.at(clicks, new_flat, 1)
    nobody = Posting(np.zeros(0, np.int32), np.zeros(0, np.int32))
    nothing = Followers(np.zeros(0, np.int32), np.zeros((0, GAPS), np.int32))
    postings = counts.postings + [nobody] * grown
    followers = counts.followers + [nothing] * grown
    old_slots = np.repeat(slots[:known], np.array([len(items) for items in old], np.int32))
    _repost(postings, (old_flat, old_slots), (new_flat, new_slots))
    _refollow(followers, (old_flat, old_slots), (new_flat, new_slots))
    for item in cast("list[int]", np.unique(old_flat).tolist()):
        if not clicks[item]:
            index.pop(names[item], None)
            names[item] = ""
    keys = np.concatenate([counts.keys, np.array([key_of(name) for name in names[len(counts.names) :]], np.uint64)])
    return Counts(
        names=names,
        index=index,
        keys=keys,
        clicks=clicks,
        numbers=np.concatenate([counts.numbers, numbers[known:]]),
        starts=starts,
        lengths=lengths,
        flat=flat,
        postings=postings,
        followers=followers,
    )


def _repost(postings: list[Posting], old: tuple[Ints, Ints], new: tuple[Ints, Ints]) -> None:
    """Put what stood in the touched sessions and stands there no more out of the postings, and what is new in."""
    size = 1 + max((int(slots.max()) for _, slots in (old, new) if len(slots)), default=0)
    longest = 1 + max(len(old[0]), len(new[0]))

    def rows(flat: Ints, slots: Ints) -> Longs:
        """Return (item, slot, last place) as one number each, rising."""
        every = np.arange(len(flat))
        begins = np.ones(len(flat), np.bool_)
        begins[1:] = slots[1:] != slots[:-1]
        codes = np.sort((flat.astype(np.int64) * size + slots) * longest + every - every[begins][np.cumsum(begins) - 1])
        last = np.ones(len(codes), np.bool_)
        last[:-1] = codes[1:] // longest != codes[:-1] // longest
        return codes[last]

    before, after = rows(*old), rows(*new)
    gone, added = np.setdiff1d(before, after, assume_unique=True), np.setdiff1d(after, before, assume_unique=True)
    for item, (out, into) in _by_item(gone // longest // size, added // longest // size):
        posting = postings[item]
        stays = np.ones(len(posting.slots), np.bool_)
        stays[np.searchsorted(posting.slots, gone[out] // longest % size)] = False
        slots = (added[into] // longest % size).astype(np.int32)
        at = np.searchsorted(posting.slots[stays], slots)
        places = (added[into] % longest).astype(np.int32)
        postings[item] = Posting(
            np.insert(posting.slots[stays], at, slots), np.insert(posting.places[stays], at, places)
        )


def _refollow(followers: list[Followers], old: tuple[Ints, Ints], new: tuple[Ints, Ints]) -> None:
    """Subtract the pairs of the old contents from the counts, and add those of the new ones; most cancel out."""
    taken, given = pairs(*old), pairs(*new)
    first, second, gap = (np.concatenate(both).astype(np.int64) for both in zip(taken, given, strict=True))
    sign = np.repeat(np.array([-1.0, 1.0]), [len(taken[0]), len(given[0])])
    codes, place = np.unique((first * len(followers) + second) * GAPS + gap, return_inverse=True)
    net = np.bincount(place, sign, minlength=len(codes)).astype(np.int32)
    codes, net = codes[net != 0], net[net != 0]
    second, gap = (codes // GAPS) % len(followers), codes % GAPS
    for item, (mine, _) in _by_item(codes // GAPS // len(followers), codes[:0]):
        before = followers[item]
        named = np.union1d(before.items, second[mine]).astype(np.int32)
        table = np.zeros((len(named), GAPS), np.int32)
        table[np.searchsorted(named, before.items)] = before.counts
        table[np.searchsorted(named, second[mine]), gap[mine]] += net[mine]
        stays = table.any(axis=1)
        followers[item] = Followers(named[stays], table[stays])


def _by_item(one: Longs, other: Longs) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """Yield each item of two rising lists with its ranges in both."""
    items = np.union1d(one, other)
    ends = [np.searchsorted(each, np.append(items, np.iinfo(np.int64).max)).tolist() for each in (one, other)]
    for place, item in enumerate(cast("list[int]", items.tolist())):
        yield item, (slice(*ends[0][place : place + 2]), slice(*ends[1][place : place + 2]))


def _numbered(items: Sequence[str], names: list[str], index: dict[str, int]) -> Ints:
    """Return items as numbers; new ones are added to `names` and `index`."""
    found = np.empty(len(items), np.int32)
    for place, name in enumerate(items):
        if name not in index:
            index[name] = len(names)
            names.append(name)
        found[place] = index[name]
    return found
