"""What decides how a linker is learnt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from questline.errors import UsageError

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[linker]`` of the settings file."""

    nets: int = 4
    """Networks whose probabilities are averaged; each leaves out another share of the tables, on which it is tried."""
    steps: int = 600
    """Of each network."""
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.02
    dropout: float = 0.3
    blank: float = 0.4
    """Share of the numbers of the encoder's vectors that are left out."""
    less: float = 0.45
    """How often columns are taken away: what words say of one that is gone is then not in the table."""
    away: float = 0.12
    """How often a question is asked of another table."""
    blind: float = 0.05
    """How often a group of features is left out."""
    wide: int = 64
    looks: int = 8
    right: float = 0.97
    """Share of what is answered that has to be right, for the threshold."""

    def __post_init__(self) -> None:
        for name, least in (("nets", 2), ("steps", 1), ("batch", 1), ("wide", 1), ("looks", 1)):
            if getattr(self, name) < least:
                raise UsageError(
                    f"linker.{name}={getattr(self, name)!r} must be at least {least}",
                    code="bad_settings",
                    argument=name,
                )
        if self.wide % self.looks:
            raise UsageError("linker.wide must be a multiple of linker.looks", code="bad_settings", argument="wide")
        for name in ("rate", "decay"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"linker.{name}={value!r} must be at least 0", code="bad_settings", argument=name)
        for name in ("dropout", "blank", "less", "away", "blind", "right"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(
                    f"linker.{name}={getattr(self, name)!r} must be in [0, 1)", code="bad_settings", argument=name
                )
