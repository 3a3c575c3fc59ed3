"""Put parts that belong together into one expression: ``early`` + ``March`` + ``2021``, 去年 + 第三季度 + 末."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from .english import CUE, FLAGS, GAP
from .parts import Part, Role
from .tables import table

__all__ = ["Run", "runs"]

Run: TypeAlias = tuple[Part, ...]
_FRIENDS: Final[dict[Role, frozenset[Role]]] = {
    role: frozenset(others) for role, others in table("words.toml")["together"].items()
}
"""Which parts can stand in one expression; no role stands in it twice."""
_INSIDE: Final[dict[str, frozenset[Role]]] = {
    "year": frozenset({"month", "day", "quarter", "half", "season", "holiday", "edge"}),
    "month": frozenset({"day", "edge"}),
    "week": frozenset({"weekday"}),
}
"""What may be named inside a unit that is counted: in March four years ago, 两周前的周三."""
_NARROWER: Final = frozenset[Role]({"month", "quarter", "half", "season", "edge", "day"})
"""What may follow an event's year or month: 当年5月."""
_EVERY: Final = re.compile(r"(?:\b(?:every|each)\s+|每[年月周逢到]?)$", FLAGS)
"""What comes back each year or week is no one time."""
_CHINESE_GAPS: Final = frozenset({"", " ", "的"})


def runs(groups: Sequence[tuple[Part, ...]], text: str) -> list[Run]:
    """Return the expressions of a text in its order; what is no time by itself and stands alone is left out."""
    made: list[list[Part]] = []
    for group in groups:
        if made and _joins(made[-1], group, text):
            made[-1] += group
        else:
            made.append(list(group))
    return [kept for run in made for kept in _settled(run, text) if kept]


def _joins(run: list[Part], group: tuple[Part, ...], text: str) -> bool:
    last, first = run[-1], group[0]
    if any(new.role not in _FRIENDS[old.role] or new.role == old.role for old in run for new in group):
        return False
    together = [*run, *group]
    roles: set[Role] = {part.role for part in together}
    return _agree(together, roles) and _sides(run, group) and _gap(last, first, text[last.end : first.start], roles)


def _agree(together: list[Part], roles: set[Role]) -> bool:
    """Say whether no part contradicts another: ``last March`` has its year, and a day needs its month."""
    if any(part.turn is not None and part.role != "date" for part in together):
        return False
    counted = {part.role for part in together if part.relative}
    if "year" in roles and (counted & {"day", "month", "quarter"} or ("day" in roles and "month" not in roles)):
        return False
    unit = next((part.unit for part in together if part.role == "offset"), None)
    return unit is None or ("day" not in counted and roles - {"offset"} <= _INSIDE.get(unit, frozenset()))


def _sides(run: list[Part], group: tuple[Part, ...]) -> bool:
    """Say whether what belongs to a neighbour has it on its own side."""
    first = group[0]
    if first.role == "edge":
        return first.side == "left" and run[-1].role != "edge" and run[-1].role != "day"
    if first.role == "anchored":
        return first.side == "left" or (not first.side and {part.role for part in run} <= _NARROWER)
    opening = run[0]
    if opening.role == "anchored" and opening.side != "right":
        return opening.side == "left" and first.role in _NARROWER
    return not (run[-1].role == "edge" and run[-1].side == "left" and first.role != "weekday")


def _gap(last: Part, first: Part, between: str, roles: set[Role]) -> bool:
    if between in _CHINESE_GAPS:
        return True
    match = GAP.fullmatch(between)
    if match is None:
        return False
    if match["comma"]:
        return "weekday" in {last.role, first.role} or (
            first.role == "year" and last.role in {"month", "day", "isoweek"}
        )
    if between == "-":
        return last.role == "edge"
    if between.startswith("'"):
        return last.relative or last.role == "year"
    return not (match["of"] and roles <= {"year", "date"})


def _settled(run: list[Part], text: str) -> list[Run]:
    """Return the run without what hangs in the air, in two where a weekday only stands beside it."""
    if _EVERY.search(text[max(0, run[0].start - 8) : run[0].start]):
        return []
    roles = {part.role for part in run}
    if len(run) > 1 and "weekday" in roles and not roles & {"week", "day", "date", "holiday", "anchored", "offset"}:
        days = [part for part in run if part.role == "weekday"]
        others = [part for part in run if part.role != "weekday"]
        return sorted((*_settled(days, text), *_settled(others, text)), key=lambda kept: kept[0].start)
    if run[-1].role == "edge" and run[-1].side == "right":
        return _settled(run[:-1], text) if len(run) > 1 else []
    if len(run) == 1:
        only = run[0]
        if only.needs == "neighbour" or (
            only.needs == "cue" and not CUE.search(text[max(0, only.start - 20) : only.start])
        ):
            return []
        if only.role == "edge" and not only.unit:
            return []
    return [tuple(run)]
