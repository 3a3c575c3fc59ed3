"""Photos of school mathematics: are they turned upright, and how much of their text is read, before and after repair.

    python -P -m questline.training.benchmarks.photos --questions mathreal.jsonl.gz --images DIR --json photos.json

Needs the extra ``vision``. Each photo is read as it is, turned upright, and repaired; the clean image of the same
question, where there is one, as it is. Readings are kept beside the cache folder: a stopped run goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from questline.tools.photos import ocr_score
from questline.training.evaluation.intervals import bootstrap_interval, mean, paired_bootstrap

from .harness import parser, positive, run
from .photo_readings import KINDS, Item, Read, halves, items, read_all

__all__ = ["main", "measure"]

Pair: TypeAlias = tuple[Item, Read]
_OWN: Final = ("blur", "exposure", "shadow", "glare", "tilt")
"""Kinds of noise that `questline.tools.photos.quality` measures and MathReal annotates."""
_WAYS: Final = ("as_is", "upright", "repaired")
_PARTS: Final = ("numbers", "keywords", "semantic", "format", "edits")


def measure(chosen: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Read every photo, and return the figures of all, of the tuned half and of the other."""
    found = items(chosen.questions, chosen.images)
    tuned, other = (frozenset(item.id for item in half) for half in halves(found))
    found = found[: chosen.limit]
    task = bar.add_task("photos", total=2 * len(found))
    pairs = read_all(found, chosen.cache / "photo_readings", lambda: bar.advance(task))
    sides = {
        "all": pairs,
        "tuned_half": [pair for pair in pairs if pair[0].id in tuned],
        "other_half": [pair for pair in pairs if pair[0].id in other],
    }
    return {
        "n": len(pairs),
        "orientation": {name: _orientation(side) for name, side in sides.items()},
        "ocr": {name: _ocr(side) for name, side in sides.items()},
        "noise": _noise(pairs),
        "quality": {name: _agreement(sides[name]) for name in ("tuned_half", "other_half")},
    }


def _orientation(pairs: Sequence[Pair]) -> dict[str, object]:
    def share(kept: Callable[[Item], object]) -> dict[str, object]:
        return _told([float(read.degrees == item.turn) for item, read in pairs if kept(item)])

    wrong = [(item, read) for item, read in pairs if item.turn != read.degrees]
    return {
        "all": share(lambda _: True),
        "rotated": share(lambda item: item.turn),
        "upright": share(lambda item: not item.turn),
        "wrong": [f"{item.id}: {item.turn} taken for {read.degrees}" for item, read in wrong],
    }


def _ocr(pairs: Sequence[Pair]) -> dict[str, object]:
    """Return the scores of each way, of the rotated photos apart, and what repair and a clean image change."""
    rotated = [pair for pair in pairs if pair[0].turn]
    paired = [pair for pair in pairs if pair[1].clean is not None]
    told: dict[str, object] = {}
    for way in _WAYS:
        told[way] = _told(_scores(pairs, way))
        told[f"{way}_rotated"] = _told(_scores(rotated, way))
    told["clean"] = _told(_scores(paired, "clean"))
    told["parts"] = {way: _parts(pairs if way != "clean" else paired, way) for way in ("repaired", "clean")}
    told["upright_minus_as_is_rotated"] = _change(rotated, "as_is", "upright")
    told["repaired_minus_upright"] = _change(pairs, "upright", "repaired")
    told["clean_minus_repaired"] = _change(paired, "repaired", "clean")
    return told


def _noise(pairs: Sequence[Pair]) -> dict[str, object]:
    """Return the score of upright photos by each kind's severity, and the difference that any severity makes."""
    told: dict[str, object] = {}
    for kind in KINDS.values():
        levels = {level: [pair for pair in pairs if pair[0].noise[kind] == level] for level in range(4)}
        told[kind] = {str(level): _told(_scores(kept, "upright")) for level, kept in levels.items() if kept}
    rotated = {"upright": [p for p in pairs if not p[0].turn], "rotated": [p for p in pairs if p[0].turn]}
    told["rotation"] = {name: _told(_scores(kept, "as_is")) for name, kept in rotated.items() if kept}
    return told


def _agreement(pairs: Sequence[Pair]) -> dict[str, object]:
    """Return how our severities agree with the annotated ones; rank correlation of the raw measure with them."""
    told: dict[str, object] = {}
    for kind in _OWN:
        off = [abs(read.severity[kind] - item.noise[kind]) for item, read in pairs]
        raw = [abs(read.raw[kind]) for _, read in pairs]
        told[kind] = {
            "same": mean([float(gap == 0) for gap in off]),
            "within_one": mean([float(gap <= 1) for gap in off]),
            "rank_correlation": _rank_correlation(raw, [item.noise[kind] for item, _ in pairs]),
        }
    return told


def _text(read: Read, way: str) -> str:
    return {"as_is": read.as_is, "upright": read.upright, "repaired": read.repaired, "clean": read.clean or ""}[way]


def _scores(pairs: Sequence[Pair], way: str) -> list[float]:
    return [ocr_score(_text(read, way), item.text).total for item, read in pairs]


def _parts(pairs: Sequence[Pair], way: str) -> dict[str, float | None]:
    scores = [ocr_score(_text(read, way), item.text) for item, read in pairs]
    found = {part: [getattr(score, part) for score in scores] for part in _PARTS}
    means = {part: mean([value for value in values if value is not None]) for part, values in found.items()}
    return {part: None if value is None else round(value, 4) for part, value in means.items()}


def _change(pairs: Sequence[Pair], before: str, after: str) -> dict[str, object]:
    if not pairs:
        return {"n": 0}
    found = paired_bootstrap(_scores(pairs, before), _scores(pairs, after))
    return {
        "n": found.n,
        "mean": round(found.difference, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "p": round(found.p, 4),
    }


def _told(values: Sequence[float]) -> dict[str, object]:
    if not values:
        return {"n": 0}
    low, high = bootstrap_interval(values)
    return {"n": len(values), "mean": round(sum(values) / len(values), 4), "low": round(low, 4), "high": round(high, 4)}


def _rank_correlation(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Return Spearman's coefficient with ties at their mean rank; None where either never changes."""
    first, second = _ranks(left), _ranks(right)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return round(float(np.corrcoef(first, second)[0, 1]), 4)


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[places]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--questions", type=Path, required=True, metavar="FILE", help="rows of MathReal")
    options.add_argument("--images", type=Path, required=True, metavar="DIR", help="the folder of its pictures")
    options.add_argument("--cache", type=Path, default=Path(".questline") / "eval", metavar="DIR")
    options.add_argument("--limit", type=positive, default=None, help="only the first so many")
    return run("photos", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
