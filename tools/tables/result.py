"""What tables look like and what a query gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from questline.types import AnswerWarning

__all__ = ["Column", "Found", "Limits", "Reason", "Refused", "Rows", "Table", "Value"]

Reason = Literal["not_understood", "ambiguous", "nothing_asked", "wrong_type"]
Value = Any
"""None, bool, int, float or text; lists and mappings of these. Dates are ISO 8601, decimals exact text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one query may cost."""

    rows: int = 1000
    """Rows that come back; more make the result truncated."""
    bytes: int = 1_000_000
    """Bytes of the values as JSON; more make the result truncated."""
    seconds: float = 5.0
    """Wall clock; then the query is interrupted, and its process killed where it does not react."""
    cell: int = 10_000
    """Characters of one text value; longer ones are cut, and the result is truncated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """The engine's name of the type, such as ``BIGINT``, ``VARCHAR``, ``DATE``."""
    samples: tuple[Value, ...] = ()
    """A few different values, none of them NULL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table that can be asked."""

    name: str
    """As SQL names it, unquoted: ``people``, or ``shop.orders`` for a table of a SQLite file."""
    rows: int
    columns: tuple[Column, ...]
    warnings: tuple[AnswerWarning, ...] = ()
    """``ragged_rows``, ``ambiguous_dates``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The result of a query."""

    sql: str
    """The statement that ran."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    truncated: bool
    """Whether rows or ends of values were left out because of a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A question in words, answered."""

    rows: Rows
    """The answer, with the SQL that gave it."""
    reading: str = ""
    """How the question was read, in one line."""
    confidence: float = 1.0
    """How sure that reading is, in (0, 1]; 1 where names and values alone were read."""
    answers: tuple[int, ...] = ()
    """The columns that answer, by their places; the others tell rows apart. None where the reading does not say."""
    linked: bool = False
    """Whether the learnt linker read the question, and not the rules: `confidence` is then how likely it is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A question in words that the rules are not sure to understand; nothing was guessed."""

    reason: Reason
    """Words without a meaning here; a word with several; no count, column or value; a sum of texts and the like."""
    words: tuple[str, ...]
    """The words that it is about."""
    message: str
    """What to do about it."""
