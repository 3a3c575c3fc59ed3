"""Candidates of many questions as arrays, and the answer that a set of coefficients picks for each question."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.reading.features import FEATURES

__all__ = ["COLUMNS", "EVIDENCE", "Doubles", "Picked", "Table", "concatenate", "load_table", "pick", "save_table"]

Doubles: TypeAlias = NDArray[np.float64]
COLUMNS: Final = ("person", "place", "date", "number", "entity")
"""Groups of questions with a weight vector each, in the order of the rows of a weight matrix."""
_EVIDENCE: Final = [
    FEATURES.index(name) for name in ("context", "coverage", "passage", "relation", "cosine", "title", "rank")
]
EVIDENCE: Final = 2 + len(_EVIDENCE) + 1
"""Numbers that a confidence rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Candidates of ``m`` questions, ``n`` in all, those of one question side by side."""

    features: NDArray[np.float32]
    """[n, len(FEATURES)], with the encoder's cosine."""
    gold: NDArray[np.float32]
    """[n] token F1 of the candidate's text."""
    text: NDArray[np.int32]
    """[n] equal for candidates of one question with the same text in lower case."""
    sentence: NDArray[np.int32]
    """[n] place of its sentence among those read, closest to the question first."""
    ends: NDArray[np.int64]
    """[m] one past the last candidate of each question."""
    column: NDArray[np.int32]
    """[m] place in `COLUMNS`."""
    open_kind: NDArray[np.bool_]
    """[m] whether the question may ask for anything (kind ``entity``)."""
    group: NDArray[np.str_]
    """[m] the examples' groups."""

    def __len__(self) -> int:
        return len(self.ends)

    def starts(self) -> NDArray[np.int64]:
        """Return [m] the first candidate of each question."""
        return np.concatenate([np.zeros(1, np.int64), self.ends[:-1]])

    def questions(self) -> NDArray[np.int64]:
        """Return [n] the question that each candidate belongs to."""
        return np.repeat(np.arange(len(self)), self.ends - self.starts())

    def rows(self, keep: NDArray[np.bool_]) -> Table:
        """Return the table of these candidates ([n] mask); questions without any are left out."""
        counts = np.bincount(self.questions()[keep], minlength=len(self))
        left = counts > 0
        return Table(
            features=self.features[keep],
            gold=self.gold[keep],
            text=self.text[keep],
            sentence=self.sentence[keep],
            ends=np.cumsum(counts[left]),
            column=self.column[left],
            open_kind=self.open_kind[left],
            group=self.group[left],
        )

    def only(self, wanted: NDArray[np.bool_]) -> Table:
        """Return the table of these questions ([m] mask)."""
        return self.rows(wanted[self.questions()])

    def out_of_order(self, share: float, seed: int) -> Table:
        """Return the table as if the passages of so many of the questions had come in any order.

        A reader is also given passages that no search put in order for its question: those of a whole chain for one
        hop, or a caller's own. Weights fitted on search results alone trust the first passage too much there.
        """
        random, rank = np.random.default_rng(seed), FEATURES.index("rank")
        features = self.features.copy()
        for start, end in zip(self.starts(), self.ends, strict=True):
            places = np.rint(1 / features[start:end, rank]).astype(np.int64) - 1
            moved = random.permutation(places.max() + 1)[places]
            if random.random() < share:
                features[start:end, rank] = 1 / (1 + moved)
        return replace(self, features=features)

    def read_with(self, *, encoder: bool, sentences: int) -> Table:
        """Return what a reader of so many sentences sees, with or without an encoder."""
        table = self.rows(self.sentence < sentences)
        if not encoder:
            table.features[:, FEATURES.index("cosine")] = 0.0  # `rows` copied them
        return table


def concatenate(tables: Sequence[Table]) -> Table:
    """Put tables one after the other."""
    shifts = np.cumsum([0, *(len(table.gold) for table in tables)])
    parts: dict[str, NDArray[np.generic]] = {
        field.name: np.concatenate([getattr(table, field.name) for table in tables]) for field in fields(Table)
    }
    parts["ends"] = np.concatenate([table.ends + shift for table, shift in zip(tables, shifts, strict=False)])
    return _built(parts)


def save_table(path: Path, table: Table) -> None:
    """Write in one step: what has the name is whole."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{field.name: getattr(table, field.name) for field in fields(Table)})
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(buffer.getvalue())
    beside.replace(path)


def load_table(path: Path) -> Table | None:
    """Read what `save_table` wrote; None where there is nothing that can be read."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _built({field.name: arrays[field.name] for field in fields(Table)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _built(parts: Mapping[str, NDArray[np.generic]]) -> Table:
    return Table(**parts)  # pyright: ignore[reportArgumentType]  # because the names and types are those of the fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The answer to each of ``m`` questions."""

    f1: Doubles
    """[m] token F1 of the answer."""
    evidence: Doubles
    """[m, EVIDENCE] what the confidence rests on, as `reader.confidence_features` returns it."""


def pick(table: Table, weights: Doubles) -> Picked:
    """Return what the reader would answer with these weights ([len(COLUMNS), len(FEATURES)])."""
    f1, evidence = np.zeros(len(table)), np.zeros((len(table), EVIDENCE))
    for place, (start, end) in enumerate(zip(table.starts(), table.ends, strict=True)):
        features = table.features[start:end]
        logits = features @ weights[table.column[place]]
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        totals = np.bincount(table.text[start:end], weights=shares)
        text = int(totals.argmax())
        best = int(np.where(table.text[start:end] == text, shares, -1.0).argmax())
        second = np.delete(totals, text).max(initial=0.0)
        f1[place] = table.gold[start + best]
        evidence[place] = [totals[text], totals[text] - second, *features[best, _EVIDENCE], table.open_kind[place]]
    return Picked(f1=f1, evidence=evidence)
