"""Two folds of questions, so that nothing that answers a question has learnt from it; and a part that is held out.

Both are decided by a hash of the question's words: they stay when a file is sorted, cut or mixed with another. The
two hashes, and the one by which the cross-encoder's recipe holds questions out, are independent of each other.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.models.fitted import check_fits
from questline.tools.retrieval.faults import storage_faults
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.rows import content_hash, read_questions

__all__ = ["FOLDS", "QUESTIONS", "Fits", "fold_of", "held_out", "learnt_by_shipped", "write_folds"]

FOLDS: Final = (1, 2)
QUESTIONS: Final = "qa/mixed_train.jsonl.gz"
"""What the recipes learn from, in a data folder."""
_HELD_OUT: Final = 0.2


def fold_of(question: str) -> int:
    """Return 1 or 2."""
    return 1 + int(question_hash(f"fold {question}") * len(FOLDS))


def held_out(question: str) -> bool:
    """Say whether a question is of the fifth that nothing is chosen on."""
    return question_hash(f"held out {question}") < _HELD_OUT


@dataclass(frozen=True, slots=True)
class Fits:
    """Folders of fits, one a fold; none where the shipped ones answer."""

    folders: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if self.folders and len(self.folders) != len(FOLDS):
            raise UsageError(
                f"--models is given {len(self.folders)} times; it needs one folder a fold ({len(FOLDS)}), or none",
                argument="models",
            )

    def of(self, question: str) -> Path | None:
        """Return the folder whose fits have not learnt from a question; None for the shipped ones."""
        return self.folders[fold_of(question) - 1] if self.folders else None

    def check(self, questions: Iterable[str]) -> None:
        """See that no fit is asked what it has learnt from: the questions that each was made of lie beside it.

        Raises:
            UsageError: ``bad_argument`` with ``question`` for one that a folder's data hold, ``file_not_found`` where
                a folder does not hold its data.
        """
        asked = list(questions)
        for fold, folder in zip(FOLDS, self.folders, strict=bool(self.folders)):
            check_fits(folder)
            learnt = {question_hash(row.text) for row in read_questions(folder / "data" / QUESTIONS)}
            seen = next((one for one in asked if fold_of(one) == fold and question_hash(one) in learnt), None)
            if seen is not None:
                raise UsageError(
                    f"the fits in {str(folder)!r} have learnt from {seen!r}, a question of fold {fold}; give the "
                    f"folder of fold 1 first, then that of fold 2, as `agents train planner folds` made them",
                    argument="models",
                    question=seen,
                )


def learnt_by_shipped(questions: Path) -> bool:
    """Say whether the shipped tables were fitted on this file, by the hashes in their heads."""
    from importlib.resources import files

    head = content_hash(questions)[:16]
    tables = {"reading": ("coefficients.toml", "blend.toml"), "selection": ("coefficients.toml",)}
    return any(
        f"sha256 {head}" in (files(f"questline.tools.{tool}") / name).read_text(encoding="utf-8")
        for tool, names in tables.items()
        for name in names
    )


def write_folds(data: Path, out: Path, *, questions: str = QUESTIONS) -> dict[int, int]:
    """Make a data folder for each fold: links to every file of `data`, and the questions of the other fold alone.

    The recipes learn from such a folder as from any other, with the same settings.

    Args:
        data: Folder with ``MANIFEST.tsv``.
        out: Gets ``1/data`` and ``2/data``; the runs of the recipes belong beside them.
        questions: The file that is cut, in `data`.

    Returns:
        By fold, how many questions its fits may learn from.

    Raises:
        UsageError: ``file_not_found``, ``bad_data`` with the line, ``already_there`` for a folder that was made before.
        RunError: ``read_only`` or ``disk_full``.
    """
    texts = [row.text for row in read_questions(data / questions)]  # each row is checked before anything is written
    lines = _lines(data / questions)
    kept: dict[int, int] = {}
    with storage_faults(out, what="the data of the folds"):
        for fold in FOLDS:
            home = out / str(fold) / "data"
            if home.exists():
                raise UsageError(f"{str(home)!r} is there already", code="already_there", path=home)
            _links(data, home, Path(questions).parts)
            left = [line for line, text in zip(lines, texts, strict=True) if fold_of(text) != fold]
            # Without the name and time that gzip writes, the same questions give the same bytes.
            (home / questions).write_bytes(gzip.compress(b"".join(left), mtime=0))
            kept[fold] = len(left)
    return kept


def _lines(path: Path) -> list[bytes]:
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return [line + b"\n" for line in text.split(b"\n") if line.strip()]


def _links(data: Path, home: Path, parts: Sequence[str]) -> None:
    """Link everything in `data` but the path of `parts`, whose folders are made."""
    home.mkdir(parents=True)
    for entry in sorted(data.iterdir()):
        if entry.name != parts[0]:
            (home / entry.name).symlink_to(os.path.relpath(entry.resolve(), home.resolve()))
        elif len(parts) > 1:
            _links(entry, home / entry.name, parts[1:])
