"""The weights that the search by time ships with."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from questline.errors import RunError

from .contract import Weights

__all__ = ["NAME", "read_weights", "shipped_weights"]

NAME: Final = "weights.toml"


def read_weights(text: str) -> Weights:
    """Read ``weights.toml``; raises ValueError, KeyError or TypeError for another text."""
    table = tomllib.loads(text)
    numbers: dict[str, float] = {}
    groups: dict[str, dict[str, float]] = {"time": {}, "gap_days": {}}
    for name, value in table.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise TypeError(f"{name} is no number")
        group, _, key = name.partition(" ")
        if key:
            groups[group][key] = float(value)
        else:
            numbers[name] = value
    days = int(numbers.pop("days"))
    return Weights(time=_whole(groups["time"], Weights().time), gap_days=_whole(groups["gap_days"], Weights().gap_days),
                   days=days, **numbers)  # fmt: skip


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """Return the weights of the package.

    Raises:
        RunError: ``damaged_model``.
    """
    try:
        return read_weights((files("questline.tools.temporal.searching") / NAME).read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{NAME} of the search by time is damaged: {error}; install again", code="damaged_model"
        ) from error


def _whole(found: Mapping[str, float], wanted: Mapping[str, float]) -> dict[str, float]:
    if set(found) != set(wanted):
        raise KeyError(f"{sorted(found)} where {sorted(wanted)} are needed")
    return dict(found)
