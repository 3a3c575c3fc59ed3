"""Annotated questions as numbers: what the network sees, and which choice is right for each word."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from questline.tools.tables import Tables
from questline.tools.tables.linker.features import Seen, Spoken, hear, see
from questline.tools.tables.linker.roles import place_of, role_of
from questline.tools.tables.linker.sight import View
from questline.tools.tables.linker.spans import Span, spans
from questline.tools.tables.names import quoted
from questline.tools.tables.sources import single

from .rows import Asked, Table

__all__ = ["IGNORED", "Example", "Opened", "elsewhere", "examples", "gold", "labels", "opened"]

IGNORED = -100
"""Label of a word of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A table that can be asked."""

    table: Table
    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question over one table."""

    asked: Asked
    of: Opened
    seen: Seen
    labels: NDArray[np.int64]
    """[words]: places of choices, see `questline.tools.tables.linker.roles.role_of`."""


def opened(tables: Sequence[Table], folder: Path) -> tuple[list[Opened], Tables]:
    """Write tables as files and open them with the engine; the caller closes what comes second."""
    paths: dict[str, Path] = {}
    for number, table in enumerate(tables):
        path = folder / f"{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([table.columns, *table.rows])
        paths[f"t{number}"] = path
    asked = Tables.open(paths, memory=1 << 30)
    found: list[Opened] = []
    for number, table in enumerate(tables):
        kept = replace(asked.table(f"t{number}"), name=table.name)
        source = single(kept, f'"main".{quoted(f"t{number}")}', asked.query, run=asked.query)
        found.append(Opened(table=table, view=View(source)))
    return found, asked


def examples(found: Sequence[Opened], hears: Callable[[int], None] = lambda done: None) -> list[Example]:
    """Return every question over its own table."""
    made: list[Example] = []
    for done, of in enumerate(found, start=1):
        for asked in of.table.asked:
            spoken = hear(asked.text)
            made.append(Example(asked=asked, of=of, seen=see(spoken, of.view), labels=labels(asked, spoken, of.view)))
        hears(done)
    return made


def labels(asked: Asked, spoken: Spoken, view: View) -> NDArray[np.int64]:
    """Return the right choice for each word: that of the mark which holds most of it."""
    places = {each.field.name: number for number, each in enumerate(view.columns)}
    found = np.zeros(len(spoken.words), np.int64)
    for place, word in enumerate(spoken.words):
        for mark in asked.marks:
            shared = min(word.end, mark.end) - max(word.start, mark.start)
            if shared * 2 > word.end - word.start:
                found[place] = place_of(mark.role, places.get(mark.column, -1))
    return found


def elsewhere(example: Example, other: Opened) -> Example:
    """Return a question over a table that it is not about: what its words find nothing of there is absent."""
    seen = see(example.seen.spoken, other.view)
    found = np.full(len(example.labels), IGNORED, np.int64)
    held = seen.pairs[:, :, 7:11].max(axis=(1, 2)) > 0
    named = (seen.pairs[:, :, 0:4].max(axis=(1, 2)) > 0) | (seen.pairs[:, :, 19].max(axis=1) > 0.35)
    for place, label in enumerate(map(int, example.labels)):
        role, _ = role_of(label)
        if role in {"idle", "count", "not"}:
            found[place] = label
        elif (role == "value" and not held[place]) or (role == "answer" and not named[place] and not held[place]):
            found[place] = place_of("absent")
    return Example(asked=example.asked, of=other, seen=seen, labels=found)


def gold(example: Example) -> list[Span]:
    """Return the spans of a question as they are marked, with the cells that are meant."""
    found: list[Span] = []
    for span in spans(example.seen, example.labels):
        words = example.seen.spoken.words
        start, end = words[span.first].start, words[span.last].end
        meant = [each.cell for each in example.asked.marks if each.start < end and start < each.end and each.cell]
        found.append(replace(span, cell=meant[0]) if meant and span.role == "value" else span)
    return found
