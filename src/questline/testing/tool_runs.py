"""Runs of plans that are killed, and runs over servers that fail.

python -P -m questline.testing.tool_runs --runs 100 --json tool_runs.json
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.progress import Progress

from questline.training.benchmarks.harness import parser, positive, quiet, run

from .kill_case import killed_runs
from .run_faults import faulty_runs

__all__ = ["main"]

_FAILING = (0.0, 0.1, 0.3)
"""Shares of calls that fail."""


@quiet()
def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    shown = bar.add_task("runs", total=5)
    killed: dict[str, object] = {}
    for name, streaming in (("whole", False), ("streamed", True)):
        with tempfile.TemporaryDirectory() as folder:
            killed[name] = asdict(killed_runs(chosen.runs, seed=chosen.seed, folder=Path(folder), streaming=streaming))
        bar.advance(shown)
    faulty: list[object] = []
    for failing in _FAILING:
        made = faulty_runs(chosen.runs, failing=failing, deadline_s=chosen.deadline, seed=chosen.seed)
        faulty.append(asdict(asyncio.run(made)))
        bar.advance(shown)
    return {"killed": killed, "faulty": faulty}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--runs", type=positive, default=100, help="of each kind")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--deadline", type=float, default=1.0, help="seconds of each run over servers that fail")
    return run("tool_runs", options, _measure, arguments, package="questline.testing")


if __name__ == "__main__":
    sys.exit(main())
