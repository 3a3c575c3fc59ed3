"""Several amounts in one: "what would a roll and 2 spoons cost", "the total length of A and B".

Each term becomes a plain question of its own. What is neither a number nor a thing in such a list (a fee that is
included, a year) makes no sum: the frame then has a gap without a thing, and nothing is worked out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.units import measures

from .counted import single
from .operands import Frame, Operand, number_of
from .patterns import CAPITALS, without_end
from .priced import ALTERED, PRICE, TOGETHER, after_verb, subject, terms_of
from .told_of import is_named

__all__ = ["summed"]

_NAME: Final = rf"(?:(?:[Tt]he|[Oo]ur|[Mm]y) )?{CAPITALS}"
_THING: Final = rf"(?:{_NAME}|(?:the|our|my|a|an) [a-z-]+)"
_LIST: Final = rf"{_THING}(?:, {_THING})*,? and {_THING}"
_WORDS: Final = r"(?:,? (?:together|altogether|in total|in all|combined|all in all))?"
_HOW: Final = re.compile(
    rf"^(?i:(?:and |so )?how (?P<how>(?:many|much) [a-z]+(?: [a-z]+)?|heavy|long|far|big|tall|high|deep|wide)"
    rf" (?P<aux>do|did|are|were|have|is|does)) (?P<list>{_LIST})(?P<rest>[^,?]*?){_WORDS}$"
)
_OF: Final = re.compile(
    rf"^(?i:(?:and |so )?(?:what|how much)(?:['’]s| is| are| was| were) the (?P<all>total |combined |joint )?"
    rf"(?P<what>[a-z]+(?: [a-z]+)?) of) (?P<list>{_LIST}){_WORDS}$"
)
_TWO: Final = re.compile(
    r"^(?:and |so )?(?:how (?:many|much)|what(?:['’]s| is| are) the)\b.* (?:and|plus) ", re.IGNORECASE
)
_ONE: Final = {"do": "does", "are": "is", "were": "was", "have": "has"}
_SUM: Final = frozenset(("cost", "price", "total", "sum", "bill"))
_ITEMS: Final = re.compile(r",? and |, ")
_ASKS: Final = re.compile(r"(?:what|wat|how|which|who|when|where|do|does|is|are|can|will)\b", re.IGNORECASE)
_LONGEST: Final = 10
"""Words of one thing."""


def summed(text: str) -> Iterator[Frame]:
    """Yield how a sum is worked out; nothing where a text asks for none."""
    plain = without_end(text)
    together = TOGETHER.search(plain) is not None
    how, of = _HOW.match(plain), _OF.match(plain)
    if how and together:
        aux = _ONE.get(how["aux"].casefold(), how["aux"].casefold())
        yield _added(
            [(1, number_of(f"How {how['how']} {aux} {x}{how['rest']}?", x)) for x in _ITEMS.split(how["list"])]
        )
    elif of and (together or of["all"]) and of["what"].casefold() not in _SUM:
        what = single(of["what"])
        yield _added([(1, number_of(f"What is the {what} of {x}?", x)) for x in _ITEMS.split(of["list"])])
    else:
        prices = _prices(plain, together=together) if PRICE.search(plain) else None
        if prices is not None:
            yield prices
        elif together and _TWO.search(plain):  # a sum, and nobody knows of what
            yield Frame(amount=True, pieces=(number_of(f"{plain}?", ""),))


def _prices(text: str, *, together: bool) -> Frame | None:
    thing = subject(text)
    more = after_verb(text)
    if re.match(r" (?:plus|and|with) ", more):
        thing, more = f"{thing}{more}", ""
    terms = terms_of(thing)
    counted = re.match(r"(?:\d|an? )", thing) or any(count > 1 for count, _ in terms)
    if len(terms) < 2 or not (together or counted):
        return None
    if any(len(term.split()) > _LONGEST or _ASKS.match(term) for _, term in terms):
        return None
    altered = ALTERED.search(f"{' '.join(term for _, term in terms)}{more}")
    pieces: list[tuple[int, Operand | str]] = []
    for count, term in terms:
        given = numbers_in(term)
        if given and given[0].start == 0 and "money" in measures(given[0].unit):  # "plus 5 pounds postage"
            pieces.append((count, str(given[0].value)))
            continue
        if count > 1 and measures(term.split()[0].casefold()) & {"money"}:
            pieces.append((1, str(count)))
            continue
        item = single(term) if count > 1 else term
        known = is_named(item) and not altered
        pieces.append((count, number_of(f"How much does one {item} cost{more}?", item if known else "")))
    return _added(pieces)


def _added(terms: Sequence[tuple[int, Operand | str]]) -> Frame:
    pieces: list[str | Operand] = []
    text = ""
    for place, (count, term) in enumerate(terms):
        text += f"{' + ' if place else ''}{f'{count} * ' if count > 1 else ''}"
        if isinstance(term, str):
            text += term
            continue
        pieces += [text, term] if text else [term]
        text = ""
    return Frame(amount=True, pieces=(*pieces, text) if text else tuple(pieces))
