"""Which of a store's clicks a trained model learnt, which it was only asked for, and which it is to forget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from questline.tools.recommendation.store import Click, SessionStore, StoredSession

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
    """Item → clicks that it loses of those that were learnt."""
    gone: frozenset[int]
    """Items of which no click is left that was learnt, though some may be left that were held out or came later: a
    network that never learnt the clicks would not know them either."""


def as_learnt(store: SessionStore, clicks: set[Click], items: Sequence[str], learnt: Mapping[str, Any]) -> AsLearnt:
    """Return what a model learnt of a store, in whose transaction this runs.

    Args:
        store: That it learnt of; what came to learnt sessions later counts as learnt too, which forgets rather more.
        clicks: What is to be forgotten.
        items: The model's catalogue.
        learnt: Of its manifest: ``split``, and ``sessions``, the numbers of the first and of the last session that was
            learnt, or, in older ones, ``recent`` and ``held_out``, by which they are counted anew.
    """
    index = {name: number for number, name in enumerate(items, 1)}
    numbers = [int(number) for (number,) in store.connection.execute("SELECT n FROM sessions ORDER BY n")]
    first, last = _span(numbers, learnt)
    numbers = [number for number in numbers if number >= first]
    stored = store.sessions(numbers)
    ends = {number: _end(stored[number], learnt) if number <= last else 0 for number in numbers}
    left = {
        name
        for number in numbers
        for place, name in stored[number].clicks
        if place < ends[number] and (number, place) not in clicks
    }
    named = {name for number in numbers for place, name in stored[number].clicks if (number, place) in clicks}
    lost: Counter[str] = Counter()
    gone = frozenset(index[name] for name in named - left if name in index)
    found = AsLearnt(sessions={}, clicks={}, unlearnt=[], lost=lost, gone=gone)
    for number in numbers:
        kept = [(place, index[name]) for place, name in stored[number].clicks if name in index]
        asked = [(number, place) in clicks for place, _ in kept]
        row = [item for _, item in kept]
        count = sum(place < ends[number] for place, _ in kept)
        for place in range(max(1, count), len(row)):
            if not any(asked[: place + 1]):
                found.unlearnt.append(Sample(before=tuple(row[:place]), item=row[place]))
        if count:
            found.sessions[number] = row[:count]
        if places := {at for at in range(count) if asked[at]}:
            found.clicks[number] = places
            lost.update(items[row[at] - 1] for at in places)
    return found


def _span(numbers: Sequence[int], learnt: Mapping[str, Any]) -> tuple[int, int]:
    """Return the numbers of the first and of the last session that was learnt; the last is the smaller where none."""
    if "sessions" in learnt:
        first, last = learnt["sessions"]
        return int(first), int(last)
    recent = numbers[-int(learnt.get("recent") or 0) :]
    held = round(float(learnt.get("held_out", _HELD)) * len(recent)) if learnt.get("split") == "sessions" else 0
    known = recent[: len(recent) - held]
    return (known[0], known[-1]) if known else (0, -1)


def _end(session: StoredSession, learnt: Mapping[str, Any]) -> int:
    """Return the place of the first click of a session that was not learnt; places of forgotten ones count."""
    if learnt.get("split") != "last":
        return session.next
    return session.next - 2 if session.next > 2 else session.next - 1
