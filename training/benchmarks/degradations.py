"""How much less is read of a page the worse its photo is: OCR score by kind and level of synthetic degradation.

    python -P -m questline.training.benchmarks.degradations --json degradations.json --picture degradations.svg

Needs the extra ``vision``. The pages are our own (`questline.training.evaluation.pages`); each is degraded in 14 kinds
at levels 1 to 3 and read as it is; for the kinds that `questline.tools.photos.repair` mends, repaired too. Readings
are kept beside the cache folder: a stopped run goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.tools.photos import Photo, Reader, ocr_score, repair
from questline.training.evaluation.degradation_picture import degradation_picture
from questline.training.evaluation.degrade import KINDS, Kind, degrade
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.pages import PAGES, Page, page

from .harness import natural, parser, positive, run
from .kept import Kept

__all__ = ["main", "measure"]

_MENDED: Final[tuple[Kind, ...]] = ("shadow", "rotation", "tilt")
_LEVELS: Final = (0, 1, 2, 3)
_SIDE: Final = 640
"""The pages are 800 pixels wide with large letters: larger costs time and reads nothing more."""


def measure(chosen: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Read every page in every kind and level, and return the mean scores with intervals."""
    pages = [page(number) for number in range(chosen.pages)]
    reader, kept = Reader(side=_SIDE), Kept(chosen.cache / "degraded_readings")
    task = bar.add_task("pages read", total=len(KINDS) * len(pages) * len(_LEVELS))
    as_is: dict[str, list[list[float]]] = {}
    repaired: dict[str, list[list[float]]] = {}
    for kind in KINDS:
        for level in _LEVELS:
            scores: list[tuple[float, float]] = []
            for number, each in enumerate(pages):
                scores.append(_scored(each, kind, level, chosen.seed + number, reader, kept))
                bar.advance(task)
            as_is.setdefault(kind, []).append([score for score, _ in scores])
            if kind in _MENDED:
                repaired.setdefault(kind, []).append([score for _, score in scores])
    if chosen.picture is not None:
        chosen.picture.write_text(_picture(pages[0], chosen.seed, as_is, repaired), encoding="utf-8")
    curves = {kind: _curve(levels) for kind, levels in as_is.items()}
    return {
        "pages": len(pages),
        "seed": chosen.seed,
        "as_is": curves,
        "repaired": {kind: _curve(levels) for kind, levels in repaired.items()},
        "falls": sorted(kind for kind, curve in curves.items() if _falls(curve)),
        "does_not_fall": sorted(kind for kind, curve in curves.items() if not _falls(curve)),
    }


def _scored(each: Page, kind: Kind, level: int, seed: int, reader: Reader, kept: Kept) -> tuple[float, float]:
    """Return the scores as it is and repaired; the same twice for kinds that are not mended."""
    photo = Photo(pixels=degrade(each.pixels, kind, level, seed=seed, layout=each.layout))
    parts = (photo.pixels.tobytes(), repr(photo.pixels.shape).encode(), str(_SIDE).encode())
    plain: str = kept.get(parts, lambda: {"text": reader.read(photo).text})["text"]
    if kind not in _MENDED:
        return ocr_score(plain, each.text).total, 0.0
    mended: str = kept.get((*parts, b"repaired"), lambda: {"text": reader.read(repair(photo).photo).text})["text"]
    return ocr_score(plain, each.text).total, ocr_score(mended, each.text).total


def _curve(levels: Sequence[Sequence[float]]) -> list[dict[str, float]]:
    told: list[dict[str, float]] = []
    for scores in levels:
        low, high = bootstrap_interval(scores)
        told.append({"mean": round(_mean(scores), 4), "low": round(low, 4), "high": round(high, 4)})
    return told


def _falls(curve: Sequence[Mapping[str, float]]) -> bool:
    means = [each["mean"] for each in curve]
    return all(after < before for before, after in pairwise(means))


def _picture(
    each: Page,
    seed: int,
    as_is: Mapping[str, Sequence[Sequence[float]]],
    repaired: Mapping[str, Sequence[Sequence[float]]],
) -> str:
    shown = {kind: degrade(each.pixels, kind, 2, seed=seed, layout=each.layout) for kind in KINDS}
    curves = {
        name: {kind: [_mean(scores) for scores in levels] for kind, levels in found.items()}
        for name, found in (("as it is", as_is), ("repaired", repaired))
    }
    return degradation_picture(shown, curves, title="A page at level 2 of each kind, and its OCR score by level")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--pages", type=positive, default=len(PAGES), help="how many, again from the first")
    options.add_argument("--seed", type=natural, default=0, help="of what is drawn on them")
    options.add_argument("--picture", type=Path, default=None, metavar="FILE", help="also draw the curves, as SVG")
    options.add_argument("--cache", type=Path, default=Path(".questline") / "eval", metavar="DIR")
    return run("degradations", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
