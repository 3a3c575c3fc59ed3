"""The recipe ``linker``: which words of a plain question mean which columns and cells of a table."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import torch

from questline.errors import UsageError
from questline.tools.tables import Tables
from questline.tools.tables.linker.network import Calibration
from questline.training.evaluation.rows import content_hash
from questline.training.licences import MANIFEST, Licensed, own_file, shippable
from questline.training.recipe import Card, Figures, Job

from .examples import Example, Opened, elsewhere, examples, opened
from .figures import figures
from .graph import export
from .learning import learnt
from .net import LinkNet, Shape
from .rows import files, read
from .settings import Settings
from .trying import Tried, calibrated, probabilities, tried

__all__ = ["LinkerRecipe", "Settings"]

_CALIBRATION: Final = "calibration"
_ABOUT: Final = """
Reads a plain English question over a table where the rules of `look_up` refuse: for each word what it does (asks for a
column, stands for a cell, compares, counts, denies, asks for what the table does not hold) and which column it is
about. Words and names of columns come as vectors of the shipped encoder (all-MiniLM-L6-v2, frozen), with features of
each word beside each column: whether it stands in a cell, what the rules' lexicon says, kinds and units. Several small
networks are averaged, each learnt without a share of the tables; the readings of the tables that each had not seen,
held against what the shipped cross-encoder reads in the row that they find, give the confidence. Its threshold is
chosen on the tables that are held out.
"""
_LIMITS: Final = """
- English. Questions for a yes or a no, conditions joined by "or" over several columns, two tables at once, ranks below
  the first, groups, and what has to be worked out are not read.
- What is asked may be a near relative of a column (the founder, where only the year of founding is kept): most of its
  errors are such. The threshold is chosen so that few of its answers are wrong; it refuses more than half of what could
  be answered. The figures above are of the tables that chose the threshold, and flatter.
- The questions were invented for it, over tables of five to eight rows.
"""


class LinkerRecipe:
    """See `questline.training.recipe.Recipe`; its steps are the networks and, last, their calibration."""

    chosen_by: str = ""

    def __init__(self, job: Job, settings: Settings) -> None:
        self._job, self._settings = job, settings
        self._names = (*(f"net {number + 1}" for number in range(settings.nets)), _CALIBRATION)
        self._fitted: dict[str, Any] = {}
        self._examples: list[Example] = []
        self._away: list[Example] = []
        self._licences: tuple[Licensed, ...] = ()
        self._data: dict[str, str] = {}

    @property
    def steps(self) -> int:
        """Return the number of networks, and one for the calibration."""
        return len(self._names)

    def prepare(self) -> Mapping[str, int]:
        """Read the tables, open them with the engine, and look at every question."""
        paths = files(self._job.data)
        listed = self._job.data.is_dir() and (self._job.data / MANIFEST).exists()
        names = tuple(path.name for path in paths)
        self._licences = shippable(self._job.data, names) if listed else tuple(map(own_file, paths))
        self._data = {path.name: content_hash(path) for path in paths}
        tables = [table for path in paths for table in read(path)]
        folder = Path(tempfile.mkdtemp(prefix="questline-linker-"))
        found, asked = opened(tables, folder)
        weakref.finalize(self, _closed, asked, folder)
        self._job.hears("looking at questions", 0, len(found))
        self._examples = examples(found, lambda done: self._job.hears("looking at questions", done, len(found)))
        known = [each for each in found if not each.table.held_out]
        if len(known) < self._settings.nets:
            raise UsageError(
                f"{len(known)} tables to learn from are fewer than the {self._settings.nets} networks",
                code="bad_data",
                path=self._job.data,
            )
        self._away = [elsewhere(each, _other(each, known)) for each in self._learning()]
        held = [each for each in found if each.table.held_out]
        return {
            "tables": len(found),
            "questions": len(self._examples),
            "tables held out": len(held),
            "questions held out": len(self._examples) - len(self._learning()),
        }

    def fit(self, done: int) -> Iterator[Figures]:
        """Learn the networks that are left, then calibrate."""
        learning = self._learning()
        for number, name in list(enumerate(self._names))[done:]:
            if name == _CALIBRATION:
                calibration = self._calibrated(learning)
                self._fitted[name] = {"weights": list(calibration.weights), "threshold": calibration.threshold}
                yield {"threshold": calibration.threshold}
                continue
            own = [place for place, each in enumerate(learning) if self._share(each) != number]
            net, loss = learnt(
                [learning[place] for place in own],
                [self._away[place] for place in own],
                self._settings,
                self._job.seed * 100 + number,
            )
            self._fitted[name] = dict(net.state_dict())
            yield {"loss of the words": loss}

    def state(self) -> dict[str, Any]:
        """Return the fitted parts, with the hashes of the data."""
        return {"parts": dict(self._fitted), "data": dict(self._data)}

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
        self._fitted = dict(weights["parts"])

    def evaluate(self) -> Figures:
        """Measure on the tables that are held out."""
        return figures(self._held(), self._calibration())

    def export(self, folder: Path) -> Card:
        """Write ``linker.onnx`` and ``manifest.json``."""
        told = export(
            self._nets(), folder, calibration=self._calibration(), tried=self._examples[0].seen, data=self._data
        )
        return Card(
            title="Linker of questions and tables",
            about=_ABOUT.strip(),
            data=self._licences,
            limits=_LIMITS.strip(),
            figures=told,
        )

    def _learning(self) -> list[Example]:
        return [each for each in self._examples if not each.of.table.held_out]

    def _share(self, example: Example) -> int:
        """Return which network does not learn from an example's table."""
        key = f"share {example.of.table.name} {' '.join(example.of.table.columns)}"
        return int(hashlib.sha256(key.encode()).hexdigest(), 16) % self._settings.nets

    def _nets(self) -> list[LinkNet]:
        nets: list[LinkNet] = []
        for name in self._names[:-1]:
            net = LinkNet(Shape(wide=self._settings.wide, looks=self._settings.looks))
            net.load_state_dict(cast("Mapping[str, torch.Tensor]", self._fitted[name]))
            nets.append(net.eval())
        return nets

    def _calibration(self) -> Calibration:
        told = self._fitted[_CALIBRATION]
        return Calibration(weights=tuple(told["weights"]), threshold=float(told["threshold"]))

    def _calibrated(self, learning: Sequence[Example]) -> Calibration:
        """Calibrate on readings of tables that the reading network had not seen, the threshold on those held out."""
        found: list[Tried] = []
        for number, net in enumerate(self._nets()):
            own = [each for each in learning if self._share(each) == number]
            found += tried(own, lambda each, net=net: probabilities([net], each))
        return calibrated(found, self._held(), self._settings.right)

    def _held(self) -> list[Tried]:
        nets = self._nets()
        return tried(
            [each for each in self._examples if each.of.table.held_out], lambda each: probabilities(nets, each)
        )


def _closed(asked: Tables, folder: Path) -> None:
    asked.close()
    shutil.rmtree(folder, ignore_errors=True)


def _other(example: Example, known: Sequence[Opened]) -> Opened:
    """Return another table for an example, by a hash of its question."""
    others = [each for each in known if each is not example.of]
    return others[int(hashlib.sha256(example.asked.text.encode()).hexdigest(), 16) % len(others)]
