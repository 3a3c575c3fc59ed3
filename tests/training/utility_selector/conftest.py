"""Slow files are left out where slow tests are."""

from __future__ import annotations

from pathlib import Path

import pytest

SLOW = frozenset({"test_membership_loss.py", "test_selector_recipe.py"})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out whole files where slow tests are left out: collecting them would import torch."""
    return True if collection_path.name in SLOW and "not slow" in str(config.option.markexpr) else None
