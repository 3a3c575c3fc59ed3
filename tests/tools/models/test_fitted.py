"""Other fits in place of the shipped ones, for a whole process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.tools.models.fitted import FITTED, fitted, use

_TWICE = """
from pathlib import Path
from questline.errors import RunError
from questline.tools.models.fitted import fitted, use
use(Path("one"))
use(Path("one"))
print(fitted("reading"))
try:
    use(Path("two"))
except RunError as refused:
    print(refused.code)
"""


@pytest.mark.requirement("table.fits")
def test_a_folder_without_a_fit_is_refused_and_nothing_is_used(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        use(tmp_path)
    assert refused.value.code == "file_not_found"
    assert fitted("reading") is None


@pytest.mark.requirement("table.fits")
def test_a_process_reads_one_folder_of_fits(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        for recipe, names in FITTED.items():
            home = tmp_path / folder / recipe / "model"
            home.mkdir(parents=True)
            for name in names:
                (home / name).touch()
    done = subprocess.run(
        [sys.executable, "-P", "-c", _TWICE], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["one/reading/model", "run_failed"]
