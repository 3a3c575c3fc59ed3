"""The tables of expressions beside this file, parsed, and readings written in their form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from questline.tools.temporal import TimeReading

__all__ = ["Case", "cases", "shown"]

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table."""

    id: str
    group: str
    anchor: date
    text: str
    expected: str
    """What `shown` gives for the right readings."""


def shown(readings: tuple[TimeReading, ...]) -> str:
    """Write readings as the tables do, each with its place: ``3:9 2022-01-01..2022-12-31 year relative``."""
    lines: dict[tuple[int, int], list[str]] = {}
    for reading in readings:
        start, end = (day.isoformat() if day else "" for day in (reading.start, reading.end))
        days = "-" if not start and not end else start if start == end else f"{start}..{end}"
        shift = f"{reading.shift:+d}" if reading.kind == "event" else ""
        lines.setdefault((reading.span.start, reading.span.end), []).append(
            f"{days} {reading.granularity} {reading.kind}{shift}"
        )
    return " ; ".join(f"{start}:{end} {' or '.join(parts)}" for (start, end), parts in lines.items())


def cases(language: str, name: str = "expressions") -> list[Case]:
    """Return the lines of a table."""
    found: list[Case] = []
    anchor, group = date(2023, 5, 17), ""
    lines = (FOLDER / f"{name}_{language}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.startswith("@anchor "):
            anchor = date.fromisoformat(line.removeprefix("@anchor "))
        elif line.startswith("## "):
            group = line.removeprefix("## ")
        elif line.strip() and not line.startswith("#"):
            marked, _, meanings = line.rpartition("|")
            kind = "" if name == "expressions" else f"-{name}"
            found.append(_case(f"{language}{kind}-{number}", group, anchor, marked.strip(), meanings.strip()))
    return found


def _case(name: str, group: str, anchor: date, marked: str, meanings: str) -> Case:
    spans: list[str] = []
    text = ""
    for piece in re.split(r"(\[[^\]]*\])", marked):
        inner = piece[1:-1] if piece.startswith("[") else piece
        if piece.startswith("["):
            spans.append(f"{len(text)}:{len(text) + len(inner)}")
        text += inner
    expected = [meaning.strip() for meaning in meanings.split(";")] if meanings else []
    assert len(spans) == len(expected), f"{name}: {len(spans)} marks and {len(expected)} meanings"
    return Case(
        name, group, anchor, text, " ; ".join(f"{span} {what}" for span, what in zip(spans, expected, strict=True))
    )
