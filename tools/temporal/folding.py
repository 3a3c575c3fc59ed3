"""Fold a text for matching without moving a character: full-width forms to ASCII, traditional to simplified."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from .tables import table

__all__ = ["fold"]

_ADDRESS: Final = re.compile(r"\bhttps?://[!-~]+|\bwww\.[!-~]+")
"""What looks like a date in the address of a page says nothing of the text."""
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def fold(text: str) -> str:
    """Return a text of the same length in which only what time expressions are made of is folded.

    Case stays, because ``May`` and ``may`` differ. Full-width punctuation of a sentence stays too.
    """
    return _ADDRESS.sub(lambda match: "\0" * len(match[0]), text.translate(_folds()))


@lru_cache(maxsize=1)
def _folds() -> dict[int, int]:
    words = table("words.toml")["fold"]
    kept = {ord(mark) for mark in "，。！？；：（）"}
    wide = {code: narrow for code, narrow in _WIDE.items() if code not in kept}
    pairs = zip(words["traditional"], words["simplified"], strict=True)
    return wide | {ord(old): ord(new) for old, new in pairs} | {0xA0: 0x20, 0x2009: 0x20, 0x202F: 0x20, 0x2019: 0x27}
