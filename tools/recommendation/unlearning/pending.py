"""A model's folder that waits for its store says so, so that what a kill left between the two is found and mended.

The new folder has forgotten, the store has not yet: `pending` says in the folder where the store stood. Whoever works
on the folder next sees whether the store has moved on (`mend`). If not, the old folder is put back; if so, the old one,
which knows what was forgotten, is let go of unless it is to be kept for an undo.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from questline.tools.recommendation.neural.standing import Standing

from .replacing import before_of, forget_before, put_back

__all__ = ["mend", "over", "pending"]

_NAME: Final = "pending.txt"


def pending(folder: Path, now: Standing, *, undoable: bool) -> None:
    """Note in a folder that is to be put in its place where its store stands."""
    told = (now.store, now.log, "undoable" if undoable else "")
    (folder / _NAME).write_text("\n".join(told), encoding="utf-8")


def over(folder: Path) -> None:
    """Take the note away: folder and store have both forgotten."""
    (folder / _NAME).unlink(missing_ok=True)


def mend(folder: Path, now: Standing) -> None:
    """Undo, or be done with, what a kill left between a folder and its store; nothing where it is another's store."""
    path = folder / _NAME
    if not path.is_file():
        return
    store, log, undoable = (*path.read_text(encoding="utf-8").split("\n"), "", "", "")[:3]
    if store != now.store:
        return
    if log == now.log and before_of(folder).is_dir():
        put_back(folder)
        return
    if log != now.log and not undoable:
        forget_before(folder)
    over(folder)
