"""The five folders at the root are sub-packages of `questline` by committed directory links."""

from __future__ import annotations

import subprocess
from importlib import import_module
from pathlib import Path

import pytest

PACKAGES = ("agents", "graphs", "mcp_servers", "tools", "training")


@pytest.mark.requirement("house.links")
@pytest.mark.parametrize("name", PACKAGES)
def test_link_leads_to_the_folder_at_the_root(name: str, repo_root: Path) -> None:
    link = repo_root / "src" / "questline" / name
    assert link.is_symlink()
    assert link.readlink() == Path("..", "..", name)
    home = import_module(f"questline.{name}").__file__
    assert home is not None
    assert Path(home).resolve() == repo_root / name / "__init__.py"


@pytest.mark.requirement("house.links")
def test_git_keeps_the_links_as_links(repo_root: Path) -> None:
    if not (repo_root / ".git").exists():
        pytest.skip("needs the git checkout: this tree was unpacked from an archive")
    command = ["git", "ls-files", "--stage", "src/questline"]
    listed = subprocess.run(command, cwd=repo_root, check=True, capture_output=True, text=True).stdout
    links = {line.split("\t")[1] for line in listed.splitlines() if line.startswith("120000")}
    assert links == {f"src/questline/{name}" for name in PACKAGES}
