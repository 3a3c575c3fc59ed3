"""The libraries of the extra ``vision``, imported when first needed; OpenCV runs on one thread.

Two threads of small filters fight with those of the recognizer and win nothing.
"""

from __future__ import annotations

from functools import lru_cache

from questline.errors import require

__all__ = ["opencv", "pillow"]


@lru_cache(maxsize=1)
def opencv():
    """Return OpenCV, or raise `MissingExtra`."""
    require("cv2", feature="working on photos")
    import cv2

    cv2.setNumThreads(1)
    return cv2


@lru_cache(maxsize=1)
def pillow():
    """Return Pillow's modules of images and of their operations, or raise `MissingExtra`."""
    require("PIL.Image", feature="opening photos")
    from PIL import Image, ImageOps

    return Image, ImageOps
