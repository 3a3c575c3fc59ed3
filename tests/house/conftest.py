"""The shipped source, parsed once."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

PACKAGES = ("agents", "graphs", "mcp_servers", "tools", "training")


@pytest.fixture(scope="session")
def modules(repo_root: Path) -> dict[str, Path]:
    """Import name → file, for every module that ships."""
    folders = {repo_root / "src" / "questline": "questline"}
    folders |= {repo_root / name: f"questline.{name}" for name in PACKAGES}
    found: dict[str, Path] = {}
    for folder, package in folders.items():
        for path in sorted(folder.rglob("*.py")):  # the directory links are not followed
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join((package, *parts)).removesuffix(".__init__")] = path
    return found


@pytest.fixture(scope="session")
def trees(modules: dict[str, Path]) -> dict[str, ast.Module]:
    """Import name → syntax tree."""
    return {name: ast.parse(path.read_text(encoding="utf-8"), str(path)) for name, path in modules.items()}


@pytest.fixture(scope="session")
def repository_files(repo_root: Path) -> list[Path]:
    """Every file that is in the repository or would be added to it, as git sees it."""
    if not (repo_root / ".git").exists():
        pytest.skip("needs the git checkout: this tree was unpacked from an archive")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=repo_root, check=True, capture_output=True, text=True).stdout
    paths = (repo_root / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file() and not path.is_symlink()]
