"""Cut a text into units that can stand alone: sentences, turns of a dialogue, list items, headings, rows of a table.

Nothing is rewritten, so that every unit is ``text[start:end]`` of the text that was given. Markup is not removed but
masked: a copy of equal length in which tags are white space is what is cut and read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.tools.text import CJK, sentences

__all__ = ["Kind", "Segment", "masked", "segments"]

Kind: TypeAlias = Literal["sentence", "turn", "heading", "item", "row"]

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HIDDEN: Final = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BLOCK_TAG: Final = re.compile(
    r"</?(?:address|article|aside|blockquote|body|br|caption|dd|div|dl|dt|figure|footer|form|h[1-6]|head|header|hr|html|li"
    r"|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_INLINE_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|em|font|i|img|ins|link|mark|meta|q|s|small|span|strong|sub|sup|tt|u)\b[^<>]*>",
    re.IGNORECASE,
)
_LINE: Final = re.compile(r"[^\n]*\n?")
_HEADING: Final = re.compile(r"\s{0,3}#{1,6}\s+\S")
_RULE: Final = re.compile(r"[\s|:=*_+-]*\Z")
_ITEM: Final = re.compile(
    r"\s*(?:[-*+•‣▪]\s+|\(?\d{1,3}[.)]\s+|\(?[a-z][.)]\s+|[（(]?[一二三四五六七八九十]{1,3}[）)、.]\s*)(?=\S)"
)
_ROW: Final = re.compile(r"\s*\|.*\||[^\t\n]*\S\t+\S[^\n]*")
_LABEL: Final = re.compile(
    rf"\s*((?:[^\W\d_a-z][^\n:：.!?。！？]{{0,40}}?|[{CJK}][^\n:：.!?。！？]{{0,12}}?))\s?[:：]\s*\S"
)
_INDENTED: Final = re.compile(r"(?: {2,}|\t)\S")
_INK: Final = re.compile(r"[^\W_]")
_END_MARK: Final = re.compile(r"[.!?。！？；;:：,，、…][\"'”’」』）)\]]*\s*\Z")
_CLOSING: Final = re.compile(r"[”’」』》）)\]\"']+")
_SEMICOLON_END: Final = re.compile(r"；\s*\Z")
_HEADING_LENGTH: Final = 80
_LABELLED_LINES: Final = 3
"""So many lines that open with a label make a dialogue or a record; fewer are prose with a colon in it."""
_SHARE: Final = 0.3
"""Of the lines must open with a label."""
_LONGEST_UNIT: Final = 500
"""Characters; a longer turn, item or line is cut into its sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Characters ``start`` to ``end`` of a text, as one unit."""

    start: int
    end: int
    kind: Kind
    block: int
    """Number of the paragraph, turn or list item that it belongs to."""


def masked(text: str) -> str:
    """Return a copy of equal length without markup and control characters: white space stands in their place."""
    text = _CONTROL.sub(" ", text.replace("\r", " "))
    if "<" not in text:
        return text
    text = _HIDDEN.sub(_blank, text)
    text = _BLOCK_TAG.sub(_break, text)
    return _INLINE_TAG.sub(lambda match: " " * len(match[0]), text)


def _blank(match: re.Match[str]) -> str:
    return "\n\n" + " " * (len(match[0]) - 2)


def _break(match: re.Match[str]) -> str:
    size = len(match[0])
    return "\n" + " " * (size - 2) + "\n"


def segments(plain: str) -> list[Segment]:
    """Cut a masked text; what holds neither letter nor digit is left out.

    Args:
        plain: As `masked` returns it.
    """
    lines = [match.span() for match in _LINE.finditer(plain) if match.end() > match.start()]
    labels = _labels(plain, lines)
    found: list[Segment] = []
    for block, (start, end, kind) in enumerate(_blocks(plain, lines, labels)):
        for first, last in _units(plain, start, end, kind):
            if _INK.search(plain, first, last):
                found.append(Segment(start=first, end=last, kind=kind, block=block))
    return found


def _labels(plain: str, lines: list[tuple[int, int]]) -> dict[int, Kind]:
    """Return the starts of the lines that open with a label: turns where the labels repeat, else rows of a record."""
    found = {start: match[1] for start, end in lines if (match := _LABEL.match(plain, start, end))}
    inked = sum(1 for start, end in lines if plain[start:end].strip())
    if len(found) < 2 or (len(found) < _LABELLED_LINES and len(found) < inked) or len(found) < _SHARE * inked:
        return {}
    counts = Counter(found.values())
    spoken = len(counts) < len(found)
    return dict.fromkeys(found, "turn" if spoken else "row")


def _blocks(plain: str, lines: list[tuple[int, int]], labels: dict[int, Kind]) -> Iterator[tuple[int, int, Kind]]:
    """Yield runs of lines that belong together; a blank line ends all, a marked line what is before it."""
    held: tuple[int, int, Kind] | None = None
    alone = True
    for start, end in lines:
        line = plain[start:end]
        if not line.strip() or _RULE.match(line):
            if held:
                yield _as_heading(plain, *held, alone=alone)
            held = None
            continue
        kind = _line_kind(line, labels.get(start))
        continued = kind == "sentence" and held is not None
        if continued and held and (held[2] in {"sentence", "turn"} or (held[2] == "item" and _INDENTED.match(line))):
            held = (held[0], end, held[2])
            alone = False
            continue
        if held:
            yield held
        held = (start, end, kind)
        alone = True
    if held:
        yield _as_heading(plain, *held, alone=alone)


def _line_kind(line: str, labelled: Kind | None) -> Kind:
    if _HEADING.match(line):
        return "heading"
    if labelled:
        return labelled
    if _ROW.match(line):
        return "row"
    return "item" if _ITEM.match(line) else "sentence"


def _as_heading(plain: str, start: int, end: int, kind: Kind, *, alone: bool) -> tuple[int, int, Kind]:
    """A short line of its own without an end mark, and with more text after it, is a heading."""
    line = plain[start:end].strip()
    if (
        kind == "sentence"
        and alone
        and len(line) <= _HEADING_LENGTH
        and not _END_MARK.search(line)
        and not line[:1].islower()
        and plain[end:].lstrip()[:1]
    ):
        return start, end, "heading"
    return start, end, kind


def _units(plain: str, start: int, end: int, kind: Kind) -> Iterator[tuple[int, int]]:
    body = plain[start:end]
    size = len(body.strip())
    if kind != "sentence" and size <= _LONGEST_UNIT:
        first = start + len(body) - len(body.lstrip())
        yield first, first + size
        return
    yield from ((start + first, start + last) for first, last in _joined(body))


def _joined(body: str) -> list[tuple[int, int]]:
    """Cut into sentences; closing marks stay with the sentence before them, and a Chinese semicolon ends none."""
    found: list[tuple[int, int]] = []
    for span in sentences(body):
        start, end = span.start, span.end
        if found:
            closing = _CLOSING.match(body, start, end) if start == found[-1][1] else None
            if closing:
                found[-1] = (found[-1][0], closing.end())
                start = closing.end()
                start += len(body[start:end]) - len(body[start:end].lstrip())
            if start >= end:
                continue
            if _SEMICOLON_END.search(body, *found[-1]):
                found[-1] = (found[-1][0], end)
                continue
        found.append((start, end))
    return found
