"""The index of an evaluation corpus, built once for each content and encoder, with the time that took."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from questline.tools.models.encoder import Encoder
from questline.tools.retrieval.index import DocumentIndex
from questline.tools.retrieval.report import Progress

from .reports import write_json
from .rows import content_hash

__all__ = ["Built", "built", "open_corpus"]

_MEASURED = "built.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """How long indexing took when it was done; kept beside the index."""

    passages: int
    seconds: float
    phases: Mapping[str, float]
    """Seconds by phase: ``read``, ``lexical``, ``embed``, ``dense``."""
    threads: int

    @property
    def per_second(self) -> float:
        """Passages indexed a second, everything included."""
        return self.passages / self.seconds if self.seconds else 0.0


@contextmanager
def open_corpus(
    corpus: Path, cache: Path, *, threads: int = 1, progress: Progress | None = None
) -> Generator[DocumentIndex]:
    """Open the index of a corpus file, building it first where the cache has none.

    An interrupted build goes on where it stopped; its time is then that of the last part, over that part's passages.

    Raises:
        UsageError: What reading the corpus raises (``bad_data``, ``file_not_found`` …).
        RunError: What the index raises.
    """
    folder = _folder(corpus, cache)
    with DocumentIndex.open(folder / "index", threads=threads) as index:
        if not (folder / _MEASURED).exists():
            started = time.perf_counter()
            report = index.ingest([corpus], progress=progress)
            measured = Built(
                passages=report.embedded or report.passages,
                seconds=time.perf_counter() - started,
                phases={str(phase): seconds for phase, seconds in report.seconds.items()},
                threads=threads,
            )
            write_json(folder / _MEASURED, asdict(measured))
        yield index


def built(corpus: Path, cache: Path) -> Built | None:
    """Return how the cached index of a corpus was built, None where there is none."""
    try:
        values = json.loads((_folder(corpus, cache) / _MEASURED).read_bytes())
    except FileNotFoundError:
        return None
    return Built(**values)


def _folder(corpus: Path, cache: Path) -> Path:
    return cache / "indexes" / f"{content_hash(corpus)[:16]}-{Encoder.load().fingerprint}"
