"""Score every item as the next click of a session: sessions like it, and what followed its last clicks.

    near(S, p)  = sum_{i in S and p} idf(i) e^{-age_p(i) / a} / sqrt(|S|)             session-kNN, the k nearest S
    kNN(j)      = sum_S near(S, p) e^{-|place_S(j) - anchor_S| / d} / (sum over all j) anchor: newest click of p in S
    follow(j)   = sum_{age < 3} 2^-age n(p[-1 - age] -> j) / N                          n counts gaps near `age` more
    score       = (1 - w) kNN + w follow                                               (spec 07 §2.7, ours)

Every sum runs over whole numbers, or in the order of the sessions: numbering items otherwise, or leaving gaps between
sessions, changes no bit of a score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

from .counts import GAPS, Counts, Ints, Longs

__all__ = ["Doubles", "Weights", "best", "scores"]

Doubles: TypeAlias = NDArray[np.float64]
_NEARNESS: Final = (16, 8, 4, 2, 1)
"""What a pair counts whose gap is 0, 1, 2 … from the one that is looked for; whole, so that sums are exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How counts become scores; the defaults were chosen on parts of the training files of five public data sets."""

    following: float = 0.3
    """w: share of what followed; 1 leaves the sessions out, 0 the followers."""
    age: float = 4.0
    """a: clicks after which a click of the session counts e times less."""
    distance: float = 4.0
    """d: clicks from the anchor at which an item of a neighbour counts e times less."""
    neighbours: int = 300
    """k: how many of the nearest sessions count."""
    recent: int = 500
    """Sessions of an item that are looked at, the last ones: the limit of the work."""
    clicks: int = 15
    """Last clicks of the session that are looked at."""
    window: int = 20
    """Clicks before and after the anchor that are looked at."""
    back: int = 3
    """Last clicks whose followers count."""

    def __post_init__(self) -> None:
        whole = {name: getattr(self, name) for name in ("neighbours", "recent", "clicks", "window", "back")}
        for name, value in whole.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise UsageError(f"{name}={value!r} must be a whole number of at least 1", argument=name)
        if self.back > GAPS:
            raise UsageError(f"back={self.back} must be at most {GAPS}", argument="back")
        for name in ("age", "distance"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise UsageError(f"{name}={value!r} must be a finite number above 0", argument=name)
        if not 0 <= self.following <= 1:
            raise UsageError(f"following={self.following!r} must be a number from 0 to 1", argument="following")


def scores(counts: Counts, session: Sequence[int], weights: Weights) -> Doubles:
    """Return the score of each item, float64 [len(counts.names)], in [0, 1]; all 0 where nothing is known.

    Args:
        counts: What is known.
        session: Items clicked so far, oldest first, as numbers of `counts`.
        weights: How they are weighed.
    """
    found = np.zeros(len(counts.names))
    if weights.following < 1:
        _add_neighbours(found, counts, session[-weights.clicks :], weights)
    if weights.following > 0:
        _add_followers(found, counts, session[-weights.back :], weights)
    return found


def best(counts: Counts, found: Doubles, k: int, *, without: Sequence[int] = ()) -> list[int]:
    """Return at most `k` items with scores above 0, best first; ties go to the more clicked, then by key."""
    if len(without):
        found = found.copy()
        found[list(without)] = 0
    items = np.flatnonzero(found > 0)
    if len(items) > k:
        values = found[items]
        items = items[values >= np.partition(values, len(values) - k)[len(values) - k]]
    order = np.lexsort((counts.keys[items], -counts.clicks[items], -found[items]))
    return cast("list[int]", items[order[:k]].tolist())


def _add_neighbours(found: Doubles, counts: Counts, session: Sequence[int], weights: Weights) -> None:
    newest = {item: place for place, item in enumerate(session)}
    slots: list[Ints] = []
    places: list[Ints] = []
    shares: list[Doubles] = []
    for item, place in sorted(newest.items(), key=lambda pair: pair[1]):  # oldest first: the newest is the anchor
        posting = counts.postings[item]
        if len(posting.slots):
            age = len(session) - 1 - place
            share = math.exp(-age / weights.age) * math.log1p(counts.sessions / len(posting.slots))
            slots.append(posting.slots[-weights.recent :])
            places.append(posting.places[-weights.recent :])
            shares.append(np.full(len(slots[-1]), share))
    if not slots:
        return
    every = np.concatenate(slots)
    order = np.argsort(every, kind="stable")
    ordered = every[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    slot = ordered[first]
    near = np.add.reduceat(np.concatenate(shares)[order], first) / np.sqrt(counts.lengths[slot])
    anchor = np.concatenate(places)[order][np.concatenate([first[1:], [len(ordered)]]) - 1]
    if len(slot) > weights.neighbours:
        chosen = _nearest(near, weights.neighbours)
        slot, near, anchor = slot[chosen], near[chosen], anchor[chosen]
    low = np.maximum(anchor - weights.window, 0)
    sizes = np.minimum(anchor + weights.window + 1, counts.lengths[slot]) - low
    steps = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    items = counts.flat[np.repeat(counts.starts[slot] + low, sizes) + steps]
    away = np.abs(steps - np.repeat(anchor - low, sizes))
    fading = np.exp(-np.arange(weights.window + 1) / weights.distance)
    fading[0] = 0
    gained = np.repeat(near, sizes) * fading[away]
    total = float(gained.sum())
    if total > 0:
        found += np.bincount(items, gained * ((1 - weights.following) / total), minlength=len(found))


def _nearest(near: Doubles, k: int) -> Longs:
    """Return the places of the `k` largest values, rising; ties go to the later sessions."""
    least = np.partition(near, len(near) - k)[len(near) - k]
    above, equal = np.flatnonzero(near > least), np.flatnonzero(near == least)
    return np.sort(np.concatenate([above, equal[len(equal) - (k - len(above)) :]]))


def _add_followers(found: Doubles, counts: Counts, session: Sequence[int], weights: Weights) -> None:
    parts = [
        (2.0**-age, counts.followers[item], age)
        for age, item in enumerate(reversed(session))
        if len(counts.followers[item].items)
    ]
    whole = sum(share for share, _, _ in parts)
    for share, following, age in parts:
        nearness = np.array([_NEARNESS[abs(gap - age)] for gap in range(GAPS)], np.int64)
        times = following.counts @ nearness
        found[following.items] += times * (weights.following * share / whole / int(times.sum()))
