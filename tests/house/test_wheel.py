"""The wheel holds all of `questline/` and nothing else, and answers outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.slow
PACKAGES = ("agents", "graphs", "mcp_servers", "tools", "training")


def build(root: Path, folder: Path, *what: str) -> Path:
    """Build with the backend that is installed: nothing is fetched. Return the wheel."""
    command = [sys.executable, "-P", "-m", "build", "--no-isolation", *what, "--outdir", str(folder), str(root)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(repo_root, tmp_path_factory.mktemp("wheel"), "--wheel")


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def is_metadata(name: str) -> bool:
    return PurePosixPath(name).parts[0].endswith(".dist-info")


@pytest.mark.requirement("house.wheel")
def test_wheel_holds_each_file_of_the_packages_and_nothing_else(
    names: set[str], repository_files: list[Path], repo_root: Path
) -> None:
    """Modules, `py.typed`, prompts and model files alike; a file that is shared by a link is there twice."""
    links = (path for each in PACKAGES for path in (repo_root / each).rglob("*") if path.is_symlink())
    expected = {f"questline/{path.relative_to(repo_root).as_posix()}" for path in links}
    for path in repository_files:
        relative = path.relative_to(repo_root)
        if relative.parts[:2] == ("src", "questline"):
            expected.add(relative.relative_to("src").as_posix())
        elif relative.parts[0] in PACKAGES:
            expected.add(f"questline/{relative.as_posix()}")
    assert {name for name in names if not is_metadata(name)} == expected
    assert "questline/py.typed" in names


@pytest.mark.requirement("house.wheel")
def test_wheel_carries_the_licence_and_the_command(wheel: Path, names: set[str], repo_root: Path) -> None:
    (metadata,) = {PurePosixPath(name).parts[0] for name in names if is_metadata(name)}
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"{metadata}/licenses/LICENSE") == (repo_root / "LICENSE").read_bytes()
        assert "agents = questline.cli:main" in archive.read(f"{metadata}/entry_points.txt").decode()


@pytest.mark.requirement("house.sdist")
def test_sdist_builds_the_same_wheel(names: set[str], repo_root: Path, tmp_path: Path) -> None:
    """Without arguments the tool builds the sdist, and the wheel from what the sdist holds."""
    with zipfile.ZipFile(build(repo_root, tmp_path)) as archive:
        assert set(archive.namelist()) == names
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {PurePosixPath(*PurePosixPath(name).parts[1:]).as_posix() for name in archive.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "tests/conftest.py", "docs/quickstart.md"} <= held


@pytest.mark.requirement("house.wheel-answers")
def test_installed_wheel_answers_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, whose libraries are this one's: `questline` itself can only be the wheel's."""
    home = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python, agents = home / "bin" / "python", home / "bin" / "agents"
    (site,) = home.glob("lib/python*/site-packages")
    # Paths named in a .pth file come last and their own .pth files are not read: this checkout stays out of sight.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)

    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "lamps.md").write_text(
        "# Lamps\n\nThe harbour lamp of Velmora was lit in 1874. Its keeper was Ines Quarto.\n", encoding="utf-8"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run(python, "-c", "import questline.tools; print(questline.__file__, questline.tools.__file__)").split()
    assert all(Path(path).is_relative_to(site) for path in where)
    run(agents, "index", "lamps.md")
    answer = json.loads(run(agents, "ask", "When was the harbour lamp of Velmora lit?", "--json"))
    assert "1874" in answer["text"]
    assert answer["citations"]
    assert answer["evidence"][0]["source"].endswith("lamps.md")
