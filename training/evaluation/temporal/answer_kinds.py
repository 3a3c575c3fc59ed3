"""Tell the type of gold answers where their set does not: a time, a number, or a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from questline.tools.temporal import Granularity, resolve_time

from .quantities import folded, quantities
from .question import AnswerType
from .wording import bare

__all__ = ["kind_of"]

_UNITS: Final[tuple[Granularity, ...]] = ("day", "month", "year")
_NAMES: Final = re.compile(r"[^\W\d_]{3,}")


def kind_of(answers: Sequence[str]) -> tuple[AnswerType, Granularity]:
    """Return the type of answers and the unit of their times: all of them times, all of them numbers, else names."""
    units = [_unit(answer) for answer in answers]
    if units and None not in units:
        return "time", next(unit for unit in reversed(_UNITS) if unit in units)
    if answers and all(_is_number(answer) for answer in answers):
        return "numerical", "day"
    return "entity", "day"


def _unit(answer: str) -> Granularity | None:
    if not answer.strip():
        return None
    found = [reading for reading in resolve_time(answer, date(2000, 1, 1)) if reading.start or reading.end]
    if not found or any(reading.kind == "relative" for reading in found):
        return None
    covered = sum(len(bare(reading.span.text)) for reading in found)
    if covered < len(bare(answer)) - 2:
        return None
    unit = found[0].granularity
    return unit if unit in _UNITS else "year"


def _is_number(answer: str) -> bool:
    found = quantities(answer)
    if len(found) != 1:
        return False
    text = folded(answer)
    rest = text[: found[0].start] + text[found[0].end :]
    return len(_NAMES.findall(rest)) <= 1 and len(rest.split()) <= 2
