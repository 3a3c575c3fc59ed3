"""Bars over time: who worked when, who waited, what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .page import WIDE, Page, cut

__all__ = ["Row", "draw_bars"]

_LABEL: Final = 250
"""Pixels of the labels before the bars."""
_BAR: Final = 18
_TICKS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Something that took time."""

    label: str
    started_s: float
    """Seconds after the question's arrival."""
    ended_s: float
    ready_s: float
    """From when on it could have started; ``started_s`` where nothing is known of it."""
    server: str = ""
    lost: bool = False
    """It failed."""


def draw_bars(page: Page, rows: Sequence[Row], servers: Mapping[str, int]) -> None:
    """Draw who worked when, a bar a row, and say what the colours mean.

    Args:
        page: Grows by the picture.
        rows: At least one.
        servers: Number of each server's colour.
    """
    end = max(row.ended_s for row in rows) or 1.0
    left, wide = WIDE // 48 + _LABEL, WIDE - WIDE // 24 - _LABEL - 70
    scale = wide / end
    top = page.y + 18
    step = next((tick for tick in _TICKS if end / tick <= 10), end)
    for number in range(int(end / step) + 1):
        x = left + number * step * scale
        page.line(x, top - 4, x, top + len(rows) * _BAR + 4)
        page.at(x, top - 8, f"{number * step:g} s", "dim middle")
    for number, row in enumerate(rows):
        y = top + number * _BAR
        page.at(WIDE // 48, y + 13, cut(row.label, 33), "ink")
        begin = left + row.started_s * scale
        if row.started_s - row.ready_s > 0:
            page.rect(left + row.ready_s * scale, y + 7, (row.started_s - row.ready_s) * scale, 4, "wait")
        shade = f"s{servers[row.server] % 6}" if row.server in servers else "step"
        page.rect(begin, y + 3, max(1.5, (row.ended_s - row.started_s) * scale), 12, f"{shade}{' lost' * row.lost}")
        page.at(left + row.ended_s * scale + 6, y + 13, _seconds(row.ended_s - row.started_s), "dim")
    page.y = top + len(rows) * _BAR + 8
    keys = [(f"s{number % 6}", name) for name, number in servers.items()]
    lost = [("step lost", "failed")] if any(row.lost for row in rows) else []
    page.legend([("step", "Questline"), *keys, ("wait", "waiting"), *lost])


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"
