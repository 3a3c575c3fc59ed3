"""A question with gaps, and the gaps: what must be known before the rest can be worked out."""

from __future__ import annotations

from dataclasses import dataclass

from .composed import Reading
from .literals import PATH
from .told_of import is_named

__all__ = ["Frame", "Operand", "number_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """A gap: what has to be known first."""

    kind: Reading
    ask: str
    """The question that it answers; empty for the result of the task before (`back`)."""
    back: bool = False
    """It is what was worked out right before: "that day", "that many"."""
    of: str = ""
    """What it is the value of: a value counts only where a text speaks of that. Empty where the question alone says."""
    read: str = ""
    """The question by which its value is read, where another is asked: with the unit in which it is wanted."""


def number_of(ask: str, of: str = "") -> Operand:
    """Return the gap of a number: the question that it answers, and what it is the value of."""
    return Operand(kind="number", ask=ask, of=of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A question with gaps: texts and operands in turn, in an order in which tools are described."""

    pieces: tuple[str | Operand, ...]
    whole: bool = False
    """It is to be asked as it stands of something that takes questions, not worked out."""
    amount: bool = False
    """It is worked out only where no tool takes the question as it is."""
    versus: tuple[str, str, str] | None = None
    """Two things and the comparative that the question puts between them: the first is said to be more so."""

    @property
    def told(self) -> bool:
        """Whether each value of an amount is that of something that is named, or stands in a file.

        "What do they cost for four nights" asks for an amount, and does not say of what.
        """
        return not self.amount or all(
            one.back or is_named(one.of) or (not one.of and PATH.search(one.ask) is not None) for one in self.operands
        )

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Its gaps, in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Operand))
