"""Read MathReal's rows: each checked, each fault named by file, line and column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, Literal, TypeAlias, cast

from questline.errors import UsageError
from questline.training.evaluation.rows import Row, read_rows

__all__ = [
    "NOISES",
    "SETTINGS",
    "MathPhoto",
    "Setting",
    "asks_for_proof",
    "check_fields",
    "missing_fields",
    "read_photos",
    "sees",
    "unknown_values",
]

Setting: TypeAlias = Literal["I", "IUER", "I+QM", "I+QM+DM", "I+QG", "I+QG+DG", "QG+DG"]
SETTINGS: Final[tuple[Setting, ...]] = ("I", "IUER", "I+QM", "I+QM+DM", "I+QG", "I+QG+DG", "QG+DG")
"""The six of arXiv:2508.06009 §3, and the text alone."""
NOISES: Final[Mapping[str, tuple[str, ...]]] = {
    "ImageQualityDegradation": ("blur", "underexposure/overexposure", "shadow coverage", "glare"),
    "ImagePerspectiveVariation": ("rotation", "in-plane tilt", "non-planar capture", "background distortion"),
    "ContentInterference": (
        *("handwritten questions", "reverse side content", "question marking", "figure marking"),
        "handwritten answer for multiple-choice questions",
        "handwritten process for constructed-response questions",
    ),
}
"""The 14 kinds of noise by their column."""
UPRIGHT: Final = "upright"
TURNS: Final = {
    "upright": 0,
    "clockwise90°": 270,
    "counterclockwise90°": 90,
    "180°": 180,
}
"""Label of rotation → degrees clockwise that turn the photo upright."""
_COLUMNS: Final = ("idx", "ImgReal", "ImgClean", "QuestionCN", "AnswerCN", *NOISES)
_TAXONOMY: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "stage": ("EducationalStage", ("Primary", "Middle", "High")),
    "type": ("QuestionType", ("MultipleChoice", "FillInTheBlank", "ConstructedResponse")),
    "category": (
        "Category",
        ("Plane Geometry", "Solid Geometry", "Logical Reasoning", "Function Graphs", "Statistical Charts"),
    ),
    "difficulty": ("Difficulty", ("Easy", "Medium", "Hard")),
}
_NEEDS: Final[Mapping[Setting, tuple[str, ...]]] = {
    "I+QG": ("Question",),
    "I+QG+DG": ("Question", "Description"),
    "QG+DG": ("Question", "Description"),
}
_PROOF: Final = re.compile(r"证明|求证|画一画|画出|画图|作图|作出|尺规")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_PROOF_EN: Final = re.compile(r"\b(?:prove|proof|draw|sketch)\b", re.IGNORECASE)
Language: TypeAlias = Literal["zh", "en"]
_SUFFIX: Final[Mapping[Language, str]] = {"zh": "CN", "en": "EN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MathPhoto:
    """One question with its photo."""

    id: str
    real: str
    """The photo, below the folder of images."""
    clean: str
    """The same question as a clean picture; empty where there is none."""
    question: Mapping[Language, str]
    description: Mapping[Language, str]
    """The figure in words."""
    answers: Mapping[Language, str]
    labels: Mapping[str, str]
    """``stage``, ``type``, ``category``, ``difficulty``, ``table``, and each kind of noise with its severity 0–3."""
    turn: int
    """Degrees clockwise that turn the photo upright, as labelled."""
    proof: bool
    """Asks for a proof or a drawing: reported apart."""

    @property
    def golds(self) -> tuple[str, ...]:
        """The right answer in each language that there is."""
        return tuple(text for text in self.answers.values() if text.strip())

    @property
    def choice(self) -> bool:
        """Whether letters are to be chosen from."""
        return self.labels["type"] == "MultipleChoice"


def sees(setting: Setting) -> bool:
    """Say whether a setting shows the photo."""
    return setting.startswith("I")


def asks_for_proof(question: Mapping[Language, str]) -> bool:
    """Say whether a question asks for a proof or a drawing, by words of the Chinese text, else of the English one.

    A Chinese text without one Chinese character counts as English.
    """
    chinese = question.get("zh", "")
    if _HAN.search(chinese):
        return bool(_PROOF.search(chinese))
    return bool(_PROOF_EN.search(chinese) or (not chinese.strip() and _PROOF_EN.search(question.get("en", ""))))


def read_photos(path: Path, *, setting: Setting, language: Language = "zh") -> list[MathPhoto]:
    """Read MathReal rows.

    Args:
        path: JSON lines, plain or gzip, with the columns of the published set.
        setting: What is asked decides which texts a row needs.
        language: Of the texts given to a model.

    Raises:
        UsageError: ``bad_data`` naming the columns that lack or what a cell should be; ``duplicate_id``;
            ``missing_field`` for a text that the setting needs and no row has; and what reading a file raises.
    """
    found: dict[str, MathPhoto] = {}
    lines: dict[str, int] = {}
    for row in read_rows(path):
        one = _photo(row)
        if one.id in found:
            raise UsageError(
                f"{str(path)!r}, line {row.line}: the idx {one.id!r} stands on line {lines[one.id]} already",
                code="duplicate_id",
                path=path,
                line=row.line,
                field="idx",
            )
        found[one.id], lines[one.id] = one, row.line
    if not found:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    photos = list(found.values())
    for field in {field for photo in photos for field in missing_fields(photo, setting, language)}:
        if all(field in missing_fields(photo, setting, language) for photo in photos):
            raise _lacking(field, setting, f"{str(path)!r}: ", path)
    return photos


def missing_fields(photo: MathPhoto, setting: Setting, language: Language) -> list[str]:
    """Return the columns that a setting needs and a row leaves empty."""
    texts = {"Question": photo.question, "Description": photo.description}
    return [f"{name}{_SUFFIX[language]}" for name in _NEEDS.get(setting, ()) if not texts[name][language].strip()]


def check_fields(photo: MathPhoto, setting: Setting, language: Language) -> None:
    """Refuse a row that lacks a text which the setting gives: UsageError ``missing_field``."""
    for field in missing_fields(photo, setting, language):
        raise _lacking(field, setting, f"row {photo.id!r}: ", photo.id)


def unknown_values(photos: Sequence[MathPhoto]) -> list[str]:
    """Return a sentence for each value of the taxonomy that the published set does not have."""
    seen = {(name, photo.labels[name]) for photo in photos for name in _TAXONOMY}
    return [
        f"{_TAXONOMY[name][0]} {value!r} is not one of the published values ({', '.join(_TAXONOMY[name][1])}); it is a"
        " slice of its own"
        for name, value in sorted(seen)
        if value not in _TAXONOMY[name][1]
    ]


def _photo(row: Row) -> MathPhoto:
    values = row.values
    missing = [name for name in (*_COLUMNS, *(column for column, _ in _TAXONOMY.values())) if name not in values]
    if missing:
        there = ", ".join(map(repr, values)) or "none"
        raise row.fault(missing[0], f"the columns {', '.join(map(repr, missing))} are missing; there are {there}")
    labels = {name: row.text(column) for name, (column, _) in _TAXONOMY.items()}
    labels["table"] = "yes" if values.get("Table") else "no"
    for column, kinds in NOISES.items():
        cells = values[column]
        if not isinstance(cells, dict):
            raise row.fault(column, f"needs {column!r} as an object of severities")
        for kind in kinds:
            labels[kind] = _severity(row, column, kind, cast("dict[str, object]", cells).get(kind))
    question = _texts(row, "Question")
    return MathPhoto(
        id=row.identifier("idx"),
        real=_below(row, "ImgReal"),
        clean="" if values["ImgClean"] in (None, "") else _below(row, "ImgClean"),
        question=question,
        description=_texts(row, "Description"),
        answers=_texts(row, "Answer"),
        labels=labels,
        turn=TURNS[labels["rotation"]],
        proof=asks_for_proof(question),
    )


def _below(row: Row, column: str) -> str:
    """Return the path of a picture, which lies below the folder of images: data name no other file of this machine."""
    text = row.text(column)
    path = PurePath(text)
    if path.is_absolute() or ".." in path.parts:
        raise row.fault(column, f"{column} {text!r} leads outside of the folder of images")
    return text


def _severity(row: Row, column: str, kind: str, value: object) -> str:
    if kind == "rotation":
        told = str(value).strip().lower()
        if told not in TURNS:
            raise row.fault(column, f"{kind} {value!r} is not one of {', '.join(TURNS)}")
        return told
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 3:
        raise row.fault(column, f"{kind!r} is {value!r}; severities are whole numbers from 0 to 3")
    return str(value)


def _texts(row: Row, name: str) -> dict[Language, str]:
    found: dict[Language, str] = {}
    for language, suffix in _SUFFIX.items():
        value = row.values.get(f"{name}{suffix}")
        if value is not None and not isinstance(value, str):
            raise row.fault(f"{name}{suffix}", f"needs {name + suffix!r} as text")
        found[language] = value or ""
    return found


def _lacking(field: str, setting: Setting, where: str, path: Path | str) -> UsageError:
    return UsageError(
        f"{where}the setting {setting} needs {field!r}, which is empty; "
        "fill it, take another --language, or a setting without it",
        code="missing_field",
        path=path,
        field=field,
    )
