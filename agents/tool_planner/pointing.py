"""Words of a need that mean what an earlier need found: "she", "its", "there", "that day", "that many", "那天".

Closed classes of words, each with the kinds of values that it may mean. What an earlier question asked for narrows
them: nobody adds up a "who". A pronoun whose thing stands before it in the same need points to nothing outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from questline.agents.intents.closed_words import EMPTY_IT, THERE
from questline.tools.slot_filling.names import names_in

from .composed import Reading

__all__ = ["Pointer", "asked_kinds", "opens", "pointer", "things"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """One such word, with its place in the need."""

    start: int
    end: int
    said: str
    kinds: tuple[Reading, ...]
    """What it may mean, the likeliest first."""
    person: bool = False
    lead: str = ""
    """What stands before the value that takes its place: "in " for "there"."""
    tail: str = ""
    """What stands behind it: "'s" for "her"."""


_ANY: Final[tuple[Reading, ...]] = ("number", "quantity", "time", "date", "zone", "text")
_FOLLOWS: Final = (
    r"(?=\s*$|\s*[,.;?!]|\s(?:a|an|the|in|on|as|to|from|for|by|than|plus|minus|times|per|divided|multiplied|come|cost|make"
    r"|fall|last|take|mean|open|still|and|or)\b)"
)
_DAY: Final = re.compile(
    r"\b(?:that|this|the same) (?:very )?(?:day|date)\b|\b(?:until|till|by|since|from|before|after) (?P<x>then)\b"
    r"|(?:(?<![\u4e00-\u9fff])|(?<=[在从到自]))(?:那一?天|那日)",
    re.IGNORECASE,
)
"""那天 behind other words is the day that they tell of: 开业那天."""
_NUMBER: Final = re.compile(
    rf"\b(?:that|this) (?:many|much|number|amount|sum|total|price|figure|value)\b|\bthe (?:result|answer)\b{_FOLLOWS}"
    r"|这个结果",
    re.IGNORECASE,
)
_TIME: Final = re.compile(r"\b(?:that|the same) time\b", re.IGNORECASE)
_PLACE: Final = re.compile(
    rf"{THERE.pattern}|\b(?:in|at) that (?:city|town|country|place|village)\b"
    r"|(?:(?<![\u4e00-\u9fff])|(?<=[在从到]))(?:那里|那儿)",
    re.IGNORECASE,
)
_POSSESSIVE: Final = re.compile(
    r"\b(?:its|his|their|her(?=\s+(?!(?:in|on|at|to|from|for|by|with|and|or|of|when|if|yet|now|there)\b)[a-z]))\b",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(r"\b(?:he|him|his|she|her)\b|(?<!其)[他她](?!们)", re.IGNORECASE)
_THING: Final = re.compile(r"\b(?:its|it|they|them|their)\b|(?<!其)它们?|他们|她们", re.IGNORECASE)
_BARE: Final = re.compile(
    r"\b(?:is|are|was|were|of|to|from|does|do|did|than|by|plus|minus|times|with|at)"
    rf" (?P<x>that|this|those|these)\b{_FOLLOWS}",
    re.IGNORECASE,
)
_READ: Final = 600
"""Characters of a need; a longer one is a text, and what its words mean stands in it."""
_THINGS: Final = 3
"""Things that a word is tried for."""
_NOUN: Final = re.compile(r"\b(?:the|our|my|your|an?|this|that|which|what) [a-z]{2,}", re.IGNORECASE)
_INNER: Final = re.compile(
    r"[,.;:!?]|\b(?:when|if|because|before|after|while|until|that|which|who|so|and|but|where|since)\b", re.IGNORECASE
)
_ACTOR: Final = re.compile(
    r"\b(?:do|does|did|has|have|had|will|would|can|could) (?:(?:the|our|my|your|an?)\b|(?-i:[A-Z]))", re.IGNORECASE
)
_HEAD: Final = re.compile(
    r"^\W*(?:(?:and|so|but|also)\s+)?(?:wh\w+|how)?(?:'s)?(?:\s+\w+)??\s*(?:is|are|was|were|do|does|did|has|have|had|will"
    r"|would|can|could|should)?\s*$",
    re.IGNORECASE,
)
"""The beginning of a question that names nobody yet."""
_DEFINITE: Final = re.compile(r"(?=(\b(?:the|our|my|your) [a-z][\w-]*(?: [a-z][\w-]*){0,3}))", re.IGNORECASE)
_ENDS: Final = re.compile(
    r" (?:of|in|on|at|to|from|for|by|with|without|since|until|till|after|before|during|about|and|or|that|which|who|when"
    r"|is|are|was|were|does|do|did|has|have|had|will|can|cost|costs|come|comes|go|goes|open|opens|close|closes)\b.*$",
    re.IGNORECASE,
)
_PATTERNS: Final[tuple[tuple[re.Pattern[str], tuple[Reading, ...]], ...]] = (
    (_DAY, ("date", "text")),
    (_NUMBER, ("number", "quantity")),
    (_TIME, ("time", "text")),
    (_PLACE, ("zone", "text")),
    (_PERSON, ("text",)),
    (_THING, _ANY),
    (_BARE, _ANY),
)
_ASKED: Final[tuple[tuple[re.Pattern[str], tuple[Reading, ...]], ...]] = (
    (
        re.compile(
            r"\bhow (?:many|much|long|far|high|tall|deep|wide|heavy|old|big|large|fast|warm|hot|cold)\b"
            r"|多少|几[个天次人只]",
            re.IGNORECASE,
        ),
        ("quantity", "number"),
    ),
    (
        re.compile(
            r"\bwhen\b|\b(?:what|which)(?:'s| is| was)?(?: the)? (?:day|date)\b|哪一?天|什么时候|几号|何时",
            re.IGNORECASE,
        ),
        ("date", "text"),
    ),
    (re.compile(r"\bwhat time\b|\bthe (?:current |local )?time\b|几点", re.IGNORECASE), ("time", "text")),
    (
        re.compile(
            r"\bwhere\b|\b(?:which|what) (?:city|town|country|place|village)\b|哪里|哪儿|哪个?城市", re.IGNORECASE
        ),
        ("zone", "text"),
    ),
    (re.compile(r"\b(?:who|whose|whom|which)\b|谁|哪[个位]", re.IGNORECASE), ("text", "zone")),
)


def pointer(text: str) -> Pointer | None:
    """Return the first word of a need that points to something outside of it; None where there is none.

    >>> (found := pointer("what is her hourly rate")) and (found.said, found.tail)
    ('her', "'s")
    >>> pointer("does the kiln cool down before it is opened") is None
    True
    """
    hidden = EMPTY_IT.sub(lambda match: re.sub(r"\bit\b", "__", match[0], flags=re.IGNORECASE), text[:_READ])
    found = [one for pattern, kinds in _PATTERNS for one in _matches(hidden, pattern, kinds)]
    return min(found, key=lambda one: (one.start, -one.end), default=None)


def _matches(text: str, pattern: re.Pattern[str], kinds: tuple[Reading, ...]) -> list[Pointer]:
    found: list[Pointer] = []
    for match in pattern.finditer(text):
        start, end = match.span("x" if "x" in pattern.groupindex and match["x"] else 0)
        person = pattern is _PERSON
        owned = (person or pattern is _THING) and _POSSESSIVE.match(text, start) is not None
        if (person or pattern is _THING) and _said_within(text[:start], person=person, owned=owned):
            continue
        lead = "in " if pattern is _PLACE and text[start].isascii() else ""
        said = text[start:end]
        found.append(
            Pointer(start=start, end=end, said=said, kinds=kinds, person=person, lead=lead, tail="'s" if owned else "")
        )
    return found


def _said_within(before: str, *, person: bool, owned: bool) -> bool:
    """Whether what stands before a pronoun in its own need says what it means.

    A name does, a thing in another clause, and of what is owned the one who acts: "did the barn wait for its vinegar".
    """
    if owned and _ACTOR.search(before):
        return True
    if person and (names_in(before) or (before == before.casefold() and not _HEAD.match(before))):
        return True  # who writes no capitals writes names without them, too
    noun = next((match for match in _NOUN.finditer(before)), None)
    return noun is not None and _INNER.search(before, noun.end()) is not None


def opens(text: str, spot: Pointer) -> bool:
    """Whether nothing is said before a pointer that it could mean.

    >>> all(opens(one, pointer(one)) for one in ("When did she join?", "How old is he?") if pointer(one))
    True
    """
    return _HEAD.match(text[: spot.start]) is not None


def asked_kinds(question: str) -> tuple[Reading, ...]:
    """Return the kinds of values that may answer a question; all where its words do not tell.

    >>> asked_kinds("Which mechanic mended the bike")
    ('text', 'zone')
    """
    return next((kinds for pattern, kinds in _ASKED if pattern.search(question)), _ANY)


def things(question: str, *, person: bool = False) -> list[str]:
    """Return the things that a question asks something of, the last first: names, then those like "the rye loaf".

    Args:
        question: An earlier need.
        person: Only names may be meant.

    >>> things("What is the price of the rye loaf?")
    ['the rye loaf', 'the price']
    """
    question = question[:_READ]
    named = [one for one in names_in(question) if " and " not in one.text]
    spans = [(one.start, one.end) for one in named]
    whole = [
        one for one, (start, end) in zip(named, spans, strict=True)
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)
    ]  # fmt: skip
    found = [one.text for one in sorted(whole, key=lambda one: -one.end)]
    if not person:
        found += [_ENDS.sub("", match[1]) for match in reversed(list(_DEFINITE.finditer(question)))]
    return [one for one in dict.fromkeys(found) if " " in one or one[0].isupper()][:_THINGS]
