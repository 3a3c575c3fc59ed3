"""Which of our lines rhyme: the final of the last character's syllable, by the thirteen rhymes of modern verse."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["rhyme"]


def rhyme(line: str) -> str:
    """Return the rhyme of a line of ours, empty where its last character is in no list."""
    return _table().get(line[-1:], "")


@cache
def _table() -> Mapping[str, str]:
    rows = (files("questline.tools.writing.grammar") / "rhymes.txt").read_text("utf-8").splitlines()
    return {char: name for name, chars in (row.split() for row in rows) for char in chars}
