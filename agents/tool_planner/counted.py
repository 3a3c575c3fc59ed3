"""How many of what a question counts: "seven bottles of Midwinter", "for 4 days", "for the five of us"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from questline.tools.mathematics.unit_table import is_known
from questline.tools.slot_filling.numbers import numbers_in

from .literals import Literals

__all__ = ["TIMES", "Counted", "counts_in", "plural", "single"]

_RATE: Final = re.compile(r"\bfor (?:the |all )?$", re.IGNORECASE)
_US: Final = re.compile(r"\s+of (?:us|them|you)\b", re.IGNORECASE)
_STOP: Final = re.compile(
    r"\s+(?:costs?|cost|comes?|be|do|does|did|would|will|make|makes|set|take|takes|weigh|weighs|have|has|need|needs|for"
    r"|please|pls|together|altogether|that|which|who|with|using|going|is|are|was|were|when|if|on|by|as|stand|stands|give|gives)\b|\s+and\b"
    r"|\s*[,?.!;:](?!\w)|\s*$",
    re.IGNORECASE,
)
_NO_COUNT: Final = re.compile(r"\s*(?:%|per ?cent\b|o'clock|am\b|pm\b|th\b|[/:.-]\d)|\s*-", re.IGNORECASE)
_OF: Final = re.compile(r"\s+(?:of|at|in|from|to|for)\s+", re.IGNORECASE)
_NAMED: Final = re.compile(r"\b(?:in|since|until|by|order|no\.?|number|room|sailing|ride|trip|of) $", re.IGNORECASE)
TIMES: Final = frozenset(
    f"{unit}{end}" for unit in ("day", "night", "week", "month", "hour", "year") for end in ("", "s")
)


_SPECIAL: Final = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "loaves": "loaf", "halves": "half",
    "knives": "knife", "shelves": "shelf", "geese": "goose", "mice": "mouse",
}  # fmt: skip
_OPENS: Final = re.compile(
    r"(?:^|\b(?:do|does|did|would|will|is|are|was|were|of|for|and|plus)) (?:the )?$|^$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A number of things."""

    value: int
    noun: str
    """What is counted, as it is said; ``person`` for "of us"."""
    start: int
    end: int
    """One past the noun of a rate, else past the whole phrase."""
    rate: bool
    """It says for how many or how long, and not how many are bought."""


def counts_in(text: str, *, least: int = 2, times: bool = False) -> list[Counted]:
    """Return the counts of a text, whole numbers of `least` and more; no day, time, path, unit of measure or year.

    Args:
        text: One need.
        least: Smaller numbers count nothing.
        times: What opens a question may be a stretch of time that is bought: "what do 3 nights in the barn cost".
    """
    said = Literals(text)
    taken = [(one.start, one.end) for one in (*said.days, *said.times, *said.paths, *said.formulas)]
    found: list[Counted] = []
    for one in numbers_in(text):
        if one.ordinal or not isinstance(one.value, int) or not least <= one.value < 100_000:
            continue
        if any(start < one.end and one.start < end for start, end in taken) or _NO_COUNT.match(text, one.end):
            continue
        rate = bool(_RATE.search(text[: one.start]))
        if not rate and (_NAMED.search(text[: one.start]) and not re.search(r"\bgroup of $", text[: one.start])):
            continue
        end = one.start + len(text[one.start : one.end].rstrip())
        us = _US.match(text, end)
        if us:
            found.append(Counted(value=one.value, noun="person", start=one.start, end=us.end(), rate=True))
            continue
        stop = _STOP.search(text, end)
        phrase = text[end : stop.start() if stop else len(text)].strip()
        if not re.match(r"[A-Za-z]", phrase):
            continue
        noun = phrase.split()[0] if rate and phrase.split()[0].casefold() in TIMES else phrase
        head = _OF.split(noun)[0].split()[-1]
        measured = is_known(noun.split()[0]) and noun.split()[0].casefold() not in TIMES
        if measured and " of " not in noun:  # "3 cups of tea" are bought, "3 km" are not
            continue
        if not rate and (
            (head.casefold() in TIMES and not (times and _OPENS.search(text[: one.start])))
            or not (one.value == 1 or head.endswith("s") or _irregular(head) or phrase[:1].isupper())
        ):
            continue
        found.append(Counted(value=one.value, noun=noun, start=one.start, end=end + 1 + len(noun), rate=rate))
    return found


def _irregular(noun: str) -> bool:
    return noun.casefold() in ("people", "children", "men", "women", "loaves", "geese", "mice", "feet") or (
        noun[:1].isupper()
    )


def single(phrase: str) -> str:
    """Return a phrase of several things as one of them: ``bottles of Old Hat`` as ``bottle of Old Hat``."""
    joint = _OF.search(phrase)
    head, tail = (phrase[: joint.start()], phrase[joint.start() :]) if joint else (phrase, "")
    *before, last = head.split()
    return " ".join([*before, _one(last)]) + tail


def plural(noun: str) -> str:
    """Return the plural of a noun; one that is a plural stays."""
    for several, one in _SPECIAL.items():
        if noun == one:
            return several
    if noun.endswith(("ss", "x", "ch", "sh")):
        return f"{noun}es"
    return noun if noun.endswith("s") else f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"


def _one(noun: str) -> str:
    if noun.casefold() in _SPECIAL:
        return _SPECIAL[noun.casefold()]
    if noun[:1].isupper() or noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return f"{noun[:-3]}y"
    if noun.endswith(("ches", "shes", "xes", "sses")):
        return noun[:-2]
    return noun.removesuffix("s")
