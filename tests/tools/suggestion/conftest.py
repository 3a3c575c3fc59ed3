"""A small library of the tests' own, a retriever over it that counts words, and an encoder that hashes them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.tools.text import content_terms, words
from questline.types import Answer, Evidence, Filters, Passage

TEXTS = {
    "Pella Glass": "Pella Glass was founded in 1932 by Ada Pella in Ulmen. The works employ 140 people. "
    "Its director is Hugo Brandt. Pella Glass is a glass maker known for green lamps. "
    "Contact: sales@pella.example or call +44 20 7946 0958.",
    "Lighthouse of Velmora": "The lighthouse of Velmora was lit for the first time on 3 May 1874. "
    "It was designed by Edith Marlow. It is 42 metres tall. It was closed in 1951 because the harbour silted up. "
    "The staging password is hunter2Zx9.",
    "Edith Marlow": "Edith Marlow was an engineer. She was born in Dunmore in 1840. She designed three bridges.",
    "Dunmore": "Dunmore is a market town known for its red clay tiles. It has three bridges.",
    "Mercury (planet)": "Mercury is the smallest planet. It has no moons.",
    "Mercury (element)": "Mercury is a metal that is liquid. It was used in thermometers.",
    "维尔莫拉灯塔": "维尔莫拉灯塔位于维尔莫拉港。灯塔由林晓设计。它建于1874年。维尔莫拉灯塔高42米。灯塔有三个展厅。",
}


def passage(title: str, text: str | None = None) -> Passage:
    return Passage(id=title, document_id=title, source="notes", title=title, text=text or TEXTS[title])


class Library:
    """Finds passages by shared content words; remembers what was searched for."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = list(passages)
        self.searched: list[str] = []

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        del filters
        self.searched.append(query)
        asked = set(content_terms(query))
        shared = [len(asked & set(content_terms(item.as_text()))) for item in self.passages]
        order = sorted(range(len(self.passages)), key=lambda place: -shared[place])
        return [self.passages[place] for place in order if shared[place]][:k]


class HashEncoder:
    """Sums a random vector for each word."""

    fingerprint = "hash"

    def encode(self, texts: list[str], /) -> NDArray[np.float32]:
        vectors = np.stack([self._vector(text) for text in texts])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def _vector(self, text: str) -> NDArray[np.float64]:
        total = np.full(32, 1e-3)
        for word in words(text):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
            total += np.random.default_rng(seed).standard_normal(32)
        return total


@pytest.fixture
def library() -> Library:
    return Library([passage(title) for title in TEXTS])


@pytest.fixture
def lamp() -> Answer:
    """The first lighting of the lighthouse, asked and answered."""
    return Answer(
        question="When was the lighthouse of Velmora first lit?",
        text="The lighthouse of Velmora was lit for the first time on 3 May 1874.",
        short="3 May 1874",
        evidence=(Evidence.of(passage("Lighthouse of Velmora")),),
    )
