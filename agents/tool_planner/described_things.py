"""Things that a question describes instead of naming, and the question that names them.

"what city does the supplier of our road tyres sit in" is about a supplier that has to be found first: "What is the
supplier of our road tyres?". Where such a phrase ends is not always plain from its words, so that several readings of
one question come out; whether one is right is for those to say who are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from questline.agents.intents.closed_words import PRONOUN

__all__ = ["Described", "described_things"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One reading: a question with a gap, and what is asked to fill it."""

    before: str
    ask: str
    after: str


_LONGEST: Final = 300
"""Characters of a question that is read."""
_MY: Final = r"(?:the|our|my|your)"
_NOUN: Final = (
    r"(?!(?:of|in|on|at|for|to|from|by|with|and|or|that|which|who|whose|where|most|least|is|are|was|were|has|have|had"
    r"|will|can|did|does|do)\b)[\w'’-]+"
)
_REST: Final = r"(?P<rest>[^,;:?!]{2,120})"
_RELATIVE: Final = re.compile(
    rf"\b{_MY} (?P<noun>{_NOUN}(?: {_NOUN})?) (?P<link>that|which|who|whose|where|with) {_REST}", re.IGNORECASE
)
_APART: Final = re.compile(
    rf"\b{_MY} (?P<noun>{_NOUN}) (?P<verb>[a-z]+) (?P<link>that|which|who) {_REST}", re.IGNORECASE
)
_SUBJECT: Final = r"(?:i|we|you|he|she|they|(?:the|our|my|a) \w+|[\w'’-]+(?: [\w'’-]+)?)"
_REDUCED: Final = re.compile(
    rf"\b{_MY} (?P<noun>{_NOUN})"
    rf" (?P<rest>{_SUBJECT} (?:has|have|had|is|are|was|were|will|can|did|does|do)\b[^,;:?!]{{2,100}})",
    re.IGNORECASE,
)
_OF: Final = re.compile(
    rf"\b(?:the|our) (?P<noun>{_NOUN}(?: {_NOUN})?) of"
    rf" (?P<rest>[^,;:?!]{{2,80}})"
)
_MOST: Final = r"(?:\w{3,}est|(?:most|least)(?: \w+ly)? \w+)"
_SUPERLATIVE: Final = re.compile(
    rf"\b{_MY} (?P<x>{_MOST} {_NOUN}(?: (?:in|of|on) {_MY} \w+)?)(?P<more> (?:that|which|who) [^,;:?!]{{2,80}})?",
    re.IGNORECASE,
)
_LONGER: Final = re.compile(rf"\b{_MY} (?P<x>{_MOST} {_NOUN} {_NOUN})(?P<more>)", re.IGNORECASE)
_RANKED: Final = re.compile(r"\w{3,}est \w|(?:most|least) ", re.IGNORECASE)
_OPENING: Final = re.compile(rf"^{_MY} (?P<x>{_MOST} [^,:]+)$", re.IGNORECASE)
_LATEST: Final = re.compile(
    r"^(?P<most>most|least) (?:recently|lately|newly) (?P<done>\w+) (?P<noun>\w+)$", re.IGNORECASE
)
_TOPIC: Final = re.compile(r"^\s*(?P<topic>[^,:?]{4,80})[,:]\s+(?P<rest>.+)$")
_PRONOUN: Final = re.compile(rf"\b{PRONOUN}\b", re.IGNORECASE)
_LINKS: Final = r"(?: (?:in|on|at|from|to|for|with|of|by|up|out|off|over|about|as|like))?"
_TAIL: Final = re.compile(rf" \w[\w'’-]*{_LINKS}\s*$")
_BASED: Final = re.compile(rf" \w+(?:ed|en|ld|lt|rn|nd|pt){_LINKS}\s*$")
_NOTHING: Final = re.compile(
    r"^\W*(?:who|what|which|when|where|wh?ich|wat)?(?:['’]?s| is| are| was| were)?\W*$", re.IGNORECASE
)
"""What asks for nothing but the thing itself."""


