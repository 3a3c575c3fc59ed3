"""Make a photo easier to read: upright, level, lit evenly, in contrast; the original is kept beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .libraries import opencv
from .opening import Photo, Pixels
from .quality import Quality, background, quality
from .turning import Orientation, orient, turned

__all__ = ["Repair", "leveled", "lit_evenly", "repair"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A photo, what was found wrong with it, and the mended one."""

    original: Photo
    photo: Photo
    orientation: Orientation
    quality: Quality
    """Of the original."""
    steps: Sequence[str]
    """What was done, in order: ``turned 270``, ``leveled 3.1``, ``lit``."""


def repair(photo: Photo, *, threads: int = 1) -> Repair:
    """Turn a photo upright, level its lines and divide its background out, where its quality asks for it.

    Raises:
        MissingExtra: Without the ``vision`` extra.
    """
    orientation = orient(photo, threads=threads)
    found = quality(photo, orientation=orientation, threads=threads)
    pixels, steps = photo.pixels, list[str]()
    if orientation.degrees:
        pixels = turned(pixels, orientation.degrees)
        steps.append(f"turned {orientation.degrees}")
    if found.tilt.severity >= 2:  # the detector's boxes follow lines that lean a little
        pixels = leveled(pixels, found.tilt.raw)
        steps.append(f"leveled {found.tilt.raw:.1f}")
    if max(found.shadow.severity, found.exposure.severity) >= 2:
        pixels = lit_evenly(pixels)
        steps.append("lit")
    return Repair(original=photo, photo=photo.with_pixels(pixels), orientation=orientation, quality=found, steps=steps)


def leveled(pixels: Pixels, degrees: float) -> Pixels:
    """Turn pixels counter-clockwise by a few degrees; the picture grows so that nothing is cut off."""
    cv2 = opencv()
    height, width = pixels.shape[:2]
    angle = np.deg2rad(abs(degrees))
    size = (
        int(np.ceil(width * np.cos(angle) + height * np.sin(angle))),
        int(np.ceil(height * np.cos(angle) + width * np.sin(angle))),
    )
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0))
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned_ = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned_, dtype=np.uint8)


def lit_evenly(pixels: Pixels) -> Pixels:
    """Divide each channel by the paper's own brightness there, so that shadows and casts go; burnt-out places stay."""
    flat = [channel / np.maximum(background(np.ascontiguousarray(channel)), 1) for channel in np.moveaxis(pixels, 2, 0)]
    return np.clip(np.stack(flat, axis=2) * 235, 0, 255).astype(np.uint8)
