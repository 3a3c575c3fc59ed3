"""What of an evaluation set was seen in training: the same text or prompt, up to marks, spaces and case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.training.evaluation.rows import read_rows

from .novelty import TEXTS, told_in
from .pairs import Labelled, Pair, fold_of, plain

__all__ = ["Leaks", "read_leaks", "shared_across_folds"]

_PROMPTS: Final = ("query", "prompt", "instruction")
_LEAST: Final = 5
"""Letters from which a text that occurs again is a leak; a shorter one is an idiom that anybody may write."""


@dataclass(slots=True)
class Leaks:
    """Texts and prompts that were seen, as `questline.training.writer.pairs.plain` writes them."""

    prompts: set[str] = field(default_factory=set[str])
    texts: set[str] = field(default_factory=set[str])

    def add(self, rows: Iterable[Pair | Labelled]) -> None:
        """Count rows that were learnt from as seen."""
        for row in rows:
            self.prompts.add(plain(row.query))
            told = (row.chosen, row.rejected) if isinstance(row, Pair) else (row.text,)
            self.texts.update(map(plain, told))

    def hit(self, row: Pair | Labelled) -> bool:
        """Return whether the row's prompt, or a text of it with enough letters, was seen."""
        told = (row.chosen, row.rejected) if isinstance(row, Pair) else (row.text,)
        return plain(row.query) in self.prompts or self.saw(told)

    def saw(self, texts: Iterable[str]) -> bool:
        """Return whether one of these texts was seen, its prompt aside."""
        return any(len(text) >= _LEAST and text in self.texts for text in map(plain, texts))


def read_leaks(path: Path) -> Leaks:
    """Return what a file of training data holds: pairs, labelled texts, or instructions with outputs, by field names.

    Raises:
        UsageError: ``file_not_found``, or ``bad_data`` for a file in which no field has a known name.
    """
    found = Leaks()
    for row in read_rows(path):
        for name, value in row.values.items():
            if told := told_in(value):
                found.prompts.update([plain(told)] if name in _PROMPTS else [])
                found.texts.update([plain(told)] if name in TEXTS else [])
    if not found.prompts and not found.texts:
        raise UsageError(
            f"{str(path)!r} has none of the fields {', '.join((*_PROMPTS, *TEXTS))}", code="bad_data", path=path
        )
    return found


def shared_across_folds(pairs: Sequence[Pair], folds: int) -> list[bool]:
    """Return for each pair whether a text of it also stands in a pair of another fold, so that a model has seen it."""
    where: dict[str, set[int]] = {}
    for pair in pairs:
        for text in (pair.chosen, pair.rejected):
            where.setdefault(plain(text), set()).add(fold_of(pair.query, folds))
    return [
        any(len(text) >= _LEAST and len(where[text]) > 1 for text in map(plain, (pair.chosen, pair.rejected)))
        for pair in pairs
    ]
