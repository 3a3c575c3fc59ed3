"""A model that says each colour as often as the others: where preferences and reinforcement begin."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out whole files where slow tests are left out: collecting them would import torch."""
    named = collection_path.name.startswith("test_")
    return True if named and "not slow" in str(config.option.markexpr) else None


@pytest.fixture(scope="session")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that answers each thing with any colour."""
    from .toy import COLOURS, THINGS, Taught, drive, teaching

    class Shuffled(Taught):
        answers = tuple(list(COLOURS.values())[place % 4] for place in range(len(THINGS)))

    return drive(teaching(Shuffled, steps=60), tmp_path_factory.mktemp("undecided"), every=60).model
