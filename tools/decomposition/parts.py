"""The shape of a question, and its parts when it can be decomposed."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from .chains import chain
from .comparison import compared

__all__ = ["Shape", "parallel", "serial", "shape"]

Shape: TypeAlias = Literal["single", "bridge", "comparison", "aggregate"]
_LONGEST: Final = 4
_TWO_ASKED = re.compile(
    r"^(?P<first>(?:who|what|where|when|which|why|how)\b.+?),? and (?P<second>(?:in )?(?:who|what|where"
    r"|when|which|why|how)\b.+)$",
    re.IGNORECASE,
)
_TWO_WORDS = re.compile(
    r"^(?P<a>who|what|where|when|why|how),? and (?P<b>who|what|where|when|why|how) (?P<rest>.+)$", re.IGNORECASE
)
_PLURAL = re.compile(
    r"^(?P<wh>what|who|which) (?P<verb>are|were) the (?P<noun>(?:[a-z]+ )*?[a-z]+s) (?P<of>of|in|for) (?P<list>.+)$",
    re.IGNORECASE,
)
_AGGREGATE = re.compile(
    r"^(?:list|name|enumerate|give)\b|\b(?:how many (?:of|different)|list (?:of|all|the)|all (?:of )?the"
    r"|which of the|who are|what are|total number|on average"
    r"|in total|altogether|combined)\b|分别|哪些|一共|总共|列出|所有",
    re.IGNORECASE,
)


def serial(question: str) -> tuple[str, ...]:
    """Return the hops of `question` in order, ``#1`` standing for the answer of part 1; ``(question,)`` when single.

    A comparison whose sides have hops of their own comes as both chains one after the other, at most 4 parts in all.
    """
    return chain(question)


def parallel(question: str) -> tuple[str, ...]:
    """Return the independent parts of `question` (at most 4): the sides of a comparison, the items of a list."""
    comparison = compared(question)
    if comparison is not None:
        return comparison.parts
    text = " ".join(question.split()).rstrip(" ?？.。")
    return _two_words(text) or _two_questions(text) or _listed(text) or (question,)


def shape(question: str) -> Shape:
    """Say how `question` is built: one fact, one hop after another, two things compared, or several facts gathered."""
    if compared(question) is not None:
        return "comparison"
    if len(serial(question)) > 1:
        return "bridge"
    if len(parallel(question)) > 1 or _AGGREGATE.search(question):
        return "aggregate"
    return "single"


def _two_words(text: str) -> tuple[str, ...]:
    match = _TWO_WORDS.match(text)
    if match is None:
        return ()
    rest = match.group("rest")
    return tuple(f"{match.group(side).capitalize()} {rest}?" for side in ("a", "b"))


def _two_questions(text: str) -> tuple[str, ...]:
    match = _TWO_ASKED.match(text)
    if match is None:
        return ()
    first, second = match.group("first"), match.group("second")
    if len(second.split()) < 4:  # "and what year": it leans on the first
        made = re.match(r"who (?P<verb>[a-z]+ed) (?P<thing>.+)$", first, re.IGNORECASE)
        if made:
            return f"{first}?", f"{second[0].upper()}{second[1:]} was {made.group('thing')} {made.group('verb')}?"
        about = re.sub(r"^\w+ (?:is |are |was |were |did |does |do )?", "", first, count=1)
        return f"{first}?", f"{second[0].upper()}{second[1:]} {about}?"
    subject = re.sub(r"^\w+ (?:is |are |was |were |did |does |do |has |have )?", "", first, count=1)
    second = re.sub(r"\b(?:it|they|he|she)\b", lambda _: subject, second, count=1)
    second = re.sub(r"\b(?:its|their|his|her)\b", lambda _: subject + "'s", second, count=1)
    return f"{first}?", f"{second[0].upper()}{second[1:]}?"


def _listed(text: str) -> tuple[str, ...]:
    match = _PLURAL.match(text)
    if match is None:
        return ()
    items = [item.strip() for item in re.split(r",\s*(?:and )?| and ", match.group("list")) if item.strip()]
    if not 2 <= len(items) <= _LONGEST or not all(item[0].isupper() for item in items):
        return ()
    noun = match.group("noun")
    one = noun[:-3] + "y" if noun.endswith("ies") else noun[:-1]
    verb = "is" if match.group("verb").lower() == "are" else "was"
    return tuple(f"{match.group('wh').capitalize()} {verb} the {one} {match.group('of')} {item}?" for item in items)
