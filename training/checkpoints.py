"""One file that a killed training goes on from, replaced as a whole."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import torch

from questline.errors import UsageError

__all__ = ["FILE", "Checkpoint", "load", "save", "seed_everything"]

FILE: Final = "checkpoint.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything that a run has come to."""

    identity: str
    """Hash of what decides the run: settings, data, seed; another one cannot go on from here."""
    step: int
    state: Mapping[str, Any]
    """The recipe's."""
    curves: list[tuple[int, str, float]]
    """Step, name and value of everything measured so far."""
    best: tuple[int, float] | None
    """Step and value of the best evaluation."""
    best_weights: Mapping[str, Any]
    seconds: float
    """Spent so far, over all runs."""


def seed_everything(seed: int) -> None:
    """Seed the generators that a recipe may draw from without naming one."""
    random.seed(seed)
    torch.default_generator.manual_seed(seed)


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint with the state of the generators; a kill at any moment leaves the old or the new file."""
    values = {
        "identity": checkpoint.identity,
        "step": checkpoint.step,
        "state": dict(checkpoint.state),
        "curves": checkpoint.curves,
        "best": checkpoint.best,
        "best_weights": dict(checkpoint.best_weights),
        "seconds": checkpoint.seconds,
        "torch": torch.get_rng_state(),
        "random": random.getstate(),
    }
    part = folder / f"{FILE}.part"
    with part.open("wb") as file:
        torch.save(values, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / FILE)


def load(folder: Path, *, identity: str) -> Checkpoint | None:
    """Read the checkpoint and set the generators as they were; None where there is none.

    Raises:
        UsageError: ``unreadable_file`` for a damaged file, ``bad_argument`` for one of another run.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        values = cast("dict[str, Any]", torch.load(path, weights_only=True))
        made = Checkpoint(
            identity=values["identity"],
            step=values["step"],
            state=values["state"],
            curves=[(int(step), str(name), float(value)) for step, name, value in values["curves"]],
            best=values["best"],
            best_weights=values["best_weights"],
            seconds=values["seconds"],
        )
        if made.identity == identity:
            torch.set_rng_state(values["torch"])
            random.setstate(values["random"])
    except (RuntimeError, EOFError, KeyError, TypeError, ValueError, OSError, pickle.UnpicklingError) as error:
        raise UsageError(
            f"{str(path)!r} is no checkpoint of this command ({type(error).__name__}); delete it to begin again",
            code="unreadable_file",
            path=path,
        ) from error
    if made.identity != identity:
        raise UsageError(
            f"{str(path)!r} was written with other settings, data or seed; repeat those, or take another --out",
            path=path,
        )
    return made
