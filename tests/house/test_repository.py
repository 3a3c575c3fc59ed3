"""The files of the repository: short, small in all, and nothing in them that belongs to one machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LONGEST = 800
USUAL = 300

FOREIGN = re.compile(
    r"(?<![\w.])/(?:work|root|home|Users|opt)/\w"  # one machine's folders
    r"|pypi\.org|pythonhosted|npmjs\.(?:org|com)|deb\.debian|proxy\.golang"  # where packages come from
)
MAY_NAME_THEM = {"tests/house/test_repository.py"}


@pytest.mark.requirement("house.no-machine-paths")
def test_no_file_names_a_folder_of_one_machine_or_a_package_index(
    repository_files: list[Path], repo_root: Path
) -> None:
    found: list[str] = []
    for path in repository_files:
        name = path.relative_to(repo_root).as_posix()
        data = path.read_bytes()
        if name in MAY_NAME_THEM or b"\0" in data[:4096]:
            continue
        found += [f"{name}: {match[0]!r}" for match in FOREIGN.finditer(data.decode("utf-8", "replace"))]
    assert found == []


@pytest.mark.requirement("house.repository-size")
def test_the_repository_stays_small_enough_to_travel(repository_files: list[Path]) -> None:
    """As a tar: a block for each name, and whole blocks of what stands in it; the two encoders are put aside for it."""
    sizes = {path: 1 + -(-path.lstat().st_size // 512) for path in repository_files}
    encoders = {path: blocks for path, blocks in sizes.items() if path.match("tools/models/weights/*/model.onnx")}
    assert len(encoders) == 2
    assert sum(encoders.values()) * 512 <= 48_000_000
    assert (sum(sizes.values()) - sum(encoders.values())) * 512 <= 22_000_000


@pytest.mark.requirement("house.file-length")
def test_no_file_is_long_and_most_are_short(modules: dict[str, Path]) -> None:
    lines = {name: path.read_text(encoding="utf-8").count("\n") for name, path in modules.items()}
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}
    longer = {name: count for name, count in lines.items() if count > USUAL}
    assert len(longer) <= len(lines) / 10, f"more than a tenth of the files have over {USUAL} lines: {longer}"
