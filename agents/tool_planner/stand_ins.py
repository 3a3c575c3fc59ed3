"""Values that stand for what is still to come, of each kind that a tool is filled with; no question says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .composed import Reading

__all__ = ["STAND_INS", "quantity_of"]

STAND_INS: Final[Mapping[Reading, tuple[object, ...]]] = {
    "date": ("2001-02-03", "2004-05-06"),
    "number": (7919, 6857, 5501, 4409),
    "time": ("03:07", "04:09"),
    "zone": ("Pacific/Pitcairn", "Pacific/Tarawa"),
    "text": ("Quillon Marsh",),
}
"""By kind, as many as one need may have."""


def quantity_of(unit: str) -> str:
    """Return a quantity of a unit: that can always be told in it."""
    return f"7907 {unit}"
