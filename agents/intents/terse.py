"""Terse further questions: "Which plants are in the fern house, and how many?", "price of the kiln? and how heavy"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from questline.tools.tool_retrieval.intents import asks

from .clause import Clause
from .closed_words import WH
from .comparisons import members_of
from .ellipsis import NAME, is_ellipsis, resumed

__all__ = ["completed", "terse_marks", "with_tails"]

_TAIL: Final = re.compile(
    r"[,?？]?\s+(?:and|also|plus)(?:\s+also)?,?\s+"
    r"(?P<tail>how (?:many|much|[a-z]{3,8})|by how (?:much|many [a-z]\w*))[\s?？.!]*$",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    r"^(?:(?:and|also|plus),?\s+)?(?P<tail>how (?:many|much|[a-z]{3,8})|by how (?:much|many [a-z]\w*))[\s?？.!]*$",
    re.IGNORECASE,
)
_MORE: Final = re.compile(r"\b(?:more|less) \w+|\b\w{2,}er\b", re.IGNORECASE)
_NO_MEASURE: Final = frozenset(["come", "else", "about", "exactly", "often", "soon"])
_LISTS: Final = re.compile(
    r"^(?:which|what|(?:please )?(?:list|name|show|show me|give me|tell me)(?: all| the| all the)?)"
    r" (?P<rest>[a-z]\w+ .+)$",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(rf"\b(?P<x>(?:the|our|my|your) \w[\w'’-]*(?: \w[\w'’-]*){{0,3}}|{NAME})$")
_MARK: Final = re.compile(rf"[?？]\s+(?=(?:(?:and|also|plus)\b,?\s+)?(?:{WH}\b|(?P<link>and\s+)))", re.IGNORECASE)
_ONE: Final = re.compile(r" one$")
_TWO: Final = 2
_FEWEST: Final = 2


def completed(before: str, tail: str) -> str:
    """Return the whole question that a terse tail stands for after `before`; empty where it cannot be told.

    >>> completed("Which plants are in the fern house", "how many")
    'how many plants are in the fern house'
    >>> completed("price of the kiln", "how heavy")
    'how heavy is the kiln'
    >>> completed("Which is dearer, the kiln or the oven", "by how much")
    'by how much is the kiln dearer than the oven'
    """
    before = before.strip(" ,.?？!")
    if tail.casefold().startswith("by "):
        both = [before[start:end] for start, end in members_of(before)]
        both = [_ONE.sub(f" {both[0].split()[-1]}", one) for one in both]
        more = _MORE.search(before)
        plain = tail if tail.replace(" ", "").isalpha() else "by how much"
        return f"{plain} is {both[0]} {more[0]} than {both[1]}" if more and len(both) == _TWO else ""
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
        tail = _TAIL.search(f"{before}? {after}?")
        if tail is not None and not completed(before, tail["tail"]):
            whole = False
        if whole and tail is None and len(before.split()) >= _FEWEST and not asks(before):
            yield mark.end()
            start = mark.end()


def with_tails(clauses: Sequence[Clause], text: str) -> list[Clause]:
    """Return clauses with each ellipsis marked, and each terse tail apart and completed from what stands before it."""
    whole: list[Clause] = []
    for clause in clauses:
        body = text[clause.start : clause.end]
        alone = _ALONE.match(body) if whole else None
        tail = _TAIL.search(body) if not clause.kind else None
        if whole and is_ellipsis(body):
            whole.append(replace(clause, rule="ellipsis"))
        elif alone and (asked := completed(whole[-1].text or text[whole[-1].start : whole[-1].end], alone["tail"])):
            whole.append(replace(clause, rule="ellipsis", text=asked))
        elif tail and (asked := completed(body[: tail.start()], tail["tail"])):
            whole.append(replace(clause, end=clause.start + tail.start()))
            start, end = tail.span("tail")
            whole.append(Clause(start=clause.start + start, end=clause.start + end, rule="ellipsis", text=asked))
        else:
            whole.append(clause)
    return whole
