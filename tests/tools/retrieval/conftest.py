"""A small library of the tests' own, and an encoder that hashes words: fast, deterministic, no model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.tools.retrieval.index import DocumentIndex
from questline.tools.text import words

PAGES = {
    "harbour.md": "# The harbour of Vessby\n\nThe harbour of Vessby was dug in 1911. Its pilot was Runa Holt.\n",
    "people/holt.md": "---\ntitle: Runa Holt\ndate: 2021-05-04\n---\nRuna Holt, born in Tarnsund, drew sea charts.\n",
    "people/brandt.md": "---\ntitle: Ivo Brandt\ndate: 2023-01-09\n---\nIvo Brandt built clocks for stations.\n",
    "bread.txt": "Rye bread\n\nSourdough rises slowly in a cold kitchen. Rye flour holds more water than wheat.\n",
    "tide.html": (
        "<html><head><title>Tides</title></head><body><nav>Home</nav><main><h1>Tides</h1>"
        "<p>The tide turns twice a day; the moon pulls the water.</p></main></body></html>"
    ),
}


class HashEncoder:
    """Sums a random vector for each word; counts what it is asked to encode."""

    def __init__(self, *, fingerprint: str = "hash-1", dimension: int = 48) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        self.encoded += texts
        vectors = np.stack([self._vector(text) for text in texts])
        if progress is not None:
            progress(len(texts))
        return vectors

    def _vector(self, text: str) -> NDArray[np.float32]:
        total = np.full(self.dimension, 1e-3, np.float32)
        for word in words(text):
            seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8], "big")
            total += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        return (total / np.linalg.norm(total)).astype(np.float32)


@pytest.fixture
def encoder() -> HashEncoder:
    return HashEncoder()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with five documents of four kinds."""
    folder = tmp_path / "docs"
    for name, text in PAGES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path, encoder: HashEncoder) -> Generator[DocumentIndex]:
    """An empty index beside `docs`."""
    with DocumentIndex.open(tmp_path / "index", encoder=encoder) as opened:
        yield opened


@pytest.fixture
def library(index: DocumentIndex, docs: Path) -> DocumentIndex:
    """The index with `docs` in it."""
    index.ingest([docs])
    return index


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., Path]:
    """Write JSON lines and return the file."""

    def write(*items: object, name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
        return path

    return write
