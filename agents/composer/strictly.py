"""Whether sentences hold the very value that a question asks for, where a source that might know better was not asked.

`fitting` lets pass what its rules do not speak against. Here something has to speak for it: a number beside what is
counted or in a unit of what is measured, a date, a time of day, a weekday, a name that the question does not hold.
"""

from __future__ import annotations

import re
from typing import Final

from questline.agents.tool_executor.asked import Asked
from questline.tools.number_words import in_words
from questline.tools.slot_filling.units import measures
from questline.tools.text import stem, words

from .figures import Figures, figures_of, folded
from .fitting import Wanted, fit_of, wanted_of

__all__ = ["tells_it"]

_COUNTED: Final = re.compile(r"\bhow many (?P<noun>[a-z-]+)", re.IGNORECASE)
_BESIDE: Final = 3
"""Words behind a number among which stands what it counts."""
_SPELLED: Final = re.compile(rf"\b(?P<n>{in_words(1, 12)}|no|none)\b", re.IGNORECASE)
_WHEN: Final = re.compile(
    r"\b(?:when|(?:what|which) (?:year|month|date|day))\b|什么时候|何时|哪[天年月日]", re.IGNORECASE
)
_YEAR: Final = re.compile(r"(?<![\d.,])(?:1\d{3}|20\d{2})(?![\d.,]*\d)")
_NAMED: Final = re.compile(
    r"\b(?:who|whom|whose|where)\b|\b(?:what|which)(?: is| was|'s)? (?:the )?(?:full )?name\b", re.IGNORECASE
)
_NAME: Final = re.compile(r"(?<=[\w,;:(] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*|^[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)+")


def tells_it(asked: Asked, text: str) -> bool:
    """Say whether sentences hold a value of the kind that is asked for; never where the wording names no kind.

    >>> from questline.agents.tool_executor.asked import asked_of
    >>> tells_it(asked_of("How long is the Aurora?"), "The Aurora was christened on 11 May 2019.")
    False
    >>> tells_it(asked_of("How long is the Aurora?"), "The Aurora is 142 m long.")
    True
    """
    wanted, text = wanted_of(asked), folded(text)
    if fit_of(wanted, text) != "fits":
        return False
    figures = figures_of(text)
    match wanted.kind:
        case "weekday" | "time" | "hours" | "day" | "share" | "age":
            return True
        case "number":
            return _counts(asked, text)
        case "amount" | "money":
            return _measured(wanted, figures)
        case _:
            return _of_no_amount(asked, text, figures)


def _counts(asked: Asked, text: str) -> bool:
    """Say whether a number stands right before what is to be counted."""
    if asked.chinese:
        return bool(figures_of(text).numbers)
    counted = _COUNTED.search(asked.text)
    noun = stem(counted["noun"].casefold()) if counted else ""
    places = [*re.finditer(r"(?<![\w.])\d[\d,.]*", text), *_SPELLED.finditer(text)]
    return any(noun in {stem(word) for word in words(text[one.end() :])[:_BESIDE]} for one in places)


def _measured(wanted: Wanted, figures: Figures) -> bool:
    """Say whether a number has a unit of what is asked for; of money it may have its coin ahead."""
    for one in figures.numbers:
        kinds = measures(one.unit.casefold()) if one.unit else frozenset[str]()
        if wanted.kind == "money" and ("money" in kinds or one.unit in ("dollar", "pound", "euro", "yen")):
            return True
        if wanted.kind == "amount" and (wanted.dimensions & kinds):
            return True
    return False


def _of_no_amount(asked: Asked, text: str, figures: Figures) -> bool:
    if _WHEN.search(asked.text):
        return bool(figures.days or figures.clocks or _YEAR.search(text))
    if not _NAMED.search(asked.text):
        return False
    return any(match[0].casefold() not in asked.text.casefold() for match in _NAME.finditer(text))
