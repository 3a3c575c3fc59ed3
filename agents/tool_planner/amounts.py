"""Questions for an amount that no source states as it is asked: a price for several, a sum, a difference, another unit.

Each reading gives a formula with gaps, and for each gap the plain question that a source can answer: "what do seven
bottles cost" is seven times what one bottle costs. Only wording is read: whether something knows the operands is for
the planner to see, and a value counts only where it is told of the operand's own thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.mathematics.unit_table import is_known
from questline.tools.slot_filling.units import measures

from .counted import Counted, counts_in, single
from .literals import PATH, Literals
from .operands import Frame, Operand
from .relations import related

__all__ = ["amounts"]

_END: Final = r"[?？.!]*\s*$"
_PRICE: Final = re.compile(
    r"\b(?:costs?|prices?|priced|pay|charged?|fees?|owe|worth|come to|total (?:for|of)|how much (?:is|are|was|were|for"
    r"|(?:would|will|do|does) .+ be\b)|what(?:'s| is| would) (?:that|it)(?: be)?)\b",
    re.IGNORECASE,
)
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
_CONVERTED: Final = re.compile(
    rf"^(?P<x>.+?),? (?:in|into|to|as) (?P<unit>[^\W\d_]+(?: [^\W\d_]+|/[^\W\d_]+)?){_END}", re.IGNORECASE
)
_COMMA: Final = re.compile(r", (?:in|into|as) [^,]+$")
_MEASURED: Final = re.compile(
    r"\bhow (?:long|far|high|tall|deep|wide|thick|heavy|fast|hot|cold|much|big|large)\b|\b(?:weighs?|weight|length"
    r"|height|depth|width|distance|speed|temperature|volume|area|capacity|size|altitude|elevation|diameter|hold)\b",
    re.IGNORECASE,
)
_TOGETHER: Final = re.compile(
    r"\b(?:together|altogether|in total|in all|combined|all in all|total (?:for|of|cost of|price of))\b", re.IGNORECASE
)
_TERMS: Final = re.compile(r"\s*,\s*(?:and |plus )?|\s+(?:and|plus)\s+", re.IGNORECASE)
_HEAD: Final = re.compile(
    r"^.*?\b(?:(?:cost|price|total|sum)s? (?:of|for)|(?:what|how much)(?:'s| is| are| would| will| do| does) (?:be )?"
    r"(?:the )?(?:(?:total )?(?:cost|price|total) (?:of|for) )?)\s*",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(r"(?:what|wat|how|which|who|when|where|do|does)\b", re.IGNORECASE)
_TAIL: Final = re.compile(
    r"(?:,?\s+(?:together|altogether|in total|in all|combined|cost|costs|come to|be|please|me|us|do they)\b)+.*$",
    re.IGNORECASE,
)


def amounts(text: str, opening: str = "") -> Iterator[Frame]:
    """Yield the formulas by which an amount can be worked out, the surest first.

    Args:
        text: One need.
        opening: What was said before it: "I'm a member", "we are ten".
    """
    yield from related(text)
    yield from _sums(text)
    yield from _several(text, opening)
    yield from _units(text)


def _number(ask: str, of: str = "") -> Operand:
    return Operand(kind="number", ask=ask, of=of)


def _several(text: str, opening: str) -> Iterator[Frame]:
    weighed = _WEIGHED.search(text)
    if not weighed and not _PRICE.search(text):
        return
    counted = counts_in(text)
    party: list[Counted] = [] if counted else [one for one in counts_in(opening) if _PARTY.search(opening[: one.start])]
    if not counted and not party:
        return
    ask, of = _of_one(text, counted) if counted else _for_one(text, party[0])
    if not ask:
        return
    factor = " * ".join(str(one.value) for one in (*counted, *party))
    rebate = None if weighed else _REBATE.search(f"{opening} {text}")
    pieces: list[str | Operand] = [f"{factor} * ", _number(ask, of)]
    if rebate:
        who = rebate["who"]
        pieces += [" * (100 - ", _number(_rebate_asked(who), who), ") / 100"]
    yield Frame(amount=True, pieces=tuple(pieces))


def _rebate_asked(who: str) -> str:
    thing = re.search(r"(?:cards?|pass|passes|vouchers?|coupons?|discounts?|rebates?)$", who, re.IGNORECASE)
    given = f"does the {who} give" if thing else f"do {_many(who)} get"
    return f"What discount {given}, in percent?"


def _many(who: str) -> str:
    head, of, rest = who.partition(" of ")
    return f"{head}{'' if head.endswith('s') else 's'}{of}{rest}"


def _of_one(text: str, counted: list[Counted]) -> tuple[str, str]:
    """Return the question for one of what is counted, and what it is."""
    plain = _REBATE.sub("", text)
    shift = next((one for one in counted if not one.rate), None)
    where = ""
    if shift is not None:
        item = single(shift.noun)
        place = re.search(r"\b(?:at|in|from) [A-Z][\w'’]*(?: [A-Z][\w'’]*)*", plain)
        where = f" {place[0]}" if place and place[0] not in item else ""
        for one in counted:
            where += f" for one {single(one.noun)}" if one.rate else ""
        verb = _WEIGHED.search(text)
        return f"How much does one {item} {verb[0] if verb else 'cost'}{where}?", item
    made = text
    for one in reversed(counted):
        made = f"{made[: one.start]}one {single(one.noun)}{made[one.end :]}"
    item = _subject(_REBATE.sub("", made))
    return (f"How much does {item} cost?", item.partition(" for one ")[0]) if item else ("", "")


def _for_one(text: str, party: Counted) -> tuple[str, str]:
    item = _subject(text)
    return (f"How much does {item} cost for one {single(party.noun)}?", item) if item else ("", "")


_SUBJECT: Final = re.compile(
    r"^(?:.*?\b(?:how much|what|wat|whats)(?:'s| is| are| do| does| would| will| did| was)?(?: (?:we|i|you) pay for)?"
    r"(?: the (?:price|cost) (?:of|for))? )?(?P<x>.+?)(?: (?:cost|costs|be|come to|worth)\b.*)?$",
    re.IGNORECASE,
)
_WHAT_THAT: Final = re.compile(
    r"[,;:.]\s*(?:and )?(?:what|how much)(?:'s| is| would| will)? (?:that|it|be).*$", re.IGNORECASE
)


def _subject(text: str) -> str:
    """Return what a question for a price is about."""
    bare = _WHAT_THAT.sub("", re.sub(_END, "", text))
    found = _SUBJECT.match(bare.strip(" ,"))
    item = found["x"].strip(" ,") if found else ""
    return re.sub(r" (?:cost|costs|be) (?:me|us)\b", "", item)


# sums, differences, ratios


def _sums(text: str) -> Iterator[Frame]:
    if not _TOGETHER.search(text):
        return
    body = _TAIL.sub("", _HEAD.sub("", re.sub(_END, "", text)))
    terms = [term.strip() for term in _TERMS.split(body) if term.strip()]
    if len(terms) < 2 or any(len(term.split()) > 8 or _ASKS.match(term) for term in terms):
        return
    pieces: list[str | Operand] = []
    for term in terms:
        counted = counts_in(term)
        item = single(counted[0].noun) if counted else re.sub(r"^(?:a|an|one|the) ", "", term, flags=re.IGNORECASE)
        pieces.append(f"{' + ' if pieces else ''}{f'{counted[0].value} * ' if counted else ''}")
        pieces.append(_number(f"How much does one {item} cost?", item))
    yield Frame(amount=True, pieces=tuple(piece for piece in pieces if piece != ""))


def _units(text: str) -> Iterator[Frame]:
    match = _CONVERTED.match(text)
    if not match or not is_known(match["unit"]) or Literals(match["x"]).formulas:
        return
    x, unit = match["x"].strip(" ,"), match["unit"]
    sure = _COMMA.search(re.sub(_END, "", text)) or (measures(unit.casefold()) and _MEASURED.search(x))
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
