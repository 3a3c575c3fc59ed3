"""Handwriting of our own: digits and signs as strokes, words as scribbles, all shaken by a seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np

from questline.tools.photos import Pixels
from questline.tools.photos.libraries import opencv

__all__ = ["formula", "mark", "scribble", "write"]

Colour: TypeAlias = tuple[int, int, int]
_Points: TypeAlias = Sequence[tuple[float, float]]
_GLYPHS: Final[dict[str, Sequence[_Points]]] = {  # in a field of 1 x 1.6, from the top left
    "0": [[(0.5, 0.1), (0.1, 0.5), (0.15, 1.2), (0.5, 1.5), (0.85, 1.1), (0.85, 0.5), (0.5, 0.1)]],
    "1": [[(0.3, 0.4), (0.55, 0.1), (0.5, 1.5)]],
    "2": [[(0.1, 0.4), (0.4, 0.1), (0.8, 0.3), (0.7, 0.8), (0.1, 1.5), (0.9, 1.45)]],
    "3": [[(0.15, 0.2), (0.7, 0.15), (0.4, 0.7), (0.85, 1.0), (0.6, 1.5), (0.1, 1.35)]],
    "4": [[(0.6, 0.1), (0.1, 1.0), (0.9, 1.0)], [(0.65, 0.7), (0.6, 1.5)]],
    "5": [[(0.8, 0.1), (0.25, 0.12), (0.2, 0.7), (0.7, 0.75), (0.8, 1.2), (0.4, 1.5), (0.1, 1.35)]],
    "6": [[(0.7, 0.1), (0.2, 0.8), (0.25, 1.4), (0.7, 1.4), (0.75, 0.9), (0.3, 0.9)]],
    "7": [[(0.1, 0.15), (0.85, 0.12), (0.4, 1.5)]],
    "8": [[(0.7, 0.3), (0.4, 0.1), (0.2, 0.4), (0.75, 1.1), (0.5, 1.5), (0.2, 1.2), (0.75, 0.4), (0.7, 0.3)]],
    "9": [[(0.75, 0.5), (0.4, 0.8), (0.2, 0.4), (0.5, 0.1), (0.78, 0.4), (0.6, 1.5)]],
    "+": [[(0.1, 0.8), (0.9, 0.8)], [(0.5, 0.4), (0.5, 1.2)]],
    "-": [[(0.1, 0.8), (0.9, 0.8)]],
    "=": [[(0.1, 0.6), (0.9, 0.6)], [(0.1, 1.0), (0.9, 0.98)]],
    "x": [[(0.15, 0.5), (0.85, 1.2)], [(0.85, 0.5), (0.15, 1.2)]],
}
_SPREAD: Final = 0.05


def write(
    pixels: Pixels, text: str, at: tuple[float, float], size: float, colour: Colour, draw: np.random.Generator
) -> None:
    """Write digits and signs into the pixels, from a top left corner, `size` pixels wide each."""
    x, y = at
    for character in text:
        for points in _GLYPHS.get(character, ()):
            _stroke(pixels, [(x + px * size, y + py * size) for px, py in points], size * _SPREAD, colour, draw)
        x += size * 1.15
        y += draw.normal(0, size * 0.04)


def formula(draw: np.random.Generator) -> str:
    """Return a small sum such as ``48x7=336``, right or not."""
    first, second = (int(value) for value in draw.integers(2, 99, 2))
    sign = "+-x"[int(draw.integers(3))]
    return f"{first}{sign}{second}={int(draw.integers(1, 999))}"


def scribble(
    pixels: Pixels, start: tuple[float, float], length: float, height: float, colour: Colour, draw: np.random.Generator
) -> None:
    """Draw a line of what looks like written words, `height` pixels high."""
    steps = max(2, int(length / (height * 0.35)))
    xs = start[0] + np.linspace(0, length, steps) + draw.normal(0, height * 0.06, steps)
    ys = start[1] + np.where(np.arange(steps) % 2, 0.0, height) + draw.normal(0, height * 0.22, steps)
    _stroke(pixels, list(zip(xs.tolist(), ys.tolist(), strict=True)), height * 0.03, colour, draw)


def mark(
    pixels: Pixels,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: Colour,
    draw: np.random.Generator,
    *,
    width: int = 3,
) -> None:
    """Draw one long stroke of a pen, such as a line through words."""
    share = np.linspace(0, 1, 6)
    points = [(start[0] + (end[0] - start[0]) * s, start[1] + (end[1] - start[1]) * s) for s in share.tolist()]
    _stroke(pixels, points, 2.0, colour, draw, width=width)


def _stroke(
    pixels: Pixels, points: _Points, shake: float, colour: Colour, draw: np.random.Generator, *, width: int = 2
) -> None:
    cv2 = opencv()
    shaken = np.asarray(points) + draw.normal(0, max(shake, 0.1), (len(points), 2))
    cv2.polylines(pixels, [np.round(shaken).astype(np.int32)], isClosed=False, color=colour, thickness=width,
                  lineType=cv2.LINE_AA)  # fmt: skip
