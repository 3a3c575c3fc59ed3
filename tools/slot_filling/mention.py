"""Something in a question that may be the value of a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, cast

from .result import How

__all__ = ["Mention", "Value"]

Value: TypeAlias = object


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A value with its place; places may overlap, and of overlapping mentions a call uses one."""

    how: How
    value: Value
    start: int
    end: int
    text: str
    unit: str = ""
    """Of a number, in lower case as written: ``kg``, ``percent``, ``dollar``."""
    ordinal: bool = False
    """``19th``, ``third``."""

    @property
    def items(self) -> list[object]:
        """Of a list its items; of another value itself alone."""
        value = self.value
        return cast("list[object]", value) if isinstance(value, list) else [value]

    def overlaps(self, other: Mention) -> bool:
        """Whether both take a character."""
        return self.start < other.end and other.start < self.end
