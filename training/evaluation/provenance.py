"""Where a measurement comes from: code, versions and hardware."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import questline
from questline.errors import UsageError

from .items import Json

__all__ = ["Provenance", "code_hash", "commit_of", "prompt_hashes"]

_LIBRARIES: Final = (
    "questline",
    "langgraph",
    "pydantic-ai-slim",
    "onnxruntime",
    "tokenizers",
    "faiss-cpu",
    "tantivy",
    "numpy",
)
_PACKAGE: Final = Path(questline.__file__).parent
_CODE: Final = {".py", ".md", ".toml"}
"""Kinds of file that decide an outcome: code, prompts and tables."""
_WRITTEN: Final = ("docs/results/**/*.json", "docs/results.md", "docs/reference/*.md", "tools/*/MODEL_CARD.md")
"""What measuring writes, by docs/results/measure.sh and `make docs`: it tells outcomes, and decides none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a report says about the machine and the code that made it."""

    date: str
    commit: str
    """As `commit_of` tells it."""
    versions: dict[str, str]
    hardware: dict[str, str | int]

    @classmethod
    def gather(cls) -> Provenance:
        """Look at this process and this machine."""
        return cls(
            date=datetime.now(UTC).date().isoformat(),
            commit=commit_of(_PACKAGE),
            versions={"python": platform.python_version(), **dict(_versions())},
            hardware={
                "system": platform.system(),
                "machine": platform.machine(),
                "processor": _processor(),
                "cores": os.cpu_count() or 1,
            },
        )

    def as_dict(self) -> dict[str, Json]:
        """Return JSON data."""
        return {
            "date": self.date,
            "commit": self.commit,
            "versions": dict(self.versions),
            "hardware": dict(self.hardware),
        }


def code_hash(*parts: str) -> str:
    """Return one hash over the package's code, prompts and tables: items of other code are not taken over.

    Args:
        parts: Files and folders of the package to look at, such as ``tools/reading``; all of it where none is named.
    """
    digest = hashlib.sha256()
    named = [_PACKAGE / part for part in parts] or [_PACKAGE]
    found = (file for each in named for file in (_code_files(each) if each.is_dir() else [each]))
    for path in sorted(found):
        digest.update(str(path.relative_to(_PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def prompt_hashes(replaced: Mapping[str, str]) -> dict[str, str]:
    """Return the start of each prompt file's sha256, by role or file name.

    Args:
        replaced: Paths of the files that replace a role's prompt, as in `Settings.prompts`.
    """
    owners = (_PACKAGE / "agents", _PACKAGE / "tools" / "ranking", _PACKAGE / "tools" / "selection")
    folders = tuple(owner / "prompts" for owner in owners)
    shipped = {path.stem: path for folder in folders for path in folder.glob("*.md")}
    files = {**shipped, **{role: Path(path) for role, path in replaced.items()}}
    try:
        return {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in sorted(files.items())}
    except OSError as error:
        raise UsageError(f"a prompt file cannot be read: {error}", code="unreadable_file") from error


def commit_of(package: Path) -> str:
    """Return the commit of the checkout that a package lies in, with ``+changes`` where its files differ from that.

    Files that measuring itself writes (results, their page, reference pages, model cards) may differ: else the second
    result of one run would say that it was measured on other code than the first. Outside a checkout it is empty.

    Args:
        package: The folder with the package's ``__init__.py``.
    """
    git = shutil.which("git")
    if git is None:
        return ""

    def ask(*words: str) -> str:
        asked = subprocess.run([git, *words], cwd=package, capture_output=True, text=True, check=False)  # noqa: S603 because the words are fixed
        return asked.stdout.strip() if asked.returncode == 0 else ""

    # A package installed inside somebody else's checkout is not that checkout's code.
    if not ask("ls-files", "__init__.py"):
        return ""
    others = (f":(top,exclude,glob){path}" for path in _WRITTEN)
    changes = ask("status", "--porcelain", "--untracked-files=no", "--", ":(top)", *others)
    return ask("rev-parse", "--short=12", "HEAD") + ("+changes" if changes else "")


def _code_files(folder: Path) -> Iterator[Path]:
    # Path.rglob does not enter the directory links of a development checkout.
    for root, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(root, name) for name in names if Path(name).suffix in _CODE)


def _versions() -> Iterator[tuple[str, str]]:
    for name in _LIBRARIES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def _processor() -> str:
    """Return the processor's name, which `platform.processor` does not know on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
