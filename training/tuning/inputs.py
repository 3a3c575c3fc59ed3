"""What a run reads, as one hash: one that would go on with other data, or from another model, is another run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from questline.training.evaluation.rows import content_hash
from questline.training.recipe import Job

__all__ = ["hash_of_inputs"]

_ENDS: Final = 1 << 20
"""Bytes at both ends that stand for a file of weights, whose middle takes long to read."""


def hash_of_inputs(job: Job, settings: Any) -> str:
    """Return a hash of the data and of every file that a setting names; of a folder, of the files in it.

    Of a model's files it is their sizes and both ends. What a name alone stands for is told by the settings.

    Args:
        job: Whose data is learnt from; what lies where the run goes is not read.
        settings: A dataclass.
    """
    digest = hashlib.sha256()
    named = {each.name: getattr(settings, each.name) for each in fields(settings)}
    for name, value in {"data": job.data, **named}.items():
        for file in _files(value, job.out):
            if file.suffix == ".md":  # a card says when and how long, which decides nothing
                continue
            told = _both_ends(file) if name == "model" else content_hash(file)
            digest.update(f"{name}\0{file.name}\0{told}\n".encode())
    return digest.hexdigest()[:16]


def _files(value: object, out: Path) -> Sequence[Path]:
    """Return the files that a value names, where it is a path."""
    if not isinstance(value, str | Path) or not str(value).strip():
        return []
    try:
        path = Path(value).resolve()
        if path.is_relative_to(out.resolve()):
            return []
        if path.is_file():
            return [path]
        return sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else []
    except (OSError, ValueError):  # too long for a name, or with a character that none has
        return []


def _both_ends(file: Path) -> str:
    size = file.stat().st_size
    with file.open("rb") as content:
        digest = hashlib.sha256(f"{size}\0".encode() + content.read(_ENDS))
        content.seek(max(0, size - _ENDS))
        digest.update(content.read())
    return digest.hexdigest()
