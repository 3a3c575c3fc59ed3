"""Occasions, people and worn words that the embedded judge knows, read once from ``lexicon.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

__all__ = ["Lexicon", "Occasion", "Person", "first_in", "lexicon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What greetings are for."""

    name: str
    asks: tuple[str, ...]
    """Words of a query that name it."""
    says: tuple[str, ...]
    """Words by which a text shows that it is for it."""
    only: tuple[str, ...]
    """Words that fit no other occasion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom greetings are to."""

    name: str
    asks: tuple[str, ...]
    says: tuple[str, ...]
    never: tuple[str, ...]
    """Words that no text to them says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The whole list."""

    occasions: tuple[Occasion, ...]
    people: tuple[Person, ...]
    worn: tuple[str, ...]
    frames: re.Pattern[str]
    """Sentences that carry any occasion, and famous lines."""
    harm: tuple[str, ...]
    merry: tuple[str, ...]
    """Not said to who mourns."""
    farewell: tuple[str, ...]
    """Said to who mourns alone."""
    echo: tuple[str, ...]

    def occasions_of(self, query: str) -> tuple[Occasion, ...]:
        """Return the occasions that a query names; a query may name several, or none."""
        return tuple(one for one in self.occasions if first_in(query, one.asks))

    def people_of(self, query: str) -> tuple[Person, ...]:
        """Return everybody whom a query names; 朋友生女儿 names two."""
        return tuple(one for one in self.people if first_in(query, one.asks))

    def person_of(self, query: str) -> Person | None:
        """Return whom a query names first in the order of the list."""
        return next((one for one in self.people if first_in(query, one.asks)), None)


def first_in(text: str, words: Iterable[str]) -> str:
    """Return the first of `words` that `text` holds, whatever its case; empty for none."""
    folded = text.casefold()
    return next((word for word in words if word in folded), "")


@cache
def lexicon() -> Lexicon:
    """Return the list, read once in a process."""
    told = tomllib.loads(
        (resources.files("questline.tools.writing.judge") / "lexicon.toml").read_text(encoding="utf-8")
    )
    flat = {name: cast("Mapping[str, Sequence[str]]", told[name]) for name in ("worn", "harm", "echo")}
    return Lexicon(
        occasions=tuple(map(_occasion, cast("list[Mapping[str, object]]", told["occasion"]))),
        people=tuple(map(_person, cast("list[Mapping[str, object]]", told["person"]))),
        worn=tuple(word.casefold() for word in (*flat["worn"]["chinese"], *flat["worn"]["english"])),
        frames=re.compile("|".join((*flat["worn"]["frames"], *flat["worn"]["quoted"]))),
        harm=tuple(word.casefold() for word in flat["harm"]["all"]),
        merry=tuple(flat["harm"]["merry"]),
        farewell=tuple(flat["harm"]["farewell"]),
        echo=tuple(word.casefold() for word in flat["echo"]["all"]),
    )


def _occasion(one: Mapping[str, object]) -> Occasion:
    return Occasion(name=str(one["name"]), asks=_words(one, "asks"), says=_words(one, "says"), only=_words(one, "only"))


def _person(one: Mapping[str, object]) -> Person:
    says, never = _words(one, "says"), _words(one, "never")
    return Person(name=str(one["name"]), asks=_words(one, "asks"), says=says, never=never)


def _words(one: Mapping[str, object], name: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in cast("Sequence[str]", one[name]))
