"""Questions that ask for something to be worked out of what must be looked up first, taken apart by their wording.

"How many days passed from the opening of the causeway until the wind farm was switched on" is an interval between two
days that the question describes instead of naming. A `Frame` is the question with gaps; each gap is an `Operand` with
the question that it answers and what kind of value it is. Nothing here knows a tool: whether one can work a frame out,
and whether something can answer its operands, is for the planner to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.slot_filling.numbers import numbers_in

from .amounts import LONGEST, amounts
from .amounts_zh import amounts_in_chinese
from .described_days import base_form, described_day
from .intervals import intervals, since
from .literals import PATH, Literals
from .operands import Frame, Operand
from .patterns import END
from .pieces import asking
from .places import zones_in
from .relations import MEASURES
from .told_sums import told_sums

__all__ = ["Frame", "Operand", "frames"]


_THIS: Final = re.compile(r"^(?:the|her|his|its|our|their|my) ", re.IGNORECASE)
_WHEN_IN: Final = re.compile(
    r"^(?:and |so )?(?:when|what time)(?: is| will| would)?(?: (?:that|it|this))?(?: be)? (?:in|for|at)\b",
    re.IGNORECASE,
)
_WEEKDAY: Final = re.compile(
    r"(?:^|\b)(?:on )?(?:what|which) (?:day of the week|week ?day|day) (?P<aux>is|was|were|are|did|does|do|will)"
    rf" (?P<x>.+?){END}",
    re.IGNORECASE,
)
_IT_WHEN: Final = re.compile(r"^it (?:when|that) (?P<x>.+)$", re.IGNORECASE)
_WEEKDAY_WHEN: Final = re.compile(
    rf"^(?:the )?week ?day (?:that|when|on which|in which) (?P<s>.+?) (?P<verb>\w+ed|began|left|came)"
    rf"(?P<rest>\b.*?){END}",
    re.IGNORECASE,
)
_WEEK: Final = ("what day of the week is ", "which weekday is ")
"""As tools may put it."""
_WEEKDAY_ZH: Final = re.compile(r"(?P<x>[^，。？]+?)(?:是|在)?(?:星期几|周几|礼拜几)(?=[\s，。？?!！呢呀]|$)")
_SHIFT: Final = re.compile(
    r"(?P<n>\b(?:\d+|[a-z]+)) ?(?P<unit>days|weeks|months|years|day|week|month|year)?"
    r" (?P<side>after|from|before|following|later than) (?P<x>.+?)(?=,|\?|$)",
    re.IGNORECASE,
)
_WHICH_DAY: Final = re.compile(r"\b(?:what|which) (?:is the )?(?:date|day)\b|\bwhen\b", re.IGNORECASE)
_ARRIVES: Final = re.compile(
    r"\b(?:if|when) (?:i|we) (?:order|buy|send|book|ship)\b.*?\b(?:from|with|at|by) "
    r"(?P<who>(?-i:[A-Z][\w&'’-]*(?: [A-Z][\w&'’-]*)*))"
    r"(?P<rest>[^?]*?), (?:(?:on )?(?:what|which) (?:date|day)|when)\b",
    re.IGNORECASE,
)
_THERE: Final = re.compile(
    r"when it(?: is|'s) (?P<when>.+?) (?:in|on|at) (?P<p>(?:the )?[^\d,]+?), what(?: is the|'s the)? time"
    rf" (?:is it |will it be )?(?:in|at) (?P<q>.+?){END}",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(
    rf"(?P<a>[^,;:.?]+?) as (?:a|the) (?:percentage|per ?cent|share) of (?P<b>.+?){END}", re.IGNORECASE
)
_SHARE_OF: Final = re.compile(
    rf"what (?:percentage|per ?cent|share) of (?P<b>.+?) (?:is|are|was|were) (?P<a>.+?){END}", re.IGNORECASE
)
_FOR: Final = re.compile(
    r"\bis (?:meant )?for (?P<n>\d+|[a-z]+) (?:people|persons|guests|servings|portions|eaters)\b.*?[.;,]\s*(?:and )?"
    rf"how (?:many|much) (?P<x>.+?) (?:do|would|will|should) (?:i|we|you) need for (?P<m>\d+|[a-z]+)(?: [a-z]+)?{END}",
    re.IGNORECASE,
)
_THAN: Final = re.compile(rf"(?P<head>.+?\b(?P<adj>\w+er|more \w+|less \w+|fewer) than )(?P<x>.+?){END}", re.IGNORECASE)


def frames(text: str, *, opening: str = "", held: str = "") -> Iterator[Frame]:
    """Yield the ways in which a question can be worked out, the surest first.

    Args:
        text: One need.
        opening: What was said before it.
        held: What servers say that they hold.
    """
    if len(text) > LONGEST:
        text, told = asking(text), text
        opening = f"{opening} {told.replace(text, ' ')}"
        if len(text) > LONGEST:
            return
    yield from _there_then(text, opening)
    yield from told_sums(text, opening)
    for find in (_weekdays, intervals, since, _arrivals, _shifts, _elsewhere, _shares, _scaled):
        yield from find(text)
    asked = asking(text)
    yield from amounts(asked, f"{opening} {text.replace(asked, ' ')}".strip())
    yield from amounts_in_chinese(asked, held)
    yield from _comparisons(text)


def _there_then(text: str, opening: str) -> Iterator[Frame]:
    """When a moment that was told of one place is elsewhere: "We call at 16:30 London time. When is that in Tokyo?"."""
    asked = asking(text)
    if not _WHEN_IN.search(asked) or Literals(asked).times:
        return
    told, there = Literals(f"{opening} {text.replace(asked, ' ')}"), Literals(asked).zones
    if len(told.times) == 1 and len(told.zones) == 1 and len(there) == 1:
        here, moment = told.zones[0].value, told.times[0].value
        yield Frame(pieces=(f"convert the time {moment} {here} time to the zone {there[0].value}",))


def _weekdays(text: str) -> Iterator[Frame]:
    match = _WEEKDAY.search(text)
    if match and not Literals(match["x"]).days:
        event = _IT_WHEN.match(match["x"])
        ask = described_day(f"the day when {event['x']}") if event else f"When {match['aux']} {match['x']}?"
        ask = Operand(kind="date", ask=ask) if isinstance(ask, str) else ask
        yield from (Frame(pieces=(asked, ask)) for asked in _WEEK)
    when = _WEEKDAY_WHEN.match(text)
    if when:
        ask = Operand(kind="date", ask=f"When did {when['s']} {base_form(when['verb'])}{when['rest']}?")
        yield from (Frame(pieces=(asked, ask)) for asked in _WEEK)
    match = _WEEKDAY_ZH.search(text) if "几" in text else None  # a long text without it takes seconds
    if match and not Literals(text).days:
        ask = Operand(kind="date", ask=f"{match['x'].strip(' 是')}是哪一天？")
        yield from (Frame(pieces=(asked, ask)) for asked in _WEEK)


def _arrivals(text: str) -> Iterator[Frame]:
    """What is ordered on a day comes after the days that its sender takes."""
    match = _ARRIVES.search(text)
    days = Literals(match["rest"]).days if match else []
    if match and len(days) == 1:
        wait = Operand(kind="number", ask=f"How many days does {match['who']} take?", of=match["who"])
        yield Frame(pieces=("which date is ", wait, " days after ", str(days[0].value)))


def _shifts(text: str) -> Iterator[Frame]:
    if not _WHICH_DAY.search(text):
        return
    for match in _SHIFT.finditer(text):
        count = re.sub(r"\s", " ", match["n"].casefold())
        unit = match["unit"] or "days"
        number = [one.value for one in numbers_in(count)]
        day = described_day(match["x"], text)
        if not number or not isinstance(day, Operand):
            continue
        side = "before" if match["side"].casefold() == "before" else "after"
        yield Frame(pieces=(f"which date is {number[0]} {unit.rstrip('s')}s {side} ", day))


def _elsewhere(text: str) -> Iterator[Frame]:
    match = _THERE.search(text)
    if match and Literals(match["when"]).times and not zones_in(match["p"]):
        moment = str(Literals(match["when"]).times[0].value)
        place = match["p"].strip()
        ask = Operand(kind="zone", ask=f"What is the time zone of {place}?")
        yield Frame(pieces=(f"convert the time {moment} ", ask, f" time to the zone {match['q']}"))


def _shares(text: str) -> Iterator[Frame]:
    match = _SHARE.search(text) or _SHARE_OF.search(text)
    if match:
        a = re.sub(r"^.*?\b(?:like|want|need|know|tell me|give me) ", "", match["a"], flags=re.IGNORECASE)
        yield Frame(pieces=("100 * ", _number(a), " / ", _number(match["b"])))


def _number(phrase: str) -> str | Operand:
    phrase = phrase.strip(" ,.?!")
    said = numbers_in(phrase)
    if said and said[0].start == 0 and said[0].end == len(phrase):
        return str(said[0].value)
    return Operand(kind="number", ask=f"How many are {phrase}?", of=_THIS.sub("", phrase))


def _scaled(text: str) -> Iterator[Frame]:
    match = _FOR.search(text)
    if match:
        count = [one.value for part in ("n", "m") for one in numbers_in(match[part])]
        if len(count) == 2 and count[0]:
            path = PATH.search(text)
            ask = f"How many {match['x']} does {path[0]} ask for?" if path else f"How many {match['x']}?"
            yield Frame(pieces=(Operand(kind="number", ask=ask), f" * {count[1]} / {count[0]}"))


def _comparisons(text: str) -> Iterator[Frame]:
    match = _THAN.match(text)
    if match and not re.match(r"\d", match["x"]):
        measure = MEASURES.get(match["adj"].casefold(), "")
        ask = f"What is the {measure} of {match['x']}?" if measure else f"What is {match['x']}?"
        yield Frame(pieces=(match["head"], Operand(kind="number", ask=ask), "?"), whole=True)
