"""A question for a value without the words around its formula, each character at its place."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["plain_question"]

_BEFORE: Final = re.compile(
    r"\s*(?:(?:what(?:'s|\s+is|\s+are)|how\s+much\s+(?:is|are)|calculate|compute|work\s+out|evaluate)\s+|计算|请问)+",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(r"(?:\s*(?:=\s*[?？]?|[?？])|等于多少[?？]?|是多少[?？]?|等于几[?？]?)\s*$")


def plain_question(text: str) -> str:
    """Return ``15% of 80`` of ``What is 15% of 80?``, with spaces where the other words were."""
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # because callers are not typed
        return text
    before = _BEFORE.match(text)
    start = before.end() if before else 0
    behind = _BEHIND.search(text, start)
    end = behind.start() if behind and text[start : behind.start()].strip() else len(text)
    return " " * start + text[start:end]
