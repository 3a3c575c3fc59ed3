"""Answers that were made elsewhere, scored as they stand: JSON lines of ``idx``, ``prediction`` and perhaps more."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from questline.errors import RunError, UsageError
from questline.tools.models.llm_contract import Picture
from questline.training.evaluation.rows import Row, read_rows

from .answering import Answered
from .refusals import is_refusal
from .rows import MathPhoto

__all__ = ["GivenAnswerer", "read_predictions"]


class GivenAnswerer:
    """Answers from a file."""

    def __init__(self, answers: dict[str, Answered]) -> None:
        self._answers = answers

    async def answer(self, photo: MathPhoto, picture: Picture | None) -> Answered:
        """Return the file's answer; RunError ``missing_prediction`` where it has none."""
        del picture
        found = self._answers.get(photo.id)
        if found is None:
            raise RunError(f"the file of predictions has no row for {photo.id!r}", code="missing_prediction")
        return found


def read_predictions(path: Path, known: Iterable[str]) -> dict[str, Answered]:
    """Read ``{idx | id, prediction | answer, transcript?, confidence?}`` rows.

    Args:
        path: JSON lines, plain or gzip.
        known: The ids of all rows of the data.

    Raises:
        UsageError: ``unknown_id``, ``duplicate_id``, and ``bad_data`` naming the column.
    """
    ids = set(known)
    found: dict[str, Answered] = {}
    for row in read_rows(path):
        name = row.identifier("idx", "id")
        where = f"{str(path)!r}, line {row.line}"
        if name not in ids:
            problem = f"{where}: the data has no row {name!r}"
            raise UsageError(problem, code="unknown_id", path=path, line=row.line, field="idx")
        if name in found:
            problem = f"{where}: {name!r} is predicted twice"
            raise UsageError(problem, code="duplicate_id", path=path, line=row.line, field="idx")
        found[name] = _answered(row)
    if not found:
        raise UsageError(f"{str(path)!r} holds no prediction", code="bad_data", path=path)
    return found


def _answered(row: Row) -> Answered:
    names = [name for name in ("prediction", "answer") if name in row.values]
    if not names:
        there = ", ".join(map(repr, row.values))
        raise row.fault("prediction", f"needs the column 'prediction' (or 'answer'); there are {there}")
    text = row.values[names[0]]
    if text is not None and not isinstance(text, str):
        raise row.fault(names[0], f"needs {names[0]!r} as text, empty for no answer")
    confidence, transcript = row.values.get("confidence"), row.values.get("transcript")
    if confidence is not None and (
        isinstance(confidence, bool)
        or not isinstance(confidence, int | float)
        or not (math.isfinite(confidence) and 0 <= confidence <= 1)
    ):
        raise row.fault("confidence", f"confidence {confidence!r} is no number from 0 to 1")
    if transcript is not None and not isinstance(transcript, str):
        raise row.fault("transcript", "needs 'transcript' as text")
    return Answered(
        text=text or "",
        transcript=transcript,
        confidence=None if confidence is None else float(confidence),
        refused=is_refusal(text or ""),
    )
