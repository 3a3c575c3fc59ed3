"""A file of what was written on the way: one JSON object a text, with the step and whatever was said of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

__all__ = ["SAMPLES", "SampleLog"]

SAMPLES: Final = "samples.jsonl"


class SampleLog:
    """Of one run; a run that goes on from a step forgets what came after it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SAMPLES

    def begin(self, step: int) -> None:
        """Keep what was written before `step` alone, and nothing of a line that was not written to its end."""
        if not self._path.exists():
            return
        kept = [line for line in self._path.read_text(encoding="utf-8").split("\n") if _before(line, step)]
        part = self._path.with_name(f"{SAMPLES}.part")
        part.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        part.replace(self._path)

    def add(self, step: int, rows: Iterable[Mapping[str, object]]) -> None:
        """Write what came of a step."""
        with self._path.open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({"step": step, **row}, ensure_ascii=False) + "\n")


def _before(line: str, step: int) -> bool:
    try:
        told = cast("Mapping[str, object]", json.loads(line))
    except ValueError:
        return False
    at = told.get("step")
    return isinstance(at, int) and at < step
