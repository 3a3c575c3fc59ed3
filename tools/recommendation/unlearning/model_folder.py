"""Read the folder of a trained model, its network and what its manifest says that it learnt; write the manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import RunError, UsageError
from questline.tools.recommendation.neural import Trained, load
from questline.tools.recommendation.neural.checkpoint import FILE

__all__ = ["MANIFEST", "read_folder", "read_manifest", "write_manifest"]

MANIFEST: Final = "manifest.json"


def read_folder(folder: Path) -> tuple[Trained, dict[str, Any]]:
    """Return the network and the manifest.

    Raises:
        UsageError: ``no_snapshot`` for a folder without its network.
        RunError: ``damaged_model``.
    """
    manifest = read_manifest(folder)
    return load(folder / FILE), manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder that has its network; raises as `read_folder`."""
    if not (folder / FILE).is_file():
        raise UsageError(
            f"{str(folder)!r} holds no {FILE}: without the network that was trained there is nothing to unlearn from, "
            "and nothing to keep close to; learn it again with `agents train recommender`",
            code="no_snapshot",
            path=folder,
        )
    try:
        manifest = cast("dict[str, Any]", json.loads((folder / MANIFEST).read_bytes()))
        learnt = manifest["learnt"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"the manifest of {str(folder)!r} cannot be read; learn it again with `agents train recommender`"
        raise RunError(message, code="damaged_model", path=folder) from error
    if not isinstance(learnt, dict) or not _spans(cast("dict[str, object]", learnt).get("sessions", [0, -1])):
        raise RunError(f"the manifest of {str(folder)!r} says not what was learnt", code="damaged_model", path=folder)
    return manifest


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Put another manifest in the place of a folder's, in one step."""
    part = folder / f"{MANIFEST}.part"
    part.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)


def _spans(sessions: object) -> bool:
    """Say whether something is the numbers of a first and of a last session."""
    if not isinstance(sessions, list):
        return False
    ends = cast("list[object]", sessions)
    return len(ends) == 2 and all(type(end) is int for end in ends)
