"""How long the command line takes from nothing: help, a whole question, and the import of the package.

    python -P -m questline.training.benchmarks.start_up --rounds 15 --json start_up.json

Each figure is the wall time of a fresh process, from its start to its end. A round runs every command once, so that a
noisy machine slows all alike; one round before the first fills the file cache.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.errors import RunError

from .harness import milliseconds, parser, positive, run

__all__ = ["main", "measure"]

_NOTE: Final = (
    "# Harbour\n\nThe lighthouse was built in 1874 by Edith Marlow. The harbour was dredged in 1901.\n\n"
    "# Market\n\nThe market opens at seven. It is held on Thursdays in the square.\n"
)
_QUESTION: Final = "Who built the lighthouse?"


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Start every command once a round and return the figures."""
    agents = _agents()
    commands = {
        "agents_help": [*agents, "--help"],
        "agents_ask_help": [*agents, "ask", "--help"],
        "agents_ask": [*agents, "ask", _QUESTION],
        "python": [sys.executable, "-c", "pass"],
        "import_questline": [sys.executable, "-P", "-c", "import questline"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notes.md").write_text(_NOTE, "utf-8")
        _timed([*agents, "index", "notes.md"], folder)
        for number in bar.track(range(-1, chosen.rounds), description="rounds"):
            for command, words in commands.items():
                took = _timed(words, folder)
                if number >= 0:
                    seconds[command].append(took)
    imports = [with_it - bare for with_it, bare in zip(seconds["import_questline"], seconds["python"], strict=True)]
    return {
        "rounds": chosen.rounds,
        "commands": {name: _summary(times) for name, times in seconds.items()},
        "import_over_python_ms": milliseconds(statistics.median(imports)),
    }


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    return {"ms_median": milliseconds(statistics.median(seconds)), "ms_min": milliseconds(min(seconds))}


def _agents() -> list[str]:
    """Return the console script beside this Python, else the module that it calls."""
    script = Path(sys.executable).with_name("agents")
    return [str(script)] if script.is_file() else [sys.executable, "-P", "-m", "questline.cli"]


def _timed(words: Sequence[str], folder: Path) -> float:
    """Run a command to its end and return the seconds.

    Raises:
        RunError: ``run_failed`` when it fails.
    """
    began = time.perf_counter()
    ended = subprocess.run(words, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)  # noqa: S603 because the words are this project's own commands
    took = time.perf_counter() - began
    if ended.returncode != 0:
        raise RunError(f"{' '.join(words[1:])!r} ended with {ended.returncode}: {ended.stderr.strip()}")
    return took


def _environment() -> Mapping[str, str]:
    """Return the environment without the user's settings, which would change what is measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QUESTLINE_")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=positive, default=15)
    return run("start_up", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
