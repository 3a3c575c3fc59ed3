"""Other fits in place of the shipped ones, for a process that measures them: runs of `agents train`, side by side.

A folder of fits holds one run a recipe, under the recipe's name: ``cross-encoder/model/``, ``reading/model/`` and so
on. Models and tables stay in memory once they are read, so that one process measures one folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from questline.errors import RunError, UsageError

__all__ = ["FITTED", "check_fits", "fitted", "use"]

FITTED: Final[dict[str, tuple[str, ...]]] = {
    "cross-encoder": ("manifest.json",),
    "reading": ("coefficients.toml",),
    "reading-blend": ("blend.toml",),
    "selection": ("coefficients.toml",),
}
"""The recipes whose fits answer questions over documents, with the files that are read first."""
_used: Final[list[Path]] = []


def check_fits(folder: Path) -> None:
    """See that a folder holds every fit.

    Raises:
        UsageError: ``file_not_found`` naming what it lacks.
    """
    for recipe, names in FITTED.items():
        for path in (folder / recipe / "model" / name for name in names):
            if not path.is_file():
                raise UsageError(
                    f"there is no {str(path)!r}; a folder of fits holds one run a recipe: {', '.join(FITTED)}",
                    code="file_not_found",
                    path=path,
                )


def use(folder: Path) -> None:
    """Read every fit from `folder`, in this process and from now on; called before any model or table was read.

    Raises:
        UsageError: What `check_fits` raises.
        RunError: When the process uses another folder already.
    """
    check_fits(folder)
    if _used and _used != [folder]:
        raise RunError(f"this process reads the fits in {str(_used[0])!r} already")
    _used[:] = [folder]


def fitted(recipe: str) -> Path | None:
    """Return the folder of a recipe's fit; None where the shipped one is read."""
    return _used[0] / recipe / "model" if _used else None
