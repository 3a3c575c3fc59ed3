"""How one intent becomes calls, without a language model.

In turn, the first that serves: values that are described instead of said, and worked out; one call that the words
explain; several needs in a row, each explained; a source that was sure of an answer to all of it when it was asked
beforehand; a frame whose operands are looked up first; the files that are named;
a tool that lacks a value, which an earlier result may give; and what takes a whole question, by what its server holds.
What then is left has no tool, or lacks input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from .asked import asked, held, likely
from .desk import Desk, Served, destroys
from .lacking import lacking
from .paths import files
from .pieces import asking, core, days_apart, split_ways
from .working import described, framed, goes_back

__all__ = ["destroys", "serve"]

_Step: TypeAlias = Callable[[Desk, int, str], Served]


def serve(desk: Desk, number: int) -> None:
    """Plan for one intent; what it lacks is noted."""
    intent = desk.intents.items[number]
    text = core(intent, desk.intents)
    served = _served(desk, number, text)
    if served:
        desk.drafts.last[number] = served[-1]
    elif not any(one.intent == number for one in desk.unserved):
        desk.note(number, "no_tool", message=f"no tool serves {intent.text[:200]!r}")


def _served(desk: Desk, number: int, text: str) -> Served:
    for step in _STEPS:
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
        back = [goes_back(part) for part in parts]
        if not (clear[0] and all(one or later for one, later in zip(clear[1:], back[1:], strict=True))):
            continue
        served: Served = []
        for part in parts:
            ids = described(desk, number, part) or whole(desk, number, part)
            if ids:
                desk.drafts.last[number] = ids[-1]
            served += ids
        if len(served) >= len(parts):
            return served
    return []


_STEPS: Final[tuple[_Step, ...]] = (described, each_day, whole, in_a_row, held, framed, files, lacking, likely, asked)
