"""What is noted of a question about one source, and the columns that its words may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from questline.tools.text import CJK, normalize, stem

from .lexicon import FORMS, NAMES, QUANTITIES
from .sources import Field, Source
from .units import UNITS
from .wording import Sheet

__all__ = [
    "Condition",
    "How",
    "Mention",
    "Notes",
    "Ranked",
    "Superlative",
    "Times",
    "Token",
    "about",
    "called",
    "chinese",
    "likely",
    "tokens",
]

_WORD: Final = re.compile(r"[a-z0-9](?:[a-z0-9.]*[a-z0-9])?")
_CJK: Final = re.compile(f"[{CJK}]")
How = Literal["name", "cue", "near"]
_DAYS: Final = frozenset({"start", "joining"})
"""Concepts that happen on a day, not at a time of each day."""
_MEASURING: Final = {
    "distance": ("length", 1000.0), "weight": ("mass", 0.0), "speed": ("speed", 0.0), "area": ("area", 0.0),
}  # fmt: skip
"""Concept → what the unit of its column measures, and the least one in basic units; where no name tells."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a question that is not Chinese."""

    text: str
    start: int
    end: int

    @property
    def stem(self) -> str:
        """Its stem."""
        return stem(FORMS.get(self.text, self.text))


@dataclass(slots=True, kw_only=True)
class Mention:
    """Words that mean a column, or one of several."""

    start: int
    end: int
    word: str
    fields: tuple[Field, ...]
    """The likelier first."""
    how: How
    bound: bool = False
    """Whether it has its place in the reading."""
    optional: bool = False
    """Whether it has a place without a column too: it means the rows."""

    def first(self, fits: Callable[[Field], bool]) -> Field | None:
        """Return the likeliest column that fits."""
        return next(filter(fits, self.fields), None)


@dataclass(slots=True, kw_only=True)
class Condition:
    """A condition on rows."""

    start: int
    end: int
    field: Field
    sql: str
    said: str
    literals: tuple[str, ...] = ()
    """Of an equality: the values, as SQL writes them."""
    negated: bool = False
    unclear: bool = False
    """Whether one of the values is meant and the question does not say which: all of them are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """A number of things or periods that a price is asked for: "for 3 nights", "4 chairs"."""

    number: str
    """As SQL writes it."""
    period: str = ""
    """Stem of the unit of time; empty where things are counted."""


@dataclass(slots=True, kw_only=True)
class Superlative:
    """The rows that hold the most or the least."""

    start: int
    end: int
    field: Field
    down: bool
    """Whether the greatest is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The most or the fewest rows: "which town has the most members"."""

    start: int
    end: int
    down: bool


@dataclass(slots=True, kw_only=True)
class Notes:
    """What is understood of a question so far."""

    sheet: Sheet
    source: Source
    today: date | None
    mentions: list[Mention] = field(default_factory=list[Mention])
    conditions: list[Condition] = field(default_factory=list[Condition])
    superlatives: list[Superlative] = field(default_factory=list[Superlative])
    nouns: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """Where a word means a row of a table: start, end, table."""
    times: Times | None = None
    """What number the asked quantity is taken times."""
    per: Field | None = None
    """The column that the asked quantity is divided by."""
    difference: int = 0
    """Whether the first of two rows less the second is wanted (1), or the second less the first (-1)."""
    unit: str = ""
    """The unit that the asked quantity is wanted in."""
    place: int = 1
    """Which from the top or the bottom a superlative means."""
    weekday: bool = False
    """Whether the day of the week of the asked date is wanted."""
    rate: str = ""
    """The period that the asked quantity is wanted for: ``week`` of "per week"."""
    unrated: str = ""
    """A period in the question that no column's values are for."""
    kind: str = ""
    """The kind of the word that asks."""
    ranked: Ranked | None = None
    """The groups that hold the most or the fewest rows are wanted."""
    order: tuple[Field, bool] | None = None
    """The column that rows are listed by, and whether the greatest comes first."""
    confidence: float = 1.0
    score: float = 0.0
    """How much of the question the source explains by itself: values count most, then names."""

    def free(self, start: int, end: int) -> bool:
        """Say whether a place is not understood yet."""
        return not any(self.sheet.used[start:end])

    def take(self, start: int, end: int, *, score: float = 0.0, sure: float = 1.0) -> None:
        """Mark a place as understood."""
        self.sheet.mark(start, end)
        self.score += score
        self.confidence *= sure

    def mention(self, start: int, end: int, fields: tuple[Field, ...], how: How) -> None:
        """Note that a place means one of some columns."""
        self.mentions.append(Mention(start=start, end=end, word=self.sheet.text[start:end], fields=fields, how=how))

    def open(self) -> list[Mention]:
        """Return the mentions without a place in the reading, in their order."""
        return sorted((each for each in self.mentions if not each.bound), key=lambda each: each.start)

    def one_row(self, condition: Condition) -> bool:
        """Say whether a condition means one row: one value that no two rows hold."""
        if len(condition.literals) != 1 or condition.negated:
            return False
        field, ask = condition.field, self.source.ask
        if field.unique or field not in self.source.identity or ask is None:
            return field.unique
        where = f"{field.sql} = {condition.literals[0]}"
        return ask(f"SELECT count(*) FROM {self.source.sql} WHERE {where}").rows == ((1,),)  # noqa: S608 because names are quoted

    def near(self, start: int, end: int, fits: Callable[[Field], bool], *, ahead: bool = True) -> Mention | None:
        """Return the last mention before a place that may mean a fitting column, else the first behind it."""
        fitting = [each for each in self.mentions if each.first(fits)]
        before = [each for each in fitting if each.end <= start]
        behind = [each for each in fitting if each.start >= end]
        if before:
            return max(before, key=lambda each: (not each.bound, each.end))
        return min(behind, key=lambda each: each.start) if behind and ahead else None

    def of(self, condition: Condition) -> None:
        """Add a condition; the mentions of its column have their place with it."""
        self.conditions.append(condition)

    def settle(self) -> None:
        """Give a place to the mentions that speak of columns which have conditions or superlatives."""
        used = {each.field.sql for each in (*self.conditions, *self.superlatives)}
        for mention in self.mentions:
            if not mention.bound and any(each.sql in used for each in mention.fields):
                mention.bound = True


