"""Readings kept on disk, one file each, named by all that they depend on: a stopped benchmark goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from questline.tools import photos

__all__ = ["Kept"]


class Kept:
    """A folder of results of the code that reads photos.

    Args:
        folder: Made when missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        sources = sorted(Path(photos.__file__).parent.glob("*.py"))
        read = (path.read_bytes() for path in sources if path.stem not in ("__init__", "scoring", "words"))
        self._code = hashlib.sha256(b"\0".join((version("rapidocr").encode(), *read))).digest()

    def get(self, parts: tuple[bytes, ...], make: Callable[[], Mapping[str, object]]) -> dict[str, Any]:
        """Return what was made of the parts before, by the same code and engine, or make it now.

        Args:
            parts: All that it depends on beside the code, such as the bytes of a picture.
            make: What JSON can hold.
        """
        path = self._folder / f"{hashlib.sha256(b'|'.join((self._code, *parts))).hexdigest()[:32]}.json"
        if path.is_file():
            return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        made = dict(make())
        half = path.with_suffix(".part")
        half.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
        half.replace(path)
        return made
