"""The model after the last step of a run: what a run does to it is asked, not what choosing the best step mends."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final, TypeVar

import torch

from questline.training.checkpoints import FILE
from questline.training.recipe import Figures

from .models import opened, write_model
from .prompt_files import PROMPTS
from .settings import ModelSettings
from .tuned import TunedRecipe

__all__ = ["last", "last_step"]

R = TypeVar("R", bound=TunedRecipe[Any])
_TAKEN: Final = "steps taken"


def last(kind: type[R]) -> type[R]:
    """Return the recipe that is exported as its last step left it, not as its best.

    A step that is chosen by right labels would tell them to a control, which learns from wrong ones.
    """
    base: Any = kind

    class Last(base):
        chosen_by = _TAKEN

        def evaluate(self) -> Figures:
            return {**base.evaluate(self), _TAKEN: float(self.step)}

    return Last


def last_step(folder: Path) -> Path:
    """Return a folder of the model as the run's checkpoint has it, with the prompt of the exported one.

    Args:
        folder: The exported model, in the folder of its run.
    """
    loaded = opened(ModelSettings(model=str(folder), device="cpu"), _none, seed=0)
    kept = torch.load(folder.parent / FILE, weights_only=True)["state"]["model"]
    with torch.no_grad():
        for name, each in loaded.model.named_parameters():
            each.copy_(kept[name])
    last = folder.parent / "last"
    write_model(loaded.model, loaded.tokenizer, last)
    if (folder / PROMPTS).is_dir():
        shutil.copytree(folder / PROMPTS, last / PROMPTS, dirs_exist_ok=True)
    return last


def _none() -> object:
    raise AssertionError("a folder holds its own tokenizer")
