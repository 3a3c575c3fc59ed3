"""Clean pages of our own with known text: a question in Latin letters, its figure, and room to write.

Drawn with the font that Pillow carries, so that nothing has to be installed or shipped; it has no Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from questline.errors import require
from questline.tools.photos import Pixels

__all__ = ["PAGES", "Area", "Layout", "Page", "page"]

Area: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""
_WIDTH: Final = 800
_HEIGHT: Final = 640
_MARGIN: Final = 40
_SIZE: Final = 24
_STEP: Final = 40
_INK: Final = (25, 25, 30)
_PAPER: Final = (236, 235, 230)

_Shape: TypeAlias = tuple[Sequence[tuple[int, int]], Sequence[tuple[str, int, int]]]
"""Corners of a closed line, and labels with their places, both in pixels of a field of 300 x 200."""
_RECTANGLE: Final[_Shape] = (
    ((40, 40), (260, 40), (260, 160), (40, 160)),
    (("A", 12, 20), ("B", 270, 20), ("C", 270, 160), ("D", 12, 160), ("12 cm", 115, 168), ("7 cm", 268, 88)),
)
_TRIANGLE: Final[_Shape] = (
    ((40, 170), (260, 170), (40, 30)),
    (("P", 30, 2), ("Q", 12, 168), ("R", 268, 165), ("8", 14, 90), ("15", 140, 174)),
)
_TRAPEZIUM: Final[_Shape] = (
    ((90, 40), (210, 40), (265, 165), (35, 165)),
    (("E", 70, 14), ("F", 216, 14), ("G", 270, 160), ("H", 8, 160), ("6 m", 130, 12), ("11 m", 125, 170)),
)
_KITE: Final[_Shape] = (
    ((150, 20), (230, 80), (150, 185), (70, 80)),
    (("K", 142, -6), ("L", 238, 68), ("M", 160, 176), ("N", 46, 68), ("45", 92, 26), ("80", 205, 132)),
)
PAGES: Final[Sequence[tuple[Sequence[str], _Shape]]] = (
    (
        (
            "1. The rectangle ABCD is 12 cm long and 7 cm wide.",
            "(1) Find the perimeter of the rectangle ABCD.",
            "(2) A square has the same area. Find its side.",
            "(3) By how many cm is its perimeter shorter?",
        ),
        _RECTANGLE,
    ),
    (
        (
            "2. In the triangle PQR the angle at Q is 90 degrees.",
            "PQ = 8 and QR = 15. Find the length of PR.",
            "A. 16   B. 17   C. 23   D. 27",
            "Then find the area of the triangle PQR.",
        ),
        _TRIANGLE,
    ),
    (
        (
            "3. A garden has the shape EFGH with EF parallel to GH.",
            "EF = 6 m, GH = 11 m, and the height is 4 m.",
            "(1) Find its area in square metres.",
            "(2) Seed costs 3.50 a square metre. Find the cost.",
        ),
        _TRAPEZIUM,
    ),
    (
        (
            "4. The kite KLMN is folded along the line KM.",
            "The angle at N is 80 degrees, LKM is 45 degrees.",
            "(1) Find the angle KML.",
            "(2) Prove that LN is perpendicular to KM.",
        ),
        _KITE,
    ),
    (
        (
            "5. A sheet of 12 cm by 7 cm is cut along AC.",
            "(1) Find the area of each of the 2 parts.",
            "(2) Which fraction of the sheet is 21 square cm?",
            "A. 1/2   B. 1/3   C. 1/4   D. 3/4",
        ),
        _RECTANGLE,
    ),
    (
        (
            "6. A ladder leans on a wall, 8 m above the ground.",
            "Its foot stands 15 m from the wall at R.",
            "(1) How long is the ladder, in metres?",
            "(2) Its foot slides 3 m closer. How high is it now?",
        ),
        _TRIANGLE,
    ),
    (
        (
            "7. A dam is 6 m wide at the top and 11 m at the base.",
            "It is 250 m long and 9 m high.",
            "(1) Find the area of its section EFGH.",
            "(2) Find the volume of the dam in cubic metres.",
        ),
        _TRAPEZIUM,
    ),
    (
        (
            "8. Two sticks KM = 60 cm and LN = 35 cm hold a kite.",
            "(1) Find the area of the kite KLMN.",
            "(2) Paper costs 0.02 a square cm. Find its cost.",
            "(3) A tail is 5 times as long as KM. How long is it?",
        ),
        _KITE,
    ),
)
"""Lines of each question, and its figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things stand on a page."""

    lines: Sequence[Area]
    """Of the question, from the top."""
    figure: Area
    free: Area
    """Where a student would write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A clean page and all that is printed on it."""

    pixels: Pixels
    text: str
    layout: Layout


def page(number: int) -> Page:
    """Draw one of `PAGES`, counted from 0 and again from the first after the last.

    Raises:
        MissingExtra: Without the ``vision`` extra.
    """
    require("PIL.Image", feature="drawing pages")
    from PIL import Image, ImageDraw, ImageFont

    lines, (corners, labels) = PAGES[number % len(PAGES)]
    image = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(_SIZE)
    areas: list[Area] = []
    for place, line in enumerate(lines):
        at = (_MARGIN, _MARGIN + place * _STEP)
        draw.text(at, line, fill=_INK, font=font)
        left, top, right, bottom = draw.textbbox(at, line, font=font)
        areas.append((int(left), int(top), int(right), int(bottom)))
    left, top = _WIDTH - 380, _MARGIN + len(lines) * _STEP + 30
    draw.polygon([(left + x, top + y) for x, y in corners], outline=_INK, width=3)
    for label, x, y in labels:
        draw.text((left + x, top + y), label, fill=_INK, font=font)
    return Page(
        pixels=np.array(image, dtype=np.uint8),
        text="\n".join((*lines, *(label for label, _, _ in labels))),
        layout=Layout(
            lines=areas,
            figure=(left, top - 10, left + 330, top + 205),
            free=(_MARGIN, top, left - 20, _HEIGHT - _MARGIN),
        ),
    )
