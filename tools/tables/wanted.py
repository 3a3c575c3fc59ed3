"""What a question asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .sources import Field

__all__ = ["Wanted", "Way"]

Way = Literal["rows", "count", "distinct", "sum", "avg", "difference", "ranked"]


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    way: Way
    fields: list[Field]
    groups: list[Field] = field(default_factory=list[Field])
    by: Way = "count"
    """Of ``ranked``: what the groups are ranked by; ``fields`` holds the column, where it is no count."""
    down: bool = True
    """Of ``ranked``: whether the greatest is wanted."""
    alone: bool = False
    """Of ``sum``: the rows themselves are told where there is but one."""
    doubtful: bool = False
    """Of ``ranked``: whether the row of the most may be meant too; it is answered where both are of one group."""
