"""Write a page without harming a file that is another's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.retrieval.faults import storage_faults

__all__ = ["GENERATOR", "check_page", "write_page"]

GENERATOR: Final = "agents eval report"
"""Stands in the head of each page, by which a later run knows it as its own."""
_HEAD: Final = 4096
"""Bytes in which that has to stand."""


def check_page(path: Path, *, force: bool = False) -> None:
    """Refuse a target that this command did not write.

    Raises:
        UsageError: ``file_not_found`` when its folder is not there, ``already_there`` for a foreign file or a folder.
    """
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {str(path.parent)!r}", code="file_not_found", path=path.parent)
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; name a file in it", code="already_there", path=path)
    if path.exists() and not force and not _is_ours(path):
        raise UsageError(
            f"{str(path)!r} is there and no page of this command; choose another --out, or --force to replace it",
            code="already_there",
            path=path,
        )


def write_page(path: Path, html: str, *, force: bool = False) -> None:
    """Write a page in one step, so that no reader ever sees half of it.

    Raises:
        UsageError: What `check_page` raises.
        RunError: ``read_only``, ``disk_full`` or ``run_failed``.
    """
    check_page(path, force=force)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with storage_faults(path.parent, what=path.name):
        try:
            beside.write_text(html, encoding="utf-8")
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return f'content="{GENERATOR}"'.encode() in file.read(_HEAD)
    except OSError:
        return False
