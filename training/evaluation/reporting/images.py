"""Photos of items as small JPEGs inside the page, as long as there is room."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from questline.errors import MissingExtra, require

__all__ = ["ImageShelf"]

_SIDE: Final = 560
"""Pixels of the longer side, at most."""
_MOST_PIXELS: Final = 60_000_000
_MOST_FILE: Final = 40_000_000
"""Bytes of a file that is opened."""
_QUALITIES: Final = (72, 55, 40)


class ImageShelf:
    """Finds the images of items in a few folders and makes them small; nothing outside of the folders is read.

    Args:
        folders: Where names are looked for, in this order.
        room: Bytes that all images together may take in the page.
        each: Bytes of one.
    """

    def __init__(self, folders: Sequence[Path], *, room: int = 3_000_000, each: int = 60_000) -> None:
        self._folders = [folder.resolve() for folder in folders if folder.is_dir()]
        self._room, self._each = room, each
        self._made: dict[Path, str] = {}
        self.notes: dict[str, int] = {}
        """Why images are not shown, and how many."""

    def data_uri(self, name: str) -> str:
        """Return an image as ``data:image/jpeg;base64,…``; empty, with a note, where it cannot be shown."""
        path = self._place(name)
        if path is None:
            return self._without("not at hand; name their folder by --images")
        if path not in self._made:
            made = self._small(path)
            if isinstance(made, str):
                return self._without(made)
            uri = f"data:image/jpeg;base64,{base64.b64encode(made).decode()}"
            if len(uri) > self._room:
                return self._without("left out, for the page's room for images is full")
            self._room -= len(uri)
            self._made[path] = uri
        return self._made[path]

    def _place(self, name: str) -> Path | None:
        if "\0" in name or len(name) > 1_000:
            return None
        for folder in self._folders:
            for part in (name, Path(name).name):
                try:
                    path = (folder / part).resolve()
                    if part and path.is_relative_to(folder) and path.is_file():
                        return path
                except OSError:
                    continue
        return None

    def _small(self, path: Path) -> bytes | str:
        """Return a small JPEG, or why there is none."""
        try:
            require("PIL", feature="images in a report")
        except MissingExtra as error:
            return error.message
        from PIL import Image, ImageOps, UnidentifiedImageError

        if path.stat().st_size > _MOST_FILE:
            return "files too large to be opened"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Pillow warns of is refused by size below
                with Image.open(path) as opened:
                    if opened.width * opened.height > _MOST_PIXELS:
                        return "of too many pixels to be opened"
                    opened.draft("RGB", (_SIDE, _SIDE))
                    image = ImageOps.exif_transpose(opened).convert("RGB")
        except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
            return "files that are no readable image"
        image.thumbnail((_SIDE, _SIDE))
        for quality in _QUALITIES:
            held = io.BytesIO()
            image.save(held, "JPEG", quality=quality, optimize=True)
            if held.tell() <= self._each:
                break
        else:
            image.thumbnail((_SIDE // 2, _SIDE // 2))
            held = io.BytesIO()
            image.save(held, "JPEG", quality=_QUALITIES[-1])
        return held.getvalue()

    def _without(self, reason: str) -> str:
        self.notes[reason] = self.notes.get(reason, 0) + 1
        return ""
