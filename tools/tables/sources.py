"""What a soft reading may be about, with what is in it: its columns, their kinds, units and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from questline.tools.text import normalize, stem

from .lexicon import PEOPLE
from .names import literal, quoted
from .periods import rate_of
from .reading import dated, numeric
from .result import Column, Rows, Table
from .units import UNITS
from .wording import PARTS

__all__ = ["Field", "Kind", "Source", "numbers_rows", "single"]

Kind = Literal["text", "number", "date", "month", "year", "time", "flag", "other"]
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_TIME: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_RATES: Final = frozenset({"per", "each", "every"})
"""Words of a name after which a unit is what something is divided by."""
_YES: Final = frozenset({"yes", "y", "是", "有"})
_FLAGS: Final = _YES | {"no", "n", "否", "无", "没有"}
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_YEARS: Final = range(1000, 2200)
_MOST_VALUES: Final = 5000
_INSIDE: Final = 100
_LONGEST: Final = 80
"""Characters of a value that a question may hold."""
_NAMED: Final = ((stem("name"),), (stem("title"),))
"""Stems that end the name of a column of names."""
_NAMED_ZH: Final = frozenset({"名字", "姓名", "名称", "标题", "书名", "片名"})
_REACHED: Final = frozenset(map(stem, ("mail", "email", "phone", "telephone", "mobile", "tel", "fax", "url")))
"""Stems in names of columns by which people are reached: nothing goes by them."""
_WAYS: Final = frozenset(
    {"distance", "range", "route", "leg", "way", "mileage", "sailed", "run", "passage", "crossing"}
)
_OFTEN: Final = 0.75
"""Share of the rows that a first text has values of its own for, where a few share one."""
_SMALL: Final = {"on", "at", "in", "of", "by", "the", "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a source."""

    name: str
    table: str
    """Name of its table, without the name of its file."""
    sql: str
    """The column as SQL writes it in this source."""
    kind: Kind
    words: tuple[str, ...]
    """Stems of its name, without its unit and the period of its rate where there are others."""
    unit: str = ""
    """Unit at the end of its name: ``m`` of ``length_m``."""
    rate: str = ""
    """Period that its values are for: ``week`` of ``hours_per_week``, ``night`` of ``nightly_rate``."""
    values: tuple[str, ...] = ()
    """Its different texts; of a column of texts alone."""
    more: bool = False
    """Whether it holds more texts than `values`."""
    unique: bool = False
    """Whether no two rows hold the same value."""
    year: str = ""
    """Year in its name, of which its numbers are: ``2026`` of ``sales_2026``."""
    yearlike: bool = False
    """Whether it holds numbers that may all be years."""
    yes: str = ""
    """Of a flag that is written in words: its yes, as SQL writes it."""
    key: bool = False
    """Whether it is a number or code that only tells rows apart, such as ``id`` and ``book_id``."""

    @property
    def phrase(self) -> str:
        """Its name in words."""
        return " ".join(PARTS.findall(self.name)).lower() or self.name

    @property
    def temporal(self) -> bool:
        """Whether it holds dates, months, years or times of the day."""
        return self.kind in {"date", "month", "year", "time"}

    @property
    def flag(self) -> bool:
        """Whether it holds yes and no alone."""
        return self.kind == "flag"

    @property
    def holds(self) -> str:
        """Of a flag: that it is so, as SQL says it."""
        return f"coalesce({self.sql} = {self.yes}, false)" if self.yes else self.sql

    @property
    def measured(self) -> bool:
        """Whether it holds quantities."""
        return self.kind == "number" and not self.key

    @property
    def comparable(self) -> str:
        """As SQL compares it with dates and numbers."""
        return f"try_cast({self.sql} AS DATE)" if self.kind == "date" else self.sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What SQL reads from."""

    tables: tuple[str, ...]
    """Full names of its tables; the first holds one row for each row of the source."""
    sql: str
    fields: tuple[Field, ...]
    identity: tuple[Field, ...] = field(default=())
    """What tells a reader which row is meant."""
    ask: Callable[[str], Rows] | None = field(default=None, compare=False)
    """Runs SQL, for the values that `Field.values` leaves out."""
    others: Mapping[str, tuple[Field, ...]] = field(default_factory=dict[str, "tuple[Field, ...]"], compare=False)
    """Of a joined table by its name: what its rows go by, and last what they are counted by."""
    leads: Callable[[], Mapping[str, str]] | None = field(default=None, compare=False)
    """Gives the columns that lead to other tables → those tables."""

    def within(self, text: str) -> list[tuple[Field, str]]:
        """Return the values of large columns that stand in a normalized text."""
        found: list[tuple[Field, str]] = []
        for each in self.fields if self.ask else ():
            if each.more and self.ask:
                inside = f"contains({literal(text)}, lower({each.sql})) AND length({each.sql}) BETWEEN 2 AND {_LONGEST}"
                sql = f"SELECT DISTINCT {each.sql} FROM {self.sql} WHERE {inside} ORDER BY 1 LIMIT {_INSIDE}"  # noqa: S608 because names are quoted
                found += [(each, str(value)) for (value,) in self.ask(sql).rows if str(value) not in each.values]
        return found

    @property
    def nouns(self) -> Mapping[str, str]:
        """Stem of each word that means a row of a table → that table."""
        found: dict[str, str] = {}
        for name in self.tables:
            for part in PARTS.findall(name.replace("_", " ")):
                found[stem(part)] = name.rpartition(".")[2]
        for each in self.identity:
            if (noun := re.sub("(?:名称|名)\\Z", "", each.name)) and noun not in {each.name, "姓"}:
                found[noun] = each.table
        return found


def single(table: Table, sql: str, ask: Callable[[str], Rows], *, run: Callable[[str], Rows] | None = None) -> Source:
    """Return a table as a source.

    Args:
        table: The table.
        sql: Its name as SQL writes it.
        ask: Runs SQL, for the values.
        run: Runs SQL for one question; `ask` may remember what it ran.
    """
    fields = tuple(_field(column, table, sql, ask) for column in table.columns)
    return Source(tables=(table.name,), sql=sql, fields=fields, identity=_identity(fields, table.rows), ask=run)


def _field(column: Column, table: Table, sql: str, ask: Callable[[str], Rows]) -> Field:
    name = quoted(column.name)
    parts = [part for part in PARTS.findall(column.name) if normalize(part) not in _SMALL]
    years = [part for part in parts if _YEAR.fullmatch(part)]
    year = years[0] if len(years) == 1 and len(parts) > 1 else ""
    rate, parts = rate_of(column.name, [part for part in parts if part != year])
    unit = _unit(parts)
    spoken = [part for part in parts if normalize(part) not in {"id", "key"}] or parts or [column.name]
    if unit and len(spoken) > len(unit[1]):
        spoken = spoken[: -len(unit[1])]
    values, unique, more = _values(column, table, sql, ask)
    kind = _kind(column, values)
    plain = column.name.lower()
    key = plain == "id" or plain.endswith(("_id", "_no", "_nr")) or (plain.endswith(("id", "编号", "号")) and unique)
    key = key or (kind == "number" and unique and numbers_rows(column, table))
    return Field(
        name=column.name,
        table=table.name.rpartition(".")[2],
        sql=name,
        kind=kind,
        words=tuple(stem(normalize(part)) for part in spoken),
        unit=unit[0] if unit and kind == "number" else "",
        rate=rate if kind == "number" else "",
        values=tuple(text for text in map(str, values) if len(text) <= _LONGEST) if kind == "text" else (),
        more=more and kind == "text",
        unique=unique,
        year=year,
        yearlike=kind in {"number", "year"} and bool(values) and all(value in _YEARS for value in values),
        yes=next((literal(text) for text in map(str, values) if kind == "flag" and text.lower() in _YES), ""),
        key=key,
    )


def numbers_rows(column: Column, table: Table) -> bool:
    """Say whether a column of whole numbers only tells rows apart: the first one, called like one row of its table."""
    named = stem(normalize(column.name)) == stem(normalize(table.name.rpartition(".")[2]))
    return named and column == table.columns[0] and "INT" in column.type


def _unit(parts: list[str]) -> tuple[str, list[str]] | None:
    """Return the unit that a name ends with, and the parts it takes."""
    for size in (2, 1):
        if parts[:-size] and normalize(parts[-size - 1]) in _RATES:
            return None  # of a rate: "hours_per_week" is in no weeks
        tail = parts[-size:]
        joined = "".join(tail).lower()
        if joined == "nm":  # of ways it is nautical miles; of anything else it may be nanometres
            joined = "nmi" if _WAYS.intersection(map(normalize, parts[:-size])) else ""
        if len(tail) == size and joined in UNITS:
            return joined, tail
    return None


def _values(column: Column, table: Table, sql: str, ask: Callable[[str], Rows]) -> tuple[list[object], bool, bool]:
    """Return the different values, whether none is there twice, and whether there are more than were looked at."""
    name = quoted(column.name)
    found = ask(
        f"SELECT {name}, count(*) FROM {sql} WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT {_MOST_VALUES}"  # noqa: S608 because names are quoted
    )
    more = found.truncated or len(found.rows) == _MOST_VALUES
    if more:
        one = f"count(DISTINCT {name}) = count(*)"
        unique = bool(ask(f"SELECT {one} FROM {sql}").rows[0][0])  # noqa: S608 because names are quoted
    else:
        unique = len(found.rows) == table.rows and all(count == 1 for _, count in found.rows)
    return [value for value, _ in found.rows], unique, more


def _kind(column: Column, values: list[object]) -> Kind:
    if dated(column):
        return "date"
    if numeric(column):
        whole = [value for value in values if isinstance(value, int)]
        if whole and len(whole) == len(values) and all(value in _YEARS for value in whole) and _yearly(column.name):
            return "year"
        return "number"
    if column.type == "BOOLEAN":
        return "flag"
    if column.type.startswith("TIME"):
        return "time"
    if column.type != "VARCHAR":
        return "other"
    texts = [str(value) for value in values]
    if texts and all(map(_DATE.fullmatch, texts)):
        return "date"
    if texts and all(map(_TIME.fullmatch, texts)):
        return "time"
    if texts and {text.lower() for text in texts} <= _FLAGS:
        return "flag"
    return "month" if texts and all(map(_MONTH.fullmatch, texts)) else "text"


def _yearly(name: str) -> bool:
    """Say whether whole numbers between 1000 and 2200 in a column of this name are years."""
    return bool(
        re.search(
            r"(?:^|[^a-z])(?:year|built|opened|founded|released|published|born|died|since|established|made|launched|joined|started|begun|ended|completed|commissioned)(?:[^a-z]|$)"
            r"|年$|年份|年度|建于|建成|出生|成立|出版|上映",
            name.lower(),
        )
    )


def _of_people(field: Field) -> bool:
    """Say whether a column holds people whom rows are of: the owner of a bicycle that was mended."""
    return not PEOPLE.isdisjoint(field.words) and stem(normalize(field.table)) not in field.words


def _identity(fields: tuple[Field, ...], rows: int) -> tuple[Field, ...]:
    """Return what rows go by: a name, even one that two of them share, with what tells these apart beside it."""
    texts = [each for each in fields if each.kind == "text" and not each.key and not _REACHED.intersection(each.words)]
    coded = [each for each in fields if each.unique and (each.key or each is fields[0])]
    unique = [each for each in texts if each.unique]
    own = [each for each in texts if each.words == (stem(normalize(each.table)),)]  # `costume` of `costumes`
    own = own or [each for each in texts if each.words[-1:] in _NAMED or each.name in _NAMED_ZH][:1]
    own = own or [
        each for each in texts[:1] if _OFTEN * rows <= len(each.values) and each in fields[:2] and not _of_people(each)
    ]
    if own:
        return own[0], *([] if own[0].unique else [*(each for each in unique if each != own[0]), *coded][:1])
    if unique:
        return (unique[0],)
    if coded:
        return (coded[0],)
    if not texts:
        return fields[:1]
    beside = [each for each in fields if each.kind in {"month", "date", "year"}]
    return (texts[0], *beside[:1])
