"""Undo a forgetting in a trained model and in its store together, or let go for good of what it kept aside.

    1  note      the model's folder says which certificate is being undone
    2  store     puts back what it kept aside, in one transaction, and logs it
    3  model     the old folder takes the place of the unlearnt one, note and all

A kill between 1 and 2 has undone nothing, one between 2 and 3 leaves the store undone: whoever works on the folder
next sees in the store's log which of the two it was (`mend_undo`), and takes the note away or goes on with 3. Giving
the same command again does so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from questline.errors import RunError, UsageError
from questline.tools.recommendation.certificates import entries as logged
from questline.tools.recommendation.neural.checkpoint import digest
from questline.tools.recommendation.neural.standing import standing
from questline.tools.recommendation.recommender import SessionRecommender
from questline.tools.recommendation.store import SessionStore

from .journal import append, entries
from .model_folder import read_folder, read_manifest
from .pending import mend
from .replacing import alone, before_of, forget_before, put_back

__all__ = ["finish_model", "mend_undo", "undo_both", "undo_in_model"]

_NOTE: Final = "undoing.txt"


def undo_both(recommender: SessionRecommender, folder: Path, certificate: str) -> None:
    """Put a store and a model's folder back as they were before a forgetting: both, or neither.

    Args:
        recommender: Over the store.
        folder: Of the model that was unlearnt with it.
        certificate: Of the store's forgetting.

    Raises:
        UsageError: ``unknown_certificate``; ``no_snapshot`` where one of them keeps nothing aside of it, and then
            neither has changed; ``file_not_found``.
        RunError: ``damaged_model`` where what is kept aside is not what it was; ``model_locked``.
    """
    with alone(folder):
        store = recommender.store
        mend(folder, standing(store))
        if mend_undo(folder, store) == certificate:
            return
        if recommender.status(certificate) == "undoable":  # else the store says below why it puts nothing back
            _check_kept(folder, certificate)
            told = (standing(store).store, certificate)
            (folder / _NOTE).write_text("\n".join(told), encoding="utf-8")
        try:
            recommender.rollback(certificate, network=folder)
        except BaseException:
            mend_undo(folder, store)
            raise
        _put_back(folder)


def mend_undo(folder: Path, store: SessionStore) -> str:
    """Go on with an undo that a kill cut off, or take its note away.

    Returns:
        The certificate of an undo that was completed; empty where there was none, or it had not reached the store.
    """
    path = folder / _NOTE
    if not path.is_file():
        return ""
    name, certificate = (*path.read_text(encoding="utf-8").split("\n"), "", "")[:2]
    if name != standing(store).store:
        return ""
    with store.reading() as connection:
        undone = any(entry["action"] == "rollback" for entry in logged(connection, certificate))
    if undone and before_of(folder).is_dir():
        _put_back(folder)
        return certificate
    path.unlink()
    return ""


def undo_in_model(folder: Path) -> None:
    """Put a model's folder alone back as it was before its last forgetting; `undo_both` does so with its store.

    Raises:
        UsageError: ``no_snapshot`` where nothing is kept aside; ``file_not_found``.
        RunError: ``damaged_model`` where what is kept aside is not what it was; ``model_locked``.
    """
    with alone(folder):
        _check_kept(folder, "")
        _put_back(folder)


def finish_model(folder: Path) -> bool:
    """Let go of what a forgetting kept aside; return whether there was anything.

    Raises:
        UsageError: ``file_not_found``.
        RunError: ``model_locked``.
    """
    with alone(folder):
        there = forget_before(folder)
        if there:
            append(folder, {"action": "finish"})
        return there


def _check_kept(folder: Path, certificate: str) -> None:
    """Refuse where nothing is kept aside, or what is kept is damaged or of another forgetting."""
    if not before_of(folder).is_dir():
        raise UsageError(
            f"nothing of {str(folder)!r} is kept aside, and nothing was put back: it was unlearnt without `undoable`, "
            "or was let go or put back. Without --model the store alone is put back",
            code="no_snapshot",
            path=folder,
        )
    trained, manifest = read_folder(before_of(folder))
    kept = digest(trained)
    forgettings = [entry for entry in entries(folder) if entry["action"] == "forget"]
    last = forgettings[-1] if forgettings else {}
    of = last.get("store_certificate", certificate)
    if certificate and last.get("model_before") == kept and of != certificate:
        raise UsageError(
            f"what is kept aside of {str(folder)!r} is of another forgetting, {of}; nothing was put back",
            code="no_snapshot",
            path=folder,
        )
    now = read_manifest(folder).get("network") if folder.is_dir() else None
    if certificate and of == certificate and now not in {None, last.get("model_after", now)}:
        raise UsageError(
            f"{str(folder)!r} was learnt again since it was unlearnt; nothing was put back. Let go of the older one "
            f"with `agents forget finish {certificate} --model`",
            code="no_snapshot",
            path=folder,
        )
    known = manifest.get("network", last.get("model_before", kept))
    if known != kept or (of == certificate and last.get("model_before", kept) != kept):
        message = f"what is kept aside of {str(folder)!r} is not what it was: learn the model again"
        raise RunError(message, code="damaged_model", path=folder)


def _put_back(folder: Path) -> None:
    put_back(folder)
    append(folder, {"action": "rollback"})
