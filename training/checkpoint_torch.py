"""Checkpoints of recipes that learn with torch."""

from __future__ import annotations

import pickle
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import torch

from .checkpoints import FILE, Form

__all__ = ["FORM"]


class _Torch:
    """See `questline.training.checkpoints.Form`."""

    file = FILE
    broken: tuple[type[Exception], ...] = (RuntimeError, pickle.UnpicklingError)

    def seed(self, seed: int, threads: int) -> None:
        torch.set_num_threads(threads)
        random.seed(seed)
        torch.default_generator.manual_seed(seed)

    def generators(self) -> dict[str, Any]:
        return {"torch": torch.get_rng_state(), "random": random.getstate()}

    def set_generators(self, values: Mapping[str, Any]) -> None:
        torch.set_rng_state(values["torch"])
        random.setstate(values["random"])

    def dump(self, values: Mapping[str, Any], file: BinaryIO) -> None:
        torch.save(dict(values), file)

    def load(self, path: Path) -> dict[str, Any]:
        return cast("dict[str, Any]", torch.load(path, weights_only=True))


FORM: Final[Form] = _Torch()
