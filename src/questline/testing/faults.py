"""The fault table: what a gateway makes of servers that fail in every way we know.

    python -P -m questline.testing.faults --calls 200 --json faults.json

Each case is a flaky server in a process of its own, called through a gateway every 80 ms, beside a sound server of the
same transport: so often with the breaker kept closed, and half as often with a gateway as it comes. Rounds with and
without the failing server alternate, so that a noisy machine slows both. It stands here and not among the benchmarks
because only this floor knows the flaky server.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.training.benchmarks.harness import parser, positive, quiet, run

from .certificates import self_signed
from .fault_case import Case, Row, measure

__all__ = ["CASES", "main"]

CASES: Final = (
    Case(fault="refuse", transport="stdio", at="connect"),
    Case(fault="refuse", transport="http", at="connect"),
    Case(fault="die", transport="stdio"),
    Case(fault="die", transport="http"),
    Case(fault="hang", transport="stdio"),
    Case(fault="hang", transport="http"),
    Case(fault="hang", transport="stdio", at="connect"),
    Case(fault="hang", transport="http", at="connect"),
    Case(fault="stubborn", transport="stdio"),
    Case(fault="stubborn", transport="http"),
    Case(fault="not_json", transport="stdio"),
    Case(fault="not_json", transport="http"),
    Case(fault="not_rpc", transport="stdio"),
    Case(fault="not_rpc", transport="http"),
    Case(fault="wrong_id", transport="stdio"),
    Case(fault="wrong_id", transport="http"),
    Case(fault="huge", transport="stdio"),
    Case(fault="huge", transport="http"),
    Case(fault="drip", transport="stdio"),
    Case(fault="drip", transport="http"),
    Case(fault="change_tools", transport="stdio", at="list"),
    Case(fault="change_tools", transport="http", at="list"),
    Case(fault="silent", transport="http", at="connect"),
    Case(fault="tls", transport="http", at="connect"),
    Case(fault="backlog", transport="http", at="connect"),
)
"""Every fault, over each transport that can have it."""


async def _measure_all(cases: Sequence[Case], calls: int, deadline_s: float, bar: Progress) -> list[Row]:
    shown = bar.add_task("calls", total=(calls + max(1, calls // 2)) * len(cases))
    with tempfile.TemporaryDirectory() as folder:
        certificate = self_signed(Path(folder) / "pair.pem")
        os.environ["SSL_CERT_FILE"] = str(certificate)
        return [
            await measure(
                case,
                calls=calls,
                deadline_s=deadline_s,
                certificate=certificate,
                advance=lambda: bar.advance(shown),
            )
            for case in cases
        ]


@quiet()
def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    cases = [case for case in CASES if chosen.only in case.name]
    rows = asyncio.run(_measure_all(cases, chosen.calls, chosen.deadline, bar))
    return {
        "deadline_s": chosen.deadline,
        "calls_each": chosen.calls,
        "late": sum(row.late for row in rows),
        "worst_over_ms": max(row.worst_over_ms for row in rows),
        "worst_neighbour_ratio": max(row.neighbour_ratio for row in rows),
        "untyped": sum(row.outcomes.get("untyped", 0) for row in rows),
        "neighbour_failed": sum(row.neighbour_failed for row in rows),
        "left_behind": sum(row.left_processes + row.left_sockets + row.left_tasks for row in rows),
        "rows": [asdict(row) for row in rows],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--calls", type=positive, default=200, help="of each failing server")
    options.add_argument("--deadline", type=float, default=0.5, help="seconds for each call")
    options.add_argument("--only", default="", help="only cases with this in their name")
    return run("faults", options, _measure, arguments, package="questline.testing")


if __name__ == "__main__":
    sys.exit(main())
