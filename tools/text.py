"""Plain-text basics that every tool shares: words, sentences with offsets, and how Chinese a text is."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from questline.types import TextSpan

__all__ = ["CJK", "cjk_share", "normalize", "sentences", "words"]

CJK: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af"
"""Character ranges (for a regular expression's class) of Chinese, Japanese and Korean writing."""
_CJK_CHARACTER = re.compile(f"[{CJK}]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(rf"[{CJK}]|[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END = re.compile(
    r"(?<=[。！？；])"  # Chinese marks need no space after them
    r"|(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[^\Wa-z_])"  # an upper-case letter, digit or CJK character follows
    r"|\n\s*\n|\n(?=\s*(?:[-*+•#|>]|\d+[.)]\s))"  # blank lines, list items, headings
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“])(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|Jr|Sr|Gen|Col|Lt|Capt|Sgt|Rev|Hon|Gov|Sen|Rep|Fig|No|Nos|Vol|vs|etc|cf|al"
    r"|Inc|Ltd|Co|Corp|Bros|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|c|ca|d|b|e\.g|i\.e|[A-Z]|(?:[A-Z]\.)+[A-Z])\.[\"'”’)\]]*\s*$"
)


def normalize(text: str) -> str:
    """Fold compatibility forms (full-width letters, ligatures) and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(text: str) -> list[str]:
    """Split into normalized words; each CJK character is a word of its own."""
    return _WORD.findall(normalize(text))


def cjk_share(text: str) -> float:
    """Return the share of CJK characters among the letters of `text`, in [0, 1]."""
    letters = len(_LETTER.findall(text))
    return len(_CJK_CHARACTER.findall(text)) / letters if letters else 0.0


def sentences(text: str) -> list[TextSpan]:
    """Split into sentences, each with its place in `text`; white space around them belongs to none.

    Abbreviations and initials do not end a sentence; blank lines, list items and headings do.
    """
    cuts = [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if not _ABBREVIATION.search(text[max(0, match.start() - 20) : match.end()])
    ]
    spans: list[TextSpan] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        body = piece.strip()
        if body:
            first = start + len(piece) - len(piece.lstrip())
            spans.append(TextSpan(start=first, end=first + len(body), text=body))
    return spans
