"""Sessions as numbers, and what of them is held out of the learning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

from .settings import Settings

__all__ = ["Asked", "Examples", "Ids", "examples", "span"]

Ids: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A click that is held out: what stands before it, and its item."""

    before: Ids
    item: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What a network learns from, and what it is held against."""

    items: tuple[str, ...]
    """Item j + 1 is the j-th name."""
    learnt: tuple[Ids, ...]
    """Sessions, oldest first, each of at least one click."""
    asked: tuple[Asked, ...]
    clicks: Ids
    """How often each item is learnt, [N]."""


def examples(sessions: Iterable[Sequence[str]], settings: Settings, seed: int) -> Examples:
    """Split sessions, and number the items that are learnt in order of their names.

    Args:
        sessions: Items of each, oldest first; the sessions too.
        settings: Says what is held out.
        seed: Of which of the held-out clicks are asked for.

    Raises:
        UsageError: ``bad_data`` where nothing is left to learn or to ask.
    """
    given = [tuple(each) for each in sessions if each]
    first, end = span(len(given), settings)
    learnt: list[tuple[str, ...]]
    held: list[tuple[tuple[str, ...], str]]
    if settings.split == "last":
        learnt = [each[:-2] if len(each) > 2 else each[:-1] for each in given[first:end]]
        held = [(each[:-2], each[-2]) for each in given[first:end] if len(each) > 2]
    else:
        learnt = given[first:end]
        held = [(each[:place], each[place]) for each in given[end:] for place in range(1, len(each))]
    times = Counter(item for each in learnt for item in each)
    names = sorted(name for name, count in times.items() if count >= settings.least_clicks)
    if not names:
        raise UsageError("no click is left to learn from", code="bad_data", argument="data")
    index = {name: number for number, name in enumerate(names, 1)}
    numbered = [_numbered(each, index) for each in learnt]
    known: list[tuple[tuple[str, ...], str]] = [each for each in held if each[1] in index]
    if len(known) > settings.asked:
        chosen = np.random.default_rng(seed).choice(len(known), settings.asked, replace=False)
        known = [known[int(place)] for place in np.sort(chosen)]
    if not known:
        raise UsageError(
            "no click is left to choose the best step by: hold out more with recommender.held_out, or learn more",
            code="bad_data",
            argument="data",
        )
    return Examples(
        items=tuple(names),
        learnt=tuple(each for each in numbered if len(each)),
        asked=tuple(Asked(_numbered(before, index), index[item]) for before, item in known),
        clicks=np.array([times[name] for name in names], np.int64),
    )


def span(count: int, settings: Settings) -> tuple[int, int]:
    """Return the first of so many sessions that is learnt, and the one behind the last; what follows is held out."""
    first = max(0, count - settings.recent) if settings.recent else 0
    return first, count if settings.split == "last" else count - round(settings.held_out * (count - first))


def _numbered(items: Sequence[str], index: Mapping[str, int]) -> Ids:
    return np.array([index[item] for item in items if item in index], np.int64)
