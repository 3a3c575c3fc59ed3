"""What is wrong with a photo, measured from its pixels and its lines' boxes; each measure as severity 0 to 3.

The limits between severities were set on a seeded half of the photos of MathReal that are at hand (tuned [ours]); how
well they agree with its annotations on the other half is told in the results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from .libraries import opencv
from .opening import Photo, Pixels
from .turning import Orientation, orient

__all__ = ["Measure", "Quality", "Severity", "background", "quality"]

Severity = Literal[0, 1, 2, 3]
_SIDE: Final = 900
_WHITE: Final = 250
_PAPER: Final = 0.75
"""Brightness of well-exposed paper; a scan has more, which hurts nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One kind of defect."""

    severity: Severity
    """0 none, 1 slight, 2 plain, 3 severe."""
    raw: float
    """What was measured; the field of `Quality` says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is wrong with a photo."""

    blur: Measure
    """Softness of edges: contrast squared over the variance of the Laplacian, as a logarithm to base 10."""
    exposure: Measure
    """How far the paper's median brightness lies below that of well-lit paper, or the share of burnt-out ink above."""
    shadow: Measure
    """Spread of the paper's brightness over the picture, as a share of its brightest."""
    glare: Measure
    """Share of the paper that is burnt out, where not all of it is white."""
    tilt: Measure
    """Degrees that lines of text lean clockwise, after the coarse turn."""
    rotation: Measure
    """Clockwise turn that makes it upright, in degrees: severity 0 for none, else 3."""

    def worst(self) -> Severity:
        """Return the highest severity."""
        measures = (self.blur, self.exposure, self.shadow, self.glare, self.tilt, self.rotation)
        return max(measures, key=lambda measure: measure.severity).severity


_LIMITS: Final[dict[str, tuple[float, float, float]]] = {
    "blur": (1.3, 2.2, 2.7),
    "exposure": (0.1, 0.25, 0.45),
    "shadow": (0.32, 0.46, 0.68),
    "glare": (0.005, 0.05, 0.15),
    "tilt": (1.1, 6.0, 15.0),
}


def quality(photo: Photo, *, orientation: Orientation | None = None, threads: int = 1) -> Quality:
    """Measure a photo.

    Args:
        photo: Any way up.
        orientation: What `orient` said of it, where that is known.
        threads: Threads of each network.

    Raises:
        MissingExtra: Without the ``vision`` extra.
    """
    known = orientation or orient(photo, threads=threads)
    grey = _grey(photo.pixels)
    paper = background(grey)
    return Quality(
        blur=_graded("blur", _softness(grey)),
        exposure=_graded("exposure", _misexposure(grey, paper)),
        shadow=_graded("shadow", _unevenness(paper)),
        glare=_graded("glare", _burnt(paper)),
        tilt=Measure(severity=_severity("tilt", abs(known.tilt)), raw=known.tilt),
        rotation=Measure(severity=3 if known.degrees else 0, raw=float(known.degrees)),
    )


def background(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what a grey picture would be without its ink: thin dark strokes closed, then smoothed."""
    cv2 = opencv()
    height, width = grey.shape
    scale = min(1.0, 300 / max(height, width))
    small = cv2.resize(
        grey, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((15, 15), dtype=np.uint8))
    smooth = cv2.GaussianBlur(cv2.medianBlur(closed, 21), (0, 0), 7)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    cv2 = opencv()
    height, width = pixels.shape[:2]
    scale = _SIDE / max(height, width)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    resized = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(resized, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _softness(grey: NDArray[np.uint8]) -> float:
    cv2 = opencv()
    edges = float(np.asarray(cv2.Laplacian(grey, cv2.CV_64F)).var())
    low, high = np.percentile(grey, (2, 98))
    return float(np.log10(max(float(high - low), 1.0) ** 2 / max(edges, 1e-3)))


def _misexposure(grey: NDArray[np.uint8], paper: NDArray[np.uint8]) -> float:
    dark = max(0.0, _PAPER - float(np.median(paper)) / 255) / _PAPER
    faint = max(0.0, (float(np.percentile(grey, 0.2)) - 120) / 135)  # even the darkest ink is pale
    return max(dark, faint)


def _unevenness(paper: NDArray[np.uint8]) -> float:
    low, high = (float(value) for value in np.percentile(paper, (5, 95)))
    return (high - low) / max(high, 1.0)


def _burnt(paper: NDArray[np.uint8]) -> float:
    if float(np.percentile(paper, 10)) >= _WHITE - 10:
        return 0.0  # white all over is no reflection
    return float((paper >= _WHITE).mean())


def _graded(name: str, raw: float) -> Measure:
    return Measure(severity=_severity(name, raw), raw=raw)


def _severity(name: str, raw: float) -> Severity:
    passed = sum(raw >= limit for limit in _LIMITS[name])
    return (0, 1, 2, 3)[passed]
