"""Clicks to forget as a trained model sees them: what stood before, the click itself, and what remains after it.

A model was taught ``(v_1 .. v_{t-1}) -> v_t``; a sample takes that lesson back (spec 07 §2.1). Items count from 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Sample", "lessons", "samples_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One click to forget."""

    before: tuple[int, ...]
    """Items clicked before it, as they were learnt; none for a first click, which is then forgotten unconditionally."""
    item: int
    successor: int | None = None
    """The first item after it that stays, None where there is none; where it is `item` itself, nothing is taught."""


def samples_of(sessions: Mapping[int, Sequence[int]], clicks: Mapping[int, set[int]]) -> list[Sample]:
    """Return the samples of some clicks, sessions and places in rising order; equal ones once.

    Args:
        sessions: Number → items, as they were learnt.
        clicks: Number → places of what is forgotten.
    """
    found: dict[Sample, None] = {}
    for number in sorted(clicks):
        items, places = sessions[number], clicks[number]
        for place in sorted(places):
            after = next((items[at] for at in range(place + 1, len(items)) if at not in places), None)
            found[Sample(before=tuple(items[:place]), item=items[place], successor=after)] = None
    return list(found)


def lessons(sessions: Mapping[int, Sequence[int]], count: int, seed: int, *, later: bool = False) -> list[Sample]:
    """Return at most `count` clicks of sessions, drawn by a seed; with `later` of their second halves alone."""
    every = [
        (number, place)
        for number in sorted(sessions)
        for place in range(len(sessions[number]) // 2 if later else 0, len(sessions[number]))
    ]
    order: list[int] = np.random.default_rng(seed).permutation(len(every))[:count].tolist()
    chosen = [every[at] for at in order]
    return [Sample(before=tuple(sessions[n][:place]), item=sessions[n][place]) for n, place in chosen]
