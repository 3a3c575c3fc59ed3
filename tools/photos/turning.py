"""Which way up a photo of text is: the boxes' long sides tell the axis, legibility tells up from down.

Lines of text are wider than high, so that boxes that stand tall mean a quarter turn. The longest lines are then read
in each turn that is left; the recognizer is trained on upright text, and upside down it is unsure or reads little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from .engine import Box, Engine, cut, engine
from .opening import Photo, Pixels

__all__ = ["Orientation", "Turn", "legibility", "orient", "turned", "upright"]

Turn = Literal[0, 90, 180, 270]
_ALONG: Final[tuple[Turn, Turn]] = (0, 180)
_ACROSS: Final[tuple[Turn, Turn]] = (90, 270)
_SIDE: Final = 960
_LINES: Final = 6
_LONG: Final = 1.5
_CLEAR: Final = 0.8
_STRETCHED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Orientation:
    """The turn that makes a photo upright."""

    degrees: Turn
    """Clockwise."""
    confidence: float
    """In [0, 1]: the share of the legibility that this turn has over all turns that were tried."""
    way: Literal["text", "nothing"]
    """By the legibility of lines, or 0 because no text was found."""
    tilt: float = 0.0
    """Degrees that lines lean clockwise once the photo is turned, in (-90, 90]; the median by length."""


def orient(photo: Photo, *, threads: int = 1) -> Orientation:
    """Return the clockwise turn that makes a photo of text upright.

    Raises:
        MissingExtra: Without the ``vision`` extra.
    """
    reader = engine(threads)
    boxes = reader.detect(photo.pixels, side=_SIDE) or reader.detect(photo.pixels, side=2 * _SIDE)
    if not boxes:
        return Orientation(degrees=0, confidence=0.0, way="nothing")
    along = _share_along(boxes)
    turns: Sequence[Turn] = _ALONG if along > _CLEAR else _ACROSS if along < 1 - _CLEAR else (*_ALONG, *_ACROSS)
    scores = legibility(photo.pixels, boxes, turns, reader)
    best = max(turns, key=lambda turn: scores[turn])
    total = sum(scores.values())
    return Orientation(
        degrees=best, confidence=scores[best] / total if total else 0.0, way="text", tilt=_tilt(boxes, best)
    )


def upright(photo: Photo, *, threads: int = 1) -> Photo:
    """Return the photo turned by what `orient` says."""
    return photo.with_pixels(turned(photo.pixels, orient(photo, threads=threads).degrees))


def turned(pixels: Pixels, degrees: Turn) -> Pixels:
    """Return pixels turned clockwise."""
    return np.ascontiguousarray(np.rot90(pixels, -(degrees // 90)))


def legibility(pixels: Pixels, boxes: Sequence[Box], turns: Sequence[Turn], reader: Engine) -> dict[Turn, float]:
    """Return for each turn how well the longest lines are read in it, in [0, 1] on the mean of those that were tried.

    A line after the other is read in each turn, until one leads by more than a whole line.
    """
    lines = {
        turn: sorted((box for box in boxes if _along(box) == (turn % 180 == 0)), key=_long, reverse=True)
        for turn in turns
    }
    sums: dict[Turn, float] = dict.fromkeys(turns, 0.0)
    tried = 0
    while tried < _LINES:
        for turn in turns:
            if tried < len(lines[turn]):
                ((text, score),) = reader.recognize([turned(cut(pixels, lines[turn][tried]), turn)])
                sums[turn] += score * min(1.0, len(text) / 4)
        tried += 1
        first, second = sorted(sums.values(), reverse=True)[:2]
        if first - second > 1.0:
            break
    return {turn: total / tried for turn, total in sums.items()}


def _tilt(boxes: Sequence[Box], turn: Turn) -> float:
    long = [box for box in boxes if _long(box) > _STRETCHED * min(_sides(box))]
    found = sorted(((_angle(box) + turn + 90) % 180 - 90, _long(box)) for box in long)
    half = sum(length for _, length in found) / 2
    for angle, length in found:
        half -= length
        if half <= 0:
            return angle
    return 0.0


def _angle(box: Box) -> float:
    """Return the direction of a box's long side in degrees, clockwise from the right."""
    side = box[1] - box[0] + box[2] - box[3] if _along(box) else box[3] - box[0] + box[2] - box[1]
    return math.degrees(math.atan2(float(side[1]), float(side[0])))


def _sides(box: Box) -> tuple[float, float]:
    width = float(np.linalg.norm(box[1] - box[0]) + np.linalg.norm(box[2] - box[3])) / 2
    height = float(np.linalg.norm(box[3] - box[0]) + np.linalg.norm(box[2] - box[1])) / 2
    return width, height


def _along(box: Box) -> bool:
    width, height = _sides(box)
    return width >= height


def _long(box: Box) -> float:
    return max(_sides(box))


def _share_along(boxes: Sequence[Box]) -> float:
    """Return the share of the length of clearly long boxes that lies along the rows; one half when none is long."""
    long = [(width, height) for width, height in map(_sides, boxes) if max(width, height) > _LONG * min(width, height)]
    total = sum(max(sides) for sides in long)
    return sum(width for width, height in long if width > height) / total if total else 0.5
