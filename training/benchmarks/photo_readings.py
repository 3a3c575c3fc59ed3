"""The photos of MathReal read in several ways, each reading kept on disk so that a stopped run goes on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.tools.photos import Pixels, Reader, Turn, open_photo, repair, turned
from questline.training.evaluation.rows import Row, read_rows

from .kept import Kept

__all__ = ["KINDS", "Item", "Read", "halves", "items", "read_all"]

KINDS: Final[Mapping[str, str]] = {
    "blur": "blur",
    "underexposure/overexposure": "exposure",
    "shadow coverage": "shadow",
    "glare": "glare",
    "in-plane tilt": "tilt",
    "non-planar capture": "non-planar",
    "background distortion": "background",
    "handwritten questions": "handwritten question",
    "reverse side content": "reverse side",
    "question marking": "marks on question",
    "figure marking": "marks on figure",
    "handwritten answer for multiple-choice questions": "handwritten answer",
    "handwritten process for constructed-response questions": "handwritten working",
}
"""MathReal's names of noise with a severity, and ours."""
_TURNS: Final[Mapping[object, Turn]] = {"Upright": 0, "Clockwise90°": 270, "Counterclockwise90°": 90, "180°": 180}
"""How the page lies in the photo, and the clockwise turn that mends it (seen on a dozen photos)."""
_SEED: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question with its photo."""

    id: str
    real: Path
    clean: Path | None
    text: str
    """In Chinese, as annotated."""
    turn: Turn
    """The annotated clockwise turn that makes the photo upright."""
    noise: Mapping[str, int]
    """Our name of each kind to its severity, 0 to 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read from one question's pictures."""

    degrees: int
    confidence: float
    steps: Sequence[str]
    severity: Mapping[str, int]
    raw: Mapping[str, float]
    as_is: str
    upright: str
    repaired: str
    clean: str | None


def items(path: Path, images: Path) -> list[Item]:
    """Return the questions of a file of MathReal.

    Raises:
        UsageError: ``bad_data`` naming a missing column, ``file_not_found`` naming a missing picture.
    """
    found: list[Item] = []
    for row in read_rows(path):
        noise = {**_group(row, "ImageQualityDegradation"), **_group(row, "ImagePerspectiveVariation")}
        noise |= _group(row, "ContentInterference")
        lies = noise.get("rotation")
        if lies not in _TURNS:
            raise row.fault("rotation", f"has the rotation {lies!r}; known are {', '.join(map(str, _TURNS))}")
        clean = row.values.get("ImgClean")
        item = Item(
            id=row.identifier("idx"),
            real=images / row.text("ImgReal"),
            clean=images / clean if isinstance(clean, str) and clean else None,
            text=row.text("QuestionCN"),
            turn=_TURNS[lies],
            noise={own: _severity(row, noise, name) for name, own in KINDS.items()},
        )
        for picture in (item.real, item.clean):
            if picture is not None and not picture.is_file():
                raise UsageError(f"there is no picture {str(picture)!r}", code="file_not_found", path=picture)
        found.append(item)
    return found


def _group(row: Row, name: str) -> dict[str, object]:
    value = row.values.get(name)
    if not isinstance(value, dict):
        raise row.fault(name, f"needs {name!r} as an object")
    return cast("dict[str, object]", value)


def _severity(row: Row, noise: Mapping[str, object], name: str) -> int:
    value = noise.get(name)
    if value not in (0, 1, 2, 3):
        raise row.fault(name, f"needs {name!r} as 0, 1, 2 or 3")
    return int(cast("int", value))


def halves(found: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Return the half that anything may be tuned on, and the other; as many rotated photos in each."""
    drawn = random.Random(_SEED)  # noqa: S311 because it splits data
    halved: tuple[list[Item], list[Item]] = ([], [])
    for group in ([item for item in found if item.turn], [item for item in found if not item.turn]):
        drawn.shuffle(group)
        halved[0].extend(group[: len(group) // 2])
        halved[1].extend(group[len(group) // 2 :])
    return halved


def read_all(found: Iterable[Item], folder: Path) -> Iterable[tuple[Item, Read]]:
    """Yield each question with its readings, from `folder` where they were made before by the same code."""
    reader, kept = Reader(), Kept(folder)
    for item in found:
        pictures = tuple(path.read_bytes() for path in (item.real, item.clean) if path is not None)
        yield item, Read(**kept.get(pictures, lambda item=item: asdict(_read(item, reader))))


def _read(item: Item, reader: Reader) -> Read:
    photo = open_photo(item.real)
    mended = repair(photo)
    degrees = mended.orientation.degrees

    def text(pixels: Pixels) -> str:
        return reader.read(photo.with_pixels(pixels)).text

    as_is = text(photo.pixels)
    upright = text(turned(photo.pixels, degrees)) if degrees else as_is
    more = [step for step in mended.steps if not step.startswith("turned")]
    measures = {name: getattr(mended.quality, name) for name in ("blur", "exposure", "shadow", "glare", "tilt")}
    return Read(
        degrees=degrees,
        confidence=mended.orientation.confidence,
        steps=mended.steps,
        severity={name: measure.severity for name, measure in measures.items()},
        raw={name: measure.raw for name, measure in measures.items()},
        as_is=as_is,
        upright=upright,
        repaired=text(mended.photo.pixels) if more else upright,
        clean=reader.read(open_photo(item.clean)).text if item.clean else None,
    )
