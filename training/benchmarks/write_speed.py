"""How long ten greetings take, by the grammar with the shipped reward model and judge.

``python -P -m questline.training.benchmarks.write_speed`` writes ten texts for each of a few briefs, and tells
median, 95th percentile and largest time of a call; the first call, which reads the phrases and the model, stands apart.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Final

from rich.progress import Progress

from questline.tools.writing import Brief
from questline.tools.writing.build import build

from .harness import parser, positive, run

__all__ = ["main", "measure"]

_BRIEFS: Final = (
    *("给奶奶的生日祝福", "朋友结婚祝福语", "开业大吉", "祝同事早日康复", "早上好", "happy birthday for Tom"),
)
_TEXTS: Final = 10


def measure(options: Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the times in milliseconds."""
    rounds = bar.add_task("rounds", total=options.rounds)
    writer = build()
    times: list[float] = []
    for number in range(options.rounds):
        for query in _BRIEFS:
            started = time.perf_counter()
            asyncio.run(writer.write(Brief(query=query), _TEXTS, seed=number))
            times.append((time.perf_counter() - started) * 1000)
        bar.advance(rounds)
    first, later = times[0], sorted(times[1:])
    return {
        "texts": _TEXTS,
        "calls": len(later),
        "first_call_ms": first,
        "p50_ms": statistics.median(later),
        "p95_ms": later[int(0.95 * (len(later) - 1))],
        "max_ms": later[-1],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=positive, default=20)
    return run("write_speed", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
