"""Checkpoints of recipes that do without torch: JSON, in which numpy arrays keep their type, shape and every bit."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
from numpy.typing import NDArray

from .checkpoints import PLAIN, Form

__all__ = ["FORM"]

_ARRAY: Final = "numpy"
"""Key that marks an array; beside it stand its type and shape."""


class _Plain:
    """See `questline.training.checkpoints.Form`."""

    file = PLAIN
    broken: tuple[type[Exception], ...] = (AttributeError, RecursionError)

    def seed(self, seed: int, threads: int) -> None:
        del threads  # numpy's follow the environment
        random.seed(seed)

    def generators(self) -> dict[str, Any]:
        return {"random": random.getstate()}

    def set_generators(self, values: Mapping[str, Any]) -> None:
        version, numbers, gauss = values["random"]
        random.setstate((version, tuple(numbers), gauss))

    def dump(self, values: Mapping[str, Any], file: BinaryIO) -> None:
        file.write(json.dumps(values, default=_of_array).encode("utf-8"))

    def load(self, path: Path) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(path.read_bytes(), object_hook=_to_array))


def _of_array(value: object) -> object:
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        return {_ARRAY: array.ravel().tolist(), "type": array.dtype.str, "shape": array.shape}
    raise TypeError(f"a recipe's state holds a {type(value).__name__}, which is neither a number, text nor an array")


def _to_array(value: dict[str, Any]) -> object:
    if set(value) == {_ARRAY, "type", "shape"}:
        return np.array(value[_ARRAY], dtype=value["type"]).reshape(value["shape"])
    return value


FORM: Final[Form] = _Plain()
