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
    known = entries(folder)
    previous = str(known[-1]["hash"]) if known else _ORIGIN
    told = {"time": datetime.now(UTC).isoformat(timespec="seconds"), **body, "previous": previous}
    own = _hash(told)
    with journal_of(folder).open("a", encoding="utf-8") as file:
        file.write(json.dumps({**told, "hash": own}, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return own


def entries(folder: Path) -> list[dict[str, Any]]:
    """Return the entries, oldest first; a last line that a kill cut off is left out."""
    path = journal_of(folder)
    found: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            found.append(cast("dict[str, Any]", json.loads(line)))
        except ValueError:
            continue
    return found


def broken(folder: Path) -> int:
    """Return how many entries were changed, or do not follow from the one before."""
    wrong, last = 0, _ORIGIN
    for entry in entries(folder):
        body = {name: value for name, value in entry.items() if name != "hash"}
        wrong += entry.get("previous") != last or entry.get("hash") != _hash(body)
        last = str(entry.get("hash"))
    return wrong


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
