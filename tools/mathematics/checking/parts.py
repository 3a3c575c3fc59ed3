"""The parts of a right answer, and whether each can be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .reading import TooLongError, read
from .splitting import split
from .values import is_typed
from .words import is_open

__all__ = ["GoldPart", "parts_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPart:
    """One part of a right answer."""

    label: tuple[int, ...]
    """The numbers before it, outer first."""
    text: str
    typed: bool
    """Whether it reads as a value, not as free text, and leaves nothing to the reader."""


def parts_of(gold: str) -> Sequence[GoldPart]:
    """Return the parts of a right answer in order; none of an empty one."""
    return [GoldPart(label=part.label, text=part.text, typed=_typed(part.text)) for part in split(gold)]


def _typed(text: str) -> bool:
    try:
        return is_typed(read(text)) and not is_open(text)
    except (TooLongError, RecursionError):
        return False
