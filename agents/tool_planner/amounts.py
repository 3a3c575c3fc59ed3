"""Questions for an amount that no source states as it is asked: a price for several, a sum, a difference, another unit.

Each reading gives a formula with gaps, and for each gap the plain question that a source can answer: "what do seven
bottles cost" is seven times what one bottle costs. Only wording is read: whether something knows the operands is for
the planner to see, and a value counts only where it is told of the operand's own thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from questline.tools.mathematics.unit_table import is_known
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.units import measures
from questline.tools.text import stem

from .counted import TIMES, Counted, counts_in, single
from .literals import PATH, Literals
from .operands import Frame, Operand, number_of
from .patterns import END, without_end
from .priced import ALTERED, PRICE, TOGETHER, after_verb, subject
from .relations import related
from .sums import summed

__all__ = ["LONGEST", "amounts"]

LONGEST: Final = 600
"""Characters of a need that is taken apart; what is longer tells a story, and its frames would be accidents."""
_WEIGHED: Final = re.compile(r"\b(?:weigh|take up)\b", re.IGNORECASE)
_REBATE: Final = re.compile(
    r"\b(?:(?:i|we)(?:'m|’m|'re|’re| am| are)|as|being|with|using|on|come as) (?:a|an|the|our|my|your) "
    r"(?P<who>(?:[\w'’]+ ){0,3}?(?:members?|friends?|students?|pensioners?|seniors?|child|residents?|subscribers?"
    r"|groups?|cards?|pass|passes|vouchers?|coupons?|discounts?|rebates?)\b(?: of (?:the )?[A-Z][\w'’-]*)?)",
    re.IGNORECASE,
)
_PARTY: Final = re.compile(
    r"\b(?:(?:we|there) (?:are|come)|we(?:'re|’re)|for|as)(?: as)? (?:a (?:group|party|family|class|team) of )?$",
    re.IGNORECASE,
)
_MORE_THINGS: Final = re.compile(
    r"\b(?:and|plus|&|n) (?:an?|one|another|\d+|two|three|four|five|six) (?!of\b)[a-z]+"
    r"|,? with (?:an? |one |the )?(?!us\b|me\b|you\b|my\b|our\b|your\b)[a-z]+[\s?.!]*$",
    re.IGNORECASE,
)
"""Another thing beside those that are counted."""
_EACH: Final = re.compile(
    r"\b(?:each|apiece|a piece|a head|(?:per|for each|for every) (?P<noun>[a-z]+)"
    r"|a (?P<time>hour|day|night|week|month|year))"
    r"(?= (?:for|at|in|on|cost)\b|[?.!]*$)",
    re.IGNORECASE,
)
_PEOPLE: Final = frozenset(map(stem, ("person", "people", "head", "adult", "guest", "child", "children", "pupil")))
_OF_THEM: Final = re.compile(r"(?<!for )(?<!for the )\b(?P<n>\d+|[a-z]+) of (?:them|those|these)\b", re.IGNORECASE)
_CONVERTED: Final = re.compile(
    rf"^(?P<x>.+?),? (?:in|into|to|as) (?P<unit>[^\W\d_]+(?: [^\W\d_]+|/[^\W\d_]+)?){END}", re.IGNORECASE
)
_HOW: Final = ("long", "high", "tall", "deep", "wide", "thick", "heavy")
_TOLD_IN: Final = re.compile(
    rf"^(?:and |so )?how many (?P<unit>[a-z]+) (?P<aux>does|do|did|is|are|was|were) (?P<x>.+?)"
    rf" (?P<how>weigh|measure|hold|{'|'.join(_HOW)}){END}",
    re.IGNORECASE,
)
_COMMA: Final = re.compile(r", (?:in|into|as) [^,]+$")
_MEASURED: Final = re.compile(
    r"\bhow (?:long|far|high|tall|deep|wide|thick|heavy|fast|hot|cold|warm|much|big|large)\b|\b(?:weighs?|weight|length"
    r"|height|depth|width|distance|speed|temperature|volume|area|capacity|size|altitude|elevation|diameter|hold)\b",
    re.IGNORECASE,
)


def amounts(text: str, opening: str = "") -> Iterator[Frame]:
    """Yield the formulas by which an amount can be worked out, the surest first.

    Args:
        text: One need; one of more than 600 characters has none.
        opening: What was said before it: "I'm a member", "we are ten".
    """
    if len(text) > LONGEST:
        return
    opening = opening[-LONGEST:]
    yield from related(text, opening)
    sums = list(summed(text))
    yield from sums or _several(text, opening)
    yield from _units(text)


def _several(text: str, opening: str) -> Iterator[Frame]:
    weighed = _WEIGHED.search(text)
    if not weighed and not PRICE.search(text):
        return
    back = _OF_THEM.search(text)
    said = numbers_in(back["n"]) if back else []
    if said and isinstance(said[0].value, int):
        yield Frame(amount=True, pieces=(f"{said[0].value} * ", Operand(kind="number", ask="", back=True)))
        return
    counts = counts_in(text, times=True)
    counted = _asked_together(counts, text)
    party: list[Counted] = []
    if not counts and not _EACH.search(text):
        party = [one for one in counts_in(opening) if _PARTY.search(opening[: one.start])]
    if not counted and not party:
        return
    verb = weighed[0] if weighed else "cost"
    ask, of = _of_one(text, counted, verb) if counted else _for_one(text, party[0])
    factor = " * ".join(str(one.value) for one in (*counted, *party))
    rebate = None if weighed else _REBATE.search(f"{opening} {text}")
    beside = "".join(text[a:b] for a, b in _between(text, counted))
    if ALTERED.search(text) or _MORE_THINGS.search(
        _REBATE.sub("", beside)
    ):  # a fee that is added, a rebate that is taken off: not in the formula
        of = ""
    pieces: list[str | Operand] = [f"{factor} * ", number_of(ask or text, of)]
    if rebate:
        who = rebate["who"]
        pieces += [" * (100 - ", number_of(_rebate_asked(who), who), ") / 100"]
    yield Frame(amount=True, pieces=tuple(pieces))


def _between(text: str, counted: Sequence[Counted]) -> Iterator[tuple[int, int]]:
    """Yield what stands beside the things that are counted."""
    at = 0
    for one in sorted(counted, key=lambda each: each.start):
        yield at, one.start
        at = max(at, one.end)
    yield at, len(text)


def _asked_together(counted: Sequence[Counted], text: str) -> list[Counted]:
    """Return the counts that multiply: "what do 3 tickets cost each" asks for one, "per night" for one night."""
    each = _EACH.search(text)
    if each is None or TOGETHER.search(text):
        return list(counted)
    noun = stem(each["noun"] or each["time"] or "person")
    if noun in map(stem, TIMES):
        return [one for one in counted if not (one.rate and stem(one.noun.split()[0]) == noun)]
    kin = _PEOPLE if noun in _PEOPLE else frozenset({noun})
    return [one for one in counted if one.rate and not frozenset(map(stem, one.noun.split())) & kin]


def _rebate_asked(who: str) -> str:
    thing = re.search(r"(?:cards?|pass|passes|vouchers?|coupons?|discounts?|rebates?)$", who, re.IGNORECASE)
    given = f"does the {who} give" if thing else f"do {_many(who)} get"
    return f"What discount {given}, in percent?"


def _many(who: str) -> str:
    head, of, rest = who.partition(" of ")
    return f"{head}{'' if head.endswith('s') else 's'}{of}{rest}"


def _of_one(text: str, counted: Sequence[Counted], verb: str) -> tuple[str, str]:
    """Return the question for one of what is counted, and what it is."""
    made = text
    for one in reversed(counted):
        made = f"{made[: one.start]}one {single(one.noun)}{made[one.end :]}"
    made = _REBATE.sub("", made)
    item, more = subject(made), after_verb(made)
    shift = next((one for one in counted if not one.rate), None)
    if shift is not None and not item.startswith("one "):
        item = f"one {single(shift.noun)}"
        place = re.search(r"\b(?:at|in|from) [A-Z][\w'’]*(?: [A-Z][\w'’]*)*", _REBATE.sub("", text))
        item += f" {place[0]}" if place and place[0] not in item else ""
        more = "".join(f" for one {single(one.noun)}" for one in counted if one.rate)
    of = item.partition(" for one ")[0].removeprefix("one ")
    past = "did" if re.search(r"\b(?:did|was|were)\b", text, re.IGNORECASE) else "does"
    return (f"How much {past} {item} {verb}{more}?", of) if item else ("", "")


def _for_one(text: str, party: Counted) -> tuple[str, str]:
    item = subject(text)
    return (f"How much does {item} cost for one {single(party.noun)}?", item) if item else ("", "")


def _units(text: str) -> Iterator[Frame]:
    told = _TOLD_IN.search(text)
    if told and measures(told["unit"].casefold()) - {"money", "time"} and is_known(told["unit"]):
        x, unit = told["x"], told["unit"]
        how = told["how"].casefold()
        ask = f"How {how} {told['aux']} {x}?" if how in _HOW else f"How much {told['aux']} {x} {how}?"
        yield Frame(
            amount=True, pieces=(Operand(kind="quantity", ask=ask, of=x, read=f"{ask} In {unit}?"), f" in {unit}")
        )
        return
    match = _CONVERTED.match(text)
    if not match or not is_known(match["unit"]) or Literals(match["x"]).formulas:
        return
    x, unit = match["x"].strip(" ,"), match["unit"]
    sure = _COMMA.search(without_end(text)) or (measures(unit.casefold()) and _MEASURED.search(x))
    if not sure or unit.casefold().rstrip("s") in ("day", "week", "month", "year"):
        return
    thing = re.sub(r"^(?:what|how \w+)\b\s*(?:does|do|is|are|was|did)?\s*(?:the )?", "", x, flags=re.IGNORECASE)
    thing = re.sub(
        r"\b(?:in|from|of)\s+(?=/|$|weigh|hold)|\b(?:weigh|hold|measure)s?$", "", PATH.sub("", thing)
    ).strip()
    ask = f"{x}?" if re.match(r"(?:what|how|which)\b", x, re.IGNORECASE) else f"What is the {re.sub(r'^the ', '', x)}?"
    thing = "" if PATH.search(x) else thing  # all of a file is about it
    yield Frame(
        amount=True, pieces=(Operand(kind="quantity", ask=ask, of=thing, read=f"{x} in {unit}?"), f" in {unit}")
    )
