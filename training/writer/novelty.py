"""How near texts come to training texts: the longest run of characters in common, and how many 4-grams are shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.training.evaluation.rows import read_rows

__all__ = ["TEXTS", "Novelty", "told_in", "training_texts"]

TEXTS: Final = ("text", "response", "output", "chosen", "rejected")
"""Fields of a row that hold a text."""
_SHORT: Final = 4
_LONG: Final = 7
"""Length of the pieces by which a run is looked for; shorter runs are found by pieces of `_SHORT`."""


class Novelty:
    """Compares with training texts, which are held in memory.

    Args:
        texts: Of any kind; runs never cross from one to the next.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        told = list(dict.fromkeys(texts))
        self._all = "\n".join(told)
        self._short = _pieces(told, _SHORT)
        self._long = _pieces(told, _LONG)

    def longest_run(self, text: str) -> int:
        """Return the length of the longest run of characters that a training text holds too; below 4 it is 0."""
        best = 0
        for start in range(len(text)):
            if best < _SHORT:
                best = _SHORT if self._holds(text[start : start + _SHORT]) else 0
            while best and start + best < len(text) and self._holds(text[start : start + best + 1]):
                best += 1
        return best

    def overlap(self, text: str) -> float:
        """Return the share of the text's runs of 4 characters that occur in training texts, in [0, 1]."""
        found = [text[place : place + _SHORT] for place in range(len(text) - _SHORT + 1)]
        return sum(piece in self._short for piece in found) / len(found) if found else 0.0

    def _holds(self, run: str) -> bool:
        if len(run) < _SHORT:
            return False
        if len(run) < _LONG:
            return run[:_SHORT] in self._short and run in self._all
        return run[-_LONG:] in self._long and run in self._all


def training_texts(path: Path) -> list[str]:
    """Return every text of a file of pairs, labelled texts, or instructions with outputs, by field names.

    Raises:
        UsageError: ``bad_data`` for a file without any text; as `read_rows`.
    """
    found = [text for row in read_rows(path) for name in TEXTS if (text := told_in(row.values.get(name)))]
    if not found:
        raise UsageError(f"{str(path)!r} holds no text in {', '.join(TEXTS)}", code="bad_data", path=path)
    return found


def told_in(value: object) -> str:
    """Return the text of a field, also where it is an object with a ``value``; empty for anything else."""
    inner = cast("Mapping[str, object]", value).get("value") if isinstance(value, dict) else value
    return inner if isinstance(inner, str) else ""


def _pieces(texts: Iterable[str], length: int) -> frozenset[str]:
    return frozenset(text[place : place + length] for text in texts for place in range(len(text) - length + 1))
