"""The picture that a model is shown: the photo as taken, the clean one, or the photo turned upright."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, Literal, TypeAlias

from questline.errors import UsageError, require
from questline.tools.models.llm_contract import Picture

from .rows import MathPhoto

__all__ = ["VARIANTS", "Variant", "check_files", "picture", "picture_path"]

Variant: TypeAlias = Literal["real", "clean", "upright"]
VARIANTS: Final[tuple[Variant, ...]] = ("real", "clean", "upright")
_ORIENTATION: Final = 0x0112
_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_QUALITY: Final = 95


def picture_path(images: Path, photo: MathPhoto, variant: Variant) -> Path:
    """Return where a picture lies."""
    return images / (photo.clean if variant == "clean" else photo.real)


def check_files(images: Path, photos: list[tuple[MathPhoto, Variant]]) -> None:
    """Refuse a run whose pictures are not all there, before anything is asked.

    Raises:
        UsageError: ``file_not_found`` naming the first that is missing, its row, and how many are.
    """
    missing = [
        (photo.id, path) for photo, variant in photos if not (path := picture_path(images, photo, variant)).is_file()
    ]
    if missing:
        name, path = missing[0]
        others = f"; {len(missing) - 1} others are missing too" if len(missing) > 1 else ""
        raise UsageError(
            f"the picture {str(path)!r} of row {name!r} is not there{others}: --images names the folder above 'real'",
            code="file_not_found",
            path=path,
            field="ImgReal",
            count=len(missing),
        )


def picture(path: Path, variant: Variant = "real") -> tuple[Picture, tuple[str, ...]]:
    """Return a picture to send, and codes of warnings.

    A file that is within the limits and stands as its EXIF data say goes out byte for byte; what was turned or scaled
    is written anew as a JPEG of quality 95.

    Raises:
        UsageError: ``bad_image``, ``image_too_large``, ``file_not_found``.
        MissingExtra: Without the ``vision`` extra.
    """
    from questline.tools.photos import open_photo, upright

    photo = open_photo(path)  # decodes all of it, so that a damaged file never reaches a model
    require("PIL.Image", feature="sending photos")
    from PIL import Image

    warned = tuple(warning.code for warning in photo.warnings)
    with Image.open(path) as file:
        kind, standing = file.format or "", file.getexif().get(_ORIENTATION, 1)
    if variant != "upright" and standing == 1 and not warned and kind in _TYPES:
        return Picture(data=path.read_bytes(), media_type=_TYPES[kind]), ()
    shown = upright(photo) if variant == "upright" else photo
    written = io.BytesIO()
    Image.fromarray(shown.pixels).save(written, "JPEG", quality=_QUALITY)
    return Picture(data=written.getvalue(), media_type="image/jpeg"), warned
