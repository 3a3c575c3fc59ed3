"""Who a greeting is for: people found in a query, and which of them is the reader."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = ["POLITE", "Person", "person_in"]

POLITE: Final = frozenset({"parent", "grand", "senior", "boss", "teacher"})
"""Groups of people to whom one says 您."""

_SENDS: Final = re.compile(r"祝贺|祝福|恭喜|祝|送给|送|写给|给|对|for|to")
_POSSESSES: Final = re.compile(r"(?:的|家的|家|他|\s*'s\s*)?")
_SAYS: Final = re.compile(r"(?:对|给)?(?:的)?(?:祝|寄语|话|贺|心里话|怎么说|说|感言)")
_SPEECH: Final = re.compile(r"(?:代表)?(?:寄语|致辞|致词|发言|讲话|感言)")
_TO: Final = re.compile(r"(?:给|送|祝|对|致)[^，。]{0,4}$")
_BECOMES: Final = re.compile(r"(?:当|成为|做|升级为|升级|晋升|晋级|当上|荣升)(?:了)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The reader of a greeting."""

    group: str = ""
    """Of ``people.toml``; empty for nobody in particular."""
    address: str = ""
    """How the text calls the reader; empty where nobody is called anything."""
    plural: bool = False
    third: bool = False
    """Somebody of the person who is written to, such as a friend's daughter."""
    word: str = ""
    """As the query says it, simplified."""

    @property
    def polite(self) -> bool:
        """Whether one says 您 to them."""
        return self.group in POLITE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    word: str
    start: int
    end: int


def person_in(query: str, original: str) -> Person:
    """Return whom a query is for; nobody in particular where it names none.

    Args:
        query: In simplified characters and lower case.
        original: As it was given: of the same length, so that an address keeps its characters.
    """
    groups, mute, plural, pattern = _words()
    masked = _masked(query)
    found = [_Found(word=match[0], start=match.start(), end=match.end()) for match in pattern.finditer(masked)]
    found = [each for each in found if not _BECOMES.search(masked[: each.start])]
    found = [each for each in found if not _speaks(masked, each)]
    if not found:
        return Person()
    owners: list[_Found] = []
    joined: list[tuple[_Found, bool]] = []
    for place, each in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        if after and _POSSESSES.fullmatch(masked[each.end : after.start]) and groups[each.word] != "self":
            owners.append(each)
            continue
        joined.append((each, bool(owners and owners[-1] is found[place - 1])))
    chosen, third = joined[0]
    if len(joined) > 1 and _SENDS.search(masked[chosen.end : joined[1][0].start]):
        second = joined[1]
        if not _SAYS.match(masked[second[0].end :]) or _gives(masked, chosen, second[0]):
            chosen, third = second
    stranger = re.search(r"别人|人家|他人", masked[: chosen.start]) is not None
    address = "" if third or stranger or chosen.word in mute else original[chosen.start : chosen.end]
    if address and address.isascii():
        address = address.capitalize()
    return Person(
        group=groups[chosen.word],
        address=address,
        plural=chosen.word in plural,
        third=third or stranger,
        word=chosen.word,
    )


def _speaks(query: str, one: _Found) -> bool:
    """Say whether a person is whose speech is asked for: 毕业典礼老师寄语, but not 给老师的寄语."""
    return _SPEECH.match(query[one.end :]) is not None and _TO.search(query[: one.start]) is None


def _gives(query: str, first: _Found, second: _Found) -> bool:
    """Say whether the first of two people is who sends: ``女婿祝丈人…`` but not ``女儿生日爸爸的祝福语``."""
    between = query[first.end : second.start]
    return re.match(r"(?:的)?(?:祝|送|写|给|对|恭喜)", between) is not None


def _masked(query: str) -> str:
    """Return the query with what only looks like a person put out of sight, in its length."""
    for word in _not_people():
        query = query.replace(word, "\0" * len(word))
    return query


@cache
def _told() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("questline.tools.writing") / "people.toml").read_text("utf-8"))


@cache
def _not_people() -> tuple[str, ...]:
    return tuple(sorted(_told()["not_people"]["words"].split(), key=len, reverse=True))


@cache
def _words() -> tuple[Mapping[str, str], frozenset[str], frozenset[str], re.Pattern[str]]:
    """Return word → group, the words nobody is called by, those for several people, and what finds them all."""
    told = _told()
    pairs = [(word, group) for group, words in told["groups"].items() for word in words.split()]
    pairs += [(word.replace("_", " "), group) for word, group in pairs if "_" in word]
    groups = {word.rstrip("/"): group for word, group in pairs}
    mute = frozenset(word.rstrip("/") for word, _ in pairs if word.endswith("/"))
    ordered = sorted(groups, key=len, reverse=True)
    parts = [rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in ordered]
    return groups, mute, frozenset(told["plural"]["words"].split()), re.compile("|".join(parts))
