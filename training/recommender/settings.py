"""What decides how a trained recommender learns; ``[recommender]`` of the settings file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from questline.errors import UsageError
from questline.tools.recommendation.neural.config import Kind, NetConfig

from .splits import Split

__all__ = ["Settings"]

_LEAST: Final = {
    "width": 1, "layers": 0, "heads": 0, "max_length": 1, "epochs": 1, "batch": 1, "negatives": 0, "recent": 0,
    "least_clicks": 1, "asked": 1,
}  # fmt: skip
_LAYERS: Final[dict[Kind, int]] = {"gru4rec": 1, "sasrec": 2, "bert4rec": 2}
_HEADS: Final[dict[Kind, int]] = {"gru4rec": 1, "sasrec": 1, "bert4rec": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Sizes of the network, how it learns, and what is held out of the learning."""

    kind: Kind = "sasrec"
    split: Split = "sessions"
    """What is held out to choose the best step. ``sessions``: the last ones wholly. ``last``: the click before the last
    of each session, and the last one is read by nothing, so that it can be asked for in a measurement."""
    width: int = 64
    layers: int = 0
    """0: as the papers have it, one for gru4rec and else two."""
    heads: int = 0
    """0: four for bert4rec, else one."""
    dropout: float = 0.5
    max_length: int = 50
    """Last clicks that are read; longer sessions are learnt in pieces."""
    epochs: int = 100
    batch: int = 128
    """Sessions of a step."""
    rate: float = 1e-3
    """Of Adam."""
    decay: float = 0.0
    """Of the weights (AdamW)."""
    negatives: int = 0
    """Items that a step's clicks are told apart from; 0: all of them."""
    sampling: Literal["uniform", "popularity"] = "uniform"
    """How those are drawn."""
    masked: float = 0.3
    """Share of the clicks that bert4rec has to tell in a step."""
    recent: int = 0
    """Only so many sessions, the last ones, are learnt; 0: all."""
    least_clicks: int = 1
    """Items clicked less often are no part of the catalogue."""
    held_out: float = 0.02
    """Share of the sessions that is held out, with ``sessions``."""
    asked: int = 5000
    """Clicks of those held out that are asked for, at most."""
    exclude_seen: bool = True
    """Whether what a session has clicked already is left out when they are."""

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise self._bad(name, f"at least {least}")
        for name in ("rate", "decay"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise self._bad(name, "a number of at least 0")
        for name in ("dropout", "held_out"):
            if not 0 <= getattr(self, name) < 1:
                raise self._bad(name, "in [0, 1)")
        if not 0 < self.masked <= 1:
            raise self._bad("masked", "in (0, 1]")
        self.config(1, 0)

    def config(self, items: int, seed: int) -> NetConfig:
        """Return what decides the network over so many items."""
        return NetConfig(
            kind=self.kind,
            items=items,
            max_length=self.max_length,
            width=self.width,
            layers=self.layers or _LAYERS.get(self.kind, 1),
            heads=self.heads or _HEADS.get(self.kind, 1),
            dropout=self.dropout,
            seed=seed,
        )

    def _bad(self, name: str, wanted: str) -> UsageError:
        return UsageError(
            f"recommender.{name}={getattr(self, name)!r} must be {wanted}", code="bad_settings", argument=name
        )
