"""How one intent becomes calls, without a language model.

In turn, the first that serves: values that are described instead of said, and worked out; one call that the words
explain; several needs in a row, each explained; a source that was sure of an answer to all of it when it was asked
beforehand; a thing inside of the need that is found first, or a frame whose operands are; the files that are named;
a tool that lacks a value, which an earlier result may give; and what takes a whole question, by what its server holds.
What then is left has no tool, or lacks input. A need with a word that points back is served by what that means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from .carrying import Step, carried
from .desk import Desk, Served
from .gate import Held, refusal
from .lacking import lacking
from .literals import Literals
from .matching import ENOUGH, match, plain
from .nested import nested
from .on_a_day import on_a_day
from .paths import files
from .pieces import asking, bare, core, days_apart, split_ways
from .pointing import asked_kinds, opens, pointer
from .whole_questions import asked, held, likely
from .working import described, framed, goes_back

__all__ = ["serve"]


def serve(desk: Desk, number: int) -> None:
    """Plan for one intent; what it lacks is noted."""
    intent = desk.intents.items[number]
    text = core(intent, desk.intents)
    held = desk.held[number] if desk.held else ()
    if (no := _nearest(text, [one for one in held if one.asking in ("forbidden", "condition")])) is not None:
        desk.unserved.append(refusal(number, no))
        return
    told = bare(intent.text)
    first = desk.before(number) is None
    if first and told != text and pointer(text) is not None:  # what opens the question says what it means
        text = told
    served: Served = []
    if told != text and Literals(told).times and not Literals(text).times and asked_kinds(text)[0] == "time":
        served = desk.tried(lambda: _first_of(_TYPED, desk, number, told))  # the time that is told is converted
    served = served or _served(desk, number, text) or (_with_opening(desk, number, told) if told != text else [])
    if served:
        desk.drafts.last[number] = served[-1]
    elif (spoken := _nearest(text, held, covers=ENOUGH)) is not None:
        desk.unserved[:] = [one for one in desk.unserved if one.intent != number]
        desk.unserved.append(refusal(number, spoken))
    elif not any(one.intent == number for one in desk.unserved):
        desk.note(number, "no_tool", message=f"no tool serves {intent.text[:200]!r}")


def _nearest(text: str, held: Sequence[Held], *, covers: float = 0.0) -> Held | None:
    """Return the tool among those kept from a need whose words explain it best, and at least so much of it."""
    flat = plain(text)
    found = [(match(flat, one.tool, Literals(flat)), one) for one in held]
    fits = [pair for pair in found if pair[0].covered >= covers and (not covers or pair[0].named or pair[0].spoken)]
    return max(fits, key=lambda pair: pair[0].score)[1] if fits else None


def _served(desk: Desk, number: int, text: str) -> Served:
    spot = pointer(text)
    if spot is not None and (number or (spot.person and opens(text, spot))):
        return carried(desk, number, text, spot, _TYPED, _STEPS)
    return _first_of(_STEPS, desk, number, text)


def _with_opening(desk: Desk, number: int, told: str) -> Served:
    """Serve a need that lacks something together with what opens the question."""
    noted = [one for one in desk.unserved if one.intent == number]
    desk.unserved[:] = [one for one in desk.unserved if one.intent != number]
    served = desk.tried(lambda: _first_of(_STEPS, desk, number, told))
    if not served:
        desk.unserved += noted
    return served


def _first_of(steps: Sequence[Step], desk: Desk, number: int, text: str) -> Served:
    for step in steps:
        found = step(desk, number, text)
        if found or any(one.intent == number for one in desk.unserved):
            return found
    return []


def whole(desk: Desk, number: int, text: str) -> Served:
    """Make the one call that a need, or the sentence of it that asks, explains."""
    for part in dict.fromkeys((text, asking(text))):
        found = desk.serving(number, part)
        if found is not None and (found.arguments or not goes_back(part)):  # "that day", if unknown, is not today
            return desk.call(number, found, part)
    return []


def each_day(desk: Desk, number: int, text: str) -> Served:
    """Make a call for each of several days that a need is about; a tool with two days would take them as a stretch."""
    return _each(desk, number, days_apart(text))


def in_a_row(desk: Desk, number: int, text: str) -> Served:
    """Make a call for each part of a need that is several in a row."""
    return _each(desk, number, split_ways(text))


def _each(desk: Desk, number: int, ways: Iterable[list[str]]) -> Served:
    for parts in ways:
        clear = [desk.serving(number, part) is not None for part in parts]
        back = [goes_back(part) or pointer(part) is not None for part in parts]
        if clear[0] and all(one or later for one, later in zip(clear[1:], back[1:], strict=True)):
            served = desk.tried(lambda: _in_turn(desk, number, parts))  # noqa: B023 because it is called at once
            if served:
                return served
    return []


def _in_turn(desk: Desk, number: int, parts: Sequence[str]) -> Served:
    """Serve each part of a need, those that point back by the part before; nothing where one of them is left over."""
    served: Served = []
    for before, part in pairwise(["", *parts]):
        spot = pointer(part) if served else None
        if spot is not None:
            ids = carried(desk, number, part, spot, _TYPED, _TYPED, asked=before)
        else:
            ids = _first_of(_TYPED, desk, number, part)
        if not ids:
            return []
        desk.drafts.last[number] = ids[-1]
        served += ids
    return served


_TYPED: Final[tuple[Step, ...]] = (described, whole)
"""Steps that take values of a type."""
_STEPS: Final[tuple[Step, ...]] = (
    described, each_day, whole, in_a_row, held, nested, framed, files, on_a_day, lacking, likely, asked,
)  # fmt: skip
