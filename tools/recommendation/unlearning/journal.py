"""The certificates of a trained model: an append-only file beside its folder, each entry bound to the one before.

No content of what was forgotten stands in it: requests are keyed hashes, networks and data hashes, the rest numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

__all__ = ["append", "broken", "entries", "journal_of"]

_ORIGIN: Final = "0" * 64


def journal_of(folder: Path) -> Path:
    """Return the file of a model's certificates."""
    return folder.with_name(f"{folder.name}.certificates.jsonl")


def append(folder: Path, body: Mapping[str, object]) -> str:
    """Write an entry to the end, on the disk when this returns; return its hash, which names it."""
    _cut_torn(journal_of(folder))
    known = entries(folder)
    previous = str(known[-1]["hash"]) if known else _ORIGIN
    told = {"time": datetime.now(UTC).isoformat(timespec="seconds"), **body, "previous": previous}
    own = _hash(told)
    with journal_of(folder).open("a", encoding="utf-8") as file:
        file.write(json.dumps({**told, "hash": own}, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part = _newest_of(folder).with_suffix(".part")
    part.write_text(own + "\n", encoding="utf-8")
    part.replace(_newest_of(folder))
    return own


def entries(folder: Path) -> list[dict[str, Any]]:
    """Return the entries that can be read, oldest first; see `broken` for others."""
    return [entry for entry in _lines(journal_of(folder)) if entry is not None]


def broken(folder: Path) -> int:
    """Return how many entries were changed, cannot be read, or do not follow from the one before.

    A last line that a kill cut off is no entry. Where entries were taken away from the end, so that the one is missing
    which ``NAME.certificates.newest`` beside it names, that counts once.
    """
    wrong, last, hashes = 0, _ORIGIN, set[str]()
    for entry in _lines(journal_of(folder)):
        if entry is None:
            wrong += 1
            continue
        body = {name: value for name, value in entry.items() if name != "hash"}
        wrong += entry.get("previous") != last or entry.get("hash") != _hash(body)
        last = str(entry.get("hash"))
        hashes.add(last)
    newest = _newest_of(folder)
    return wrong + (newest.is_file() and newest.read_text(encoding="utf-8", errors="replace").strip() not in hashes)


def _newest_of(folder: Path) -> Path:
    """Return the file with the hash of the newest entry, or, after a kill, of the one before."""
    return folder.with_name(f"{folder.name}.certificates.newest")


def _lines(path: Path) -> list[dict[str, Any] | None]:
    """Return whole lines as entries, None for one that is none; what stands after the last line break is left out."""
    if not path.is_file():
        return []
    return [_entry(line) for line in path.read_bytes().split(b"\n")[:-1]]


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        told: object = json.loads(line)
    except ValueError:  # no UTF-8, or no JSON
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) and "hash" in told else None


def _cut_torn(path: Path) -> None:
    """Take away what a kill left of a line, so that the next one stands for itself."""
    if path.is_file() and (whole := path.read_bytes()) and not whole.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(whole.rfind(b"\n") + 1)


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
