"""How long a corpus takes from nothing to an index, and what share of that is the encoder.

    python -P -m questline.training.benchmarks.indexing --corpus corpus.jsonl --threads 2 --json indexing.json

The index is built in a temporary folder and thrown away. ``seconds`` runs from opening the empty index, with the
encoder already loaded, to its last file on disk.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from questline.tools.models.encoder import Encoder
from questline.tools.retrieval.index import DocumentIndex

from .harness import indexing_phases, parser, positive, run

__all__ = ["main", "measure"]


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Index once and return the figures."""
    Encoder.load(threads=chosen.threads)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with DocumentIndex.open(Path(folder) / "index", threads=chosen.threads) as index:
            report = index.ingest([chosen.corpus], progress=indexing_phases(bar))
        seconds = time.perf_counter() - began
    phases = {str(phase): took for phase, took in report.seconds.items()}
    encoder = phases["embed"]
    return {
        "passages": report.passages,
        "skipped": len(report.skipped),
        "threads": chosen.threads,
        "seconds": round(seconds, 3),
        "seconds_read_split_lexical": round(phases["read"] + phases["lexical"], 3),
        "seconds_encoder": round(encoder, 3),
        "seconds_dense": round(phases["dense"], 3),
        "encoder_share": round(encoder / seconds, 4),
        "passages_per_second": round(report.passages / seconds, 2),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--corpus", type=Path, required=True, help="JSON lines of {id|_id, title, text}, plain or .gz")
    options.add_argument("--threads", type=positive, default=2, help="threads of the encoder")
    return run("indexing", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
