"""Documents are data: passages enter a prompt between marks that their own text cannot close or imitate.

Three things in a passage could be taken for ours: a closing tag, an opening tag of the same name, and a citation number
in brackets. The first two lose their angle bracket, the third its square brackets. Nothing else changes, so that quotes
of the passage stay quotes: brackets glued to an ASCII word, such as ``argv[1]``, and numbers that no citation could be
keep theirs; the reader of the answer knows the former by `indexed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from questline.types import Passage

__all__ = ["INDEXED", "MAX_MARKER", "fence", "fence_passages", "indexed", "inline", "neutralise", "verbatim"]

INDEXED: Final = re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z0-9_.]*[A-Za-z0-9_](?:\[\d+\])+")
"""A word of ASCII letters with numbers in brackets glued to it."""
MAX_MARKER: Final = 99
"""Largest number that is taken for a citation where fewer items were shown."""

_INVISIBLE: Final = r"\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff"
_TAG: Final = re.compile(
    rf"[<＜﹤](?=[{_INVISIBLE}]{{0,200}}[/／]|[\W_]{{0,200}}(?:passages|steps|conversation|tools|evidence)\b)",
    re.IGNORECASE,
)
"""Bounded, so that a long run of brackets takes no time with its square; a tag with more between is no tag."""
_NUMBER: Final = re.compile(rf"[\[［【〔][{_INVISIBLE}]*(\d[\d{_INVISIBLE},;，、–-]*)[\]］】〕]")
_DIGITS: Final = re.compile(r"\d+")
_HIDDEN: Final = re.compile("[\U000e0000-\U000e007f]")  # "tag" characters: invisible to people, readable to models
_SPACE: Final = re.compile(r"\s+")


def neutralise(text: str, *, items: int = 0) -> str:
    """Return `text` without anything that could close its fence or pass for one of our numbers.

    Args:
        text: What others wrote.
        items: How many items the prompt numbers.
    """
    text = _TAG.sub("‹", _HIDDEN.sub("", text))
    kept = {bracket for match in INDEXED.finditer(text) for bracket in range(*match.span()) if text[bracket] == "["}
    most = max(MAX_MARKER, items)

    def open_up(match: re.Match[str]) -> str:
        if match.start() in kept or min(int(number[:20]) for number in _DIGITS.findall(match[1])) > most:
            return match[0]
        return f"({match[1]})"

    return _NUMBER.sub(open_up, text)


def indexed(text: str) -> frozenset[str]:
    """Return the words of `text` with a number glued to them in brackets, such as ``argv[1]``."""
    return frozenset(INDEXED.findall(text))


def inline(text: str, *, limit: int = 2_000) -> str:
    """Return `text` on one line, neutralised and at most `limit` characters long.

    Questions with earlier answers filled in carry words of documents; on one line they cannot look like another part of
    the prompt.
    """
    line = _SPACE.sub(" ", neutralise(text)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def fence(name: str, items: Iterable[str]) -> str:
    """Number `items` from ``[1]`` between ``<name>`` tags."""
    texts = list(items)
    clean = (neutralise(text, items=len(texts)).strip() for text in texts)
    body = "\n\n".join(f"[{number}] {text}" for number, text in enumerate(clean, start=1))
    return f"<{name}>\n{body or '(none)'}\n</{name}>"


def fence_passages(passages: Sequence[Passage]) -> str:
    """Number passages as ``[1] title`` and their text."""
    return fence("passages", (_with_date(passage) for passage in passages))


def _with_date(passage: Passage) -> str:
    heading = f"{passage.title} ({passage.date})" if passage.title and passage.date else passage.title or passage.date
    return f"{_SPACE.sub(' ', heading)}\n{passage.text}" if heading else passage.text


def verbatim(name: str, text: str) -> str:
    """Return `text` unchanged between marks that do not occur in it: ``<name>``, else ``<name-2>``, and so on."""
    plain = text.casefold()
    number, mark = 1, name
    while f"<{mark}" in plain or f"</{mark}" in plain:
        number += 1
        mark = f"{name}-{number}"
    return f"<{mark}>\n{text}\n</{mark}>"
