"""Ways to unlearn that share one loop: which losses, how they are weighed, in which order clicks are forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from .curriculum import Order
from .losses import LossName

__all__ = ["WAYS", "Difficulty", "Moves", "Way", "Weighing"]

Weighing: TypeAlias = Literal["min-norm", "mgda", "fixed"]
"""``min-norm``: ours, losses without a gradient left out and forgetting with a least weight; ``mgda``: the exact
min-norm point as it stands; ``fixed``: all the same."""
Moves: TypeAlias = Literal["items", "all"]
"""Which weights change: ``items``, the embeddings and biases of items alone, by how they are scored after a state:
that is where clicks are learnt, and the layers that all clicks share stay as they are; ``all``: every weight, as
published."""
Difficulty: TypeAlias = Literal["output", "full", "embedding"]
"""The gradients' cosine on the output layer or over all parameters, or state times embedding (spec 07 §2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to unlearn."""

    losses: tuple[LossName, ...] = ("unlearn", "normal", "kl")
    weighing: Weighing = "min-norm"
    order: Order | None = "soft"
    """None: no curriculum, every step takes all clicks at once."""
    difficulty: Difficulty = "output"
    moves: Moves = "items"
    weighed: bool = True
    """A click is pushed as hard as it is far from its reference; False: all alike."""
    stops: bool = True
    """A click that is forgotten as far as asked is left alone; False goes on until the budget is spent."""

    @property
    def forgets(self) -> bool:
        """Whether one of its losses pushes forgotten clicks down."""
        return bool({"unlearn", "npo"} & set(self.losses))


_CAU: Final = Way()
_GA: Final = Way(losses=("unlearn",), order="random", moves="all", weighed=False)
_NPO: Final = replace(_GA, losses=("npo",))
WAYS: Final[dict[str, Way]] = {
    "cau": _CAU,
    "cau-hard": replace(_CAU, order="hard"),
    "cau-random": replace(_CAU, order="random"),
    "cau-no-curriculum": replace(_CAU, order=None),
    "cau-full-gradient": replace(_CAU, difficulty="full"),
    "cau-embedding": replace(_CAU, difficulty="embedding"),
    "cau-no-unlearn": replace(_CAU, losses=("normal", "kl")),
    "cau-no-normal": replace(_CAU, losses=("unlearn", "kl")),
    "cau-no-kl": replace(_CAU, losses=("unlearn", "normal")),
    "cau-all-weights": replace(_CAU, moves="all"),
    "cau-alike": replace(_CAU, weighed=False),
    "cau-fixed": replace(_CAU, weighing="fixed"),
    "cau-mgda": replace(_CAU, weighing="mgda"),
    "cau-unstopped": replace(_CAU, stops=False),
    "ga": _GA,
    "ga-items": replace(_GA, moves="items", weighed=True),
    "ga-unstopped": replace(_GA, stops=False),
    "gd": replace(_GA, losses=("unlearn", "retain"), weighing="fixed"),
    "npo": _NPO,
    "npo-items": replace(_NPO, moves="items", weighed=True),
    "finetune": replace(_GA, losses=("retain",)),
}
"""``cau`` with its orders, difficulties and what it is without each part (arXiv:2508.15263); gradient ascent, gradient
difference, NPO (arXiv:2404.05868) and learning on from what is kept, over all weights as published. ``…-items``: with
what is ours, only the weights of items and each click as hard as it is far."""
