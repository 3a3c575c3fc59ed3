"""How fast and how large a catalogue of many servers is, and that searching it starts none of them.

    python -P -m questline.training.benchmarks.tool_catalogue --servers 1000 --json tools_catalogue.json

The servers are made up: each has eight tools over a thing of its own, so that no two tools read the same. A fresh
process opens the finished file and searches it, once by words alone and once with the encoder; what it takes at its
largest, and the processes that it started, are read from the operating system.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final, cast

from rich.progress import Progress

from questline.errors import RunError
from questline.mcp_servers.gateway.catalogue import Catalogue
from questline.mcp_servers.gateway.definitions import ServerManifest, ToolDefinition
from questline.tools.models.encoder import Encoder

from .harness import parser, positive, run

__all__ = ["filled", "main", "measure"]

_VERBS: Final = ("create", "list", "find", "update", "delete", "share", "count", "compare")
_KINDS: Final = (
    "invoices",
    "tickets",
    "orchards",
    "harbours",
    "sensors",
    "recipes",
    "permits",
    "lectures",
    "loans",
    "maps",
)
_TRADES: Final = ("bakery", "clinic", "library", "railway", "theatre", "brewery", "museum", "nursery", "garage", "farm")
_PLACES: Final = ("north", "south", "east", "west", "upper", "lower", "inner", "outer", "old", "new")
_SEARCHER: Final = """
import json, os, statistics, sys, time
from pathlib import Path
from questline.mcp_servers.gateway.catalogue import Catalogue
from questline.tools.models.encoder import Encoder

def children():
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

path, rounds, mode = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
queries = json.loads(sys.argv[4])
with Catalogue(path, encoder=Encoder.load() if mode == "hybrid" else None) as catalogue:
    started = time.perf_counter()
    catalogue.search(queries[0][0])
    opened = time.perf_counter() - started
    took, worked, encoding, found = [], [], [], 0
    for turn in range(rounds):
        query, server = queries[turn % len(queries)]
        started, before = time.perf_counter(), time.thread_time()
        tools = catalogue.search(query).tools
        took.append(time.perf_counter() - started)
        worked.append(time.thread_time() - before)
        found += server in {tool.server for tool in tools[:5]}
        if mode == "hybrid":
            before = time.thread_time()
            Encoder.load().encode([query])
            encoding.append(time.thread_time() - before)
    took.sort()
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({
        "ms_p50": round(1000 * statistics.median(took), 3),
        "ms_p95": round(1000 * took[int(0.95 * (len(took) - 1))], 3),
        "processor_ms_p50": round(1000 * statistics.median(worked), 3),
        "encoder_alone_processor_ms_p50": round(1000 * statistics.median(encoding), 3) if encoding else None,
        "server_among_first_5": round(found / rounds, 4),
        "seconds_to_open": round(opened, 3),
        "peak_mb": round(int(peak.split()[1]) / 1024, 1),
        "processes_started": children(),
    }))
"""


def filled(path: Path, servers: int, *, encoder: Encoder | None, bar: Progress | None = None) -> list[tuple[str, str]]:
    """Fill a catalogue with so many made-up servers of eight tools; return questions, each with its server."""
    asked: list[tuple[str, str]] = []
    names = list(product(_PLACES, _TRADES, _KINDS))[:servers]
    with Catalogue(path, encoder=encoder) as catalogue:
        for place, trade, kind in bar.track(names, description="embedding") if bar else names:
            name = f"{place}-{trade}-{kind}"
            catalogue.put(
                ServerManifest(
                    name=name,
                    description=f"Everything about the {kind} of the {place} {trade}.",
                    tools=tuple(_tool(name, verb, kind) for verb in _VERBS),
                    fetched_at=1.0,
                )
            )
            asked.append((f"Please {_VERBS[len(asked) % 8]} the {kind} that the {place} {trade} has", name))
    return asked


def _tool(server: str, verb: str, kind: str) -> ToolDefinition:
    return ToolDefinition(
        server=server,
        name=f"{verb}_{kind}",
        description=f"{verb.capitalize()} {kind}, with an optional filter by date.",
        input_schema={
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": f"Which of the {kind}"},
                "since": {"type": "string", "description": "First day, as YYYY-MM-DD"},
            },
        },
    )


def measure(chosen: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Fill a file, then search it from fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.sqlite"
        asked = filled(path, chosen.servers, encoder=Encoder.load(), bar=bar)
        some = asked[:: max(1, len(asked) // 100)]
        found = {mode: searched(path, chosen.rounds, mode, some) for mode in ("lexical", "hybrid")}
        return {"servers": len(asked), "tools": 8 * len(asked), "rounds": chosen.rounds, "modes": found}


def searched(path: Path, rounds: int, mode: str, asked: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Search from a fresh process and return what it says.

    Raises:
        RunError: The process failed.
    """
    words = [sys.executable, "-P", "-c", _SEARCHER, str(path), str(rounds), mode, json.dumps(asked)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 because the words are this module's own
    if done.returncode:
        raise RunError(f"the search process failed: {done.stderr[-500:]}")
    return cast("dict[str, Any]", json.loads(done.stdout))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--servers", type=positive, default=1000, help="made-up servers, at most 1000")
    options.add_argument("--rounds", type=positive, default=400, help="searches in each mode")
    return run("tool_catalogue", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
