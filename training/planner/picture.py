"""Pictures of F1 against a mean cost: of a table before anything learns, and the axes that all such pictures share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final, TypeAlias, cast

__all__ = ["STROKES", "Point", "Strokes", "drawn", "scatter"]

_WIDTH: Final = 640
_HEIGHT: Final = 420
_LEFT: Final = 60
_TOP: Final = 40
_BOTTOM: Final = 50
STROKES: Final = {
    "oracle": "#2ca02c",
    "best constant": "#1f77b4",
    "best constant per source": "#9467bd",
    "random legal": "#7f7f7f",
}

Point: TypeAlias = tuple[float, float, str]
"""Cost, F1, label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strokes:
    """A policy's points, cheapest first, joined by a line."""

    points: Sequence[Point]
    stroke: str
    width: float = 1.5
    named: bool = True
    """Whether it stands in the legend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    cost: float
    """Where the right end is."""
    f1: float
    """Where the upper end is."""
    right: int
    """Room for the legend."""

    def x(self, cost: float) -> float:
        return _LEFT + cost / (self.cost * 1.05) * (_WIDTH - _LEFT - self.right)

    def y(self, f1: float) -> float:
        return _HEIGHT - _BOTTOM - f1 / self.f1 * (_HEIGHT - _TOP - _BOTTOM)


def drawn(report: Mapping[str, Any]) -> str:
    """Return an SVG of a table's report: a dot a workflow over all questions, a line a policy over the lambdas."""
    cost = next((name for name in ("calls", "tokens", "seconds", "usd") if name in report["components"]), "")
    constants = cast("Mapping[str, Mapping[str, float] | float]", report["constants"])
    dots = [
        (float(values.get(cost, 0.0)), float(values["f1"]), name)
        for name, values in constants.items()
        if isinstance(values, Mapping)
    ]
    lines = {
        policy: Strokes(
            stroke=stroke,
            points=[
                (float(one["policies"][policy].get(cost, 0.0)), float(one["policies"][policy]["f1"]), "")
                for one in report["lambda_calls"]
            ],
        )
        for policy, stroke in STROKES.items()
    }
    return scatter(_title(report), cost, dots, lines)


def scatter(
    title: str, cost: str, dots: Sequence[Point], lines: Mapping[str, Strokes], *, top: float = 1.0, legend: int = 190
) -> str:
    """Return an SVG.

    Args:
        title: Above it.
        cost: Name of the cost.
        dots: Single points with their labels, the constant workflows.
        lines: Policies by name, as in the legend; labels of their points are left out.
        top: F1 at the upper end.
        legend: Pixels at the right for the names.
    """
    points = [*dots, *(point for line in lines.values() for point in line.points)]
    axes = _Axes(cost=max((x for x, *_ in points), default=1.0) or 1.0, f1=top, right=legend)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
            f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="22" font-size="14">{escape(title)}</text>',
        *_frame(axes, cost),
        *(part for line in lines.values() for part in _line(line, axes)),
        *(_dot(point, axes) for point in dots),
        *_legend({name: line.stroke for name, line in lines.items() if line.named}, axes),
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _title(report: Mapping[str, Any]) -> str:
    seen = ", executors have learnt from them" if report["seen"] else ""
    return f"Workflows on {report['n']} questions{seen}"


def _frame(axes: _Axes, cost: str) -> Iterable[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - axes.right
    for f1 in _ticks(axes.f1):
        y = axes.y(f1)
        yield (
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{f1:g}</text>'
            f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#eee"/>'
        )
    for spent in _ticks(axes.cost):
        yield f'<text x="{axes.x(spent):.1f}" y="{bottom + 16}" text-anchor="middle">{spent:g}</text>'
    yield (
        f'<text x="{(_LEFT + right) / 2}" y="{bottom + 36}" text-anchor="middle">{escape(cost)}, mean</text>'
        f'<text x="14" y="{_TOP - 6}">F1</text>'
    )
    yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#444"/>'


def _ticks(end: float) -> list[float]:
    """Return four to eight round numbers from 0 to `end`."""
    size = 10.0 ** math.floor(math.log10(end))
    step = next(each for each in (0.2 * size, 0.5 * size, size, 2 * size) if end / each < 7)
    return [float(f"{place * step:.6g}") for place in range(int(end / step * (1 + 1e-9)) + 1)]


def _line(line: Strokes, axes: _Axes) -> list[str]:
    points = sorted(line.points)
    path = " ".join(f"{axes.x(cost):.1f},{axes.y(f1):.1f}" for cost, f1, _ in points)
    squares = [
        f'<rect x="{axes.x(cost) - 2.5:.1f}" y="{axes.y(f1) - 2.5:.1f}" width="5" height="5" fill="{line.stroke}"/>'
        for cost, f1, _ in points
    ]
    return [f'<polyline points="{path}" fill="none" stroke="{line.stroke}" stroke-width="{line.width}"/>', *squares]


def _dot(point: Point, axes: _Axes) -> str:
    cost, f1, name = point
    x, y = axes.x(cost), axes.y(f1)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#d62728"/>'
        f'<text x="{x + 6:.1f}" y="{y + 12:.1f}" fill="#d62728">{escape(name)}</text>'
    )


def _legend(strokes: Mapping[str, str], axes: _Axes) -> list[str]:
    left = _WIDTH - axes.right + 10
    return [
        f'<rect x="{left}" y="{_TOP + 18 * place}" width="10" height="10" fill="{stroke}"/>'
        f'<text x="{left + 15}" y="{_TOP + 9 + 18 * place}">{escape(name)}</text>'
        for place, (name, stroke) in enumerate(strokes.items())
    ]
