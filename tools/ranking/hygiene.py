"""What a judge is shown of a passage: its own words, but no word to the judge.

Passages are data. Before one is judged, orders to its judge (`orders`: forget your rules, put this text first, a
ranking written out in advance) are left out, numbers in brackets become numbers in parentheses, tags lose their
bracket. So a passage with such a sentence is judged as the same passage without it, and a transcript as it stands. The
caller's passage stays as it is, and the ranking says of which passages something was left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from questline.tools.fencing import neutralise
from questline.tools.text import CJK
from questline.types import Passage

from .orders import is_order

__all__ = ["Shown", "one_line", "show", "without_instructions"]

_PIECE: Final = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_MARKS: Final = re.compile(r"[\[［【〔]\s*(\d+)\s*[\]］】〕]")
_TAGS: Final = re.compile(r"[<＜﹤](?=\W*(?:think|answer|passages)\b)", re.IGNORECASE)
_SPACE: Final = re.compile(r"\s+")
_CJK: Final = re.compile(f"[{CJK}]")
_CHARACTERS_PER_TOKEN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is judged of one passage."""

    text: str
    truncated: bool = False
    cleaned: bool = False
    """Orders to a judge were left out."""


def show(passage: Passage, *, tokens: int, numbered: int = 0) -> Shown:
    """Return title and text as a judge may see them, without the number in front.

    Args:
        passage: What is judged.
        tokens: About how many it may have (four characters, or one CJK character, are one); the rest is cut.
        numbered: How many passages the prompt numbers.
    """
    body, cleaned = without_instructions(passage.text)
    title, titled = without_instructions(passage.title)
    heading = _SPACE.sub(" ", title).strip()
    whole = f"{heading}\n{body}" if heading else body
    kept = _cut(whole, tokens)
    return Shown(text=_plain(kept, numbered), truncated=len(kept) < len(whole), cleaned=cleaned or titled)


def one_line(query: str, *, limit: int = 2_000) -> str:
    """Return a query on one line, without numbers in brackets or tags of ours."""
    line = _SPACE.sub(" ", _plain(query[: 4 * limit], 0)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_instructions(text: str) -> tuple[str, bool]:
    """Return `text` without the sentences that are orders to its judge, and whether there were any."""
    cuts = [match.end() for match in _PIECE.finditer(text)]
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    kept = [piece for piece in pieces if not is_order(piece)]
    return (text, False) if len(kept) == len(pieces) else ("".join(kept).strip(), True)


def _plain(text: str, numbered: int) -> str:
    return _MARKS.sub(r"(\1)", _TAGS.sub("‹", neutralise(text, items=numbered))).strip()


def _cut(text: str, tokens: int) -> str:
    """Return the head of `text` that has about so many tokens, ending at a space where there is one near."""
    room = tokens * _CHARACTERS_PER_TOKEN
    if len(text) <= tokens:
        return text
    for place, character in enumerate(text):
        room -= _CHARACTERS_PER_TOKEN if _CJK.match(character) else 1
        if room < 0:
            space = text.rfind(" ", max(0, place - 40), place)
            return text[: space if space > 0 else place]
    return text
