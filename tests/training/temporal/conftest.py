"""The tables of pairs beside this file, parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, cast

from questline.tools.temporal.result import Granularity
from questline.training.evaluation.temporal.question import AnswerType, TimedQuestion

__all__ = ["Pair", "pairs"]

_HEAD: Final = re.compile(r"^\[(\w+) (\w+) (\d{4}-\d\d-\d\d)\] (.*) => (.*)$")
_MARKS: Final = {"+": True, "-": False, "?": None}


@dataclass(frozen=True, slots=True)
class Pair:
    """An answer with its mark by hand."""

    line: int
    item: TimedQuestion
    prediction: str
    correct: bool | None


def pairs(name: str) -> list[Pair]:
    """Return the pairs of a table; `` | `` stands between aliases of a gold answer."""
    found: list[Pair] = []
    item: TimedQuestion | None = None
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _HEAD.match(line):
            item = TimedQuestion(
                id=f"{name}-{number}",
                question=head[4],
                answers=tuple(head[5].split(" | ")),
                answer_type=cast("AnswerType", head[1]),
                granularity=cast("Granularity", head[2]),
                anchor=date.fromisoformat(head[3]),
            )
        elif line[:1] in _MARKS and item is not None:
            found.append(Pair(number, item, line[1:].strip(), _MARKS[line[0]]))
    return found
