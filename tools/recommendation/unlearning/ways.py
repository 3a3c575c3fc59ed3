"""Ways to unlearn that share one loop: which losses, how they are weighed, in which order clicks are forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from .curriculum import Order
from .losses import LossName

__all__ = ["WAYS", "Difficulty", "Way", "Weighing"]

Weighing: TypeAlias = Literal["min-norm", "mgda", "fixed"]
"""``min-norm``: ours, losses without a gradient left out and forgetting with a least weight; ``mgda``: the exact
min-norm point as it stands; ``fixed``: all the same."""
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
    stops: bool = True
    """A click that is forgotten as far as asked is left alone; False goes on until the budget is spent."""

    @property
    def forgets(self) -> bool:
        """Whether one of its losses pushes forgotten clicks down."""
        return bool({"unlearn", "npo"} & set(self.losses))


_CAU: Final = Way()
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
    "cau-fixed": replace(_CAU, weighing="fixed"),
    "cau-mgda": replace(_CAU, weighing="mgda"),
    "cau-unstopped": replace(_CAU, stops=False),
    "ga": Way(losses=("unlearn",), order="random"),
    "ga-unstopped": Way(losses=("unlearn",), order="random", stops=False),
    "gd": Way(losses=("unlearn", "retain"), weighing="fixed", order="random"),
    "npo": Way(losses=("npo",), order="random"),
    "finetune": Way(losses=("retain",), order="random"),
}
"""``cau`` with its orders, difficulties and what it is without each part (arXiv:2508.15263); gradient ascent, gradient
difference, NPO (arXiv:2404.05868) and learning on from what is kept."""
