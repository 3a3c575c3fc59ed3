"""The words of a question as the linker reads them: with their places, their stems, and what their form alone tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from questline.tools.calendar_words import MONTHS, WEEKDAYS
from questline.tools.number_words import NUMBERS
from questline.tools.tables.lexicon import ADJECTIVES, degrees
from questline.tools.tables.notes import Token
from questline.tools.tables.units import UNITS
from questline.tools.tables.wording import Sheet
from questline.tools.text import STOPWORDS, normalize

__all__ = ["FORMS", "Word", "is_month", "is_number", "is_order", "is_time", "marks", "pieces", "shape", "split"]

_WORD: Final = re.compile(r"[^\W_]+(?:[.,:/-]\d+)*|[€$£%]")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_ORDER: Final = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
_TIME: Final = re.compile(r"\d{1,2}:\d{2}(?:[ap]m)?|\d{1,2}[ap]m")
_DATE: Final = re.compile(r"\d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?")
_MONTHS: Final = {name.casefold() for name in MONTHS} | {name[:3].casefold() for name in MONTHS} | {"sept"}
_UNSURE_MONTHS: Final = {"may", "march", "mar", "jun", "dec", "jan"}
_DAYS: Final = frozenset(map(str.casefold, WEEKDAYS))
_NOT: Final = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "except",
        "excluding",
        "nor",
        "t",
        "isnt",
        "arent",
        "dont",
        "doesnt",
        "hasnt",
        "havent",
        "none",
    ]
)
_MORE: Final = frozenset(
    [
        "more",
        "over",
        "above",
        "least",
        "exceeding",
        "bigger",
        "greater",
        "higher",
        "larger",
        "longer",
        "older",
        "after",
        "since",
    ]
)
_LESS: Final = frozenset(
    ["less", "under", "below", "most", "fewer", "smaller", "lower", "shorter", "younger", "before", "until", "by"]
)
_MOST: Final = frozenset(["most", "least", "best", "worst", "latest", "last", "earliest", "first", "newest", "top"])
_ALL: Final = frozenset(["altogether", "total", "combined", "sum", "overall"])
_MEAN: Final = frozenset(["average", "mean", "avg", "typical", "typically"])
_WHO: Final = ("who", "whom", "whose", "when", "where", "which", "what", "how", "many", "much", "why")

FORMS: Final = 36
"""How many numbers `shape` tells of a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a question."""

    text: str
    """Normalized."""
    cased: str
    start: int
    end: int
    stem: str

    @property
    def telling(self) -> bool:
        """Whether it is no word that any question may hold."""
        return self.text not in STOPWORDS and len(self.text) > 1


def split(sheet: Sheet) -> list[Word]:
    """Return the words of a question, with their places in its normalized text."""
    found: list[Word] = []
    for match in _WORD.finditer(sheet.text):
        start, end = match.span()
        token = Token(match.group(), start, end)
        found.append(Word(text=token.text, cased=sheet.cased[start:end], start=start, end=end, stem=token.stem))
    return found


def is_number(text: str) -> bool:
    """Say whether a word is a number in digits or letters."""
    return bool(_NUMBER.fullmatch(text)) or text in NUMBERS


def is_month(text: str) -> bool:
    """Say whether a word names a month."""
    return text in _MONTHS


def is_order(text: str) -> bool:
    """Say whether a word is a day of a month, such as ``3rd``."""
    return bool(_ORDER.fullmatch(text))


def is_time(text: str) -> bool:
    """Say whether a word is a time of the day."""
    return bool(_TIME.fullmatch(text))


@lru_cache(maxsize=1)
def marks() -> dict[str, tuple[tuple[str, ...], int, int]]:
    """Return each form of an adjective → its concepts, its direction, and whether it compares (1) or tops (2)."""
    found: dict[str, tuple[tuple[str, ...], int, int]] = {}
    for plain, (concepts, way) in ADJECTIVES.items():
        more, most = degrees(plain)
        found[most] = (concepts, way, 2)
        found[more] = (concepts, way, 1)
        found[plain] = (concepts, way, 0)
    return found


def shape(spoken: list[Word], place: int) -> list[float]:
    """Return what the form of a word tells, `FORMS` numbers."""
    word = spoken[place]
    text = word.text
    grade = marks().get(text, ((), 0, -1))
    ending = len(text) > 4
    told = [
        bool(_NUMBER.fullmatch(text)),
        text in NUMBERS,
        bool(_ORDER.fullmatch(text)),
        bool(_TIME.fullmatch(text)),
        bool(_DATE.fullmatch(text)),
        text in _MONTHS and text not in _UNSURE_MONTHS,
        text in _UNSURE_MONTHS,
        text in _DAYS,
        bool(re.fullmatch(r"(?:19|20)\d\d", text)),
        text in UNITS,
        text in STOPWORDS,
        text in _NOT,
        text in _MORE,
        text in _LESS,
        text in _MOST,
        text in _ALL,
        text in _MEAN,
        ending and text.endswith("est"),
        ending and text.endswith("er"),
        grade[2] == 0,
        grade[2] == 1,
        grade[2] == 2,
        float(grade[1]),
        text == "than",
        word.cased != text and place > 0,
        place == 0,
        place == len(spoken) - 1,
        min(place / 20, 1.0),
    ]
    before = spoken[place - 1].text if place else ""
    told.append(before == "how")
    asked = next((number for number, each in enumerate(_WHO, start=1) if each == text), 0)
    told += [
        asked == 1 or asked == 2,
        asked == 3,
        asked == 4,
        asked == 5,
        asked in (6, 7),
        asked == 8,
        asked in (9, 10),
    ]
    return list(map(float, told))


def pieces(text: str) -> tuple[str, ...]:
    """Return the words of a text, cut as those of a question are."""
    return tuple(_WORD.findall(normalize(text)))
