"""Which of a store's clicks a trained model learnt, which it was only asked for, and which it is to forget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from questline.tools.recommendation.store import Click, SessionStore

from .samples import Sample

__all__ = ["AsLearnt", "as_learnt"]

_HELD: Final = 0.02
"""Share of the sessions that `agents train recommender` holds out, where the model does not say another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsLearnt:
    """Sessions in a model's numbers."""

    sessions: dict[int, list[int]]
    """Number → items from 1, as they were learnt."""
    clicks: dict[int, set[int]]
    """Number → places of what is to be forgotten, among these."""
    unlearnt: list[Sample]
    """Clicks that were held out of the learning and stay."""
    lost: Mapping[str, int]
    """Item → clicks that it loses."""
    gone: frozenset[int]
    """Items that nobody clicks any more."""


def as_learnt(store: SessionStore, clicks: set[Click], items: Sequence[str], learnt: Mapping[str, Any]) -> AsLearnt:
    """Return what a model learnt of a store, in whose transaction this runs.

    Args:
        store: That it learnt of; sessions that came later count as learnt, which forgets rather more.
        clicks: What is to be forgotten.
        items: The model's catalogue.
        learnt: Of its manifest: ``split``, ``recent`` and, if it is there, ``held_out``.
    """
    index = {name: number for number, name in enumerate(items, 1)}
    numbers = [number for (number,) in store.connection.execute("SELECT n FROM sessions ORDER BY n")]
    numbers = numbers[-int(learnt.get("recent") or 0) :]
    stored = store.sessions(numbers)
    held = round(float(learnt.get("held_out", _HELD)) * len(numbers)) if learnt.get("split") == "sessions" else 0
    last = set(numbers[len(numbers) - held :])
    left = {name for number in numbers for place, name in stored[number].clicks if (number, place) not in clicks}
    named = [name for number in numbers for place, name in stored[number].clicks if (number, place) in clicks]
    found = AsLearnt(
        sessions={},
        clicks={},
        unlearnt=[],
        lost=Counter(named),
        gone=frozenset(index[name] for name in {*named} - left if name in index),
    )
    for number in numbers:
        kept = [(place, index[name]) for place, name in stored[number].clicks if name in index]
        asked = [(number, place) in clicks for place, _ in kept]
        row = [item for _, item in kept]
        first = 1 if number in last else max(1, len(row) - 2) if learnt.get("split") == "last" else len(row)
        for place in range(first, len(row)):
            if not any(asked[: place + 1]):
                found.unlearnt.append(Sample(before=tuple(row[:place]), item=row[place]))
        if number in last:
            continue
        found.sessions[number] = row[:first] if learnt.get("split") == "last" else row
        if places := {at for at in range(len(found.sessions[number])) if asked[at]}:
            found.clicks[number] = places
    return found
