"""How much each feature counts: a linear model, and the log odds of being relevant that its sum stands for.

``coefficients.toml`` says on what the shipped numbers were fitted (`agents train ranking`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError, UsageError

from .features import WORD_FEATURES
from .level import Level

__all__ = ["BLENDS", "Blend", "shipped"]

Doubles: TypeAlias = NDArray[np.float64]
BLENDS: Final = ("words", "cosine", "pairs")
"""Without a model, with the encoder's cosine, and with the cross-encoder and the cosine together."""
_KNOWN: Final = frozenset({"intercept", "first_stage", "depth", *WORD_FEATURES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """Weights by feature; one that is not named counts nothing."""

    weights: Mapping[str, float]
    """``intercept``, ``first_stage`` (its standard score), the `WORD_FEATURES`, and ``depth`` (a cosine or a logit)."""
    level: Level = field(default_factory=Level)
    """From the weighted sum to log odds; by default they are the same."""

    def __post_init__(self) -> None:
        unknown = set(self.weights) - _KNOWN
        if unknown or not all(np.isfinite(weight) for weight in self.weights.values()):
            raise UsageError(
                f"weights {dict(self.weights)!r} must be finite numbers for {', '.join(sorted(_KNOWN))}",
                code="bad_param",
                argument="weights",
            )

    def log_odds(
        self, first_stage: Doubles, words: Doubles, depth: Doubles | None = None, *, shared_title: bool = False
    ) -> Doubles:
        """Return the log odds of each passage of one list: float64 [n].

        Args:
            first_stage: Standard scores, shape [n].
            words: What `word_features` returned, shape [n, 4].
            depth: Cosines or logits, shape [n]; left out where there are none.
            shared_title: Whether all bear the same title.
        """
        return self.level(self.sums(first_stage, words, depth), shared_title=shared_title)

    def sums(self, first_stage: Doubles, words: Doubles, depth: Doubles | None = None) -> Doubles:
        """Return the weighted sum of each passage, which its order depends on alone: float64 [n]."""
        weights = self.weights
        total = weights.get("intercept", 0.0) + weights.get("first_stage", 0.0) * first_stage
        total = total + words @ np.array([weights.get(name, 0.0) for name in WORD_FEATURES])
        return total if depth is None else total + weights.get("depth", 0.0) * depth


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    file = files("questline.tools.ranking") / "coefficients.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunError(
            f"the file {str(file)!r} is missing or damaged ({error}): reinstall questline, or fit it:"
            " agents train ranking",
            code="damaged_model",
        ) from error


def shipped(name: str) -> Blend:
    """Return the shipped weights of this name, one of `BLENDS`.

    Raises:
        RunError: ``damaged_model`` naming the file when it is missing or damaged.
    """
    try:
        table = _table()
        return Blend(
            weights=cast("Mapping[str, float]", table["blend"][name]),
            level=Level(**cast("Mapping[str, float]", table["level"][name])),
        )
    except (KeyError, TypeError, UsageError) as error:
        raise RunError(
            f"coefficients.toml of questline.tools.ranking lacks the blend {name!r} ({error}): reinstall questline",
            code="damaged_model",
        ) from error
