"""The recipe ``suggestion``: the click model that orders suggestions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from questline.tools.models.encoder import Encoder
from questline.tools.suggestion.ctr_file import model_of, save_model, values_of
from questline.tools.suggestion.ctr_model import Mode
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .cross_fit import Recipe, fit_model
from .fit import figures
from .panes import Pane, read_panes

__all__ = ["Settings", "SuggestionRecipe"]

FILE: Final = "ctr.json"
_MODEL: Final = "model"
_PARTS: Final = ("words", "encoder", _MODEL)
_ABOUT: Final = """
`ctr.json` orders suggestions before anybody has clicked on yours: a conditional softmax over the options shown
together, with and without the sentence encoder; JSON with a version and a checksum, without any text of the log.

A text tower (length, new words, likeness to the query, numbers), redundancy with the other options, smoothed historical
rates of words and facets (kept where two queries or more had them, their keys hashed), cosines of the encoder. A term
for each slot is fitted beside them and left out at prediction. The calibration is isotonic, or Platt's curve where
there are few options, fitted on inner folds of queries. BFGS from zero, without chance: the same input gives the same
bytes.
"""
_LIMITS: Final = """
- Clicks are not usefulness: a suggestion must also be answerable, which other parts check.
- Where a pane has few clicks, single words weigh by luck.
- In Chinese it goes by lengths and likeness alone.
- Where a log was sorted by a click model of its own, the order shown is hard to beat, and taking the slot out costs a
  little.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[suggestion]`` of the settings file, with the values of the shipped model."""

    panes: str = "query/mimics_clickexplore_part.jsonl.gz"
    """JSON lines of panes with clicks, in the data folder; not looked at where ``--data`` is the file itself."""
    ridge: float = 5.0
    strength: float = 5.0
    """Of the prior of historical rates, in engaged showings."""
    folds: int = 10
    """Of queries, for the figures."""


class SuggestionRecipe(InParts):
    """Its parts are the figures of each mode on held-out queries, and the model that is fitted on all."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, _PARTS)
        self._settings = settings
        self._recipe = Recipe(ridge=settings.ridge, strength=settings.strength, folds=settings.folds)
        self._panes: Sequence[Pane] = ()

    def prepare(self) -> Mapping[str, int]:
        """Read the log."""
        (path,) = self.licensed((self._settings.panes,))
        self._panes = read_panes(path)
        return self._counts()

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Measure one mode, or fit the model."""
        if name != _MODEL:
            told = figures(self._panes, cast("Mode", name), self._recipe, Encoder.load())
            return told, told
        return values_of(fit_model(self._panes, self._recipe, Encoder.load(), self._origin())), {}

    def export(self, folder: Path) -> Card:
        """Write ``ctr.json``."""
        save_model(model_of(self._fitted[_MODEL]), folder / FILE)
        return Card(title="The click model", about=_ABOUT, data=self._licences, limits=_LIMITS)

    def _counts(self) -> dict[str, int]:
        judged = [pane for pane in self._panes if pane.judged]
        return {"panes": len(judged), "queries": len({pane.query for pane in judged})}

    def _origin(self) -> dict[str, str | int | float]:
        (licence,) = self._licences
        return {
            "command": ", ".join(command_lines("suggestion", self._job, self._settings)),
            "data": licence.file,
            "sha256": self._data[licence.file],
            "licence": licence.licence,
            **self._counts(),
            **self._figures,
        }
