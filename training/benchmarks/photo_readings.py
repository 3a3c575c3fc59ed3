"""The photos of MathReal read in several ways, each reading kept on disk so that a stopped run goes on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.tools.photos import Reader, Turn, open_photo, repair, turned
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


def read_all(found: Sequence[Item], folder: Path, told: Callable[[], object]) -> list[tuple[Item, Read]]:
    """Return each question with its readings, from `folder` where they were made before by the same code.

    The photos are turned and read first, then what they are compared with.

    Args:
        found: The questions.
        folder: Where readings are kept.
        told: Called twice for each question.
    """
    reader, kept = Reader(), Kept(folder)
    upright: list[dict[str, Any]] = []
    for item in found:
        upright.append(kept.get((b"upright", item.real.read_bytes()), lambda item=item: _upright(item, reader)))
        told()
    pairs: list[tuple[Item, Read]] = []
    for item, first in zip(found, upright, strict=True):
        others = kept.get(
            (b"others", *(path.read_bytes() for path in (item.real, item.clean) if path is not None)),
            lambda item=item, first=first: _others(item, first, reader),
        )
        pairs.append((item, Read(**first, **others)))
        told()
    return pairs


def _upright(item: Item, reader: Reader) -> dict[str, object]:
    """Turn a photo upright, judge and read it."""
    photo = open_photo(item.real)
    mended = repair(photo)
    found = mended.orientation
    measures = {name: getattr(mended.quality, name) for name in ("blur", "exposure", "shadow", "glare", "tilt")}
    return {
        "degrees": found.degrees,
        "confidence": found.confidence,
        "steps": list(mended.steps),
        "severity": {name: measure.severity for name, measure in measures.items()},
        "raw": {name: measure.raw for name, measure in measures.items()},
        "upright": reader.read(photo.with_pixels(turned(photo.pixels, found.degrees))).text,
    }


def _others(item: Item, first: Mapping[str, Any], reader: Reader) -> dict[str, object]:
    """Read a photo as it is and mended, where that is something else, and the clean image."""
    photo, upright = open_photo(item.real), first["upright"]
    more = [step for step in first["steps"] if not step.startswith("turned")]
    return {
        "as_is": reader.read(photo).text if first["degrees"] else upright,
        "repaired": reader.read(repair(photo).photo).text if more else upright,
        "clean": reader.read(open_photo(item.clean)).text if item.clean else None,
    }
