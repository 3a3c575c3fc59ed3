"""The command line as a user meets it: words in, text and an exit code out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.trust import Trust

Agents = Callable[..., "Done"]
PROGRAM = (sys.executable, "-P", "-c", "import sys; from questline.cli import main; sys.exit(main())")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def agents(capsys: pytest.CaptureFixture[str], workdir: Path) -> Agents:
    """Run a command in this process, in an empty working folder."""

    def run(*words: str | Path) -> Done:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Done(code=code, out=captured.out, err=captured.err)

    return run


def start(*words: str | Path, cwd: Path, **variables: str) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], timeout_s: float = 60) -> Done:
    out, err = process.communicate(timeout=timeout_s)
    return Done(code=process.returncode, out=out, err=err)


def trusted(file: Path) -> Path:
    """Agree to what a file of servers starts, as `agents servers trust` does."""
    Trust().accept(Configuration.read(file))
    return file


@pytest.fixture
def library(workdir: Path) -> Path:
    """Three short documents."""
    folder = workdir / "library"
    folder.mkdir()
    (folder / "lighthouse.md").write_text(
        "# The lighthouse of Velmora\n\nThe lighthouse of Velmora was designed by Ansgar Tollin. "
        "It was finished in 1911 and stands 43 metres high.\n",
        "utf-8",
    )
    (folder / "tollin.md").write_text(
        "# Ansgar Tollin\n\nAnsgar Tollin was an architect. He was born in Brackwater in 1868.\n", "utf-8"
    )
    (folder / "harbour.txt").write_text("The harbour of Velmora freezes in February.\n", "utf-8")
    return folder
