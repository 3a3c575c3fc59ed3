"""Documents are data: passages enter a prompt between marks that their own text cannot close or imitate.

Three things in a passage could be taken for ours: a closing tag, an opening tag of the same name, and a citation number
in brackets. The first two lose their angle bracket, the third its square brackets. Nothing else changes, so that quotes
of the passage stay quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from questline.types import Passage

__all__ = ["fence", "fence_passages", "inline", "neutralise"]

_INVISIBLE: Final = r"\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff"
_TAG: Final = re.compile(rf"[<＜﹤](?=[{_INVISIBLE}]*[/／]|[\W_]*(?:passages|steps|conversation)\b)", re.IGNORECASE)
_NUMBER: Final = re.compile(rf"[\[［【〔][{_INVISIBLE}]*(\d[\d{_INVISIBLE},;，、–-]*)[\]］】〕]")
_HIDDEN: Final = re.compile("[\U000e0000-\U000e007f]")  # "tag" characters: invisible to people, readable to models
_SPACE: Final = re.compile(r"\s+")


def neutralise(text: str) -> str:
    """Return `text` without anything that could close its fence or pass for one of our numbers."""
    return _NUMBER.sub(r"(\1)", _TAG.sub("‹", _HIDDEN.sub("", text)))


def inline(text: str, *, limit: int = 2_000) -> str:
    """Return `text` on one line, neutralised and at most `limit` characters long.

    Questions with earlier answers filled in carry words of documents; on one line they cannot look like another part of
    the prompt.
    """
    line = _SPACE.sub(" ", neutralise(text)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def fence(name: str, items: Iterable[str]) -> str:
    """Number `items` from ``[1]`` between ``<name>`` tags."""
    body = "\n\n".join(f"[{number}] {neutralise(item).strip()}" for number, item in enumerate(items, start=1))
    return f"<{name}>\n{body or '(none)'}\n</{name}>"


def fence_passages(passages: Sequence[Passage]) -> str:
    """Number passages as ``[1] title`` and their text."""
    return fence("passages", (_with_date(passage) for passage in passages))


def _with_date(passage: Passage) -> str:
    heading = f"{passage.title} ({passage.date})" if passage.title and passage.date else passage.title or passage.date
    return f"{_SPACE.sub(' ', heading)}\n{passage.text}" if heading else passage.text
