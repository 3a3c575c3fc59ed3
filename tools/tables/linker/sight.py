"""A table as the linker sees it: each column with its spelled-out name, its cells and its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from questline.tools.tables.lexicon import PLACES
from questline.tools.tables.persons import is_person
from questline.tools.tables.sources import Field, Source
from questline.tools.tables.units import MONEY, UNITS
from questline.tools.tables.wording import PARTS
from questline.tools.text import normalize, stem

from .spoken import pieces

__all__ = ["KINDS", "Cell", "Column", "View"]

_KINDS: Final = ("text", "number", "date", "month", "year", "time", "flag", "other")
KINDS: Final = len(_KINDS) + 14
"""How many numbers `Column.nature` tells."""
_SPELLED: Final = {
    "qty": "quantity", "dob": "date of birth", "tel": "telephone", "addr": "address", "amt": "amount", "no": "number",
    "nr": "number", "num": "number", "yr": "year", "yrs": "years", "temp": "temperature", "dept": "department",
    "desc": "description", "cat": "category", "pcs": "pieces", "wt": "weight", "ht": "height", "exp": "expiry",
    "mfr": "manufacturer", "supp": "supplier", "cust": "customer", "emp": "employee", "loc": "location",
    "mins": "minutes", "min": "minimum", "max": "maximum", "avg": "average", "ref": "reference", "acct": "account",
    "bal": "balance", "ppl": "people", "sqm": "square metres", "m2": "square metres", "eur": "euros",
    "gbp": "pounds", "usd": "dollars", "kg": "kilograms", "km": "kilometres", "cm": "centimetres", "hrs": "hours",
    "pw": "per week", "pn": "per night", "ppn": "per person per night", "vac": "vaccination", "vacc": "vaccination",
    "reg": "registration", "vol": "volume", "lvl": "level", "pos": "position", "std": "standard", "pct": "percent",
    "dep": "departure", "arr": "arrival", "dest": "destination", "orig": "origin", "inv": "invoice", "ext": "extension",
    "cap": "capacity", "len": "length", "mob": "mobile", "msg": "message", "appt": "appointment", "freq": "frequency",
}  # fmt: skip
"""Parts of names of columns → what they stand for."""
_MOST_CELLS: Final = 2000
_LIKENED: Final = 24
"""Different cells of a column up to which their meanings are compared with words."""
_LIKENED_IN_ALL: Final = 96
_SHOWN: Final = 4
_MOST_WORDS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A different text of a column."""

    column: int
    text: str
    """As the table writes it."""
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    field: Field
    phrase: str
    """Its name in words, abbreviations spelled out."""
    spelled: frozenset[str]
    """Stems of that."""
    told: str
    """Its name with the table's and some cells: what it is compared by beside its name alone."""
    asked: str
    """A plain question for it."""
    nature: tuple[float, ...]
    """Its kind and what else tells columns apart, `KINDS` numbers."""
    low: float | None = None
    high: float | None = None
    """Of a column of numbers: its least and its greatest."""


class View:
    """All columns of a source with an index of their cells; made once for a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        spans = _spans(source)
        self.columns = tuple(_column(each, source, spans.get(each.sql)) for each in source.fields)
        self.cells = tuple(
            Cell(column=number, text=text, words=pieces(text))
            for number, column in enumerate(self.columns)
            for text in column.field.values[:_MOST_CELLS]
        )

    @cached_property
    def whole(self) -> Mapping[str, Sequence[Cell]]:
        """Cells by their words, joined."""
        return self._by(lambda cell: [" ".join(cell.words)])

    @cached_property
    def parts(self) -> Mapping[str, Sequence[Cell]]:
        """Cells by each of their words, and by the stems of these."""
        return self._by(lambda cell: [*cell.words, *map(stem, cell.words)])

    @cached_property
    def likened(self) -> tuple[Cell, ...]:
        """Cells of columns with few different ones: what words may stand for."""
        found: list[Cell] = []
        for number, column in enumerate(self.columns):
            own = [each for each in self.cells if each.column == number and 0 < len(each.words) <= _MOST_WORDS]
            few = 0 < len(own) <= _LIKENED and not (column.field.unique and column.field in self.source.identity)
            if few and len(found) + len(own) <= _LIKENED_IN_ALL and not column.field.key:
                found += own
        return tuple(found)

    def _by(self, keys: Callable[[Cell], Iterable[str]]) -> dict[str, list[Cell]]:
        found: dict[str, list[Cell]] = {}
        for cell in self.cells:
            for key in dict.fromkeys(keys(cell)):
                found.setdefault(key, []).append(cell)
        return found


def _spans(source: Source) -> dict[str, tuple[float, float]]:
    """Return the least and the greatest of each column of numbers."""
    numbers = [each for each in source.fields if each.kind in {"number", "year"}]
    if not numbers or source.ask is None:
        return {}
    shown = ", ".join(f"min({each.sql}), max({each.sql})" for each in numbers)
    row = source.ask(f"SELECT {shown} FROM {source.sql}").rows[0]  # noqa: S608 because names are quoted
    pairs = zip(numbers, row[::2], row[1::2], strict=True)
    return {each.sql: (float(low), float(high)) for each, low, high in pairs if low is not None}


def _column(field: Field, source: Source, span: tuple[float, float] | None) -> Column:
    parts = [normalize(part) for part in PARTS.findall(field.name)] or [normalize(field.name)]
    phrase = " ".join(_SPELLED.get(part, part) for part in parts)
    shown = ", ".join(field.values[:_SHOWN]) if field.kind == "text" else _sampled(field, span)
    return Column(
        field=field,
        phrase=phrase,
        spelled=frozenset(map(stem, (*phrase.split(), *parts))),
        told=f"{' '.join(PARTS.findall(field.table)).lower()}: {phrase}{f', such as {shown}' if shown else ''}",
        asked=f"what is the {phrase}?",
        nature=_nature(field, source),
        low=span[0] if span else None,
        high=span[1] if span else None,
    )


def _sampled(field: Field, span: tuple[float, float] | None) -> str:
    if span is not None:
        return f"{span[0]:g} to {span[1]:g}"
    return {"date": "a day", "month": "a month", "time": "a time of day", "flag": "yes or no"}.get(field.kind, "")


def _nature(field: Field, source: Source) -> tuple[float, ...]:
    kind = [float(field.kind == each) for each in _KINDS]
    unit = UNITS.get(field.unit, ("", 0.0))[0]
    place = source.fields.index(field) / max(1, len(source.fields))
    told = (
        bool(field.unit),
        unit in MONEY,
        bool(field.rate),
        field.key,
        field.unique,
        field in source.identity,
        field in source.identity[:1],
        is_person(field),
        field.kind == "text" and any(word in PLACES for word in field.words),
        field.temporal,
        0 < len(field.values) <= _LIKENED,
        place,
        unit == "time",
        unit in {"length", "mass", "area", "volume"},
    )
    return (*kind, *map(float, told))
