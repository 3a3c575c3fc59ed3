"""A thing that a need describes is found first, and takes its place in what is asked of another source, or of the same.

Where sources may be asked beforehand, they decide: both the inner question and the outer one, with the value in its
place, must have an answer that is surer than that of the need as it stands. Where nobody may be asked, only a thing
that another server holds is looked up first.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Final

from .carrying import answered, hung
from .desk import Desk, Served
from .drafts import Gap
from .matching import content
from .phrases import Described, described_things
from .topics import Topic
from .working import described

__all__ = ["nested"]

_SURE: Final = 0.85
"""Sureness from which an answer to the need as it stands makes taking it apart needless."""
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
    least = whole.sure if whole is not None else 0.0
    if least >= _SURE:
        return []
    for one in islice(described_things(text), _TRIED):
        if not content(f"{one.before}{one.after}"):
            continue  # nothing is left to ask of the thing
        if desk.probes is not None:
            served = desk.tried(partial(_by_evidence, desk, number, one, least, depth))
        else:
            served = desk.tried(partial(_by_wording, desk, number, one, text))
        if served:
            return served
    return []


def _by_evidence(desk: Desk, number: int, one: Described, least: float, depth: int) -> Served:
    inner = desk.answering(number, one.ask)
    if inner is None or inner.sure <= least:
        return []
    source = desk.ask(number, inner, inner.answers or one.ask, shown=one.ask)
    if not desk.value(source):
        return []

    def surer(desk: Desk, number: int, text: str) -> Served:
        outer = desk.answering(number, text)
        return answered(desk, number, text) if outer is not None and outer.sure * inner.sure > least else []

    def called(desk: Desk, number: int, text: str) -> Served:
        found = desk.serving(number, text)
        return desk.call(number, found, text) if found is not None else []

    def deeper(desk: Desk, number: int, text: str) -> Served:
        return _nested(desk, number, text, depth - 1)

    typed = (described, called)
    kinds = ("zone", "date", "number", "text")
    steps = (*typed, surer, deeper) if depth > 1 else (*typed, surer)
    return hung(desk, number, one.before, one.after, source, one.ask, kinds, typed, steps)


def _by_wording(desk: Desk, number: int, one: Described, text: str) -> Served:
    rest = f"{one.before}it{one.after}"
    outer, inner = desk.topics(number, rest), desk.topics(number, one.ask)
    if not outer or not inner or _server(inner[0]) == _server(outer[0]):
        return []
    gap = Gap(mark="\0", task=desk.ask(number, inner[0], one.ask), kind="text", ask=one.ask)
    return [desk.ask(number, outer[0], f"{one.before}\0{one.after}", gaps=(gap,), shown=text)]


def _server(topic: Topic) -> str:
    return topic.candidate.tool.server
