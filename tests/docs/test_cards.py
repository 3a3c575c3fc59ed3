"""The model cards of the fitted tables say what the tables, their recipes and the measurements say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def module(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("cards", repo_root / "docs" / "cards.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.requirement("house.table-cards")
@pytest.mark.parametrize("name", ["ranking", "reading", "selection", "summarization"])
def test_a_card_is_what_would_be_written_now(name: str, module: ModuleType, repo_root: Path) -> None:
    path = repo_root / "tools" / name / "MODEL_CARD.md"
    assert path.read_text("utf-8") == module.cards()[path], "run: python -P docs/cards.py"


@pytest.mark.requirement("house.table-cards")
def test_every_card_tells_data_licences_command_seed_figures_and_limits(module: ModuleType) -> None:
    for path, text in module.cards().items():
        for part in ("### Data", "### Training", "### Figures of the fit", "### Measured", "### Limits", "seed 0"):
            assert part in text, (path, part)
        assert "CC BY" in text
        assert "agents train" in text
        assert "| – | –" not in text, f"{path} names results that are not there"
