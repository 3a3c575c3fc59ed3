"""Terse further questions: "Which plants are in the fern house, and how many?", "price of the kiln? and how heavy"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.tool_retrieval.intents import asks

from .ellipsis import NAME, is_ellipsis, resumed
from .joining import WH

__all__ = ["completed", "terse_alone", "terse_marks", "terse_tail"]

_TAIL: Final = re.compile(
    r"[,?？]?\s+(?:and|also|plus)(?:\s+also)?,?\s+(?P<tail>how (?:many|much|[a-z]{3,8}))[\s?？.!]*$", re.IGNORECASE
)
_ALONE: Final = re.compile(
    r"^(?:(?:and|also|plus),?\s+)?(?P<tail>how (?:many|much|[a-z]{3,8}))[\s?？.!]*$", re.IGNORECASE
)
_NO_MEASURE: Final = frozenset(["come", "else", "about", "exactly", "often", "soon"])
_LISTS: Final = re.compile(
    r"^(?:which|what|(?:please )?(?:list|name|show|show me|give me|tell me)(?: all| the| all the)?)"
    r" (?P<rest>[a-z]\w+ .+)$",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(rf"\b(?P<x>(?:the|our|my|your) \w[\w'’-]*(?: \w[\w'’-]*){{0,3}}|{NAME})$")
_MARK: Final = re.compile(rf"[?？]\s+(?=(?:(?:and|also|plus)\b,?\s+)?(?:{WH}\b|(?P<link>and\s+)))", re.IGNORECASE)
_FEWEST: Final = 2


def terse_tail(text: str) -> re.Match[str] | None:
    """Match a tail such as ", and how many?"; its group ``tail`` is the further question."""
    return _TAIL.search(text)


def terse_alone(text: str) -> str:
    """Return the further question that a text is and nothing else ("and how many"), empty where it is more."""
    match = _ALONE.match(text)
    return match["tail"] if match else ""


def completed(before: str, tail: str) -> str:
    """Return the whole question that a terse tail stands for after `before`; empty where it cannot be told.

    >>> completed("Which plants are in the fern house", "how many")
    'how many plants are in the fern house'
    >>> completed("price of the kiln", "how heavy")
    'how heavy is the kiln'
    """
    before = before.strip(" ,.?？!")
    measure = tail.casefold().rpartition(" ")[2]
    if measure == "many":
        listed = _LISTS.match(before)
        return f"how many {listed['rest']}" if listed else ""
    subject = _SUBJECT.search(before)
    if measure in _NO_MEASURE or measure == "much" or subject is None:
        return ""
    return f"how {measure} is {subject['x']}"


def terse_marks(text: str) -> Iterator[int]:
    """Yield where a further question begins behind the mark of one without a verb ("day rate? and how many gears")."""
    start = 0
    for mark in _MARK.finditer(text):
        before, after = text[start : mark.start()].strip(), text[mark.end() :].strip(" ?？.!")
        whole = not mark["link"] or (is_ellipsis(after) and bool(resumed(before, after)))
        tail = terse_tail(f"{before}? {after}?")
        if tail is not None and not completed(before, tail["tail"]):
            whole = False
        if whole and tail is None and len(before.split()) >= _FEWEST and not asks(before):
            yield mark.end()
            start = mark.end()
