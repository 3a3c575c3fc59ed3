"""Hold a summary to its documents: every piece stands there to the letter, and nothing else is in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from questline.tools.arguments import fault
from questline.tools.reading.relations import NAME
from questline.tools.reading.values import DATE, NUMBER
from questline.tools.text import normalize

from .limits import splits
from .result import Summary, joined
from .sources import Documents, opened

__all__ = ["unfounded", "verify"]

_NAMES: Final = re.compile(NAME)
_SPACE: Final = re.compile(r"\s+")
_FIGURES: Final = re.compile(r"\d+(?:[.,:/]\d+)*")


def verify(summary: Summary, document: Documents) -> tuple[str, ...]:
    """Return what is wrong with a summary, in words; nothing when every piece is to be found where it says.

    Args:
        summary: From here or from elsewhere (read back from JSON, edited).
        document: What it is a summary of, as it was given to the summarizer.

    Raises:
        UsageError: ``bad_argument`` when one is none.
    """
    if not isinstance(cast("object", summary), Summary):
        raise fault("summary", summary, "a Summary")
    sources, _ = opened(document, "")
    texts = {source.id: source.text for source in sources}
    problems: list[str] = []
    last: dict[str, int] = {}
    for number, span in enumerate(summary.spans, start=1):
        text = texts.get(span.document)
        if text is None:
            problems.append(f"piece {number} names the document {span.document!r}, which was not given")
            continue
        if not 0 <= span.start < span.end <= len(text) or text[span.start : span.end] != span.text:
            problems.append(f"piece {number} is not what stands at {span.start} to {span.end}")
            continue
        if splits(text, span.start) or splits(text, span.end):
            problems.append(f"piece {number} begins or ends inside a word, a number or a character")
        if span.start < last.get(span.document, 0):
            problems.append(f"piece {number} overlaps with or stands before the one before it")
        last[span.document] = span.end
    if summary.text != joined(summary.spans):
        problems.append("the text is not that of the pieces")
        whole = "\n".join(texts.values())
        problems += [f"{value!r} is in the text and in no document" for value in unfounded(summary.text, whole)]
    if summary.abstained and summary.text and not summary.fallback_kind:
        problems.append("it abstained and has a text")
    return tuple(problems)


def unfounded(text: str, document: str) -> list[str]:
    """Return the numbers, names and dates of a text that the document does not hold."""
    held = _SPACE.sub(" ", normalize(document))
    figures = frozenset(_FIGURES.findall(held))
    missing: list[str] = []
    for value in dict.fromkeys(_values(text)):
        folded = _SPACE.sub(" ", normalize(value)).strip(" .,;:")
        numbers = _FIGURES.findall(folded)
        if any(number not in figures for number in numbers) or (not numbers and folded not in held):
            missing.append(value)
    return missing


def _values(text: str) -> Iterator[str]:
    for pattern in (DATE, NUMBER):
        yield from (match[0] for match in pattern.finditer(text))
    for match in _NAMES.finditer(text):
        # The word that opens a sentence is in capitals for that alone.
        opens = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1] in '.!?:"“'
        if not opens or " " in match[0]:
            yield match[0].partition(" ")[2] if opens else match[0]