def described_things(text: str) -> Iterator[Described]:
    """Yield the readings of a question as one with a thing in it that has to be found first, the plainest first.

    >>> [(one.before, one.ask, one.after) for one in described_things("Who made the costume with the biggest deposit?")]
    [('Who made ', 'Which costume has the biggest deposit?', '?')]
    """
    if len(text) > _LONGEST:
        return
    seen: set[tuple[str, str]] = set()
    for one in _readings(text):
        left = f"{one.before.rstrip()} {one.after.strip(' ?.')}".strip()
        if one.before.strip() and not _NOTHING.match(left) and (one.before, one.ask) not in seen:
            seen.add((one.before, one.ask))
            yield one


def _readings(text: str) -> Iterator[Described]:
    yield from _topics(text)
    for match in _APART.finditer(text):
        if _does(text[: match.start()]):
            ask = _which(match["noun"], match["link"], match["rest"].rstrip())
            yield Described(before=text[: match.start()], ask=ask, after=f" {match['verb']}{text[match.end() :]}")
    for match in _RELATIVE.finditer(text):
        if not _RANKED.match(match["noun"]):
            for rest, after in _ends(text, match):
                ask = _which(match["noun"], match["link"], rest)
                yield Described(before=text[: match.start()], ask=ask, after=after)
    for match in reversed(list(_inside(_OF, text))):  # of "the city of the supplier of our flour" the supplier first
        for rest, after in _ends(text, match):
            ask = f"What is the {match['noun']} of {rest}?"
            yield Described(before=text[: match.start()], ask=ask, after=after)
    for match in _REDUCED.finditer(text):
        ask = f"Which {match['noun']} {match['rest'].rstrip()}?"
        yield Described(before=text[: match.start()], ask=ask, after=text[match.end() :])
    for pattern in (_SUPERLATIVE, _LONGER):
        for match in pattern.finditer(text):
            for more in dict.fromkeys((match["more"] or "", "")):  # what restricts it may stay behind its name, too
                end = match.end("x") + len(more)
                yield Described(before=text[: match.start()], ask=_superlative(match["x"], more), after=text[end:])


def _inside(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern, also those that begin inside of another."""
    match = pattern.search(text)
    while match is not None:
        yield match
        match = pattern.search(text, match.start() + 1)


def _topics(text: str) -> Iterator[Described]:
    """A thing that opens the question, and what is asked of it: "Our oldest hire bike: which firm made it?"."""
    match = _TOPIC.match(text)
    thing = _OPENING.match(match["topic"].strip()) if match else None
    if match is None or thing is None:
        return
    asked = re.split(r"[,:]\s+", match["rest"])[-1]
    spot = _PRONOUN.search(asked)
    if spot is not None:
        ask = _superlative(thing["x"], "")
        yield Described(before=asked[: spot.start()], ask=ask, after=asked[spot.end() :])


def _does(before: str) -> bool:
    """Whether an auxiliary right before a phrase says that the question's verb comes after it."""
    return re.search(r"\b(?:does|do|did|will|would|can|could|has|have|had)\s*$", before.casefold()) is not None


def _ends(text: str, match: re.Match[str]) -> Iterator[tuple[str, str]]:
    """Yield where a phrase may end, and what then follows it: the verb of the question around it, or its end."""
    rest, beyond = match["rest"].rstrip(), text[match.end() :]
    before = text[: match.start()]
    tail = _TAIL.search(rest)
    if not _does(before):
        yield rest, beyond
        tail = _BASED.search(rest) if re.search(r"\b(?:is|are|was|were)\s*$", before.casefold()) else None
    if tail and tail.start():
        yield rest[: tail.start()], f"{rest[tail.start() :]}{beyond}"


def _which(noun: str, link: str, rest: str) -> str:
    link = link.casefold()
    if link == "with":
        return f"Which {noun} has {rest}?"
    if link == "where":
        return f"Which {noun} is {rest.removesuffix(' is')} in?" if rest.endswith(" is") else f"In which {noun} {rest}?"
    return f"Which {noun}'s {rest}?" if link == "whose" else f"Which {noun} {rest}?"


def _superlative(thing: str, more: str) -> str:
    latest = _LATEST.match(thing)
    if latest:
        last = "last" if latest["most"].casefold() == "most" else "first"
        return f"Which {latest['noun']} was {latest['done']} {last}?"
    return f"What is the {thing}{more}?"
