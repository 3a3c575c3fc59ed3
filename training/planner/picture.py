"""The picture of a table: F1 against the mean number of calls, of the constants, of chance and of the oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final, cast

__all__ = ["drawn"]

_WIDTH: Final = 640
_HEIGHT: Final = 420
_LEFT: Final = 60
_RIGHT: Final = 150
_TOP: Final = 40
_BOTTOM: Final = 50
_STROKES: Final = {
    "oracle": "#2ca02c",
    "best constant": "#1f77b4",
    "best constant per source": "#9467bd",
    "random legal": "#7f7f7f",
}

Point = tuple[float, float, str]
"""Cost, F1, label."""


def drawn(report: Mapping[str, Any]) -> str:
    """Return an SVG of a report: a dot a workflow over all questions, a line a policy over the lambdas."""
    cost = next((name for name in ("calls", "tokens", "seconds", "usd") if name in report["components"]), "")
    constants = cast("Mapping[str, Mapping[str, float] | float]", report["constants"])
    dots = [
        (float(values.get(cost, 0.0)), float(values["f1"]), name)
        for name, values in constants.items()
        if isinstance(values, Mapping)
    ]
    lines = {
        policy: [
            (float(one["policies"][policy].get(cost, 0.0)), float(one["policies"][policy]["f1"]), "")
            for one in report["lambda_calls"]
        ]
        for policy in _STROKES
    }
    most = max([x for x, *_ in (*dots, *(point for line in lines.values() for point in line))], default=1.0) or 1.0
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
            f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="22" font-size="14">{escape(_title(report))}</text>',
        *_axes(most, cost),
        *(part for name, line in lines.items() for part in _line(sorted(line), _STROKES[name], most)),
        *(_dot(point, most) for point in dots),
        *_legend(),
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _title(report: Mapping[str, Any]) -> str:
    seen = ", executors have learnt from them" if report["seen"] else ""
    return f"Workflows on {report['n']} questions{seen}"


def _x(cost: float, most: float) -> float:
    return _LEFT + cost / (most * 1.05) * (_WIDTH - _LEFT - _RIGHT)


def _y(f1: float) -> float:
    return _HEIGHT - _BOTTOM - f1 * (_HEIGHT - _TOP - _BOTTOM)


def _axes(most: float, cost: str) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    marks = [
        f'<text x="{_LEFT - 6}" y="{_y(f1) + 4:.1f}" text-anchor="end">{f1:.1f}</text>'
        f'<path d="M{_LEFT} {_y(f1):.1f}H{right}" stroke="#eee"/>'
        for f1 in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    marks += [
        f'<text x="{_x(most * share, most):.1f}" y="{bottom + 16}" text-anchor="middle">{most * share:.2g}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    names = (
        f'<text x="{(_LEFT + right) / 2}" y="{bottom + 36}" text-anchor="middle">{escape(cost)}, mean</text>'
        f'<text x="14" y="{_TOP - 6}">F1</text>'
    )
    return [*marks, names, f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#444"/>']


def _line(points: Sequence[Point], stroke: str, most: float) -> list[str]:
    path = " ".join(f"{_x(cost, most):.1f},{_y(f1):.1f}" for cost, f1, _ in points)
    squares = [
        f'<rect x="{_x(cost, most) - 2.5:.1f}" y="{_y(f1) - 2.5:.1f}" width="5" height="5" fill="{stroke}"/>'
        for cost, f1, _ in points
    ]
    return [f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="1.5"/>', *squares]


def _dot(point: Point, most: float) -> str:
    cost, f1, name = point
    x, y = _x(cost, most), _y(f1)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#d62728"/>'
        f'<text x="{x + 6:.1f}" y="{y + 12:.1f}" fill="#d62728">{escape(name)}</text>'
    )


def _legend() -> list[str]:
    left = _WIDTH - _RIGHT + 10
    return [
        f'<rect x="{left}" y="{_TOP + 18 * place}" width="10" height="10" fill="{stroke}"/>'
        f'<text x="{left + 15}" y="{_TOP + 9 + 18 * place}">{escape(name)}</text>'
        for place, (name, stroke) in enumerate(_STROKES.items())
    ]
