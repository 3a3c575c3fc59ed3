"""Which group holds the most: of rows ("which town has the most members"), or of a sum or a mean over its rows."""

from __future__ import annotations

import re
from typing import Final

from .asking import Asking
from .notes import Notes, about, chinese
from .persons import is_person, person
from .places import behind
from .reading import unsure
from .sources import Field
from .wanted import Wanted, Way

__all__ = ["agreed", "counted", "rank_rows", "rank_values", "summed"]

_MOST: Final = re.compile(r"(?:the\s+)?(?:most|least|fewest)\b|最[多少]")
_LEVELS: Final = (
    "score", "age", "speed", "heat", "height", "depth", "altitude", "price", "width", "length", "distance",
)  # fmt: skip
"""Concepts whose values make no sum that anybody asks for without saying so."""


def counted(notes: Notes, start: int, end: int) -> bool:
    """Say whether rows are what there is most of: their word stands beside a superlative of no column."""
    text = notes.sheet.text
    rows = [(here, there) for here, there, _ in notes.nouns]
    rows += [(each.start, each.end) for each in notes.mentions if each.fields[0] in notes.source.identity]
    if not _MOST.match(text, start):
        return False
    if any(here >= end and not text[end:here].strip(" 的") for here, _ in rows):
        return True
    ahead = text[:start].rstrip(" 的是")
    return chinese(text) and (ahead.endswith("人") or any(there == len(ahead) for _, there in rows))


def rank_rows(notes: Notes, asking: Asking | None) -> Wanted:
    """Return that the group of the most or the fewest rows is wanted.

    Raises:
        Unsure: Where no group is named.
    """
    down = notes.ranked is None or notes.ranked.down
    counted_ = [table for start, _, table in sorted(notes.nouns) if notes.ranked and start >= notes.ranked.end]
    if counted_ and counted_[0] != notes.source.tables[0].rpartition(".")[2]:
        raise unsure("not_understood", "most", message=f"the rows here are no {counted_[0]}")
    return Wanted(way="ranked", fields=[], groups=[_group(notes, asking)], down=down)


def rank_values(notes: Notes, asking: Asking | None, way: Way) -> Wanted:
    """Return that the group of the greatest or least sum or mean is wanted.

    Raises:
        Unsure: Where no group is named, or there is no quantity.
    """
    measure = notes.superlatives[0]
    if not measure.field.measured or len(notes.superlatives) > 1:
        raise unsure("ambiguous", way, message="more than one thing is asked: ask one at a time")
    return Wanted(way="ranked", fields=[measure.field], groups=[_group(notes, asking)], by=way, down=measure.down)


def summed(notes: Notes, wanted: Wanted) -> Wanted:
    """Return the group of the greatest sum where a group of several rows has "the most" of a quantity."""
    measure = notes.superlatives[0]
    levels = about(_LEVELS, notes.source.fields)
    if len(wanted.fields) != 1 or not measure.field.measured or measure.field in levels or measure.field.rate:
        return wanted
    group = wanted.fields[0]
    if group.kind != "text" or group.unique or not _MOST.match(notes.sheet.text, measure.start):
        return wanted
    return Wanted(way="ranked", fields=[measure.field], groups=[group], by="sum", down=measure.down, doubtful=True)


def agreed(notes: Notes, one: str, other: str) -> bool:
    """Say whether two statements give the same values in their first columns."""
    if notes.source.ask is None:
        return False
    first, second = ({row[0] for row in notes.source.ask(sql).rows} for sql in (one, other))
    return first == second


def _group(notes: Notes, asking: Asking | None) -> Field:
    if asking and asking.kind == "who":
        group = person(notes)
        others = [by for by, *_ in notes.source.others.values() if is_person(by)]
        group = others[0] if others and group == notes.source.identity[0] else group  # who has the most of the rows
    else:
        found = behind(notes, asking.end if asking else 0, lambda one: one.kind == "text")
        named = [(each, one) for each in notes.open() if (one := each.first(_repeated))]
        mention, group = found or next(iter(named), (None, None))
        if mention is None or group is None:
            raise unsure("not_understood", "most", message="say of which column: 'which … has the most …'")
        mention.bound = True
    if group == notes.source.identity[0] and notes.source.leads and notes.source.leads():
        raise unsure("ambiguous", group.name, message="each row goes by it: no group has the most")
    if group.unique:
        raise unsure("ambiguous", group.name, message="each is there once: no group has the most")
    return group


def _repeated(field: Field) -> bool:
    return field.kind == "text" and not field.unique
