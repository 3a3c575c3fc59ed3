"""Tables of what was measured, for pages in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["interval", "table"]


def interval(told: Mapping[str, Any], of: str = "difference") -> str:
    """Return a change with its interval; a dash where none was measured."""
    return f"{told[of]:+.3f} [{told['low']:+.3f}, {told['high']:+.3f}]" if of in told else "–"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, side: str = "---") -> str:
    """Return a table, to whose ``side`` all columns but the first stand."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{f'{side}|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
