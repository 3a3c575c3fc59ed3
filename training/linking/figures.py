"""What a linker reaches on questions over tables that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

from questline.tools.tables.linker.network import Calibration
from questline.tools.tables.linker.roles import place_of
from questline.training.recipe import Figures

from .trying import Tried

__all__ = ["answered", "figures", "role_f1"]


def answered(each: Tried, calibration: Calibration) -> bool:
    """Say whether a reading is sure enough to answer."""
    read = each.read
    return read is not None and read.signs is not None and calibration.confidence(read.signs) >= calibration.threshold


def role_f1(found: Sequence[Tried]) -> float:
    """Return F1 of the words that are not idle: role and column both right."""
    idle = place_of("idle")
    hits = said = marked = 0
    for each in found:
        if each.read is None:
            continue
        choices = each.read.probabilities.argmax(axis=1)
        hits += int(((choices == each.example.labels) & (choices != idle)).sum())
        said += int((choices != idle).sum())
        marked += int((each.example.labels != idle).sum())
    return 2 * hits / max(1, said + marked)


def figures(found: Sequence[Tried], calibration: Calibration) -> Figures:
    """Return role F1, exact readings, and what is answered at the threshold: right, wrong, and refused as it should."""
    answerable = [each for each in found if each.example.asked.answerable and not each.example.asked.yesno]
    none = [each for each in found if not each.example.asked.answerable]
    told = [each for each in found if answered(each, calibration)]
    right = sum(each.right for each in told)
    return {
        "role F1": role_f1(found),
        "exact readings": sum(each.right for each in answerable) / max(1, len(answerable)),
        "answered right": right / max(1, len(answerable)),
        "right of what is answered": right / max(1, len(told)),
        "answered": float(len(told)),
        "unanswerable refused": 1 - sum(answered(each, calibration) for each in none) / max(1, len(none)),
    }
