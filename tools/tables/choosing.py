"""Which table a question is about, and which of two readings it has: the strict one first, the soft one behind it.

Each table reads the question by itself. What reads it whole is meant; of several the one that explains more of it by
its values and names. Where no table does, two tables that a foreign key joins are read as one. A tie refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from typing import Final

from .doubts import WORTH
from .joining import joined
from .likeness import alike
from .linker.linking import link
from .linker.sight import View
from .looking_up import look_up
from .mending import is_english
from .names import quoted
from .naming import named_tables
from .reading import numeric
from .result import Refused, Rows, Table
from .soft import Misread, Understood, read
from .sources import Source, single

__all__ = ["Sources", "choose"]

_APART: Final = 0.75
"""What one table has to explain more than another: less than a name of a column."""
_QUANTITY: Final = re.compile(r"\bhow much\b|多少钱")
_WHICH: Final = re.compile(r"\b(?:which|who|list)\b|哪|谁")
_NAME: Final = re.compile(r'"(?:[^"]|"")+"')
_MONEY: Final = re.compile(r"value|worth|price|cost|amount|价|值|额")
_MANY: Final = 99
_TOLD: Final = 20
"""Columns that a refusal names."""
_SEVERAL: Final = 2
_UNREAD: Final = frozenset({"not_understood", "nothing_asked"})
"""Reasons for which the linker may read what the rules do not: what these find ambiguous stays so."""
_SAID: Final = re.compile(
    r"SELECT (?P<what>.*?) FROM (?P<source>\"(?:[^\"]|\"\")+\"\.\"(?:[^\"]|\"\")+\")(?: WHERE (?P<where>.*?))?"
    r"(?: GROUP BY (?P<by>.*?))?(?: ORDER BY (?P<order>.*))?",
    re.DOTALL,
)


class Sources:
    """The tables as sources of soft readings, looked at once for each copy of the files."""

    def __init__(self, tables: Sequence[Table], parts: Mapping[str, str], ask: Callable[[str], Rows]) -> None:
        self.tables, self.parts = tables, parts
        self._ask = ask
        self._asked: dict[str, Rows] = {}
        self._single: dict[str, Source] = {}
        self._views: dict[str, View] = {}

    def ask(self, sql: str) -> Rows:
        """Run SQL, once for each statement."""
        if sql not in self._asked:
            self._asked[sql] = self._ask(sql)
        return self._asked[sql]

    def finds(self, sql: str) -> bool:
        """Say whether SQL of a question gives a row with something in it."""
        return any(cell is not None for row in self._ask(sql).rows for cell in row)

    def of(self, table: Table) -> Source:
        """Return one table as a source."""
        if table.name not in self._single:
            source = single(table, self.parts[table.name], self.ask, run=self._ask)
            self._single[table.name] = replace(source, leads=lambda: self._leads(source))
        return self._single[table.name]

    def view(self, source: Source) -> View:
        """Return a source as the linker sees it."""
        if source.sql not in self._views:
            self._views[source.sql] = View(source)
        return self._views[source.sql]

    def _leads(self, source: Source, but: str = "") -> Mapping[str, str]:
        """Return the columns of a source that lead to other tables, but one, with these tables."""
        found: dict[str, str] = {}
        for each in self._joined:
            other, (*_, by) = next(iter(each.others.items()))
            if each.tables[0] in source.tables and other != but:
                found[by.name] = other
        return found

    @cached_property
    def _joined(self) -> list[Source]:
        return joined(self.tables, self.parts, self.ask, {each.name: self.of(each) for each in self.tables})

    @cached_property
    def joins(self) -> list[Source]:
        """Every two tables that a foreign key joins."""
        return [replace(each, leads=partial(self._leads, each, next(iter(each.others)))) for each in self._joined]


def choose(
    question: str, sources: Sources, table: Table | None, *, today: date | None = None, links: bool = True
) -> Understood | Refused:
    """Return how a question is read, or why it is refused: by the rules, and where these refuse by the learnt linker.

    Args:
        question: In English or Chinese.
        sources: What may be asked.
        table: The one that it is about, or None for any.
        today: What "last month" counts from.
        links: Whether the linker reads what the rules refuse.

    Raises:
        RunError: ``damaged_model``.
    """
    ruled = _by_rules(question, sources, table, today=today)
    if not isinstance(ruled, Refused) or not links or ruled.reason not in _UNREAD:
        return ruled
    asked, named = named_tables(question, sources.tables)
    if named and table is not None and table not in named:
        return ruled
    tables = [table] if table else named or list(sources.tables)
    own = [sources.of(each) for each in tables]
    linked = link(asked if named else question, [sources.view(each) for each in own], today=today)
    if linked is None:
        return ruled
    return Understood(
        source=linked.view.source,
        sql=linked.built.sql,
        reading=linked.built.reading,
        confidence=linked.confidence,
        score=0.0,
        answers=linked.built.answers,
        linked=True,
    )


def _by_rules(question: str, sources: Sources, table: Table | None, *, today: date | None) -> Understood | Refused:
    asked, named = named_tables(question, sources.tables)
    if named and (table is None or table in named):
        question = asked
    elif named and table is not None:
        names = ", ".join(each.name for each in named)
        return Refused(reason="ambiguous", words=(names,), message=f"it names {names}, and {table.name} is asked")
    tables = [table] if table else named or list(sources.tables)
    strict = {each.name: look_up(question, each, sources.parts[each.name], sources.ask) for each in tables}
    exact = [
        _exact(each, sql, sources) for each in tables
        if isinstance(sql := strict[each.name], str) and _fits(question, sql, each)
    ]  # fmt: skip
    if len(exact) == 1:
        return exact[0]
    if len(exact) > 1:
        return _tie([each.source for each in exact])
    refused = {name: each for name, each in strict.items() if isinstance(each, Refused)}
    if table is not None and table.name in refused and refused[table.name].reason != "not_understood":
        return refused[table.name]
    read_ = {each.name: read(question, sources.of(each), today=today) for each in tables}
    if not any(isinstance(each, Understood) for each in read_.values()):
        read_ = {
            each.name: read(question, sources.of(each), today=today, likeness=alike, known=is_english)
            for each in tables
        }
    understood = [each for each in read_.values() if isinstance(each, Understood)]
    if not understood and table is None and not named:
        understood = [
            each
            for source in sources.joins
            if isinstance(each := read(question, source, today=today, likeness=alike, known=is_english), Understood)
        ]
    if understood:
        return _best(_filled(understood, sources))
    softly = {name: each for name, each in read_.items() if isinstance(each, Misread)}
    return _nothing(softly, refused, tables, alone=len(tables) == 1)


def _fits(question: str, sql: str, table: Table) -> bool:
    """Say whether what a statement shows can be who, where or how much; the strict rules take these words for idle."""
    shown, asked = sql[: sql.index(" FROM ")], question.lower()
    kinds = {shown.index(quoted(each.name)): each for each in table.columns if quoted(each.name) in shown}
    if WORTH.search(asked) and not any(_MONEY.search(each.name.lower()) for each in kinds.values()):
        return False
    if "(" in shown:
        return True
    if not kinds:
        return not re.search(r"\bwhat (?:is|was|are|were) (?:in|on|inside)\b", asked)
    if _QUANTITY.search(asked) and not any(map(numeric, kinds.values())):
        return False
    if _WHICH.search(asked) and any(each.type == "BOOLEAN" for each in kinds.values()):
        return False
    return kinds[min(kinds)].type == "VARCHAR" or not re.search(r"\b(?:who|whom|whose|where)\b|谁|哪里|哪儿", asked)


def _exact(table: Table, sql: str, sources: Sources) -> Understood:
    return Understood(
        source=sources.of(table),
        sql=sql,
        reading=described(sql, table.name),
        confidence=1.0,
        score=0.0,
        answers=_answering(sql),
    )


def _answering(sql: str) -> tuple[int, ...]:
    """Return the columns of a strict statement that answer: all but the measure that the rows are found by."""
    shown = sql[: sql.index(" FROM ")]
    names = _NAME.findall(shown)
    if "(" in shown or "*" in shown or len(names) < _SEVERAL:
        return ()
    ranked = " = (SELECT " in sql or " LIMIT " in sql
    return tuple(range(len(names) - ranked))


def _filled(understood: list[Understood], sources: Sources) -> list[Understood]:
    """Return the readings of several that find something, where one does: what is asked about is likely there."""
    if len(understood) < _SEVERAL:
        return understood
    return [each for each in understood if sources.finds(each.sql)] or understood


def _best(understood: list[Understood]) -> Understood | Refused:
    ranked = sorted(understood, key=lambda each: -each.score)
    best = ranked[0]
    close = [each for each in ranked if best.score - each.score < _APART and each.source.tables != best.source.tables]
    close = [each for each in close if set(each.source.tables) != set(best.source.tables)]
    return _tie([best.source, *(each.source for each in close)]) if close else best


def _tie(sources: Sequence[Source]) -> Refused:
    names = list(dict.fromkeys(name for each in sources for name in each.tables))
    return Refused(reason="ambiguous", words=(), message=f"name the table: it may be {', '.join(names)}")


def _nothing(
    softly: Mapping[str, Misread], strict: Mapping[str, Refused], tables: Sequence[Table], *, alone: bool
) -> Refused:
    """Return the refusal of the table that understood most of the question, with the columns that it has."""
    columns = {each.name: ", ".join(column.name for column in each.columns[:_TOLD]) for each in tables}
    if alone:
        ((name, best),) = softly.items()
        soft, refused = best.refused, strict.get(name, best.refused)
        fewer = soft.reason == "not_understood" and set(soft.words) < set(refused.words) and soft.words
        told = soft if fewer else refused
        return replace(told, message=f"{told.message}; the columns of {name}: {columns[name]}")
    name, best = min(softly.items(), key=lambda item: (len(item[1].refused.words) or _MANY, -item[1].score))
    refused = best.refused
    near = [
        other for other, each in softly.items()
        if len(each.refused.words) == len(refused.words) and best.score - each.score < _APART
    ]  # fmt: skip
    message = f"{refused.message}; the tables that might be meant: {', '.join(near)}"
    if len(near) == 1:
        message += f"; its columns: {columns[name]}"
    return Refused(reason=refused.reason, words=refused.words, message=message)


def described(sql: str, table: str) -> str:
    """Tell in one line what a statement of the strict rules shows."""
    match = _SAID.fullmatch(sql)
    if match is None:
        return f"exactly as asked, of {table}"
    told = f"{_plain(match['what'])} of {table.rpartition('.')[2]}"
    for word, part in (("where", match["where"]), ("by", match["by"]), ("in the order of", match["order"])):
        if part and not (word == "in the order of" and match["by"] == part):
            told += f" {word} {_plain(part)}"
    return told


def _plain(sql: str) -> str:
    inner = re.sub(r"\(SELECT (\w+\(\"(?:[^\"]|\"\")+\"\)) FROM .*?\)(?=\Z|\s)", r"\1", sql)
    plain = re.sub(r'"((?:[^"]|"")+)"', r"\1", inner)
    return {"*": "rows", "count(*)": "number"}.get(plain, plain.replace("\n", " "))
