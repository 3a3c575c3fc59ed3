"""A file of what was written on the way: one JSON object a text, with the step and whatever was said of it.

Steps are told as the driver counts them: what is written after so many, or to learn from in the step of this number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

__all__ = ["SAMPLES", "SampleLog"]

SAMPLES: Final = "samples.jsonl"


class SampleLog:
    """Of one run; the driver takes out what a killed run had told beyond where it goes on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SAMPLES
        self.closed = False
        """What is written no more belongs to the run: the best step is measured again where it is exported."""

    def add(self, step: int, rows: Iterable[Mapping[str, object]]) -> None:
        """Write what came of a step."""
        if self.closed:
            return
        with self._path.open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({"step": step, **row}, ensure_ascii=False) + "\n")
