"""The note beside a derived index: what it was made from, and the checksums of its files."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

__all__ = [
    "DENSE_MANIFEST",
    "LEXICAL_MANIFEST",
    "MANIFESTS",
    "Manifest",
    "checksums",
    "read_manifest",
    "write_atomically",
    "write_manifest",
]

LEXICAL_MANIFEST: Final = "lexical.json"
DENSE_MANIFEST: Final = "dense.json"
MANIFESTS: Final = (LEXICAL_MANIFEST, DENSE_MANIFEST)
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a derived index holds."""

    format: int
    """Version of how it is made."""
    store: str
    """Identity of the database."""
    generation: int
    """The database's commit that it reflects."""
    model: str = ""
    """Fingerprint of the encoder."""
    files: dict[str, tuple[int, int]]
    """Size and CRC-32 by file name."""

    def intact(self, folder: Path) -> bool:
        """Whether each file is there and has the bytes that were written."""
        try:
            return checksums(folder, list(self.files)) == self.files
        except OSError:
            return False


def read_manifest(path: Path) -> Manifest | None:
    """Read it, or return None when it is missing or not one."""
    try:
        data = cast("dict[str, object]", json.loads(path.read_bytes()))
        files = {
            name: (int(size), int(crc)) for name, (size, crc) in cast("dict[str, list[int]]", data["files"]).items()
        }
        return Manifest(
            format=int(str(data["format"])),
            store=str(data["store"]),
            generation=int(str(data["generation"])),
            model=str(data["model"]),
            files=files,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step."""
    write_atomically(path, [json.dumps(asdict(manifest)).encode()])


def write_atomically(path: Path, parts: Sequence[bytes | memoryview]) -> tuple[int, int]:
    """Write a file that is either whole or not there; return its size and CRC-32."""
    scratch = path.with_name(path.name + ".part")
    size = crc = 0
    try:
        with scratch.open("wb") as file:
            for part in parts:
                file.write(part)
                crc = zlib.crc32(part, crc)
                size += len(part)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    return size, crc


def checksums(folder: Path, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return size and CRC-32 by name."""
    sums: dict[str, tuple[int, int]] = {}
    for name in names:
        size = crc = 0
        with (folder / name).open("rb") as file:
            while block := file.read(_BLOCK):
                crc = zlib.crc32(block, crc)
                size += len(block)
        sums[name] = (size, crc)
    return sums
