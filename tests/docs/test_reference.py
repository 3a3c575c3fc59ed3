"""docs/reference says what the code says: it is written from it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

PAGES = ("cli.md", "errors.md", "python.md", "settings.md")


@pytest.fixture(scope="module")
def generate(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", repo_root / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.requirement("house.reference")
@pytest.mark.parametrize("name", PAGES)
def test_reference_page_is_what_the_code_says_now(name: str, generate: ModuleType, repo_root: Path) -> None:
    written = (repo_root / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == generate.PAGES[name](), "run `make docs`"


@pytest.mark.requirement("house.reference")
def test_every_reference_page_is_generated(generate: ModuleType, repo_root: Path) -> None:
    assert {path.name for path in (repo_root / "docs" / "reference").iterdir()} == set(generate.PAGES) == set(PAGES)