def tokens(text: str) -> list[Token]:
    """Return the words of a normalized text that are not Chinese."""
    return [Token(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]


def chinese(text: str) -> bool:
    """Say whether a text holds a Chinese character."""
    return bool(_CJK.search(text))


def about(concepts: Iterable[str], fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the columns that are about concepts, those of the first concept first."""
    found: dict[str, Field] = {}
    for concept in concepts:
        for each in fields:
            if (concept in QUANTITIES and each.temporal) or (concept in _DAYS and each.kind == "time"):
                continue
            if concept == "duration" and each.rate:
                continue  # hours of a week are how much, not how long
            named = [*each.words, each.unit] if len(each.words) == 1 and each.words[0] == each.unit else each.words
            if (
                _within(concept, each)
                or any(word in NAMES[concept] for word in [*named, normalize(each.name)])
                or (concept in {"price", "sum"} and each.unit in {"eur", "usd", "gbp", "cny"} and each.kind == "number")
            ):
                found.setdefault(each.sql, each)
        if not found and concept in _MEASURING:
            kind, least = _MEASURING[concept]
            fitting = [each for each in fields if each.measured and each.unit and _sized(each.unit, kind, least)]
            if len(fitting) == 1:
                found[fitting[0].sql] = fitting[0]
    return tuple(found.values())


def likely(concepts: Sequence[str], fields: Sequence[Field]) -> float:
    """Return what a cue explains: the likelier the concept that the columns are about, the more."""
    place = next((place for place, each in enumerate(concepts) if about((each,), fields)), 2)
    return 0.8 - 0.2 * min(place, 2)


def _sized(unit: str, kind: str, least: float) -> bool:
    own, size = UNITS[unit]
    return own == kind and size >= least


def _within(concept: str, field: Field) -> bool:
    """Say whether a Chinese name of a column holds a word of a concept, as 出版年份 holds 出版."""
    if not chinese(field.name):
        return False
    return any(len(word) > 1 and chinese(word) and word in field.name for word in NAMES[concept])


def called(word: str, fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the columns that have a word (a stem) in their names: the whole name first, then the shortest."""
    named = [each for each in fields if word in each.words]
    return tuple(sorted(named, key=lambda each: (each.key, len(each.words))))
