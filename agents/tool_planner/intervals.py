"""Stretches of time between two days of which at least one has to be found: days, weeks, months or years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .described_days import described_day
from .operands import Frame, Operand
from .patterns import CAPITALS, END, PERIODS

__all__ = ["intervals", "since"]

_INTERVAL: Final = re.compile(
    rf"(?:how many (?P<unit>{PERIODS})|how long"
    rf"|^(?:the )?(?:number of )?(?P<unit2>{PERIODS}))"
    r"\b(?P<verb>[^,]*?)\b(?:(?P<between>between)|from|since)"
    r" (?P<a>.+?)"
    rf" (?:(?(between)(?:and)|(?:until|till|to|up to))) (?P<b>.+?){END}",
    re.IGNORECASE,
)
_LEFT: Final = rf"how (?:many (?P<unit>{PERIODS})|long)\b[^,?]*?\b(?:until|till|before)"
_COUNTING: Final = re.compile(
    rf"^(?:(?:counting|counted|reckoning|starting|beginning) )?(?:from|on|as of|at) (?P<a>[^,?]+?),? {_LEFT}"
    rf" (?P<b>.+?)(?:, (?!\d).*|\?.*)?{END}",
    re.IGNORECASE,
)
_UNTIL_FROM: Final = re.compile(
    rf"\b{_LEFT} (?P<b>[^?]+?),? (?:(?:counting|counted|reckoned|starting|seen) )?(?:from|as of) (?P<a>[^?]+?){END}",
    re.IGNORECASE,
)
"""The day that is counted from stands behind the one that is counted to."""
_AGO: Final = re.compile(
    rf"\bhow (?:long|many (?P<unit>{PERIODS})) ago (?:will|was|is|were) (?P<a>.+?) (?:be |have been )?on"
    rf" (?P<b>.+?)(?:,? in (?P<unit2>{PERIODS}))?{END}",
    re.IGNORECASE,
)
_TAKING: Final = re.compile(r"\s*(?:did|does|will|was|were)\s+(?P<s>.+?)\s+(?:take|last|need|wait)\b", re.IGNORECASE)
_EVENT: Final = re.compile(r"[a-z]+(?:ing|ery|al|ure)")
_SINCE: Final = re.compile(
    rf"how many (?:full |whole |complete )?(?P<unit>{PERIODS}) (?P<side>after|before|since) (?P<a>.+)"
    rf" (?P<aux>was|were|is|are|did|does|will) (?P<x>.+?){END}",
    re.IGNORECASE,
)
_IT: Final = re.compile(r"^(?:it|he|she|they)\b", re.IGNORECASE)


def intervals(text: str) -> Iterator[Frame]:
    """Yield the stretch from one day until another, in whatever order the question has them."""
    ago = _AGO.search(text)
    if ago:
        begun, until = described_day(ago["a"]), described_day(ago["b"])
        if not isinstance(until, Operand):
            yield Frame(pieces=(f"how many {ago['unit'] or ago['unit2'] or 'days'} from ", begun, " until ", until))
            return
    counted = _COUNTING.match(text) or _UNTIL_FROM.search(text)
    if counted:
        first, last = described_day(counted["a"]), described_day(counted["b"])
        if not isinstance(first, Operand):  # else it is no day that the count begins with
            yield Frame(pieces=(f"how many {counted['unit'] or 'days'} from ", first, " until ", last))
            return
    match = _INTERVAL.search(text)
    if not match:
        return
    a, b = match["a"], re.sub(rf",? in (?:{PERIODS})$", "", match["b"])
    taking = _TAKING.match(match["verb"])
    if taking and _EVENT.fullmatch(a) and _EVENT.fullmatch(b):  # "did the order take from ordering to delivery"
        first, last = (Operand(kind="date", ask=f"When was {taking['s']} {_participle(one)}?") for one in (a, b))
        yield Frame(pieces=(f"how many {match['unit'] or 'days'} from ", first, " until ", last))
        return
    inner = re.match(r"^the (?:days|dates|times) (?:when|on which) (?P<x>.+)$", a, re.IGNORECASE)
    names = re.match(rf"^(?P<name>{CAPITALS}) (?P<verb>[a-z].*)$", b)
    if inner and names:  # "the days when A and B joined": both joined
        a, b = f"the day when {inner['x']} {names['verb']}", f"the day when {b}"
    first, last = described_day(a), described_day(b)
    if isinstance(first, Operand) or isinstance(last, Operand):
        yield Frame(pieces=(f"how many {match['unit'] or match['unit2'] or 'days'} from ", first, " until ", last))


def _participle(event: str) -> str:
    """Return what was done in an event: delivered of delivery, planted of planting."""
    for ending, made in (("ing", "ed"), ("ery", "ered"), ("al", "ed"), ("ure", "ed")):
        if event.endswith(ending):
            return event[: -len(ending)] + made
    return f"{event}ed"


def since(text: str) -> Iterator[Frame]:
    """Yield the stretch of "how many years after the fire was the mill rebuilt"."""
    match = _SINCE.search(text)
    if not match:
        return
    thing = match["a"].rpartition(" of ")[2]
    other = Operand(kind="date", ask=f"When {match['aux']} {_IT.sub(lambda _: thing, match['x'])}?")
    day = described_day(match["a"])
    first, last = (other, day) if match["side"].casefold() == "before" else (day, other)
    yield Frame(pieces=(f"how many {match['unit']} from ", first, " until ", last))
