"""From a clean page to a bad photo of it: the 14 kinds of noise that MathReal annotates, each in levels 1 to 3.

    degrade(page.pixels, "glare", 2, seed=7, layout=page.layout)

Kinds and levels are those of arXiv:2508.06009 §3 (0 is none); what each does to the pixels is ours. Seeded: the same
page, kind, level and seed give the same pixels, and a higher level does the same thing more strongly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.photos import Pixels, turned
from questline.tools.photos.libraries import opencv
from questline.tools.photos.repair import leveled

from .pages import Area, Layout
from .strokes import formula, mark, scribble, write

__all__ = ["KINDS", "Kind", "degrade"]

Kind: TypeAlias = Literal[
    "blur", "exposure", "shadow", "glare",
    "rotation", "tilt", "non-planar", "background",
    "handwritten question", "reverse side", "marks on question", "marks on figure",
    "handwritten answer", "handwritten working",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_Make: TypeAlias = Callable[[Pixels, int, np.random.Generator, Layout], Pixels]
_LEAST: Final = 16
"""Pixels of a side below which nothing can be drawn."""
_BLUE: Final = (40, 50, 160)
_RED: Final = (200, 30, 40)
_GREY: Final = (70, 70, 75)


def degrade(pixels: Pixels, kind: Kind, level: int, *, seed: int = 0, layout: Layout | None = None) -> Pixels:
    """Return the page with one kind of noise.

    Args:
        pixels: A clean page, [height, width, 3], red first.
        kind: One of `KINDS`.
        level: 0 for none to 3 for severe.
        seed: Of what is drawn.
        layout: Where question, figure and free room are; without it the upper part, the lower right and lower left.

    Raises:
        UsageError: ``bad_argument`` for an unknown kind or level, and for pixels of another form or too few.
    """
    if kind not in _MAKERS:
        raise UsageError(f"there is no kind {kind!r}; known are {', '.join(KINDS)}", argument="kind")
    if level not in range(4):
        raise UsageError(f"the level {level!r} is none of 0, 1, 2, 3", argument="level")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or min(pixels.shape[:2]) < _LEAST:
        raise UsageError(
            f"pixels of shape {pixels.shape} and type {pixels.dtype} are no page: [height, width, 3] of 8 bits,"
            f" at least {_LEAST} each way",
            argument="pixels",
        )
    if level == 0:
        return pixels.copy()
    draw = np.random.default_rng([seed, KINDS.index(kind)])
    return _MAKERS[kind](pixels.copy(), level - 1, draw, layout or _guessed(pixels))


def _guessed(pixels: Pixels) -> Layout:
    height, width = pixels.shape[:2]
    step = max(8, height // 16)
    lines = [(width // 20, top, width - width // 20, top + step // 2) for top in range(step, height // 3, step)]
    return Layout(
        lines=lines or [(0, 0, width, height)],
        figure=(width // 2, height // 3, width, height * 2 // 3),
        free=(width // 20, height // 2, width // 2, height),
    )


def _field(shape: tuple[int, int], draw: np.random.Generator, cells: int) -> NDArray[np.float64]:
    """Return smooth noise in [0, 1]."""
    cv2 = opencv()
    coarse = draw.random((cells, cells))
    smooth = np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), dtype=np.float64)
    return np.clip(smooth, 0.0, 1.0)


def _grain(light: NDArray[np.floating], sigma: float, draw: np.random.Generator) -> Pixels:
    return np.clip(light + draw.normal(0, sigma, light.shape), 0, 255).astype(np.uint8)


def _blur(pixels: Pixels, level: int, _draw: np.random.Generator, _layout: Layout) -> Pixels:
    cv2 = opencv()
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), (2.6, 3.3, 4.2)[level]), dtype=np.uint8)


def _exposure(pixels: Pixels, level: int, draw: np.random.Generator, _layout: Layout) -> Pixels:
    return _grain(pixels * (0.3, 0.14, 0.07)[level], 6.0, draw)


def _shadow(pixels: Pixels, level: int, draw: np.random.Generator, _layout: Layout) -> Pixels:
    height, width = pixels.shape[:2]
    angle = draw.uniform(-0.6, 0.6)
    y, x = np.mgrid[0:height, 0:width]
    along = (x / width - draw.uniform(0.2, 0.35)) * np.cos(angle) + (y / height - 0.2) * np.sin(angle)
    dark = 1 / (1 + np.exp(-along * 30))
    return _grain(pixels * (1 - dark * (0.8, 0.92, 0.975)[level])[:, :, None], 4.0, draw)


def _glare(pixels: Pixels, level: int, draw: np.random.Generator, layout: Layout) -> Pixels:
    height, width = pixels.shape[:2]
    left, top, right, bottom = _around(layout.lines)
    middle = draw.uniform(left + (right - left) * 0.3, left + (right - left) * 0.7), draw.uniform(top, bottom)
    y, x = np.mgrid[0:height, 0:width]
    radius = (0.12, 0.22, 0.36)[level] * width
    far = np.hypot((x - middle[0]) / 1.4, y - middle[1]) / radius
    light = np.clip(1.6 - far * 0.9, 0, 1)[:, :, None]
    return (pixels * (1 - light) + 255 * light).astype(np.uint8)


def _rotation(pixels: Pixels, level: int, _draw: np.random.Generator, _layout: Layout) -> Pixels:
    return turned(pixels, (90, 270, 180)[level])


def _tilt(pixels: Pixels, level: int, draw: np.random.Generator, _layout: Layout) -> Pixels:
    return leveled(pixels, float(draw.choice([-1, 1])) * (12.0, 34.0, 44.0)[level])


def _non_planar(pixels: Pixels, level: int, draw: np.random.Generator, _layout: Layout) -> Pixels:
    cv2 = opencv()
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    phase = draw.uniform(0, 2 * np.pi)
    lift = (0.008, 0.02, 0.05)[level] * height * np.sin(2 * np.pi * (1.3 + level * 0.35) * x / width + phase)
    squeeze = (0.008, 0.02, 0.04)[level] * width * np.sin(4 * np.pi * x / width + phase)
    moved = cv2.remap(
        pixels, (x + squeeze).astype(np.float32), (y + lift).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(moved, dtype=np.uint8)


def _background(pixels: Pixels, level: int, draw: np.random.Generator, _layout: Layout) -> Pixels:
    cv2 = opencv()
    height, width = pixels.shape[:2]
    wood = 70 + 90 * _field((height, width), draw, 9)
    scene = np.stack([wood, wood * 0.8, wood * 0.6], axis=2).astype(np.uint8)
    for _ in range(6 + 8 * level):
        start = draw.random() * width, draw.random() * height
        write(scene, formula(draw), start, draw.uniform(14, 26), _GREY, draw)
    size = (0.62, 0.46, 0.34)[level]
    left, top = (draw.uniform(0.05, 0.9 - size) * side for side in (width, height))
    lean = draw.uniform(-0.05, 0.05, (4, 2)) * (1 + level) * size * (width, height)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    target = (corners * size + (left, top) + lean).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    laid = np.asarray(cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_AREA), dtype=np.uint8)
    inside = np.asarray(cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, (width, height)))
    return np.where(inside[:, :, None] > 127, laid, scene).astype(np.uint8)


def _handwritten_question(pixels: Pixels, level: int, draw: np.random.Generator, layout: Layout) -> Pixels:
    order = draw.permutation(len(layout.lines))
    for place in order[: max(1, round(len(order) * (0.25, 0.5, 1.0)[level]))]:
        left, top, right, bottom = layout.lines[int(place)]
        pixels[top - 2 : bottom + 3, left:right] = np.median(pixels, axis=(0, 1)).astype(np.uint8)
        scribble(pixels, (left, top), right - left, bottom - top, _BLUE, draw)
    return pixels


def _reverse_side(pixels: Pixels, level: int, draw: np.random.Generator, layout: Layout) -> Pixels:
    """Let mirrored print of the other side show through, between the lines and over them."""
    left, top, _, bottom = _around(layout.lines)
    height = max(area[3] - area[1] for area in layout.lines)
    print_ = pixels[top:bottom, left:][:, ::-1]
    other = np.empty_like(pixels)
    other[:] = np.median(pixels, axis=(0, 1)).astype(np.uint8)
    for start in range(int(draw.integers(height // 2)), other.shape[0] - print_.shape[0], print_.shape[0]):
        other[start : start + print_.shape[0], : print_.shape[1]] = print_
    paper = np.median(pixels, axis=(0, 1))
    ink = (paper - other) * (0.45, 0.7, 1.0)[level]
    return np.clip(pixels - np.clip(ink, 0, 255), 0, 255).astype(np.uint8)


def _marks_on_question(pixels: Pixels, level: int, draw: np.random.Generator, layout: Layout) -> Pixels:
    for _ in range((3, 7, 16)[level]):
        left, top, right, bottom = layout.lines[int(draw.integers(len(layout.lines)))]
        start = draw.uniform(left, left + (right - left) * 0.6)
        y = (top + bottom) / 2 + draw.normal(0, (bottom - top) * 0.15)
        mark(pixels, (start, y), (start + (right - left) * 0.35, y + draw.normal(0, 4)), _RED, draw, width=4)
    return pixels


def _marks_on_figure(pixels: Pixels, level: int, draw: np.random.Generator, layout: Layout) -> Pixels:
    left, top, right, bottom = layout.figure
    for number in range((4, 10, 28)[level]):
        start, end = ((draw.uniform(left, right), draw.uniform(top, bottom)) for _ in range(2))
        mark(pixels, start, end, (_BLUE, _RED)[number % 2], draw, width=4)
        write(pixels, str(int(draw.integers(1, 99))), (draw.uniform(left, right), draw.uniform(top, bottom)), 18, _BLUE,
              draw)  # fmt: skip
    return pixels


def _handwritten_answer(pixels: Pixels, level: int, draw: np.random.Generator, layout: Layout) -> Pixels:
    for _ in range((1, 3, 7)[level]):
        left, top, right, _ = layout.lines[int(draw.integers(len(layout.lines)))]
        at = draw.uniform(left + (right - left) * 0.4, right), top - 6.0
        write(pixels, str(int(draw.integers(10, 999))), at, 26, _BLUE, draw)
    return pixels


def _handwritten_working(pixels: Pixels, level: int, draw: np.random.Generator, layout: Layout) -> Pixels:
    left, top, _, bottom = layout.free
    rows = (2, 5, 9)[level]
    for row in range(rows):
        y = top + (bottom - top - 30) * row / rows
        write(pixels, formula(draw), (left + draw.uniform(0, 30), y), 20, _BLUE, draw)
    return pixels


def _around(areas: Sequence[Area]) -> Area:
    boxes = np.asarray(areas)
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    return int(left), int(top), int(right), int(bottom)


_MAKERS: Final[Mapping[str, _Make]] = {
    "blur": _blur,
    "exposure": _exposure,
    "shadow": _shadow,
    "glare": _glare,
    "rotation": _rotation,
    "tilt": _tilt,
    "non-planar": _non_planar,
    "background": _background,
    "handwritten question": _handwritten_question,
    "reverse side": _reverse_side,
    "marks on question": _marks_on_question,
    "marks on figure": _marks_on_figure,
    "handwritten answer": _handwritten_answer,
    "handwritten working": _handwritten_working,
}
