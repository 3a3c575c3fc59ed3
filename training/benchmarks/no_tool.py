"""How often the catalogue alone says that no tool fits: for requests that none of their tools serves, and for others.

    python -P -m questline.training.benchmarks.no_tool --tasks irrelevance.jsonl multiple.jsonl --json no_tool.json

Each request is searched for among the tools that its own row brings, so that nothing but the threshold decides. Rows
with a right call tell the share of false refusals. The threshold was fitted with requests of these files
(`agents train tools`): ``left_out`` are those of the half, by their hash, that nothing was fitted to.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.tools.models.encoder import Encoder
from questline.tools.tool_retrieval.index import Mode, ToolIndex
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.rows import Row, content_hash, read_rows
from questline.training.evaluation.tool_rows import own_tools, query_of
from questline.training.tool_retrieval.numbers_fit import unfitted

from .harness import parser, run

__all__ = ["main", "measure"]

_MODES: Final[tuple[Mode, ...]] = ("hybrid", "lexical")


def measure(rows: Sequence[Row], mode: Mode, *, advance: Callable[[], None] = lambda: None) -> dict[str, object]:
    """Return what is refused, of the requests with a right call (``false_refusal``) and of those without (``refused``).

    Args:
        rows: Of the form of BFCL's files.
        mode: How is searched.
        advance: Called after each row.

    Raises:
        UsageError: ``bad_data``.
    """
    encoder = Encoder.load() if mode == "hybrid" else None
    seen: dict[bool, list[tuple[bool, bool]]] = {False: [], True: []}
    for row in rows:
        query = query_of(row)
        found = ToolIndex(own_tools(row), encoder=encoder).search(query, mode=mode)
        seen[bool(row.values.get("ground_truth"))].append((found.no_tool, unfitted(query)))
        advance()
    return {
        **(_told("refused", seen[False]) if seen[False] else {}),
        **(_told("false_refusal", seen[True]) if seen[True] else {}),
    }


def _told(name: str, seen: Sequence[tuple[bool, bool]]) -> dict[str, object]:
    every = [float(refused) for refused, _ in seen]
    apart = [float(refused) for refused, test in seen if test]
    low, high = bootstrap_interval(every)
    return {
        name: round(statistics.fmean(every), 4),
        f"{name}_interval": [round(low, 4), round(high, 4)],
        f"{name}_left_out": round(statistics.fmean(apart), 4) if apart else None,
        "n": len(every),
        "n_left_out": len(apart),
    }


def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    files: list[Path] = chosen.tasks
    rows = {path: list(read_rows(path)) for path in files}
    shown = bar.add_task("requests", total=len(_MODES) * sum(map(len, rows.values())))
    return {
        "sets": {
            path.name.partition(".")[0]: {
                mode: measure(rows[path], mode, advance=lambda: bar.advance(shown)) for mode in _MODES
            }
            for path in files
        },
        "files": {path.name: content_hash(path)[:16] for path in files},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument(
        "--tasks",
        nargs="+",
        type=Path,
        required=True,
        metavar="FILE",
        help="requests with their tools, as BFCL has them",
    )
    return run("no_tool", options, _measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
