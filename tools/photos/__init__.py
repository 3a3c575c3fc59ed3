"""Photographs of pages: opened within limits, turned upright, judged, repaired and read (extra ``vision``)."""

from .opening import HARD_PIXELS, MAX_BYTES, SOFT_PIXELS, Photo, Pixels, open_photo
from .quality import Measure, Quality, Severity, quality
from .reading import UNREADABLE, Line, Reader, Reading
from .repair import Repair, repair
from .scoring import OcrScore, ocr_score
from .turning import Orientation, Turn, orient, turned, upright

__all__ = [
    "HARD_PIXELS",
    "MAX_BYTES",
    "SOFT_PIXELS",
    "UNREADABLE",
    "Line",
    "Measure",
    "OcrScore",
    "Orientation",
    "Photo",
    "Pixels",
    "Quality",
    "Reader",
    "Reading",
    "Repair",
    "Severity",
    "Turn",
    "ocr_score",
    "open_photo",
    "orient",
    "quality",
    "repair",
    "turned",
    "upright",
]
