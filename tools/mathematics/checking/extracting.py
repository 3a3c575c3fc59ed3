r"""What a text gives as its answer: the content of ``\boxed{}``, an answer line, or its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .latex import closing
from .verdicts import Route

__all__ = ["LONGEST_TEXT", "Extraction", "extract"]

LONGEST_TEXT: Final = 20_000
"""Characters of a prediction that are read: its end, where it is longer."""
_WHOLE: Final = 600
_BOX: Final = re.compile(r"\\(?:boxed|fbox)\s*(?=\{)|\\boxed\s+(?=[^{\s])")
_LABEL_BEFORE: Final = re.compile(r"(\((?:\d{1,2}|[ivx]+)\)|[①-⑳])[^\n①-⑳()]*$")
_LINE: Final = re.compile(
    r"(?:故?(?:本题的?)?(?:最终|正确|最后的?)?答案?(?:应?[为是选填]+\s*[:：]?|\s*[:：])|故(?:应?选|填)\s*[:：]?|【?答[;；:：】]"
    r"|\b(?:the\s+|so\s+the\s+|final\s+)*(?:final\s+)?answers?(?:\s+to\s+(?:this|the)\s+questions?)?\s*(?:is|are|:)+\s*:?"
    r"|####|\banswer\s*[:：])",
    re.IGNORECASE,
)
_MARKS: Final = re.compile(r"\*\*|__|^#+\s*|`", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """The answers of a text, in order, and how they were found."""

    answers: Sequence[str]
    route: Route


def extract(text: str, *, wanted: int = 1) -> Extraction:
    """Return what a prediction gives as its answer; no model reads it.

    Args:
        text: The prediction; of more than `LONGEST_TEXT` characters the end is read.
        wanted: How many parts the right answer has, where several boxes stand in a text that also sums them up.
    """
    text = text[-LONGEST_TEXT:]
    if not text.strip():
        return Extraction(answers=(), route="empty")
    boxes = _boxes(text)
    if boxes:
        return Extraction(answers=_chosen(boxes, wanted), route="boxed")
    text = _MARKS.sub("", text)
    lines = list(_LINE.finditer(text))
    if lines:
        rest = text[lines[-1].end() :].strip().strip("】").strip()
        if rest:
            return Extraction(answers=(rest,), route="answer_line")
    if len(text.strip()) <= _WHOLE and (text.count("\n") <= 12):
        return Extraction(answers=(text.strip(),), route="whole")
    last = [line.strip() for line in text.splitlines() if line.strip()]
    return Extraction(answers=(last[-1][-_WHOLE:],), route="tail")


def _boxes(text: str) -> list[tuple[str, str]]:
    """Return the label before each box and its content; a box that never closes ends with its line."""
    found: list[tuple[str, str]] = []
    at = 0
    while (match := _BOX.search(text, at)) is not None and len(found) < 200:
        start = match.end()
        if text[start : start + 1] == "{":
            end = closing(text, start)
            if end < 0:
                content = text[start + 1 :].split("\n", 1)[0].rstrip("$ .")
                end = start + len(content)
            else:
                content = text[start + 1 : end]
        else:
            content, end = text[start], start
        label = _LABEL_BEFORE.search(text[max(at, match.start() - 200) : match.start()])
        found.append((label[1] if label else "", content.strip()))
        at = end + 1
    return [box for box in found if box[1]]


def _chosen(boxes: list[tuple[str, str]], wanted: int) -> Sequence[str]:
    """Return the last box where one answer is wanted or it sums the others up, else all of them in order."""
    if wanted == 1 or len(boxes) == 1:
        return (boxes[-1][1],)
    last = boxes[-1][1]
    if re.search(r"[;；\n]|\(\d\).*\(\d\)", last) and len(re.split(r"[;；\n]", last)) >= min(wanted, len(boxes)):
        return (last,)
    kept = boxes[-wanted:] if len(boxes) > wanted and not any(label for label, _ in boxes) else boxes
    labelled = {label: content for label, content in kept if label}
    if len(labelled) == len({label for label, _ in kept}) and len(labelled) == len(kept):
        return tuple(f"{label}{content}" for label, content in kept)
    return tuple(content for _, content in kept)
