"""Kill runs of a plan at random moments, and print what became of them.

python -P -m questline.testing.kill_bench --runs 100 --seed 0
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .kill_case import killed_runs

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON object: a report of whole plans, and one of plans that are run while they are written."""
    parser = argparse.ArgumentParser(description="Kill runs of a plan at random moments, and resume them.")
    parser.add_argument("--runs", type=int, default=100, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    told: dict[str, object] = {}
    for name, streaming in (("whole", False), ("streamed", True)):
        with tempfile.TemporaryDirectory() as folder:
            report = killed_runs(given.runs, seed=given.seed, folder=Path(folder), streaming=streaming)
        told[name] = asdict(report)
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
