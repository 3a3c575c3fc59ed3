"""A recipe whose steps are parts of one fit: columns, folds, models; each is fitted once, kept, and never changed."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, cast

from questline.errors import UsageError

from .evaluation.rows import content_hash
from .licences import Licensed, own_file, shippable
from .recipe import Card, Figures, Job

__all__ = ["InParts", "command_lines"]


class InParts(ABC):
    """What such recipes share; see `questline.training.recipe.Recipe`.

    A part's values are numbers, text, numpy arrays, and lists and dicts of these. What is fitted depends on the data,
    the settings and `Job.seed` alone, so that a run that was killed and resumed writes the same bytes as a whole one.
    """

    chosen_by: str = ""

    def __init__(self, job: Job, parts: tuple[str, ...]) -> None:
        self._job = job
        self._names = parts
        self._fitted: dict[str, Mapping[str, Any]] = {}
        self._figures: dict[str, float] = {}
        self._data: dict[str, str] = {}
        self._licences: tuple[Licensed, ...] = ()

    @property
    def steps(self) -> int:
        """Return the number of parts."""
        return len(self._names)

    @abstractmethod
    def prepare(self) -> Mapping[str, int]:
        """Read the examples; return what there is, counted."""

    @abstractmethod
    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit one part: its values, and what it reaches on held-out examples."""

    @abstractmethod
    def export(self, folder: Path) -> Card:
        """Write the file that the package loads."""

    def licensed(self, names: tuple[str, ...]) -> list[Path]:
        """Look up the licences of files of the data folder, or take `Job.data` as the only one; return their paths.

        Raises:
            UsageError: See `questline.training.licences.shippable`; ``file_not_found`` for an absent file.
        """
        data = self._job.data
        if data.is_file() and len(names) == 1:
            self._licences, paths = (own_file(data),), [data]
        else:
            self._licences, paths = shippable(data, names), [data / name for name in names]
        self._data = {licence.file: content_hash(path) for licence, path in zip(self._licences, paths, strict=True)}
        return paths

    def fit(self, done: int) -> Iterator[Figures]:
        """Fit the parts that are left."""
        for name in self._names[done:]:
            values, figures = self.part(name)
            self._fitted[name] = values
            told = {f"{name}: {key}": value for key, value in figures.items()}
            self._figures |= told
            yield told

    def state(self) -> dict[str, Any]:
        """Return the fitted parts, with the hashes of the data."""
        return {"parts": dict(self._fitted), "figures": dict(self._figures), "data": self._data}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over parts that were fitted on the same data."""
        if state["data"] != self._data:
            raise UsageError("the data has changed since this run began; take another --out", path=self._job.data)
        self.take(state)

    def weights(self) -> dict[str, Any]:
        """Return the same: every part stays as it is."""
        return self.state()

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take them over."""
        self._fitted, self._figures = dict(weights["parts"]), dict(weights["figures"])

    def evaluate(self) -> Figures:
        """Return what the parts reach on held-out examples, measured as they were fitted."""
        return dict(self._figures)

    def origin(self) -> list[str]:
        """Return a line for each file that was learnt from: its name, hash and licence."""
        return [f"{one.file}, sha256 {self._data[one.file][:16]} ({one.licence})" for one in self._licences]


def command_lines(name: str, job: Job, settings: object) -> list[str]:
    """Return what repeats a fit, for the head of the file that it wrote: the command, and settings not as they come.

    A folder of this machine's own is named by its last part alone.
    """
    data = job.data.name if job.data.is_absolute() else job.data.as_posix()
    lines = [shlex.join(["agents", "train", name, "--data", data, "--out", "DIR"])]
    changed = [f"run.seed = {job.seed}"] if job.seed else []
    for one in fields(cast("Any", settings)):
        default = one.default if one.default_factory is MISSING else one.default_factory()
        value = getattr(settings, one.name)
        if value != default:
            changed.append(f"{name}.{one.name} = {value!r}")
    return [*lines, *([f"with the settings {', '.join(changed)}"] if changed else [])]
