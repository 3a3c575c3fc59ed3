"""What a trainable part is to the driver: prepare, fit, evaluate, export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .licences import Licensed

__all__ = ["Card", "Figures", "Hears", "Job", "Recipe", "unheard"]

Figures = Mapping[str, float]
"""Names and values, in the order in which they are shown."""
Hears = Callable[[str, int, int], None]
"""Told a phase, how much of it is done, and of how much."""


def unheard(phase: str, done: int, total: int) -> None:
    """Take progress that nobody wants to hear of: a `Hears`."""
    del phase, done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One training: what is read, where it goes, and every chance in it."""

    data: Path
    """File or folder of examples."""
    out: Path
    cache: Path
    """Folder of what `Recipe.prepare` keeps; what it holds may be deleted at any time between two runs."""
    seed: int
    threads: int
    hears: Hears
    run: Mapping[str, object] = field(default_factory=dict[str, object])
    """``[run]`` of the settings, as the driver was given it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a recipe knows for the model card; the driver adds command, settings, seed and figures."""

    title: str
    about: str
    """What the model is and how it was made, as Markdown."""
    data: tuple[Licensed, ...]
    """What it learnt from, each with its licence."""
    limits: str
    """What it cannot do, as Markdown."""
    figures: Figures = field(default_factory=dict[str, float])
    """Measured while exporting: size, agreement."""


class Recipe(Protocol):
    """Trains one part. The driver calls `prepare` once, then drives `fit` step by step.

    A recipe draws every number from `Job.seed` or from torch's own generator, which the driver seeds and restores, so
    that a resumed run ends as an uninterrupted one.
    """

    @property
    def chosen_by(self) -> str:
        """The figure of `evaluate` that decides which step is exported; higher is better.

        Empty for a fit in parts, which is whole only after its last step: that one is exported, `evaluate` is asked
        after it alone, and every step is kept when it was taken, since such steps are few and long.
        """
        ...

    @property
    def steps(self) -> int:
        """How many steps a whole run has; known once prepared."""
        ...

    def prepare(self) -> Mapping[str, int]:
        """Read or build the examples and the untrained model; return what there is, counted."""
        ...

    def fit(self, done: int) -> Iterator[Figures]:
        """Learn on from step `done` (0 at first), yielding each step's losses after it was taken."""
        ...

    def state(self) -> dict[str, Any]:
        """Return everything that `fit` changes: tensors, numbers, text, and lists and dicts of these.

        Without torch (`questline.training.recipes.Entry.torch`), numpy arrays stand in the place of tensors.
        """
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` returned."""
        ...

    def weights(self) -> dict[str, Any]:
        """Return what the best step is remembered by: the part of `state` that `evaluate` and `export` depend on."""
        ...

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take over what `weights` returned."""
        ...

    def evaluate(self) -> Figures:
        """Measure on held-out examples; changes nothing that `fit` sees."""
        ...

    def export(self, folder: Path) -> Card:
        """Write what the product loads into `folder`, which exists."""
        ...
