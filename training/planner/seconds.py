"""What a run would take on its own: a model of seconds for each executor, fitted on runs that share nothing.

    seconds(run) = sum over its steps (base + each * thousand characters of passages)

Fitted on a sample by least squares, neither number below 0. Embedded steps are measured in seconds of one processor,
which other work on the machine does not lengthen; steps that ran beside another one are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np

from questline.errors import UsageError

from .rows import Cell, Work

__all__ = ["Pace", "Seconds"]

_THOUSAND: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds of one executor."""

    base: float
    each: float = 0.0
    """A thousand characters of the passages that it is given."""
    measured: int
    """Steps that it was fitted on."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """The model; a step that asks nothing costs nothing, an executor that was never measured as much as the mean."""

    paces: Mapping[str, Pace]

    @classmethod
    def fitted(cls, cells: Iterable[Cell]) -> Self:
        """Fit on runs that were measured alone.

        Raises:
            UsageError: ``bad_data`` when nothing was measured.
        """
        steps: dict[str, list[Work]] = {}
        for cell in cells:
            for work in cell.work:
                if work.seconds is not None and (work.called or work.step == "R"):
                    steps.setdefault(work.step, []).append(work)
        if not steps:
            raise UsageError("no step was measured, so that seconds cannot be modelled", code="bad_data")
        return cls({step: _pace(measured) for step, measured in sorted(steps.items())})

    def of(self, work: Iterable[Work]) -> float:
        """Return the seconds of a run's steps, one after another."""
        return sum(self._step(each) for each in work)

    def _step(self, work: Work) -> float:
        if not work.called and work.step != "R":
            return 0.0
        pace = self.paces.get(work.step)
        if pace is None:
            return float(np.mean([each.base for each in self.paces.values()]))
        return pace.base + pace.each * work.characters / _THOUSAND

    def as_dict(self) -> dict[str, Any]:
        """Return JSON data."""
        return {step: asdict(pace) for step, pace in self.paces.items()}

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Read what `as_dict` gave; raises TypeError."""
        return cls({step: Pace(**pace) for step, pace in values.items()})


def _pace(steps: Sequence[Work]) -> Pace:
    read = np.array([step.characters / _THOUSAND for step in steps])
    took = np.array([step.seconds or 0.0 for step in steps])
    spread = float(((read - read.mean()) ** 2).sum())
    each = float(((read - read.mean()) * (took - took.mean())).sum()) / spread if spread > 0 else 0.0
    base = float(took.mean()) - each * float(read.mean())
    if each <= 0:
        base, each = float(took.mean()), 0.0
    elif base < 0:
        base, each = 0.0, float((read * took).sum() / (read**2).sum())
    return Pace(base=base, each=each, measured=len(steps))
