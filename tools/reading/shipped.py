"""The numbers that the reader ships with: weights of the rules, shares of the cross-encoder, calibrations."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError
from questline.tools.models.fitted import fitted

from .closely import CLOSE_FEATURES
from .features import FEATURES

__all__ = ["Blend", "Calibration", "Reads", "blend", "calibration", "coefficients"]

Floats: TypeAlias = NDArray[np.float32]
Reads: TypeAlias = Literal["words", "encoder", "cross_encoder"]
_RULES: Final = "coefficients.toml"
_BLEND: Final = "blend.toml"
_MADE_BY: Final[Mapping[str, str]] = {_RULES: "agents train reading", _BLEND: "agents train reading-blend"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a reading's confidence follows from its features, and when it abstains."""

    sentences: int
    """How many sentences are searched for candidates (and encoded)."""
    support: float
    """Least share of the question's terms (weighted) that the best sentence and its title must hold."""
    abstain_below: float
    """Least confidence of an answer."""
    bias: float
    weights: tuple[float, ...]

    def confidence(self, features: Sequence[float]) -> float:
        """Return the logistic function of the weighted features, in (0, 1)."""
        logit = self.bias + sum(weight * value for weight, value in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-logit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """How the rules and the cross-encoder share the choice of an answer."""

    rules: float
    """Times the linear model's logit."""
    weights: Floats
    """Of `questline.tools.reading.closely.CLOSE_FEATURES`."""


def _file(name: str) -> Traversable:
    own = fitted("reading" if name == _RULES else "reading-blend")
    return (files("questline.tools.reading") if own is None else own) / name


def _damaged(name: str, problem: object) -> RunError:
    path = str(_file(name))
    return RunError(
        f"the file {path!r} is missing or damaged ({problem}): reinstall questline, or fit it: {_MADE_BY[name]}",
        code="damaged_model",
        path=path,
    )


@lru_cache(maxsize=2)
def _table(name: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(_file(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _damaged(name, error) from error


@lru_cache(maxsize=1)
def coefficients() -> Mapping[str, Floats]:
    """Return the weight vectors of the rules, one per kind of question and for with and without an encoder.

    Raises:
        RunError: ``damaged_model`` naming the file that is missing or damaged, and the mend; so do the others here.
    """
    try:
        rows = _table(_RULES)["weights"]
        matrix = np.array([rows[feature] for feature in FEATURES], dtype=np.float32)
        return {str(name): _finite(matrix[:, column]) for column, name in enumerate(rows["columns"])}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _damaged(_RULES, f"{type(error).__name__}: {error}") from error


@lru_cache(maxsize=1)
def blend() -> Blend:
    """Return the shares of rules and cross-encoder."""
    try:
        row = _table(_BLEND)["blend"]
        values = _finite(np.array([row["rules"], *(row[name] for name in CLOSE_FEATURES)], dtype=np.float32))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(_BLEND, f"{type(error).__name__}: {error}") from error
    return Blend(rules=float(values[0]), weights=values[1:])


@lru_cache(maxsize=3)
def calibration(reads: Reads) -> Calibration:
    """Return the calibration for reading by words alone, with an encoder's cosines, or with the cross-encoder."""
    name = _BLEND if reads == "cross_encoder" else _RULES
    try:
        row = _table(name)["confidence"][reads]
        values = _finite(np.array([row["abstain_below"], row["support"], row["bias"], *row["weights"]], np.float64))
        return Calibration(
            sentences=int(row["sentences"]),
            support=float(values[1]),
            abstain_below=float(values[0]),
            bias=float(values[2]),
            weights=tuple(values[3:].tolist()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(name, f"{type(error).__name__}: {error}") from error


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    if not np.isfinite(values).all():
        raise ValueError("a value is no finite number")
    return values
