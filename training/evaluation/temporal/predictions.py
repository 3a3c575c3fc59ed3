"""Answers that somebody else's system gave, by id."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import cast

from questline.errors import UsageError
from questline.training.evaluation.rows import read_rows

__all__ = ["read_predictions"]


def read_predictions(path: Path, known: Collection[str]) -> Mapping[str, str]:
    """Read ``{id, prediction | answer}`` rows, or one JSON object ``{id: answer}`` in a ``.json`` file.

    What is missing of the known ids is the caller's to count.

    Raises:
        UsageError: ``unknown_id`` for an id that is none of the known ones, ``bad_prediction`` for an answer that is no
            text, both with ``id``; ``bad_data`` for a row without them or an id that stands twice; and what reading
            raises.
    """
    found: dict[str, str] = {}
    for name, value in _pairs(path):
        if name not in known:
            raise UsageError(
                f"{str(path)!r} holds an answer for {name!r}, which is no question of the data",
                code="unknown_id",
                path=path,
                id=name,
            )
        if not isinstance(value, str):
            raise UsageError(
                f"{str(path)!r}: the answer for {name!r} is {value!r:.80}; it must be a text (empty for none)",
                code="bad_prediction",
                path=path,
                id=name,
            )
        if name in found:
            raise UsageError(
                f"{str(path)!r} holds two answers for {name!r}", code="bad_data", path=path, field="id", id=name
            )
        found[name] = value
    return found


def _pairs(path: Path) -> list[tuple[str, object]]:
    if path.suffix == ".json":
        try:
            whole: object = json.loads(path.read_bytes())
        except FileNotFoundError as error:
            raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
        except (OSError, ValueError) as error:
            raise UsageError(f"{str(path)!r} is no JSON ({error})", code="bad_data", path=path, field="") from error
        if not isinstance(whole, dict):
            raise UsageError(f"{str(path)!r} is no object of id and answer", code="bad_data", path=path, field="")
        return list(cast("dict[str, object]", whole).items())
    found: list[tuple[str, object]] = []
    for row in read_rows(path):
        name = next((key for key in ("prediction", "answer") if key in row.values), None)
        if name is None:
            raise row.fault("prediction", "needs 'prediction' (or 'answer')")
        found.append((row.identifier("id", "_id"), row.values[name]))
    return found
