"""The server `photos`: the text of a photographed page, turned upright and mended, and what it asks answered by rules.

A photo comes in the call, as base64, or by its name in a folder that the server was given. Needs the extra ``vision``.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools.fencing import verbatim
from questline.tools.files import Roots
from questline.tools.mathematics import Calculator
from questline.tools.mathematics.problems import answers_in
from questline.tools.photos import HARD_PIXELS, MAX_BYTES, UNREADABLE, Reader, Reading, Repair, open_photo, repair

from .serving import READ_ONLY, QuestlineServer, tool
from .shapes import line, lines, said

__all__ = ["server"]

_DATA: Final = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)
_LONGEST: Final = MAX_BYTES // 3 * 4 + 4
"""Characters of base64 below which a picture may be small enough."""
_LONGEST_NAME: Final = 1_000
_MEASURES: Final = ("blur", "exposure", "shadow", "glare", "tilt")

Image: TypeAlias = Annotated[
    str, Field(description="JPEG, PNG or WebP as base64 or data URL; else its path in a named folder.")
]


class Read(TypedDict):
    """The text of a photo, and how well it could be read."""

    text: str
    confidence: float
    unreadable: int
    turned: int
    quality: dict[str, int]
    steps: list[str]
    warnings: list[str]


class Solved(Read):
    """What the text asks, answered."""

    status: Literal["solved", "unsolved"]
    answers: list[str]
    answer_confidence: float


def server(calculator: Calculator, roots: Roots | None = None, *, threads: int = 1, **options: Any) -> QuestlineServer:
    """Return the server.

    Args:
        calculator: Works out formulas; it stays the caller's to close.
        roots: Folders whose pictures may be named by their path; None: only pictures that come in a call.
        threads: Of the networks that read.
        options: Of `QuestlineServer`.
    """

    def read_photo(image: Image) -> Read:
        """Read a photographed page (Chinese, English): upright, mended, with unreadable pieces marked."""
        return _read(image)[1]

    def solve_photo(image: Image) -> Solved:
        """Read a photo and answer its formulas or short word problem by rules, else unsolved."""
        reading, found = _read(image)
        solved = Solved(**found, status="unsolved", answers=[], answer_confidence=0.0)
        if found["unreadable"]:
            solved["warnings"] = [
                *found["warnings"],
                "unreadable: a piece could not be read, so that nothing is solved",
            ]
            return solved
        answers, confidence = answers_in(reading.text, calculator=calculator)
        if answers:
            solved["status"], solved["answers"] = "solved", answers
            solved["answer_confidence"] = round(confidence * reading.confidence, 3)
        return solved

    def _read(image: str) -> tuple[Reading, Read]:
        photo = open_photo(_bytes(image, roots))
        mended = repair(photo, threads=threads)
        reading = Reader(threads=threads).read(mended.photo)
        return reading, _told(mended, reading)

    named = f" Folders: {', '.join(roots.names)}." if roots is not None else ""
    return QuestlineServer(
        "photos",
        title="Photos of pages",
        description=f"Reads photographed pages, and answers simple mathematics on them.{named}",
        tools=[
            tool(read_photo, title="Read a photo", hints=READ_ONLY, text=_read_text),
            tool(solve_photo, title="Solve a photo", hints=READ_ONLY, text=_solved_text),
        ],
        **options,
    )


def _bytes(image: str, roots: Roots | None) -> bytes:
    """Return the picture that an argument holds or names.

    Raises:
        UsageError: ``empty_question``; ``image_too_large`` before anything is decoded; ``bad_image`` for neither base64
            nor a name; what reading a named file raises.
    """
    text = image.strip()
    if not text:
        raise UsageError("the image is empty; send base64, or a path", code="empty_question", argument="image")
    prefix = _DATA.match(text)
    named = roots is not None and not prefix and len(text) <= _LONGEST_NAME
    if named and roots is not None and re.search(r"\.(?:jpe?g|png|webp)$", text, re.IGNORECASE):
        return roots.read_bytes(text)
    if len(text) > _LONGEST:
        raise UsageError(
            f"the image has {len(text):,} characters of base64; below {MAX_BYTES:,} bytes and {HARD_PIXELS:,} pixels"
            " are read. Send it smaller.",
            code="image_too_large",
            argument="image",
            limit=MAX_BYTES,
        )
    try:
        return base64.b64decode(re.sub(r"\s+", "", text[prefix.end() :] if prefix else text), validate=True)
    except (binascii.Error, ValueError) as error:
        folders = "; folders are named by --root" if roots is None else f"; paths begin with {', '.join(roots.names)}"
        raise UsageError(
            f"the image is neither base64 nor the path of a JPEG, PNG or WebP{folders}",
            code="bad_image",
            argument="image",
        ) from error


def _told(mended: Repair, reading: Reading) -> Read:
    return Read(
        text=reading.text,
        confidence=round(reading.confidence, 3),
        unreadable=sum(each.text == UNREADABLE for each in reading.lines),
        turned=mended.orientation.degrees,
        quality={name: getattr(mended.quality, name).severity for name in _MEASURES},
        steps=list(mended.steps),
        warnings=said(mended.original.warnings),
    )


def _read_text(found: Read) -> str:
    worst = [f"{name} {severity} of 3" for name, severity in found["quality"].items() if severity]
    return lines(
        verbatim("photo", found["text"]) if found["text"] else "no text was found",
        f"read with confidence {found['confidence']:.2f}",
        f"{found['unreadable']} pieces could not be read" if found["unreadable"] else "",
        ", ".join([*worst, *found["steps"]]),
        [line(each) for each in found["warnings"]],
    )


def _solved_text(found: Solved) -> str:
    solved = "; ".join(found["answers"]) if found["answers"] else "unsolved: no rule reads this photo"
    return lines(line(solved), _read_text(found))
