"""The meanings of a term (until Friday, due 3 March): what is still to come stands first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from .arithmetic import add
from .intervals import Stretch, unit_around
from .meaning import is_open, largest, meanings
from .parts import Role
from .result import Granularity
from .runs import Run
from .scene import FROM_ANCHOR, Scene

__all__ = ["ahead"]

_COMING: Final = 0.7
"""Share of the confidence of what is still to come; the rest is of what has been."""
_RETURNS: Final[dict[Role, Granularity]] = {
    "day": "month", "month": "year", "quarter": "year", "season": "year", "half": "year", "holiday": "year",
    "date": "year",
}  # fmt: skip
"""The unit after which an expression that leaves it out comes back."""


def ahead(run: Run, scene: Scene) -> list[Stretch]:
    """Return what a term can mean, what is still to come first, and the past meaning behind it.

    ``by March`` in November may be the coming March or the last one; where the text has named a year, that counts.
    """
    found = meanings(run, scene)
    if scene.context is None and scene.inherit is None and all(each.kind == "partial" for each in found):
        found = [*found, *_next(run, scene)] if all(_is_past(each, scene.anchor) for each in found) else found
    coming = [each for each in found if not _is_past(each, scene.anchor)]
    past = [each for each in found if _is_past(each, scene.anchor)]
    if not coming or not past:
        return found
    total = max(each.sure for each in found) * (2 if found[0].kind == "relative" else 1)
    return [
        replace(each, sure=total * share / len(group))
        for group, share in ((coming, _COMING), (past, 1 - _COMING))
        for each in group
    ]


def _next(run: Run, scene: Scene) -> list[Stretch]:
    unit = _RETURNS.get(largest(run).role)
    if unit is None or not is_open(run):
        return []
    day = add(unit_around(scene.anchor, unit)[1], days=1) if scene.anchor.year < date.max.year else scene.anchor
    first, last = unit_around(day, unit)
    following = Stretch(start=first, end=last, unit=unit, kind="partial", sure=FROM_ANCHOR)
    return [each for each in meanings(run, replace(scene, inherit=following)) if each.days]


def _is_past(stretch: Stretch, anchor: date) -> bool:
    return stretch.end is not None and stretch.end < anchor
