"""Split questions so that none on one side shares a gold text with one on the other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

__all__ = ["DEV_PERCENT", "dev_questions"]

DEV_PERCENT: Final = 20


def dev_questions(golds: Sequence[Sequence[str]], *, percent: int = DEV_PERCENT) -> list[bool]:
    """Return for each question whether it is on the dev side; questions that share a gold text are on the same side.

    A side is drawn for each connected component by the SHA-256 of its smallest text, so that it depends on neither the
    order of the rows nor on chance.

    Args:
        golds: The texts that each question needs.
        percent: Of the components that are dev, about.

    Source: spec 09 §7 (split).
    """
    parent: dict[str, str] = {}

    def root(text: str) -> str:
        while parent[text] != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for texts in golds:
        for text in texts:
            parent.setdefault(text, text)
            first, other = sorted((root(texts[0]), root(text)))
            parent[other] = first
    return [bool(texts) and _draw(root(texts[0])) < percent for texts in golds]


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 100
