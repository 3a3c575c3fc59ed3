"""The recipe ``click-model``: how likely a suggestion is clicked, from a log of lists; without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from questline.errors import UsageError
from questline.training.parts import InParts
from questline.training.recipe import Card, Figures, Job

from .click_fit import Fit, fit_clicks
from .click_model import ClickModel, model_of, save_clicks
from .shown import Shown, read_shown

__all__ = ["FILE", "ClickRecipe", "Settings"]

FILE: Final = "clicks.json"
_PART: Final = "clicks"
_ABOUT: Final = """
`clicks.json` tells how likely a suggestion is clicked in a list, as if it stood first, and how sure that is: a logistic
model of texts, of what stands beside, and of smoothed historical rates (Beta prior), with a term for each slot that is
left out at prediction; calibrated on a quarter of the rows that the weights did not see. JSON with a version and a
checksum, keys hashed. All of it is spec 06 §2.3, ours; arXiv:2507.04072 names no formula.
"""
_LIMITS: Final = """
- Clicks are not usefulness.
- Panes that tell shares of clicks instead of counts give chances that one is clicked when any of its pane is.
- Slots can be told from tastes only where the same suggestions stood in several slots.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[click-model]`` of the settings file."""

    panes: str = "query/mimics_clickexplore_part.jsonl.gz"
    """Log in the data folder; not looked at where ``--data`` is the file itself."""
    position: bool = True
    members: int = 8
    """Of the ensemble whose spread says how sure a chance is."""
    strength: float = 8.0
    """Showings that the prior of a rate weighs as much as."""
    ridge: float = 3.0

    def __post_init__(self) -> None:
        try:
            self.fit()
        except UsageError as error:
            raise UsageError(f"[click-model]: {error.message}", code="bad_settings", argument="click-model") from error

    def fit(self) -> Fit:
        """Return how to fit."""
        return Fit(position=self.position, members=self.members, strength=self.strength, ridge=self.ridge)


class ClickRecipe(InParts):
    """One part: the model."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, (_PART,))
        self._settings = settings
        self._rows: Sequence[Shown] = ()

    def prepare(self) -> Mapping[str, int]:
        """Read the log."""
        (path,) = self.licensed((self._settings.panes,))
        self._rows = read_shown(path)
        return {"lists": len(self._rows), "queries": len({row.query for row in self._rows})}

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit it."""
        del name
        model = fit_clicks(self._rows, self._settings.fit(), seed=self._job.seed)
        slots = {f"slot {place + 1}": value for place, value in enumerate(model.slots) if place}
        return asdict(model), {**model.figures, **slots}

    def export(self, folder: Path) -> Card:
        """Write ``clicks.json``."""
        save_clicks(self.model(), folder / FILE)
        return Card(title="Click model of suggestions", about=_ABOUT, data=self._licences, limits=_LIMITS)

    def model(self) -> ClickModel:
        """Return the model that was fitted."""
        return model_of(self._fitted[_PART])
