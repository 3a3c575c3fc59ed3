"""The reward model that ships, learnt from this project's own texts alone; see MODEL_CARD.md beside it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from .file import load_model
from .model import CharacterRewardModel

__all__ = ["FILE", "load_reward_model"]

FILE = "reward.json.gz"


def load_reward_model(path: Path | None = None) -> CharacterRewardModel:
    """Return the reward model of a file or of a folder that `agents train reward-model` wrote, else the shipped one.

    Raises:
        UsageError: See `questline.tools.writing.reward_model.file.load_model`.
    """
    if path is None:
        return _shipped()
    return load_model(path / FILE if path.is_dir() else path)


@cache
def _shipped() -> CharacterRewardModel:
    return load_model(resources.files("questline.tools.writing.reward_model") / "weights" / FILE)
