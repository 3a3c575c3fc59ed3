"""Readings of a need that what was found for it suggests: the sum that leads from there to what is asked.

A file tells the quarterly rent, and the question wants it for a month; it tells when a machine was serviced last, and
how often it has to be, and the question is when it is due. Nothing of the file is taken on trust: the reading only says
what is to be looked up and worked out, and the answer is held against its sources as any other.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import content_terms

__all__ = ["due_again", "for_another_time", "path_in"]

_PATH: Final = re.compile(r"(?<![\w/])(?:[\w.-]+/)*[\w-]+\.[A-Za-z]\w{1,5}(?!\w)")
_DUE: Final = re.compile(
    r"\b(?:when|(?:which|what) (?:date|day))\b.*\b(?:next|due|again|falls? due|run(?:s)? out)\b"
    r"|\bnext (?:service|check|test"
    r"|inspection|visit|change)\b",
    re.IGNORECASE,
)
_DUE_WORDS: Final = frozenset(
    content_terms(
        "date day next due again have going according serviced checked tested inspected service check test file see"
    )
)
_EVERY: Final = re.compile(
    r"(?P<name>[a-z_]*(?:every|interval|each|period)[a-z_]*?)_?(?P<unit>days|weeks|months|years)\"?\s*[:=]\s*\"?(?P<n>\d{1,4})\b"
    r"|\b(?:every|each) (?P<n2>\d{1,4}) (?P<unit2>days|weeks|months|years)\b",
    re.IGNORECASE,
)
_LAST: Final = re.compile(
    r"(?P<name>\b(?:last|latest|previous)[_ ][a-z_]+|\b[a-z_]+_(?:last|on|date))\"?\s*[:=]\s*\"?\d{4}-\d{2}-\d{2}",
    re.IGNORECASE,
)
_FOR_ONE: Final = re.compile(r"\b(?:per|each|every|an?) (?P<to>quarter|month|week|day)\b", re.IGNORECASE)
_OF_A: Final = re.compile(r"\b(?P<of>yearly|annual|quarterly|weekly|fortnightly) (?P<x>[a-z]+)\b", re.IGNORECASE)


def path_in(text: str) -> str:
    """Return the first file that a text names; empty where it names none."""
    match = _PATH.search(text)
    return match[0] if match else ""


def due_again(need: str, told: str) -> str:
    """Return the question for the day on which something is due again; empty where what was found does not tell.

    >>> due_again("When is the boiler due next? See a/b.json", '{"last_checked": "2030-01-05","
        " "check_every_months": 6}')
    'which date is 6 months after the last_checked in a/b.json?'
    """
    path = path_in(need)
    every, last = _EVERY.search(told), _LAST.search(told)
    if not path or every is None or last is None or not _DUE.search(need):
        return ""
    if not _of_it(need, path, told, f"{every[0]} {last[0]}"):
        return ""
    count, unit = every["n"] or every["n2"], every["unit"] or every["unit2"]
    return f"which date is {count} {unit.casefold()} after the {last['name']} in {path}?"


def _of_it(need: str, path: str, told: str, names: str) -> bool:
    """Say whether what was found speaks of what is asked about: a van, and not the mixer of the file."""
    plain = need.replace(path, " ")
    asked = {one for one in content_terms(plain) if one not in _DUE_WORDS} - set(content_terms(names.replace("_", " ")))
    return not asked or bool(asked & set(content_terms(f"{told} {path}".replace("_", " ").replace("/", " "))))


def for_another_time(need: str, told: str) -> str:
    """Return the question for an amount of another stretch of time than it was found for; empty where it is the same.

    >>> for_another_time("what does the fee in a/b.txt come to a month", "The yearly fee is 84 pounds.")
    'how much a month is the yearly fee in a/b.txt?'
    """
    path, to, of = path_in(need), _FOR_ONE.search(need), _OF_A.search(told)
    if not path or to is None or of is None or of["x"].casefold() not in need.casefold():
        return ""
    return f"how much a {to['to'].casefold()} is the {of['of'].casefold()} {of['x']} in {path}?"
