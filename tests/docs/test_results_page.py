"""The results page says what was measured, and nothing that was not."""

import importlib.util
from pathlib import Path

import pytest


@pytest.mark.requirement("house.results-page")
def test_results_page_is_what_the_measurements_say(repo_root: Path) -> None:
    spec = importlib.util.spec_from_file_location("results_page", repo_root / "docs/results/page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text("utf-8") == module.page(), "run: python -P docs/results/page.py"
    measured = {file.stem for file in (repo_root / "docs/results").glob("*.json")}
    unused = {name for name in measured if f"**{name}**" not in module.page()}
    assert not unused, f"measured and not shown: {sorted(unused)}"
