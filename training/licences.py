"""Which data shipped weights may learn from: what the data folder's own manifest says of each file's licence."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from questline.errors import UsageError

__all__ = ["MANIFEST", "Licensed", "own_file", "shippable"]

MANIFEST: Final = "MANIFEST.tsv"
"""Columns ``file``, ``source`` and ``licence``, tab-separated, beside the data."""
_REFUSED: Final = re.compile(
    r"non-?commercial|\bnc\b|research|none stated|not to be sold|do not ship|own licen", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licensed:
    """One file that weights may learn from."""

    file: str
    """As the manifest names it."""
    source: str
    licence: str


def shippable(folder: Path, files: Iterable[str]) -> tuple[Licensed, ...]:
    """Return what the manifest says of `files`, each of which must allow that weights learnt from it ship.

    Raises:
        UsageError: ``file_not_found`` without a manifest; ``bad_data`` for a file that it does not list, or whose
            licence is absent, for research only, or not for commerce.
    """
    path = folder / MANIFEST
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            f"there is no {MANIFEST} in {str(folder)!r} that names each file's licence",
            code="file_not_found",
            path=path,
        ) from error
    except (KeyError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(path)!r} is not a table with the column 'file'", code="bad_data", path=path) from error
    return tuple(_checked(path, name, rows.get(name)) for name in files)


def own_file(path: Path) -> Licensed:
    """Return what can be said of a file outside any data folder: what learns from it is its owner's alone."""
    return Licensed(
        file=path.name, source="a file of your own", licence="not stated: for its owner's use, not to be shipped"
    )


def _checked(path: Path, name: str, row: dict[str, str] | None) -> Licensed:
    licence = (row or {}).get("licence") or ""
    if row is None or not licence.strip():
        raise UsageError(f"{str(path)!r} states no licence of {name!r}", code="bad_data", path=path, file=name)
    if _REFUSED.search(licence):
        raise UsageError(
            f"weights that ship must not learn from {name!r}: its licence is {licence!r}",
            code="bad_data",
            path=path,
            file=name,
        )
    return Licensed(file=name, source=row.get("source") or "", licence=licence)
