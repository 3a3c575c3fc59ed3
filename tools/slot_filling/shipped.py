"""The numbers that slot filling ships with: the weights of what tells where a value goes, and when a tool fits."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from questline.errors import RunError

from .fit_features import FIT_FEATURES
from .number_features import NUMBER_FEATURES
from .text_features import TEXT_FEATURES

__all__ = ["COLUMNS", "NAME", "Coefficients", "ToolFit", "read_coefficients", "shipped_coefficients"]

COLUMNS: Final = ("models", "words")
NAME: Final = "coefficients.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFit:
    """How likely a tool serves a question: a logistic model."""

    weights: Mapping[str, float]
    threshold: float
    """A tool fits from this chance on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficients:
    """Weights of logistic models, by feature, and what is added to their log odds."""

    number: Mapping[str, float]
    text: Mapping[str, float]
    fits: Mapping[str, ToolFit]
    """With encoder and reader (``models``), and without (``words``)."""
    required: float
    """Added to the log odds of a value for a required field: an empty one costs a question to the user."""
    optional: float
    """Added to those of an optional field: one too many is worse than one that is left to the tool's default."""


def read_coefficients(text: str) -> Coefficients:
    """Read ``coefficients.toml``; raises ValueError, KeyError or TypeError for another text."""
    table = tomllib.loads(text)
    return Coefficients(
        number=_weights(table["number"], NUMBER_FEATURES),
        text=_weights(table["text"], TEXT_FEATURES),
        fits={
            column: ToolFit(
                weights=_weights(table["fits"][column], FIT_FEATURES),
                threshold=_finite(table["fits"][column]["threshold"]),
            )
            for column in COLUMNS
        },
        **{name: _finite(table["added"][name]) for name in ("required", "optional")},
    )


@lru_cache(maxsize=1)
def shipped_coefficients() -> Coefficients:
    """Return the shipped numbers. Raises `RunError` ``damaged_model``."""
    try:
        return read_coefficients((files("questline.tools.slot_filling") / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        path = str(files("questline.tools.slot_filling") / NAME)
        raise RunError(
            f"the file {path!r} is missing or damaged ({error}): reinstall questline, or fit it: agents train calls",
            code="damaged_model",
            path=path,
        ) from error


def _weights(row: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, float]:
    return {name: _finite(row[name]) for name in names}


def _finite(value: object) -> float:
    number = float(str(value))
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number
