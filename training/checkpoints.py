"""One file that a killed training goes on from, replaced as a whole: written by torch, or as JSON without it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, cast

from questline.errors import UsageError, require

__all__ = ["FILE", "PLAIN", "Checkpoint", "Form", "form", "load", "save", "there"]

FILE: Final = "checkpoint.pt"
PLAIN: Final = "checkpoint.json"
_SHOWN: Final = 3
"""Things that two runs do not share and that an error names."""
_WIDE: Final = 40
"""Characters of each that it shows."""


def there(folder: Path) -> bool:
    """Say whether a folder holds a run that can go on."""
    return any((folder / name).exists() for name in (FILE, PLAIN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything that a run has come to."""

    identity: Mapping[str, str]
    """What decides the run, as text by name: settings, counts of the data, hash. Another one cannot go on from here."""
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


class Form(Protocol):
    """How a checkpoint is written, and which generators it holds."""

    file: str
    broken: tuple[type[Exception], ...]
    """What reading a damaged file raises."""

    def seed(self, seed: int, threads: int) -> None:
        """Seed the generators that a recipe may draw from without naming one, and set the threads."""
        ...

    def generators(self) -> dict[str, Any]:
        """Return their state, by name."""
        ...

    def set_generators(self, values: Mapping[str, Any]) -> None:
        """Set them as they were."""
        ...

    def dump(self, values: Mapping[str, Any], file: BinaryIO) -> None:
        """Write values."""
        ...

    def load(self, path: Path) -> dict[str, Any]:
        """Read what `dump` wrote."""
        ...


def form(*, torch: bool) -> Form:
    """Return the form for a recipe that needs torch, or for one that does not.

    Raises:
        MissingExtra: Without torch where it is needed.
    """
    if torch:
        require("torch", feature="training")
    module = import_module(f"questline.training.checkpoint_{'torch' if torch else 'plain'}")
    return cast("Form", module.FORM)


def save(folder: Path, checkpoint: Checkpoint, form: Form) -> None:
    """Write the checkpoint with the state of the generators; a kill at any moment leaves the old or the new file."""
    values: dict[str, Any] = {
        "identity": dict(checkpoint.identity),
        "step": checkpoint.step,
        "state": dict(checkpoint.state),
        "curves": checkpoint.curves,
        "best": checkpoint.best,
        "best_weights": dict(checkpoint.best_weights),
        "seconds": checkpoint.seconds,
        **form.generators(),
    }
    part = folder / f"{form.file}.part"
    with part.open("wb") as file:
        form.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / form.file)


def load(folder: Path, form: Form, *, identity: Mapping[str, str]) -> Checkpoint | None:
    """Read the checkpoint and set the generators as they were; None where there is none.

    Raises:
        UsageError: ``unreadable_file`` for a damaged file, ``bad_argument`` for one of another run.
    """
    path = folder / form.file
    if not path.exists():
        return None
    try:
        values = form.load(path)
        best = values["best"]
        made = Checkpoint(
            identity=dict(values["identity"]),
            step=values["step"],
            state=values["state"],
            curves=[(int(step), str(name), float(value)) for step, name, value in values["curves"]],
            best=None if best is None else (int(best[0]), float(best[1])),
            best_weights=values["best_weights"],
            seconds=values["seconds"],
        )
        if made.identity == identity:
            form.set_generators(values)
    except (EOFError, KeyError, TypeError, ValueError, OSError, *form.broken) as error:
        raise UsageError(
            f"{str(path)!r} is no checkpoint of this command and version ({type(error).__name__}); delete it to begin "
            "again",
            code="unreadable_file",
            path=path,
        ) from error
    if made.identity != identity:
        raise UsageError(
            f"{str(path)!r} was written with other settings, data or seed ({_unlike(made.identity, identity)}); repeat "
            "those, or take another --out",
            path=path,
        )
    return made


def _unlike(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Name the first things that two runs do not share."""
    names = [name for name in dict.fromkeys([*there, *here]) if there.get(name) != here.get(name)]
    sides = ((there, "there"), (here, "here"))
    shown = [f"{name} {', '.join(f'{_short(side.get(name))} {at}' for side, at in sides)}" for name in names[:_SHOWN]]
    return "; ".join([*shown, *([f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else [])])


def _short(value: str | None) -> str:
    return "none" if value is None else value if len(value) <= _WIDE else f"{value[:_WIDE]}…"
