"""The 14 kinds of degradation as one SVG: a page at level 2, and under it the OCR score by level."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from questline.tools.photos import Pixels
from questline.tools.photos.libraries import pillow

__all__ = ["degradation_picture"]

_COLUMNS: Final = 5
_WIDE: Final = 168
_TALL: Final = 226
_THUMB: Final = (152, 122)
_TOP: Final = 150
_BOTTOM: Final = 208
_STROKES: Final = ("#1f77b4", "#d62728")


def degradation_picture(
    shown: Mapping[str, Pixels], curves: Mapping[str, Mapping[str, Sequence[float]]], *, title: str
) -> str:
    """Return the picture.

    Args:
        shown: Kind → a degraded page.
        curves: Name of a way to read → kind → OCR scores in [0, 1] of levels 0 to 3; a way may lack kinds.
        title: Stands above.
    """
    rows = -(-len(shown) // _COLUMNS)
    width, height = _COLUMNS * _WIDE + 16, 36 + rows * _TALL
    strokes = dict(zip(curves, _STROKES, strict=False))
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="20" font-size="14">{escape(title)}</text>',
    ]
    right = width - 10
    for name, stroke in strokes.items():
        parts.append(f'<text x="{right}" y="20" text-anchor="end" fill="{stroke}">{escape(name)}</text>')
        right -= 7 * len(name) + 12
    for place, (kind, pixels) in enumerate(shown.items()):
        left, top = 12 + place % _COLUMNS * _WIDE, 36 + place // _COLUMNS * _TALL
        lines = [
            _curve(values, strokes[name])
            for name, kinds in curves.items()
            if (values := kinds.get(kind)) and name in strokes
        ]
        parts.append(f'<g transform="translate({left},{top})">{_image(pixels)}{_frame(kind)}{"".join(lines)}</g>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _image(pixels: Pixels) -> str:
    image_module, _ = pillow()
    image = image_module.fromarray(pixels)
    image.thumbnail(_THUMB)
    packed = io.BytesIO()
    image.save(packed, "WEBP", quality=25, method=6)
    data = base64.b64encode(packed.getvalue()).decode()
    x = (_THUMB[0] - image.width) // 2
    return f'<image x="{x}" y="14" width="{image.width}" height="{image.height}" href="data:image/webp;base64,{data}"/>'


def _frame(kind: str) -> str:
    levels = "".join(
        f'<text x="{_x(level):.0f}" y="{_BOTTOM + 11}" text-anchor="middle" fill="#666" font-size="9">{level}</text>'
        for level in range(4)
    )
    ends = "".join(
        f'<text x="6" y="{_y(value) + 3:.0f}" text-anchor="end" fill="#666" font-size="9">{value}</text>'
        for value in (0, 1)
    )
    axes = f'<path d="M10 {_TOP - 6}V{_BOTTOM}H{_THUMB[0]}" fill="none" stroke="#999"/>'
    return f'<text x="0" y="9">{escape(kind)}</text>{axes}{levels}{ends}'


def _curve(values: Sequence[float], stroke: str) -> str:
    points = " ".join(f"{_x(level):.1f},{_y(value):.1f}" for level, value in enumerate(values))
    return f'<polyline points="{points}" fill="none" stroke="{stroke}" stroke-width="1.8"/>'


def _x(level: int) -> float:
    return 20 + level * (_THUMB[0] - 30) / 3


def _y(value: float) -> float:
    return _BOTTOM - value * (_BOTTOM - _TOP)
