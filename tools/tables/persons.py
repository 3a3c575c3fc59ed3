"""The columns that who, where and when ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from .lexicon import AGENTS, PEOPLE, PLACES
from .notes import Condition, Notes
from .reading import unsure
from .sources import Field, Source

__all__ = ["identity", "is_person", "person", "place", "time"]

_AGENT: Final = re.compile(r"(?:er|or|ist|ian)\Z")
_NO_AGENT_WORDS: Final = (
    "center color colour computer corner counter cover door error factor floor layer letter major minor"
    " motor number order other paper power quarter register river sector timber tower water weather"
)
_NO_AGENTS: Final = frozenset(_NO_AGENT_WORDS.split())
"""Names of columns that end as words for people do."""


def is_person(one: Field) -> bool:
    """Say whether a column holds people, by its name."""
    return one.kind == "text" and any(word in PEOPLE for word in one.words)


def person(notes: Notes) -> Field:
    """Return the column that who asks for.

    Raises:
        Unsure: Where none or several may be meant.
    """
    text = [each for each in notes.source.fields if each.kind == "text"]
    for mention in notes.open():
        if each := mention.first(lambda one: one.kind == "text" and any(word in AGENTS for word in one.words)):
            mention.bound = True
            return each
    if not any(map(is_person, text)):
        for mention in notes.open():  # who is the warden
            each = mention.first(lambda one: one.kind == "text" and one not in notes.source.identity)
            if each is not None and mention.how == "name":
                mention.bound = True
                return each
        doing = [each for each in text if _AGENT.search(each.name.lower()) and each.name.lower() not in _NO_AGENTS]
        if len(doing) == 1:
            return doing[0]
        if not doing and notes.nouns and not any(_spoken(notes, each) for each in notes.conditions):
            return identity(notes.source, notes.nouns[0][2])[0]
    return _one(notes, is_person, "who")


def _spoken(notes: Notes, condition: Condition) -> bool:
    return bool(condition.literals) and condition.field in notes.source.identity


def place(notes: Notes) -> Field:
    """Return the column that where asks for; raises as `person`."""
    return _one(
        notes,
        lambda one: one.kind == "text" and any(word in PLACES or word in _PLACES_ZH for word in one.words),
        "where",
    )


_PLACES_ZH: Final = {"城市", "产地", "国家", "地区", "地址", "地点"}


def time(notes: Notes) -> Field:
    """Return the column that when asks for; raises as `person`."""
    for mention in notes.open():
        if each := mention.first(lambda one: one.temporal or one.yearlike):
            mention.bound = True
            return each
    for mention in notes.open():
        each = mention.first(lambda one: one.kind == "text" and one not in notes.source.identity)
        if each is not None and mention.how == "name":  # months by their names, weekdays
            mention.bound = True
            return each
    return _one(notes, lambda one: one.temporal, "when")


def _one(notes: Notes, fits: Callable[[Field], bool], word: str) -> Field:
    """Return the one fitting column: one that is spoken of, what tells rows apart, or the only one."""
    taken = {each.field.sql for each in notes.conditions if each.literals}
    for mention in notes.open():
        each = mention.first(lambda one: fits(one) and one.sql not in taken)
        if each is not None:
            mention.bound = True
            return each
    fitting = [each for each in notes.source.fields if fits(each) and each.sql not in taken]
    for each in fitting:
        if each in notes.source.identity:
            return each
    if len(fitting) != 1:
        raise unsure("ambiguous" if fitting else "not_understood", word, message="say which column is meant")
    notes.confidence *= 0.9
    return fitting[0]


def identity(source: Source, table: str | None) -> tuple[Field, ...]:
    """Return what tells the rows of a table apart, in a source of two."""
    if table is not None and table in source.others:
        return source.others[table][:1]
    own = [each for each in source.fields if each.table == table]
    if len(source.tables) == 1 or not own or all(each in own for each in source.identity):
        return source.identity
    texts = [each for each in own if each.kind == "text" and not each.key and "mail" not in each.name.lower()]
    return tuple((texts or own)[:1])
