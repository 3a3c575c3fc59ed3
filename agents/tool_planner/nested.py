"""A thing that a need describes is found first, and takes its place in what is asked of another source, or of the same.

Where sources may be asked beforehand, they decide: both the inner question and the outer one, with the value in its
place, must have an answer that is surer than that of the need as it stands. Where nobody may be asked, only a thing
that another server holds is looked up first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from .carrying import answered, hung
from .described_things import Described, described_things
from .desk import Desk, Served
from .drafts import Gap
from .matching import content
from .topics import Topic
from .whole_questions import SURE
from .working import described

__all__ = ["nested"]

_DEEPEST: Final = 2
"""Things that one need describes, one by the other."""
_TRIED: Final = 5
"""Readings of one need; each asks the sources twice."""


def nested(desk: Desk, number: int, text: str) -> Served:
    """Find the thing that a need describes, and ask the rest of it, which may describe another."""
    return _nested(desk, number, text, _DEEPEST)


def _nested(desk: Desk, number: int, text: str, depth: int) -> Served:
    if desk.intents.items[number].kind == "compare":
        return []
    whole = desk.answering(number, text)
    own = whole is not None and bool(whole.answers)
    least = whole.sure if whole is not None and own else 0.0
    if least >= SURE:
        return []
    readings = [one for one in islice(described_things(text), _TRIED) if content(f"{one.before}{one.after}")]
    ways = (_by_evidence, _by_likeness) if desk.probes is not None else (_by_wording,)
    for way in ways:
        for one in readings:
            bar = _Bar(least=least, read=whole is not None and not own, depth=depth)
            served = desk.tried(partial(way, desk, number, text, one, bar))
            if served:
                return served
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """What a reading of a need has to be better than."""

    least: float
    """How sure a source was of the need as it stands."""
    read: bool
    """An answer to it was read in passages: one of several steps may only look answered there."""
    depth: int


def _by_evidence(desk: Desk, number: int, text: str, one: Described, bar: _Bar) -> Served:
    """Ask both steps where sources are sure of both."""
    inner = _inner(desk, number, one, bar)
    if inner is None:
        return []
    source = desk.ask(number, inner, inner.answers or one.ask, shown=one.ask)
    if not desk.value(source):
        return []

    def surer(desk: Desk, number: int, text: str) -> Served:
        outer = desk.answering(number, text)
        if outer is None or outer.sure * inner.sure <= bar.least or (bar.read and _server(outer) == _server(inner)):
            return []
        return answered(desk, number, text)

    def called(desk: Desk, number: int, text: str) -> Served:
        found = desk.serving(number, text)
        return desk.call(number, found, text) if found is not None else []

    def deeper(desk: Desk, number: int, text: str) -> Served:
        return _nested(desk, number, text, bar.depth - 1)

    typed = (described, called)
    kinds = ("zone", "date", "number", "text")
    steps = (*typed, surer, deeper) if bar.depth > 1 else (*typed, surer)
    return hung(desk, number, one.before, one.after, source, one.ask, kinds, typed, steps)


def _by_likeness(desk: Desk, number: int, text: str, one: Described, bar: _Bar) -> Served:
    """Ask the first step where a source is sure of it, and the second of another server that may hold its answer."""
    del text
    inner = _inner(desk, number, one, bar)
    if inner is None or not inner.answers:
        return []
    source = desk.ask(number, inner, inner.answers, shown=one.ask)
    if not desk.value(source):
        return []

    def likely(desk: Desk, number: int, text: str) -> Served:
        other = next((each for each in desk.topics(number, text) if _server(each) != _server(inner)), None)
        return [desk.ask(number, other, text, shown=text)] if other is not None else []

    return hung(desk, number, one.before, one.after, source, one.ask, ("text",), (), (likely,))


def _inner(desk: Desk, number: int, one: Described, bar: _Bar) -> Topic | None:
    inner = desk.answering(number, one.ask)
    return None if inner is None or inner.sure <= bar.least or (bar.read and not inner.answers) else inner


def _by_wording(desk: Desk, number: int, text: str, one: Described, bar: _Bar) -> Served:
    """Ask what may hold each step, where nobody may be asked beforehand."""
    del bar
    rest = f"{one.before}it{one.after}"
    outer, inner = desk.topics(number, rest), desk.topics(number, one.ask)
    if not outer or not inner or _server(inner[0]) == _server(outer[0]):
        return []
    gap = Gap(mark="\0", task=desk.ask(number, inner[0], one.ask), kind="text", ask=one.ask)
    return [desk.ask(number, outer[0], f"{one.before}\0{one.after}", gaps=(gap,), shown=text)]


def _server(topic: Topic) -> str:
    return topic.candidate.tool.server
