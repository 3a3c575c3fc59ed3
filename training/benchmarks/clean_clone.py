"""How long a newcomer waits: the committed project cloned into an empty folder, and its commands run there.

    python -P -m questline.training.benchmarks.clean_clone --json clean_clone.json [--test]

Nothing of this checkout but its commits is used; package downloads may come from the installer's own cache.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.progress import Progress

from questline.errors import RunError, UsageError

from .harness import parser, run

__all__ = ["main", "measure"]


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Clone, then run each command once; fail with its last lines when one fails."""
    root = _output(["git", "rev-parse", "--show-toplevel"], Path.cwd())
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    data = Path(environment.get("QUESTLINE_DATA", Path(root).parent / "shared" / "data"))
    if data.is_dir():
        environment["QUESTLINE_DATA"] = str(data.resolve())
    seconds: dict[str, float] = {}
    commands = ["make demo", "make test"] if chosen.test else ["make demo"]
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name) / "questline"
        _output(["git", "clone", "--quiet", root, str(clone)], Path(name))
        for command in bar.track(commands, description="clean clone"):
            started = time.perf_counter()
            _output(command.split(), clone, environment)
            seconds[command] = round(time.perf_counter() - started, 1)
        changed = _output(["git", "status", "--porcelain"], clone)
    return {"seconds": seconds, "files_left_behind": len(changed.splitlines())}


def _output(words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 because the words are fixed
    if done.returncode and words[0] == "git":
        raise UsageError(f"{' '.join(words[:2])} failed here: {done.stderr.strip()}", code="bad_argument")
    if done.returncode:
        raise RunError(f"{' '.join(words)} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    options = parser(__doc__)
    options.add_argument("--test", action="store_true", help="also run `make test`")
    return run("clean_clone", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
