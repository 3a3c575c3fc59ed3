"""Index a file slowly and say how far it is: the process that the tests kill."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from questline.tools.retrieval.contract import Embedder
from questline.tools.retrieval.index import DocumentIndex

_SPEC = importlib.util.spec_from_file_location("helpers", Path(__file__).with_name("conftest.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_HELPERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_HELPERS)


class Slow:
    """The tests' encoder, with time between its batches to be killed in."""

    dimension = 48
    fingerprint = "hash-1"

    def __init__(self) -> None:
        self._inner: Embedder = _HELPERS.HashEncoder()

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        time.sleep(0.2)
        return self._inner.encode(texts, progress=progress)


def say(phase: str, done: int, total: int) -> None:
    """Print each step at once; slow enough between batches of rows that the parent can act."""
    print(phase, done, total, flush=True)  # noqa: T201  # because the parent reads it
    if phase == "read":
        time.sleep(0.3)


if __name__ == "__main__":
    with DocumentIndex.open(Path(sys.argv[1]), encoder=Slow()) as index:
        index.ingest([Path(sys.argv[2])], progress=say)
