"""Draw what was measured over the steps of trainings as one SVG: a panel for each name, a line for each training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

__all__ = ["drawn", "overlaid", "smoothed"]

Point = tuple[int, float]
_Line = tuple[str, list[Point]]
"""Stroke and points."""

_WIDTH: Final = 360
_HEIGHT: Final = 200
_LEFT: Final = 52
_TOP: Final = 28
_BOTTOM: Final = 24
_COLUMNS: Final = 2
_STROKES: Final = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf")
_LETTER: Final = 6.2
"""Width of a letter of the legend."""
_DOTTED: Final = 40
"""Points of one curve up to which each is marked."""
_MOST: Final = 400
"""Points of one curve; more are averaged, so that the file stays small."""


def drawn(curves: Iterable[tuple[int, str, float]], *, title: str, best_step: int | None = None) -> str:
    """Return an SVG with one panel a name, in the order in which the names first come.

    Args:
        curves: Step, name and value; values that are not finite are left out.
        title: Stands above all panels.
        best_step: Marked by a line, where there is one.
    """
    return overlaid({"": curves}, title=title, best_step=best_step)


def overlaid(runs: Mapping[str, Iterable[tuple[int, str, float]]], *, title: str, best_step: int | None = None) -> str:
    """Return the same with a line for each of several trainings, such as the seeds of one recipe.

    Args:
        runs: By what the legend calls it, step, name and value.
        title: Stands above all panels.
        best_step: Marked by a line, where there is one.
    """
    shown: dict[str, list[_Line]] = {}
    strokes = {label: _STROKES[place % len(_STROKES)] for place, label in enumerate(runs)}
    for label, curves in runs.items():
        panels: dict[str, list[Point]] = {}
        for step, name, value in curves:
            if math.isfinite(value):
                panels.setdefault(name, []).append((step, value))
        for name, points in panels.items():
            shown.setdefault(name, []).append((strokes[label], smoothed(points)))
    last = max((points[-1][0] for lines in shown.values() for _, points in lines), default=1)
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
    if len(runs) > 1:
        right = float(width - 10)
        for label, stroke in reversed(strokes.items()):
            parts.append(f'<text x="{right:.0f}" y="20" text-anchor="end" fill="{stroke}">{escape(label)}</text>')
            right -= _LETTER * len(label) + 12
    for number, (name, lines) in enumerate(shown.items()):
        left, top = number % _COLUMNS * _WIDTH, 30 + number // _COLUMNS * _HEIGHT
        parts.append(f'<g transform="translate({left},{top})">{_panel(name, lines, last, best_step)}</g>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def smoothed(points: Sequence[Point]) -> list[Point]:
    """Return at most `_MOST` points, each the mean of as many neighbours."""
    size = math.ceil(len(points) / _MOST) or 1
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return [(part[-1][0], sum(value for _, value in part) / len(part)) for part in parts]


def _panel(name: str, lines: Sequence[_Line], last: int, best_step: int | None) -> str:
    values = [value for _, points in lines for _, value in points]
    low, high = min(values), max(values)
    spread = (high - low) or max(abs(high), 1e-9)
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - 12

    def x(step: float) -> float:
        return _LEFT + step / max(1, last) * (right - _LEFT)

    def y(value: float) -> float:
        return bottom - (value - low) / spread * (bottom - _TOP)

    def drawn_line(stroke: str, points: Sequence[Point]) -> str:
        line = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in points)
        dots = "".join(f'<circle cx="{x(s):.1f}" cy="{y(v):.1f}" r="2.5" fill="{stroke}"/>' for s, v in points)
        joined = f'<polyline points="{line}" fill="none" stroke="{stroke}" stroke-width="1.5"/>'
        return joined + (dots if len(points) <= _DOTTED else "")

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
        f"{mark}{''.join(drawn_line(stroke, points) for stroke, points in lines)}"
    )
