"""What retrieval gains by lifting passages of the time that a question names: recall@5 with and without, in pairs.

    python -P -m questline.training.benchmarks.temporal_lift --corpus corpus.jsonl --questions dev.jsonl --json lift.json

Only questions that name a time can differ; ``n_all`` counts the others as well. LIFT was chosen on training questions.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.errors import UsageError
from questline.tools.temporal.searching.lifting import LIFT, lifted, times_asked
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.intervals import paired_bootstrap
from questline.training.evaluation.items import CACHE
from questline.training.evaluation.ranking_metrics import recall
from questline.training.evaluation.rows import read_qrels, read_queries
from questline.types import Passage

from .harness import indexing_phases, parser, run

__all__ = ["main", "measure"]

_K: Final = 5
_WIDER: Final = 3
"""As `questline.agents.executors.retrieve` searches."""


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Search every judged question that names a time, and return the figures."""
    today = datetime.now(UTC).date()
    qrels = read_qrels(chosen.questions)
    queries = [query for query in read_queries(chosen.questions) if query.id in qrels]
    timely = [(query, times) for query in queries if (times := times_asked(query.text, today))]
    if not timely:
        raise UsageError(f"no question of {str(chosen.questions)!r} names a time", code="bad_data", field="question")
    off: list[float] = []
    on: list[float] = []
    with open_corpus(chosen.corpus, chosen.cache, progress=indexing_phases(bar)) as index:
        for query, times in bar.track(timely, description="searching"):
            found = list(asyncio.run(index.search(query.text, k=_WIDER * _K)))
            off.append(recall(_documents(found[:_K]), qrels[query.id], _K))
            on.append(recall(_documents(lifted(found, times)[:_K]), qrels[query.id], _K))
    found = paired_bootstrap(off, on)
    return {
        "n": len(timely),
        "n_all": len(queries),
        "lift": LIFT,
        "recall@5_off": round(found.a, 4),
        "recall@5_on": round(found.b, 4),
        "difference": [round(value, 4) for value in (found.difference, found.low, found.high)],
    }


def _documents(passages: Sequence[Passage]) -> list[str]:
    return list(dict.fromkeys(passage.document_id for passage in passages))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--corpus", type=Path, required=True, help="JSON lines of {id|_id, title, text}, plain or .gz")
    options.add_argument("--questions", type=Path, required=True, help="JSON lines of {id, question, support}")
    options.add_argument("--cache", type=Path, default=CACHE, help="folder of indexes")
    return run("temporal_lift", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
