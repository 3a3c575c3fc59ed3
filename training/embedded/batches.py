"""Plan which groups are learnt from when, and turn a batch of them into arrays."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.pair_tokens import Pair, PairTokenizer, padded

from .examples import Group, Item
from .mining import without_answer

__all__ = ["Batch", "Use", "collate", "plan", "split"]

_WINDOW: Final = 48
"""Batches whose groups are sorted by length together: little padding, and still a fresh mix."""
_MADE_UNTIL: Final = 0.7
"""Questions made by rule stop here; the last part learns from people's alone."""
_TWIN: Final = 0.35
"""How often the passage without its answer's sentence is one of the negatives."""
_PIECE: Final = 4.2
"""Characters of a word piece, to guess lengths before tokenizing."""


class Use(NamedTuple):
    """One group in a batch, and which of its items."""

    group: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Arrays of all items of some groups, item by item."""

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    lengths: NDArray[np.int64]
    rows: NDArray[np.int64]
    """[groups, width]: the row of each item of each group; -1 beyond its last."""
    positive: NDArray[np.int64]
    """[groups]: 0 where the first item is to be ranked first, -1 elsewhere."""
    teacher: NDArray[np.float32]
    """[groups, width], NaN where there is none."""
    starts: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    span_known: NDArray[np.bool_]
    salient: NDArray[np.float32]
    salience_known: NDArray[np.bool_]
    useful: NDArray[np.float32]
    useful_known: NDArray[np.bool_]


def plan(
    groups: Sequence[Group], *, uses: Mapping[str, float], width: Mapping[str, int], tokens: int, seed: int
) -> list[list[Use]]:
    """Return the batches of a whole run.

    Args:
        groups: What there is.
        uses: How often a group of a source is learnt from, by the longest prefix of the source that is named.
        width: Items of a group in a batch, in the same way.
        tokens: Word pieces of a batch, about.
        seed: Of every draw.
    """
    draw = random.Random(seed)  # noqa: S311 because it draws examples
    timed: list[tuple[float, int, Use]] = []
    for number, group in enumerate(groups):
        wanted = _named(uses, group.source)
        for _ in range(int(wanted) + (draw.random() < wanted % 1)):
            when = draw.random() * (_MADE_UNTIL if group.source.startswith("made/") else 1.0)
            timed.append((when, len(timed), Use(number, _drawn(group, int(_named(width, group.source)), draw))))
    timed.sort()
    ordered = [use for *_, use in timed]
    per_window = _WINDOW * max(1, tokens // 400)
    batches: list[list[Use]] = []
    for start in range(0, len(ordered), per_window):
        window = sorted(ordered[start : start + per_window], key=lambda use: _length(groups[use.group], use))
        cut = list(_filled(groups, window, tokens))
        draw.shuffle(cut)
        batches += cut
    return batches


def _named(values: Mapping[str, float], source: str) -> float:
    fitting = [name for name in values if source.startswith(name)]
    return values[max(fitting, key=len)] if fitting else 1.0


def _drawn(group: Group, width: int, draw: random.Random) -> tuple[Item, ...]:
    first, pool = group.items[0], list(group.items[1:])
    # Hard negatives stand first; taking them twice as often leaves the easy ones in.
    weights = [1.0 / (place + 2) for place in range(len(pool))]
    chosen: list[Item] = []
    while pool and len(chosen) < width - 1:
        place = draw.choices(range(len(pool)), weights)[0]
        chosen.append(pool.pop(place))
        weights.pop(place)
    twin = without_answer(first) if draw.random() < _TWIN else None
    return (first, *([twin, *chosen[:-1]] if twin and chosen else chosen))


def _length(group: Group, use: Use) -> float:
    return max(len(item.pair_text) for item in use.items) + len(group.question)


def _filled(groups: Sequence[Group], window: Sequence[Use], tokens: int) -> Iterator[list[Use]]:
    held: list[Use] = []
    items = 0
    for use in window:  # ascending, so the last is the longest
        longest = min(224.0, 4 + _length(groups[use.group], use) / _PIECE)
        if held and (items + len(use.items)) * longest > tokens:
            yield held
            held, items = [], 0
        held.append(use)
        items += len(use.items)
    if held:
        yield held


def split(batch: Sequence[Use], parts: int) -> list[list[Use]]:
    """Return the batch in parts of about as many items each."""
    made: list[list[Use]] = [[] for _ in range(parts)]
    for use in batch:
        min(made, key=lambda part: sum(len(other.items) for other in part)).append(use)
    return made


def collate(groups: Sequence[Group], batch: Sequence[Use], tokenizer: PairTokenizer) -> Batch:
    """Tokenize a batch and mark in it what is known."""
    pairs: list[Pair] = []
    items: list[Item] = []
    useful: list[tuple[float, bool]] = []
    rows = np.full((len(batch), max(len(use.items) for use in batch)), -1, np.int64)
    teacher = np.full(rows.shape, np.nan, np.float32)
    positive = np.full(len(batch), -1, np.int64)
    for number, use in enumerate(batch):
        group = groups[use.group]
        rows[number, : len(use.items)] = np.arange(len(pairs), len(pairs) + len(use.items))
        pairs += tokenizer.pairs(group.question, [item.pair_text for item in use.items])
        items += use.items
        useful += [(float(place == 0), group.useful) for place in range(len(use.items))]
        positive[number] = 0 if group.ranked and len(use.items) > 1 else -1
        if all(item.teacher is not None for item in use.items):
            teacher[number, : len(use.items)] = [item.teacher for item in use.items]
    ids, types, lengths = padded(pairs)
    marks = np.zeros((4, *ids.shape), np.bool_)
    span_known = np.zeros(len(items), np.bool_)
    for row, (item, pair) in enumerate(zip(items, pairs, strict=True)):
        span_known[row] = _mark_span(item, pair, marks[0, row], marks[1, row])
        _mark_salience(item, pair, marks[2, row], marks[3, row])
    return Batch(
        ids=ids,
        types=types,
        lengths=lengths,
        rows=rows,
        positive=positive,
        teacher=teacher,
        starts=marks[0],
        ends=marks[1],
        span_known=span_known,
        salient=marks[2].astype(np.float32),
        salience_known=marks[3],
        useful=np.array([value for value, _ in useful], np.float32),
        useful_known=np.array([known for _, known in useful], np.bool_),
    )


def _mark_span(item: Item, pair: Pair, starts: NDArray[np.bool_], ends: NDArray[np.bool_]) -> bool:
    """Mark where the answer starts and ends, [CLS] for none; say whether that is known."""
    if item.answers is None:
        return False
    if not item.answers:
        starts[0] = ends[0] = True
        return True
    for start, end in item.answers:
        inside = [
            place
            for place, (a, b) in enumerate(pair.places)
            if a >= 0 and a < end + item.shift and b > start + item.shift
        ]
        # A place that is cut off by the limit is not known.
        if inside and pair.places[inside[-1]][1] >= end + item.shift:
            starts[inside[0]] = ends[inside[-1]] = True
    return bool(starts.any())


def _mark_salience(item: Item, pair: Pair, salient: NDArray[np.bool_], known: NDArray[np.bool_]) -> None:
    places = item.salient_places()
    if places is None:
        return
    for number, (start, end) in enumerate(pair.places):
        if start >= item.shift:
            known[number] = True
            salient[number] = any(a <= start - item.shift and end - item.shift <= b for a, b in places)
