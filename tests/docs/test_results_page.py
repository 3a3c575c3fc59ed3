"""The results page says what was measured, and nothing that was not."""

import importlib.util
import json
import re
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


def test_the_readme_tells_the_figure_that_was_measured(repo_root: Path) -> None:
    measured = json.loads((repo_root / "docs/results/qa_rule.json").read_text("utf-8"))
    told = re.search(
        r"on (\d+) open questions over [\d,]+ passages its short answer has a token F1 of ([\d.]+)", _flat(repo_root)
    )
    assert told is not None
    assert (int(told[1]), told[2]) == (measured["n"], f"{measured['f1']:.2f}")


def _flat(repo_root: Path) -> str:
    return " ".join((repo_root / "README.md").read_text("utf-8").split())
