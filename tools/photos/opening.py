"""From a file or bytes to upright-by-EXIF pixels, with limits that hold before anything is decoded."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.types import AnswerWarning

from .libraries import pillow

__all__ = ["HARD_PIXELS", "MAX_BYTES", "SOFT_PIXELS", "Photo", "Pixels", "open_photo"]

Pixels = NDArray[np.uint8]
"""Height, width and the three channels red, green, blue."""
SOFT_PIXELS: Final = 12_000_000
"""A picture with more is scaled down, with a warning."""
HARD_PIXELS: Final = 100_000_000
"""A picture with as many or more is refused by its header."""
MAX_BYTES: Final = 50_000_000
_KINDS: Final = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A picture in memory."""

    pixels: Pixels
    """Shape [height, width, 3], 8 bits, red first."""
    warnings: Sequence[AnswerWarning] = ()

    def with_pixels(self, pixels: Pixels) -> Photo:
        """Return the same photo with other pixels, its warnings kept."""
        return replace(self, pixels=np.ascontiguousarray(pixels))


def open_photo(source: Path | bytes) -> Photo:
    """Open a JPEG, PNG or WebP picture; the turn that its EXIF data asks for is made, transparency becomes white.

    Raises:
        UsageError: ``file_not_found``; ``bad_image`` for a damaged, empty or unsupported one; ``image_too_large`` for
            one of `HARD_PIXELS` or `MAX_BYTES` and more, by its header alone.
        MissingExtra: Without the ``vision`` extra.
    """
    image_module, operations = pillow()
    name = repr(str(source)) if isinstance(source, Path) else "the picture"
    data = _bytes(source, name)
    try:
        with warnings.catch_warnings():  # our own limit is checked below; Pillow's warns at other sizes
            warnings.simplefilter("ignore")
            with image_module.open(io.BytesIO(data), formats=_KINDS) as image:
                width, height = image.size
                _check_size(width, height, name)
                scale = (SOFT_PIXELS / (width * height)) ** 0.5
                if scale < 1:
                    image.draft("RGB", (int(width * scale), int(height * scale)))  # a JPEG is decoded smaller
                turned = operations.exif_transpose(image)
                if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
                    turned = turned.convert("RGBA")
                    turned = image_module.alpha_composite(
                        image_module.new("RGBA", turned.size, (255, 255, 255, 255)), turned
                    )
                turned = turned.convert("RGB")
                if scale < 1:
                    turned.thumbnail((max(1, round(turned.width * scale)), max(1, round(turned.height * scale))))
                pixels = np.array(turned, dtype=np.uint8)
    except UsageError:
        raise
    except image_module.DecompressionBombError as error:
        raise _too_large(name, f"more than {HARD_PIXELS:,} pixels") from error
    except Exception as error:  # because Pillow raises a dozen unrelated classes on damaged files
        why = "it is none" if type(error).__name__ == "UnidentifiedImageError" else f"{type(error).__name__}: {error}"
        raise _bad(
            source, f"{name} cannot be read as JPEG, PNG or WebP ({why}); save it again as one of them"
        ) from error
    scaled = (
        AnswerWarning(
            code="image_scaled",
            message=f"{name} has {width} x {height} pixels; it was scaled to {pixels.shape[1]} x {pixels.shape[0]}.",
        ),
    )
    return Photo(pixels=pixels, warnings=scaled if scale < 1 else ())


def _bytes(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, Path):
        if not source.exists():
            raise UsageError(f"there is no picture {name}", code="file_not_found", path=source)
        if not source.is_file():
            raise UsageError(f"{name} is no file", code="bad_image", path=source)
        if source.stat().st_size >= MAX_BYTES:
            raise _too_large(name, f"{source.stat().st_size:,} bytes")
        try:
            data = source.read_bytes()
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error}", code="unreadable_file", path=source) from error
    else:
        data = source
        if len(data) >= MAX_BYTES:
            raise _too_large(name, f"{len(data):,} bytes")
    if not data:
        raise _bad(source, f"{name} is empty (0 bytes)")
    return data


def _bad(source: Path | bytes, message: str) -> UsageError:
    if isinstance(source, Path):
        return UsageError(message, code="bad_image", path=source)
    return UsageError(message, code="bad_image", argument="image")


def _check_size(width: int, height: int, name: str) -> None:
    if width < 1 or height < 1:
        raise UsageError(f"{name} has no pixels ({width} x {height})", code="bad_image")
    if width * height >= HARD_PIXELS:
        raise _too_large(name, f"{width} x {height} pixels")


def _too_large(name: str, found: str) -> UsageError:
    return UsageError(
        f"{name} has {found}; below {HARD_PIXELS:,} pixels and {MAX_BYTES:,} bytes are read. Save it smaller.",
        code="image_too_large",
        limit=HARD_PIXELS,
    )
