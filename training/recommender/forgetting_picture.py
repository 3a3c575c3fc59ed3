"""Utility against forgetting as one SVG: a point a method, and the retrained model as the point to come near to."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

__all__ = ["forgetting_picture"]

_WIDTH, _HEIGHT = 780, 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 560, 46, 380
_STROKES: Final = {"original": "#7f7f7f", "retrain": "#000000", "sisa": "#8c564b", "cau": "#d62728"}
_ABLATION, _RIVAL = "#ff9896", "#1f77b4"


def forgetting_picture(points: Mapping[str, tuple[float, float]], *, title: str) -> str:
    """Return the picture.

    Args:
        points: Method → Hit_u@10 among all items and NDCG@10; ``retrain`` among them.
        title: Stands above.
    """
    target = points["retrain"]
    xs, ys = [x for x, _ in points.values()], [y for _, y in points.values()]
    wide = max(max(xs) - min(xs), 0.01)
    low, high = min(0.0, *xs), max(xs) + 0.05 * wide
    tall, middle = max(1.2 * (max(ys) - min(ys)), 0.2 * max(ys), 1e-6), (max(ys) + min(ys)) / 2
    bottom, top = middle - tall / 2, middle + tall / 2  # small differences look small

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = _LEFT + (point[0] - low) / (high - low) * (_RIGHT - _LEFT)
        return x, _BOTTOM - (point[1] - bottom) / (top - bottom) * (_BOTTOM - _TOP)

    at_x, at_y = place(target)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
            f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="22" font-size="14">{escape(title)}</text>',
        f'<path d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}" fill="none" stroke="#444"/>',
        f'<path d="M{at_x:.1f} {_TOP}V{_BOTTOM}M{_LEFT} {at_y:.1f}H{_RIGHT}" stroke="#bbb" stroke-dasharray="4"/>',
        f'<text x="{_RIGHT}" y="{_BOTTOM + 32}" text-anchor="end">Hit_u@10: forgotten clicks still told</text>',
        f'<text x="{_LEFT}" y="{_TOP - 8}">NDCG@10 of clicks that nobody learnt</text>',
    ]
    for value in (low, (low + high) / 2, high):
        x, _ = place((value, bottom))
        parts.append(f'<text x="{x:.1f}" y="{_BOTTOM + 15}" text-anchor="middle">{value:.2f}</text>')
    for value in (bottom, (bottom + top) / 2, top):
        _, y = place((low, value))
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{value:.4f}</text>')
    rows = sorted(enumerate(points.items()), key=lambda row: row[1][0] in {"cau", "retrain"})  # these on top
    for row, (name, point) in rows:
        x, y = place(point)
        shade = _STROKES.get(name) or (_ABLATION if name.startswith("cau-") else _RIVAL)
        mark = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{shade}"/>'
        if name == "retrain":
            mark = f'<path d="M{x - 6:.1f} {y:.1f}h12M{x:.1f} {y - 6:.1f}v12" stroke="{shade}" stroke-width="2.5"/>'
        line = _TOP + 4 + 15 * row
        parts.append(f'{mark}<text x="{x + 6:.1f}" y="{y - 5:.1f}" fill="{shade}">{row + 1}</text>')
        told = f"{row + 1} {name}: {point[0]:.3f}, {point[1]:.4f}"
        parts.append(f'<text x="{_RIGHT + 24}" y="{line}" fill="{shade}">{escape(told)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
