"""Draw what was measured over the steps of a training as one SVG: a panel for each name, best value marked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

__all__ = ["drawn", "smoothed"]

Point = tuple[int, float]

_WIDTH: Final = 360
_HEIGHT: Final = 200
_LEFT: Final = 52
_TOP: Final = 28
_BOTTOM: Final = 24
_COLUMNS: Final = 2
_MOST: Final = 400
"""Points of one curve; more are averaged, so that the file stays small."""


def drawn(curves: Iterable[tuple[int, str, float]], *, title: str, best_step: int | None = None) -> str:
    """Return an SVG with one panel a name, in the order in which the names first come.

    Args:
        curves: Step, name and value; values that are not finite are left out.
        title: Stands above all panels.
        best_step: Marked by a line, where there is one.
    """
    panels: dict[str, list[Point]] = {}
    for step, name, value in curves:
        points = panels.setdefault(name, [])
        if math.isfinite(value):
            points.append((step, value))
    shown = {name: smoothed(points) for name, points in panels.items() if points}
    last = max((points[-1][0] for points in shown.values()), default=1)
    rows = math.ceil(len(shown) / _COLUMNS)
    width, height = _COLUMNS * _WIDTH, 30 + rows * _HEIGHT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            ' font-family="sans-serif" font-size="11">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="20" font-size="14">{escape(title)}</text>',
    ]
    for number, (name, points) in enumerate(shown.items()):
        left, top = number % _COLUMNS * _WIDTH, 30 + number // _COLUMNS * _HEIGHT
        parts.append(f'<g transform="translate({left},{top})">{_panel(name, points, last, best_step)}</g>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def smoothed(points: Sequence[Point]) -> list[Point]:
    """Return at most `_MOST` points, each the mean of as many neighbours."""
    size = math.ceil(len(points) / _MOST) or 1
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return [(part[-1][0], sum(value for _, value in part) / len(part)) for part in parts]


def _panel(name: str, points: Sequence[Point], last: int, best_step: int | None) -> str:
    low, high = min(value for _, value in points), max(value for _, value in points)
    spread = (high - low) or max(abs(high), 1e-9)
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - 12

    def x(step: float) -> float:
        return _LEFT + step / max(1, last) * (right - _LEFT)

    def y(value: float) -> float:
        return bottom - (value - low) / spread * (bottom - _TOP)

    line = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in points)
    dots = "".join(f'<circle cx="{x(s):.1f}" cy="{y(v):.1f}" r="2.5" fill="#1f77b4"/>' for s, v in points[:40])
    mark = (
        ""
        if best_step is None
        else f'<path d="M{x(best_step):.1f} {_TOP}V{bottom}" stroke="#999" stroke-dasharray="3"/>'
    )
    return (
        f'<text x="{_LEFT}" y="16" font-weight="bold">{escape(name)}</text>'
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#444"/>'
        f'<text x="{_LEFT - 4}" y="{_TOP + 8}" text-anchor="end">{high:.3g}</text>'
        f'<text x="{_LEFT - 4}" y="{bottom}" text-anchor="end">{low:.3g}</text>'
        f'<text x="{right}" y="{bottom + 16}" text-anchor="end">step {last}</text>'
        f'{mark}<polyline points="{line}" fill="none" stroke="#1f77b4" stroke-width="1.5"/>'
        f"{dots if len(points) <= 40 else ''}"
    )
