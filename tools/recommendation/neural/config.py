"""What decides a network: its kind, its sizes, and the seed of its first weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.errors import UsageError

__all__ = ["KINDS", "Kind", "NetConfig"]

Kind: TypeAlias = Literal["gru4rec", "sasrec", "bert4rec"]
KINDS: Final[tuple[Kind, ...]] = ("gru4rec", "sasrec", "bert4rec")
_LEAST: Final = {"items": 1, "max_length": 1, "width": 1, "layers": 1, "heads": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetConfig:
    """A network over the items 1 … `items`; 0 is padding."""

    kind: Kind = "sasrec"
    items: int
    max_length: int = 50
    """Last clicks of a session that are read."""
    width: int = 64
    """Of states and of the items' embeddings."""
    layers: int = 2
    heads: int = 1
    """Of attention; a GRU has none."""
    dropout: float = 0.5
    seed: int = 0
    """Of the first weights."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"kind={self.kind!r} is not one of {', '.join(KINDS)}", argument="kind")
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise UsageError(f"{name}={value!r} must be a whole number of at least {least}", argument=name)
        if self.width % self.heads:
            raise UsageError(f"width={self.width} must be a multiple of heads={self.heads}", argument="width")
        if not (math.isfinite(self.dropout) and 0 <= self.dropout < 1):
            raise UsageError(f"dropout={self.dropout!r} must be in [0, 1)", argument="dropout")
