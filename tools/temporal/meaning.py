"""What one expression means: its parts from the largest to the smallest, each inside what the ones before left."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

from questline.errors import UsageError

from .counting import COUNTERS
from .intervals import Stretch
from .parts import Part, Role
from .placing import PLACERS
from .result import Granularity
from .runs import Run
from .scene import Scene

__all__ = ["is_open", "largest", "meanings"]

_ORDER: Final[tuple[Role, ...]] = (
    "dead", "offset", "rolling", "bound", "century", "decade", "year", "quarter", "season", "event", "holiday",
    "isoweek", "week", "month", "half", "nth", "date", "day", "weekend", "weekday", "anchored",
)  # fmt: skip
_UNITS: Final[dict[Role, Granularity]] = {
    "isoweek": "week", "weekend": "week", "nth": "day", "weekday": "day", "date": "day", "holiday": "day",
    "event": "day",
}  # fmt: skip
_OPEN: Final = frozenset[Role]({"edge", "month", "day", "quarter", "season", "half", "holiday", "weekday", "decade"})
"""Parts that do not say in which year, month, week or century they lie."""
_HANDLERS: Final = PLACERS | COUNTERS


def is_open(run: Run) -> bool:
    """Say whether an expression leaves its year, month, week or century to what stands around it."""
    part = largest(run)
    if part.role == "decade":
        return part.short
    if part.role == "date":
        return len(part.name.split()) == 2
    own = part.relative and part.role != "weekday"
    return part.role in _OPEN and not own and part.turn is None


def largest(run: Run) -> Part:
    """Return the part that all others lie inside."""
    return _ordered(run)[0]


def meanings(run: Run, scene: Scene) -> list[Stretch]:
    """Return the stretches that an expression can mean, the likelier first; at least one, which may have failed."""
    parts = _ordered(run)
    found: list[Stretch | None] = [None]
    try:
        for part in parts:
            part = replace(part, sure=1.0) if part.role == "year" and len(run) > 1 else part  # noqa: PLW2901 because company makes a bare number a year
            found = [after for before in found for after in _within(part, before, scene)]
    except (UsageError, OverflowError, ValueError):  # outside the years 1 to 9999
        return [Stretch(unit=_finest(parts), kind="unresolved", sure=0.0)]
    return [stretch for stretch in found if stretch is not None]


def _within(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if base is not None and base.kind in {"invalid", "unresolved"}:
        return [replace(base, unit=_unit(part)) if part.role not in {"edge", "anchored", "year"} else base]
    if base is not None and base.kind == "event" and part.role != "anchored":
        return [base if part.role == "edge" else replace(base, unit=_unit(part))]
    return _HANDLERS[part.role](part, base, scene)


def _ordered(run: Run) -> list[Part]:
    """Return the parts from the largest to the smallest, an edge right after what it cuts, what is counted last."""
    places: dict[int, float] = {}
    for place, part in enumerate(run):
        if part.role != "edge":
            places[place] = _ORDER.index(part.role)
    for place, part in enumerate(run):
        if part.role == "anchored" and (part.side == "" or (part.side == "left" and place == 0)):
            places[place] = -1.0
    for place, part in enumerate(run):
        if part.role == "edge":
            neighbour = place - 1 if part.side == "left" else place + 1
            places[place] = places.get(neighbour, 0.0) + 0.5
    return [run[place] for place in sorted(places, key=places.__getitem__)]


def _finest(parts: list[Part]) -> Granularity:
    kept = [part for part in parts if part.role != "edge"]
    return _unit(kept[-1] if kept else parts[-1])


def _unit(part: Part) -> Granularity:
    if part.role in {"offset", "rolling", "bound", "anchored", "dead"}:
        return cast("Granularity", {"fortnight": "week", "half": "month", "hour": "day"}.get(part.unit, part.unit))
    if part.role == "edge":
        return "month"
    return _UNITS.get(part.role, cast("Granularity", part.role))
