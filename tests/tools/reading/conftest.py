from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.tools.text import content_terms
from questline.types import Passage


@pytest.fixture
def passage() -> Callable[..., Passage]:
    def build(text: str, title: str = "", identity: str = "p1") -> Passage:
        return Passage(id=identity, document_id=identity, source="notes.md", title=title, text=text)

    return build


class HashingEncoder:
    """A small real encoder: every content word sets one of 64 places; equal words make texts close."""

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: list[str], /) -> NDArray[np.float32]:
        self.encoded += texts
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in content_terms(text):
                row[sum(map(ord, term)) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()
