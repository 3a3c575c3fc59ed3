"""Cut a document into passages along its own structure.

Sections first, then paragraphs, then sentences. A passage aims at 120 to 180 words, never cuts a sentence unless the
sentence alone is longer than that, and says in its title which headings it stands under.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.text import sentences, word_count

from .documents import Document, Section

__all__ = ["MAX_WORDS", "ROW_WORDS", "Piece", "split"]

TARGET_WORDS: Final = 150
MAX_WORDS: Final = 180
SMALL_WORDS: Final = 60
"""A section shorter than this shares a passage with its neighbours."""
ROW_WORDS: Final = 400
"""A corpus row up to this length was cut by someone else already and stays whole."""
_INK = re.compile(r"\S")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Characters ``start`` to ``end`` of a document's text, as one passage."""

    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    words: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class _Block:
    """A section's own text, or several small neighbours together."""

    start: int
    end: int
    path: tuple[str, ...]
    words: int
    headings: tuple[int, ...]
    """Where each heading of ``path`` starts."""


def split(document: Document) -> list[Piece]:
    """Return the passages of a document in order, without overlap; none when it has no text."""
    text = document.text
    if not text.strip():
        return []
    if document.kind == "row" and word_count(text) <= ROW_WORDS:
        start = len(text) - len(text.lstrip())
        return [Piece(start=start, end=start + len(text.strip()), title=document.title)]
    pieces: list[Piece] = []
    for block in _merge_small(_blocks(text, document.sections)):
        title = _title(document.title, block.path)
        pieces += [Piece(start=start, end=end, title=title) for start, end in _pack(text, block)]
    return pieces


def _blocks(text: str, sections: Sequence[Section]) -> list[_Block]:
    blocks = [_block(text, 0, sections[0].start if sections else len(text), ())]
    path: list[Section] = []
    for section, following in itertools.zip_longest(sections, sections[1:]):
        path = [*(above for above in path if above.level < section.level), section]
        body = _block(text, section.end, following.start if following else len(text), path)
        if body.end == body.start and (following is None or following.level <= section.level):
            body = _block(text, section.start, section.end, path[:-1])  # a heading over nothing
        blocks.append(body)
    return [block for block in blocks if block.end > block.start]


def _block(text: str, start: int, end: int, path: Sequence[Section]) -> _Block:
    body = text[start:end]
    first = start + len(body) - len(body.lstrip())
    names, headings = tuple(section.title for section in path), tuple(section.start for section in path)
    return _Block(first, max(first, start + len(body.rstrip())), names, word_count(body), headings)


def _merge_small(blocks: Iterable[_Block]) -> list[_Block]:
    merged: list[_Block] = []
    for block in blocks:
        last = merged[-1] if merged else None
        if (
            last is not None
            and min(last.words, block.words) < SMALL_WORDS
            and last.words + block.words <= TARGET_WORDS
            and last.path[:1] == block.path[:1]  # never across chapters
        ):
            shared = sum(
                1
                for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(last.path, block.path, strict=False))
            )
            start = last.start
            if shared < len(last.path):  # headings that leave the title join the text
                start = max(last.headings[shared], merged[-2].end if len(merged) > 1 else 0)
            words = last.words + block.words
            merged[-1] = _Block(start, block.end, last.path[:shared], words, last.headings[:shared])
        else:
            merged.append(block)
    return merged


def _title(document: str, path: Sequence[str]) -> str:
    names = [document] if document else []
    names += [name for name in path if name.casefold() != document.casefold()]
    return " > ".join(names)


def _units(text: str, block: _Block) -> list[_Unit]:
    units: list[_Unit] = []
    place = block.start
    for number, paragraph in enumerate(_PARAGRAPH.split(text[block.start : block.end])):
        offset = text.index(paragraph, place) if paragraph else place
        place = offset + len(paragraph)
        for span in sentences(paragraph):
            for start, end in _fitting(text, offset + span.start, offset + span.end):
                units.append(_Unit(start, end, word_count(text[start:end]), number))
    return units


def _fitting(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a sentence that is longer than a passage may be, at white space where there is any."""
    if word_count(text[start:end]) <= MAX_WORDS and end - start <= MAX_WORDS * 12:
        return [(start, end)]
    cuts: list[tuple[int, int]] = []
    while end - start > 0:
        stop = min(end, start + MAX_WORDS * 6)
        while word_count(text[start:stop]) > MAX_WORDS:  # CJK text has more words to the character
            stop = start + (stop - start) * 2 // 3
        if stop < end:
            space = max(text.rfind(" ", start + 1, stop), text.rfind("\n", start + 1, stop))
            stop = space if space > start + (stop - start) // 2 else stop
        cuts.append((start, stop))
        following = _INK.search(text, stop, end)
        start = following.start() if following else end
    return cuts


def _pack(text: str, block: _Block) -> list[tuple[int, int]]:
    """Fill passages of about equal size, ending at a paragraph's end where one is near."""
    units = _units(text, block)
    total = sum(unit.words for unit in units)
    goal = total / max(1, math.ceil(total / TARGET_WORDS)) if total > MAX_WORDS else total
    spans: list[tuple[int, int]] = []
    held: list[_Unit] = []
    size = 0
    for unit in units:
        new_paragraph = bool(held) and unit.paragraph != held[-1].paragraph
        if held and (
            size + unit.words > MAX_WORDS
            or (size >= goal * 0.8 and new_paragraph and total > MAX_WORDS)
            or (size + unit.words / 2 >= goal and total > MAX_WORDS)
        ):
            spans.append((held[0].start, held[-1].end))
            held, size = [], 0
        held.append(unit)
        size += unit.words
    if held:
        spans.append((held[0].start, held[-1].end))
    return spans
