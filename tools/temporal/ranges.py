"""Two expressions as the ends of one interval; what one of them leaves out, the other says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from questline.errors import UsageError

from .arithmetic import add
from .intervals import Stretch, later_kind
from .meaning import is_open, meanings
from .result import UNITS
from .runs import Run
from .scene import Scene

__all__ = ["between"]


def between(left: Run, right: Run, scene: Scene) -> list[Stretch]:
    """Return the intervals from `left` to `right`, both included; ``invalid`` where they lie the wrong way round."""
    left_open, right_open = is_open(left), is_open(right)
    if left_open and not right_open:
        lasts = meanings(right, scene)
        firsts = meanings(left, replace(scene, inherit=_known(lasts)))
    else:
        firsts = meanings(left, scene)
        lasts = [] if right_open or _waits(right) else meanings(right, scene)
    if not lasts:  # what the right end leaves out, each meaning of the left one says
        pairs = [(first, last) for first in firsts for last in meanings(right, replace(scene, inherit=_known([first])))]
    elif len(firsts) == len(lasts):
        pairs = list(zip(firsts, lasts, strict=True))
    else:
        pairs = [(first, last) for first in firsts for last in lasts]
    found = [_joined(first, last, left_open and not right_open, right_open) for first, last in pairs]
    kept = [stretch for stretch in found if stretch.kind != "invalid"] or found[:1]
    share = 1 / len(kept)
    return [replace(stretch, sure=min(stretch.sure, share)) for stretch in kept] if len(kept) > 1 else kept


def _waits(run: Run) -> bool:
    return run[0].role == "anchored"


def _known(stretches: list[Stretch]) -> Stretch | None:
    return next((stretch for stretch in stretches if stretch.days), None)


def _joined(first: Stretch, last: Stretch, left_open: bool, right_open: bool) -> Stretch:
    unit = UNITS[max(UNITS.index(first.unit), UNITS.index(last.unit))]
    kind = later_kind(first.kind, last.kind)
    if kind in {"event", "unresolved", "invalid"}:
        return Stretch(unit=unit, kind=kind, sure=0.0 if kind != "event" else min(first.sure, last.sure))
    start, end = first.start, last.end
    if start and end and start > end:  # from November to February 2022
        if left_open:
            start = _a_year(start, -1)
        elif right_open:
            end, kind = _a_year(end, 1), later_kind(kind, "partial")
    if start and end and start > end:
        return Stretch(unit=unit, kind="invalid", sure=0.0)
    return Stretch(start=start, end=end, unit=unit, kind=kind, sure=min(first.sure, last.sure))


def _a_year(day: date, count: int) -> date:
    try:
        return add(day, years=count)
    except UsageError:
        return day
