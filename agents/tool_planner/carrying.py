"""Needs that go on from an earlier one: its result takes the place of the word that points to it.

A stand-in of each kind that the word may mean is put in its place, and the need is planned as any other. It counts
where the stand-in comes out in an argument of a task, which then refers to the earlier result. Where a source was asked
beforehand and told its answer, that is the stand-in, so that the next source is chosen by what it says of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias, cast

from questline.tools.mathematics.unit_table import is_known
from questline.types import Task

from .composed import READ, Reading
from .desk import Desk, Served
from .drafts import Gap
from .lacking import lacking
from .literals import Literals
from .orders import ancestors
from .pieces import core
from .places import zones_in
from .pointing import Pointer, asked_kinds, things
from .stand_ins import STAND_INS, quantity_of
from .whole_questions import opened_before

__all__ = ["Step", "answered", "carried", "hung"]

Step: TypeAlias = Callable[[Desk, int, str], Served]
_THINGS: Final = ("text", "number")
"""What comes first where a question asks for things, or does not say what it asks for."""
_NOBODY: Final = ("date", "quantity", "zone")
"""What comes first where a question asks for a day, an amount or a place: its answer is no person."""
_IN_UNIT: Final = re.compile(r"\b(?:in|to|into) (?P<unit>[^\W\d_]+(?:/[^\W\d_]+)?)\s*[?.]*$")
_SHORTEST: Final = 3
"""Characters of a value that can be found again in a text."""


def carried(
    desk: Desk, number: int, text: str, spot: Pointer, typed: Sequence[Step], steps: Sequence[Step], *, asked: str = ""
) -> Served:
    """Serve a need with a word that points back, by what it means; without anything to carry it, it is asked for.

    Args:
        desk: The question.
        number: The intent.
        text: One need of it.
        spot: The word.
        typed: Steps that take values of a type.
        steps: All steps.
        asked: What the task before answers, where it is not all of an earlier intent.
    """
    opened = opened_before(desk, number)
    if opened is not None:
        desk.drafts.serve(opened, number)
        return [opened]
    source = desk.drafts.last.get(number) or desk.before(number)
    if source is not None:
        served = desk.tried(lambda: _needing(lacking(desk, number, text), desk, source))
        served = served or _meant(desk, number, text, spot, source, asked or _question(desk, source), typed, steps)
        if served:
            return served
    lacking(desk, number, text)  # a tool that the need explains says itself what it lacks
    if not any(one.intent == number for one in desk.unserved):
        message = f"nothing that was found before tells what {spot.said!r} means"
        desk.note(number, "needs_input", fields=(spot.said,), message=message)
    return []


def _needing(served: Served, desk: Desk, source: str) -> Served:
    """Return what was served where it needs an earlier task, else nothing."""
    waits = ancestors({task.id: list(task.depends_on) for task in desk.drafts.tasks})
    return served if any(source in waits[name] for name in served) else []


def _meant(
    desk: Desk, number: int, text: str, spot: Pointer, source: str, asked: str, typed: Sequence[Step],
    steps: Sequence[Step],
) -> Served:  # fmt: skip
    """Serve a need by what its pointer may mean: a typed result, else the result as a text or a thing asked about."""
    head, tail = text[: spot.start], text[spot.end :]
    wanted = asked_kinds(asked)
    if desk.value(source) is None and wanted[0] in _THINGS:  # of several answers none is meant before the others
        return []
    kinds: list[Reading] = [
        kind for kind in spot.kinds if kind in wanted and not (spot.person and wanted[0] in _NOBODY)
    ]

    def by_value(kinds: Sequence[Reading], ways: Sequence[Step]) -> Served:
        return hung(desk, number, head, tail, source, asked, kinds, typed, ways, spot=spot)

    def by_thing(ways: Sequence[Step]) -> Served:
        texts = (f"{head}{one}{spot.tail}{tail}" for one in things(asked, person=spot.person))
        ready = (desk.tried(partial(way, desk, number, said)) for said in texts for way in ways)
        return next(filter(None, ready), list[str]())

    def by_text(ways: Sequence[Step]) -> Served:
        return by_value(("text",), ways) if "text" in kinds else []

    values: list[Reading] = [kind for kind in kinds if kind != "text"]
    served = by_value(values, typed)
    if served or spot.lead:
        return served or by_text([*typed, answered]) or by_text(steps)
    thing_first = wanted[0] != "text"  # "what is the price of the loaf, and who bakes it"
    order = (by_thing, by_text) if thing_first else (by_text, by_thing)
    ready = (way(ways) for ways in ([*typed, answered], steps) for way in order)
    return next(filter(None, ready), list[str]())


def _question(desk: Desk, source: str) -> str:
    """Return the need that a task answers."""
    number = next((place for place, task in desk.drafts.last.items() if task == source), None)
    return core(desk.intents.items[number], desk.intents) if number is not None else ""


def hung(
    desk: Desk, number: int, head: str, tail: str, source: str, asked: str, kinds: Sequence[Reading],
    typed: Sequence[Step], steps: Sequence[Step], *, spot: Pointer | None = None,
) -> Served:  # fmt: skip
    """Serve ``head`` + the result of a task + ``tail``, in the first way in which that result is used.

    Args:
        desk: The question.
        number: The intent.
        head: What stands before the gap.
        tail: What stands behind it.
        source: The task whose result it is.
        asked: The question that the task answers.
        kinds: What the result may be read as.
        typed: Steps for values of a type.
        steps: Steps for texts.
        spot: The word that stood in the gap.
    """
    value = desk.value(source)
    if value is None:
        return []
    for kind in kinds:
        mark = _stand_in(kind, value, tail)
        if mark is None:
            continue
        gap = Gap(mark=mark, task=source, kind=kind, ask=asked)
        space = " " if not f"{head[-1:]}{tail[:1]}".isascii() else ""
        inside = f"{spot.lead}{mark}{spot.tail}" if spot else f"{mark}"
        inside = f"{space}{inside}{space}"
        said = {} if mark == value else {inside: spot.said if spot else "it", str(mark): spot.said if spot else "it"}
        for step in steps if kind == "text" else typed:
            served = desk.tried(partial(_with, desk, number, f"{head}{inside}{tail}", gap, step, said))
            if served:
                return served
    return []


def _stand_in(kind: Reading, value: str, tail: str) -> object:
    """Return what stands for a value of a kind; None where the value is known and of another."""
    said = Literals(value)
    fits = {
        "date": bool(said.days), "time": bool(said.times), "zone": bool(zones_in(value)),
        "number": any(char.isdigit() for char in value), "quantity": any(char.isdigit() for char in value),
        "text": len(value) >= _SHORTEST and any(char.isalpha() for char in value) and not said.days,
    }  # fmt: skip
    if value and not fits[kind]:
        return None
    if kind == "quantity":  # of the unit that it is wanted in: a reading has its own
        unit = _IN_UNIT.search(tail)
        return quantity_of(unit["unit"]) if unit and is_known(unit["unit"]) else None
    return value if kind == "text" and value else STAND_INS[kind][0]


def _with(desk: Desk, number: int, text: str, gap: Gap, step: Step, said: Mapping[str, str]) -> Served:
    """Serve a text with a stand-in by one step; nothing where no new task takes the result in its place.

    Args:
        desk: The question.
        number: The intent.
        text: With the stand-in.
        gap: The stand-in, and whose result it stands for.
        step: Adds tasks.
        said: What people are shown for it, where it is not the value itself.
    """
    known = len(desk.drafts.tasks)
    kept, desk.carried = desk.carried, (*desk.carried, gap)
    try:
        served = step(desk, number, text)
    finally:
        desk.carried = kept
    new = desk.drafts.tasks[known:]
    left = said and any(_left(each.arguments, str(gap.mark)) for each in new)
    if left or not any(gap.task in task.depends_on for task in new):
        return []
    desk.drafts.tasks[known:] = [_shown(task, said) for task in new]
    return served


def _left(value: object, mark: str) -> bool:
    """Whether a stand-in is left in arguments; the questions by which values are read do not count."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return READ not in members and any(_left(member, mark) for member in members.values())
    if isinstance(value, list | tuple):
        return any(_left(item, mark) for item in cast("list[object]", value))
    return mark in (value if isinstance(value, str) else json.dumps(value))


def _shown(task: Task, said: Mapping[str, str]) -> Task:
    """Return a task with the words that people said in place of a stand-in, wherever it is told to them."""

    def plain(part: object) -> object:
        if isinstance(part, Mapping):
            return {name: plain(member) for name, member in cast("Mapping[str, object]", part).items()}
        if isinstance(part, list | tuple):
            return [plain(item) for item in cast("list[object]", part)]
        return _as_said(part, said) if isinstance(part, str) else part

    arguments = cast("dict[str, object]", plain(task.arguments))
    return replace(task, intent=_as_said(task.intent, said), arguments=arguments)


def _as_said(text: str, said: Mapping[str, str]) -> str:
    for mark, words in said.items():
        text = text.replace(mark, words)
    return text


def answered(desk: Desk, number: int, text: str) -> Served:
    """Ask the source that had an answer when it was asked beforehand."""
    best = desk.answering(number, text)
    return [desk.ask(number, best, best.answers or text, shown=text)] if best is not None else []
