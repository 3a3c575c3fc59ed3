"""The parts of docs/results.md about photos: orientation, OCR score by way and noise, and the synthetic curves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

__all__ = ["PARTS", "degraded", "mathreal"]

_SIDES: Final = {"all": "all", "tuned_half": "the half that limits were set on", "other_half": "the other half"}
_WAYS: Final = {
    "as_is": "as it is",
    "upright": "turned upright",
    "repaired": "repaired",
    "as_is_rotated": "rotated photos, as they are",
    "upright_rotated": "rotated photos, turned upright",
    "repaired_rotated": "rotated photos, repaired",
    "clean": "clean images",
}
_CHANGES: Final = {
    "upright_minus_as_is_rotated": "turning the rotated photos upright",
    "repaired_minus_upright": "repair after turning",
    "clean_minus_repaired": "a clean image instead of the repaired photo, in pairs",
}


def mathreal(folder: Path) -> str:
    """Return the tables of the photos of MathReal."""
    told = _read(folder, "photos_mathreal")
    if told is None:
        return "Not measured yet for this version: photos_mathreal. `make results` does."
    sides, ocr = told["orientation"], told["ocr"]
    lines = [
        "| turned upright | all photos | rotated | upright |",
        "|---|---|---|---|",
        *(
            f"| {name} | {' | '.join(_share(sides[side][group]) for group in ('all', 'rotated', 'upright'))} |"
            for side, name in _SIDES.items()
        ),
        "",
        "| OCR score | all | set on | other half |",
        "|---|---|---|---|",
        *(f"| {name} | {' | '.join(_share(ocr[side][way]) for side in _SIDES)} |" for way, name in _WAYS.items()),
        *(f"| {name} | {' | '.join(_gain(ocr[side][way]) for side in _SIDES)} |" for way, name in _CHANGES.items()),
        "",
        "| noise, photos turned upright | 0 | 1 | 2 | 3 |",
        "|---|---|---|---|---|",
    ]
    for kind, levels in told["noise"].items():
        if kind != "rotation":
            lines.append(f"| {kind} | {' | '.join(_share(levels.get(str(level))) for level in range(4))} |")
    lines += [
        "",
        "| severity against the annotated one, other half | same | within 1 | rank correlation |",
        "|---|---:|---:|---:|",
        *(
            f"| {kind} | {row['same']:.2f} | {row['within_one']:.2f} | {_number(row['rank_correlation'])} |"
            for kind, row in told["quality"]["other_half"].items()
        ),
    ]
    return "\n".join([*lines, "", _source("photos_mathreal", told)])


def degraded(folder: Path) -> str:
    """Return the table of the synthetic degradations."""
    told = _read(folder, "degradations")
    if told is None:
        return "Not measured yet for this version: degradations. `make results` does."
    lines = ["| kind | 0 | 1 | 2 | 3 | falls with each level |", "|---|---:|---:|---:|---:|---|"]
    for kind, curve in told["as_is"].items():
        lines.append(f"| {kind} | {_means(curve)} | {'yes' if kind in told['falls'] else 'no'} |")
    for kind, curve in told["repaired"].items():
        lines.append(f"| {kind}, repaired | {_means(curve)} | |")
    return "\n".join([*lines, "", _source("degradations", told)])


PARTS: Final[Mapping[str, Callable[[Path], str]]] = {"photos_mathreal": mathreal, "degradations": degraded}
"""Name in the page's template to what makes the part from the folder of results."""


def _read(folder: Path, name: str) -> dict[str, Any] | None:
    path = folder / f"{name}.json"
    return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _means(curve: Sequence[Mapping[str, float]]) -> str:
    return " | ".join(f"{level['mean']:.3f}" for level in curve)


def _share(found: Mapping[str, Any] | None) -> str:
    if not found or not found["n"]:
        return "–"
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}], n {found['n']}"


def _gain(found: Mapping[str, Any]) -> str:
    if not found["n"]:
        return "–"
    return f"{found['mean']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}], n {found['n']}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _source(name: str, told: Mapping[str, Any]) -> str:
    run = told["run"]
    machine = run["hardware"]
    place = f"{machine['cores']} cores, {machine['processor'] or machine['machine']}"
    return f"- **{name}**: `{run['command']}` ({run['date']}, {run['commit']}, {place})"
