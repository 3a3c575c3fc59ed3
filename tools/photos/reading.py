"""The text of an upright photo, line by line in reading order, with what could not be read marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .engine import Box, cut, engine
from .opening import Photo

__all__ = ["UNREADABLE", "Line", "Reader", "Reading"]

UNREADABLE: Final = "[unreadable]"
_SIDE: Final = 960
_TALL: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One piece of text on one line."""

    text: str
    """What it says, or `UNREADABLE`."""
    confidence: float
    """Mean probability of its characters, in [0, 1]; of what was guessed, where it counts as unreadable."""
    box: Sequence[tuple[float, float]]
    """Four corners (x, y) in pixels of the photo, clockwise from the top left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All text of a photo."""

    lines: Sequence[Line]
    """In reading order: from the top, and from the left within a row."""
    text: str
    """A row each line, pieces of a row joined by a space."""

    @property
    def confidence(self) -> float:
        """Mean confidence of the lines, 0 when there is none."""
        return sum(line.confidence for line in self.lines) / len(self.lines) if self.lines else 0.0


class Reader:
    """Read photos with PP-OCRv6 (Chinese and English, printed well, handwriting a little).

    Args:
        threads: Threads of each network.
        side: Pixels that a photo's longer side is scaled to before lines are looked for; less is faster.
        least: Confidence below which a line is `UNREADABLE`.

    Raises:
        MissingExtra: Without the ``vision`` extra.
    """

    def __init__(self, *, threads: int = 1, side: int = _SIDE, least: float = 0.5) -> None:
        self._engine = engine(threads)
        self._side = side
        self._least = least

    def read(self, photo: Photo) -> Reading:
        """Return the text of a photo, which should be upright: see `upright`."""
        boxes = self._engine.detect(photo.pixels, side=self._side)
        found = self._engine.recognize([_line(cut(photo.pixels, box)) for box in boxes])
        rows = [
            [
                Line(
                    text=text if confidence >= self._least else UNREADABLE,
                    confidence=confidence,
                    box=[(float(x), float(y)) for x, y in boxes[place]],
                )
                for place in row
                for text, confidence in [found[place]]
                if text.strip()
            ]
            for row in _rows(boxes)
        ]
        return Reading(
            lines=[line for row in rows for line in row],
            text="\n".join(" ".join(line.text for line in row) for row in rows if row),
        )


def _line(pixels: np.ndarray) -> np.ndarray:
    """Lay a tall piece down, as a column of upright characters cannot be read at all."""
    return np.rot90(pixels) if pixels.shape[0] > _TALL * pixels.shape[1] else pixels


def _rows(boxes: Sequence[Box]) -> list[list[int]]:
    """Return the places of boxes row by row; the page's tilt is taken out first."""
    if not boxes:
        return []
    wide = [box[1] - box[0] for box in boxes if np.ptp(box[:, 0]) > 2 * np.ptp(box[:, 1])]
    angle = float(np.median([np.arctan2(y, x) for x, y in wide])) if wide else 0.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flat = [box @ turn for box in boxes]
    middles = [float(box[:, 1].mean()) for box in flat]
    heights = [float(np.linalg.norm(box[3] - box[0])) for box in boxes]
    rows: list[list[int]] = []
    for place in sorted(range(len(boxes)), key=middles.__getitem__):
        last = rows[-1] if rows else []
        near = [
            other for other in last if abs(middles[other] - middles[place]) < min(heights[other], heights[place]) / 2
        ]
        if near:
            last.append(place)
        else:
            rows.append([place])
    return [sorted(row, key=lambda place: float(flat[place][:, 0].min())) for row in rows]
