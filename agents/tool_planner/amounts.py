"""Questions for an amount that no source states as it is asked: a price for several, a sum, a difference, another unit.

Each reading gives a formula with gaps, and for each gap the plain question that a source can answer: "what do seven
bottles cost" is seven times what one bottle costs. Only wording is read: whether something knows the operands is for
the planner to see, and a value counts only where it is told of the operand's own thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from questline.tools.mathematics.unit_table import is_known
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.units import measures

from .counted import Counted, counts_in, single
from .literals import PATH, Literals
from .operands import Frame, Operand

__all__ = ["MEASURES", "amounts"]

_END: Final = r"[?？.!]*\s*$"
_PRICE: Final = re.compile(
    r"\b(?:costs?|prices?|priced|pay|charged?|fees?|owe|worth|come to|total (?:for|of)|how much (?:is|are|was|were|for"
    r"|(?:would|will|do|does) .+ be\b)|what(?:'s| is| would) (?:that|it)(?: be)?)\b",
    re.IGNORECASE,
)
_WEIGHED: Final = re.compile(r"\b(?:weigh|take up)\b", re.IGNORECASE)
_REBATE: Final = re.compile(
    r"\b(?:(?:i|we)(?:'m|’m|'re|’re| am| are)|as|being|with|using|on|come as) (?:a|an|the|our|my|your) "
    r"(?P<who>(?:[\w'’]+ ){0,3}?(?:members?|friends?|students?|pensioners?|seniors?|child|residents?|subscribers?|groups?"
    r"|cards?|pass|passes|vouchers?|coupons?|discounts?|rebates?)\b(?: of (?:the )?[A-Z][\w'’-]*)?)",
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
    r"\bhow (?:long|far|high|tall|deep|wide|thick|heavy|fast|hot|cold|much|big|large)\b|\b(?:weighs?|weight|length|height"
    r"|depth|width|distance|speed|temperature|volume|area|capacity|size|altitude|elevation|diameter|hold)\b",
    re.IGNORECASE,
)
_MORE: Final = re.compile(
    rf"^(?P<lead>.*?)\bhow (?P<many>many|much) (?:more|fewer|less) (?P<a>.+?) than (?P<b>.+?){_END}", re.IGNORECASE
)
_BY: Final = re.compile(
    rf"\b(?:by )?how (?:much|many [a-z]+) (?:(?:is|are|was|were) (?P<a1>.+?) (?P<adj1>\w+er|(?:more|less) \w+)"
    rf"|(?P<adj2>\w+er|(?:more|less) \w+) (?:is|are|was|were) (?P<a2>.+?)) than (?P<b>.+?){_END}",
    re.IGNORECASE,
)
_DIFFERENCE: Final = re.compile(
    rf"\bdifference in (?P<what>[\w -]+?) between (?P<a>.+?) and (?P<b>.+?){_END}", re.IGNORECASE
)
_RATIO: Final = re.compile(
    r"\bhow many (?P<a>[a-z]+)(?: of [a-z]+)? (?P<mid>.*?)\b(?:per|in (?:one|each|every)|(?:to|for) (?:each|every)) "
    rf"(?P<b>[a-z]+)(?: (?:of|in|at) (?P<x>[^?,]+?))?(?:,? on average)?{_END}",
    re.IGNORECASE,
)
_PARTS: Final = re.compile(
    rf"\bone of (?:the |its )?(?P<n>[a-z]+|\d+) (?:equal )?(?:parts|shares|instal?ments|payments) of (?P<x>.+?){_END}"
    rf"|\b(?P<name>half|a third|one third|a quarter|one quarter|a fifth|one fifth|a tenth|one tenth) (?:of )?"
    rf"(?P<y>(?:the|our|my) .+?){_END}",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(
    r"\b(?:if|when) (?P<x>(?:the|our|my) .+?) (?:is|are|were) (?:split|shared|divided)(?: equally| evenly)?"
    r" (?:among|between|by|into) (?P<n>\d+|[a-z]+)",
    re.IGNORECASE,
)
_FRACTIONS: Final = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_FOLD: Final = re.compile(
    rf"\b(?P<times>twice|double|three times|four times|five times|ten times)(?: as (?:much|many) as)? "
    rf"(?P<x>(?:the|our|my) .+?){_END}",
    re.IGNORECASE,
)
_FOLDS: Final = {"twice": 2, "double": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_PERCENT: Final = re.compile(
    rf"(?P<n>\d+(?:\.\d+)?) ?(?:%|per ?cent) of (?P<x>(?:the|our|my) .+?){_END}", re.IGNORECASE
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
_SERVES: Final = re.compile(r"\bhow (?:many|much) (?P<x>[^?,]+?)(?= (?:do|would|will|should|for|is that|are that)\b|[?,]|$)",
                            re.IGNORECASE)  # fmt: skip
MEASURES: Final = {
    "longer": "length", "shorter": "length", "taller": "height", "higher": "height", "deeper": "depth",
    "wider": "width", "older": "age", "heavier": "weight", "lighter": "weight", "cheaper": "price", "dearer": "price",
    "more expensive": "price", "less expensive": "price", "more costly": "price", "pricier": "price",
    "faster": "speed", "slower": "speed", "stronger": "strength", "bigger": "size", "larger": "size",
    "later": "date", "earlier": "date",
}  # fmt: skip
"""Comparatives, and what they compare."""


def amounts(text: str, opening: str = "") -> Iterator[Frame]:
    """Yield the formulas by which an amount can be worked out, the surest first.

    Args:
        text: One need.
        opening: What was said before it: "I'm a member", "we are ten".
    """
    for find in (_parts, _recipes, _multiples_said, _differences, _ratios, _sums):
        yield from find(text)
    yield from _several(text, opening)
    yield from _units(text)


def _number(ask: str, of: str = "") -> Operand:
    return Operand(kind="number", ask=ask, of=of)


def _value(word: str) -> str:
    found = numbers_in(word)
    return str(found[0].value) if found and not found[0].ordinal else ""


# several of what is told of one


def _several(text: str, opening: str) -> Iterator[Frame]:
    weighed = _WEIGHED.search(text)
    if not weighed and not _PRICE.search(text):
        return
    counted = counts_in(text)
    party = () if counted else [one for one in counts_in(opening) if _PARTY.search(opening[: one.start])]
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
    return f"How many percent off does the {who} give?" if thing else f"How many percent off do {_many(who)} get?"


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
    made = plain
    for one in reversed(counted):
        made = f"{made[: one.start]}one {single(one.noun)}{made[one.end :]}" if plain == text else made
    item = _subject(made)
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


def _differences(text: str) -> Iterator[Frame]:
    by = _BY.search(text)
    if by:
        measure = MEASURES.get((by["adj1"] or by["adj2"]).casefold(), "")
        if measure and measure not in ("date", "age"):
            yield _apart(*(_number(f"What is the {measure} of {x}?", x) for x in (by["a1"] or by["a2"], by["b"])))
            return
    match = _DIFFERENCE.search(text)
    if match:
        yield _apart(*(_number(f"What is the {match['what']} of {x}?", x) for x in (match["a"], match["b"])))
        return
    match = _MORE.match(text)
    if match:
        other = re.sub(r"^(?:of|in|on|at|for|the) ", "", match["b"].strip())
        one = _named(match["a"], other)
        if one:
            first = f"How {match['many']} {match['a']}?"
            yield _apart(_number(first, one), _number(first.replace(one, other), other))


def _apart(first: Operand, second: Operand) -> Frame:
    return Frame(amount=True, pieces=(first, " - ", second))


def _named(clause: str, other: str) -> str:
    """Return what stands in a clause in the place of `other`: a name for a name, else the same opening word."""
    if other[:1].isupper():
        names = re.findall(r"(?:[A-Z][\w'’-]*)(?: (?:of (?:the )?)?[A-Z][\w'’-]*)*", clause)
        return max(names, key=len, default="")
    head = re.match(r"(?:a|an|the|our|my) ", other)
    found = re.search(rf"\b{head[0]}[a-z-]+(?: [a-z-]+)??(?= |$)", clause) if head else None
    return found[0] if found else ""


def _ratios(text: str) -> Iterator[Frame]:
    match = _RATIO.search(text)
    if not match:
        return
    names = re.search(r"(?:the )?[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*", match["mid"])
    thing = (match["x"] or (names[0] if names else "")).strip()
    if not thing:
        return
    one, verb = match["b"], match["mid"].strip(" ,")
    above = f"How many {match['a']} {verb}?" if not match["x"] else f"How many {match['a']} does {thing} have?"
    below = f"How many {_plural(one)} {'is' if is_known(one) else 'does'} {thing}{'' if is_known(one) else ' have'}?"
    yield Frame(amount=True, pieces=(_number(above, thing), " / ", _number(below, thing)))


def _plural(word: str) -> str:
    return word if word.endswith("s") else f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"


# parts and multiples of one thing


def _parts(text: str) -> Iterator[Frame]:
    match = _PARTS.search(text)
    split = _SPLIT.search(text)
    if match:
        number = _value(match["n"]) if match["n"] else str(_FRACTIONS[match["name"].split()[-1].casefold()])
        thing = match["x"] or match["y"]
    elif split:
        number, thing = _value(split["n"]), split["x"]
    else:
        return
    if number and Decimal(number):
        yield Frame(amount=True, pieces=(_described(thing), f" / {number}"))


def _multiples_said(text: str) -> Iterator[Frame]:
    match = _FOLD.search(text)
    if match:
        yield Frame(amount=True, pieces=(f"{_FOLDS[match['times'].split()[0].casefold()]} * ", _described(match["x"])))
    match = _PERCENT.search(text)
    if match:
        yield Frame(amount=True, pieces=(f"{match['n']} / 100 * ", _described(match["x"])))


def _described(thing: str) -> Operand:
    return _number(f"How much is {thing}?", PATH.sub("", thing))


def _recipes(text: str) -> Iterator[Frame]:
    """A file tells amounts for so many, and the question wants them for another number."""
    path = PATH.search(text)
    wanted = _SERVES.search(text)
    if not path or not wanted or re.match(r"(?:is|are|was|were|does|do)\b", wanted["x"]):
        return
    rate = counts_in(PATH.sub(lambda match: "_" * len(match[0]), text))
    if len(rate) != 1 or not rate[0].noun[-1:].isalpha():
        return
    noun = rate[0].noun.split()[-1]
    item = re.sub(r"^(?:of )?(?:the )?", "", wanted["x"].strip())
    amount = Operand(kind="quantity", ask=f"How much {item} does {path[0]} ask for?", of=item)
    base = Operand(kind="number", ask=f"For how many {noun} is {path[0]}?", of=f"{noun} makes serves for")
    yield Frame(amount=True, pieces=(amount, f" * {rate[0].value} / ", base))


# another unit


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
    yield Frame(
        amount=True, pieces=(Operand(kind="quantity", ask=ask, of=thing, read=f"{x} in {unit}?"), f" in {unit}")
    )
