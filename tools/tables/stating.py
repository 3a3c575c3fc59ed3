"""From what is noted and decided to SQL, and to one line that tells how a question was read."""

from __future__ import annotations

from typing import Final

from .notes import Condition, Notes
from .ordering import ordered
from .sources import Field
from .wanted import Wanted

__all__ = ["answering", "state"]

_PLACES: Final = {2: "second", 3: "third"}


def state(notes: Notes, wanted: Wanted, top: int) -> tuple[str, str]:
    """Return the SQL, and how the question was read: ``passengers of ferries where ferry = 'Razorbill'``."""
    source = notes.source
    conditions = _conditions(notes.conditions)
    where = f" WHERE {' AND '.join(f'({sql})' for sql, _ in conditions)}" if conditions else ""
    rows = f"FROM {source.sql}{where}"
    told = " and ".join(said for _, said in conditions)
    of = f"of {' with '.join(name.rpartition('.')[2] for name in source.tables)}{f' where {told}' if told else ''}"
    groups = [each.sql for each in wanted.groups]
    behind = f" GROUP BY {', '.join(groups)} ORDER BY {', '.join(groups)}" if groups else ""
    by = f" by {', '.join(each.name for each in wanted.groups)}" if groups else ""
    if wanted.way != "rows":
        ordered(notes, wanted)  # what is no list has none
    if wanted.way == "count":
        return f"SELECT {', '.join([*groups, 'count(*)'])} {rows}{behind}", f"number {of}{by}"
    if wanted.way == "distinct":
        name = wanted.fields[0]
        return (
            f"SELECT {', '.join([*groups, f'count(DISTINCT {name.sql})'])} {rows}{behind}",
            f"different {name.name} {of}{by}",
        )
    if wanted.way in {"sum", "avg"}:
        name = wanted.fields[0]
        said = {"sum": "sum", "avg": "average"}[wanted.way]
        return (
            f"SELECT {', '.join([*groups, f'{wanted.way}({name.sql})'])} {rows}{behind}",
            f"{said} of {name.name} {of}{by}",
        )
    if wanted.way == "difference":
        return f"SELECT {wanted.fields[0].sql} {rows}", f"{wanted.fields[0].name} {of}"
    if wanted.way == "ranked":
        return _ranked(wanted, top, rows, of)
    return _rows(notes, wanted, top, rows, where, of)


def answering(notes: Notes, wanted: Wanted) -> tuple[int, ...]:
    """Return which columns of the rows answer; none where it is the only one, or groups are told."""
    if wanted.way == "ranked":
        return (0,)
    if wanted.way != "rows":
        return ()
    shown = _shown(notes, wanted)
    asked = list(dict.fromkeys(wanted.fields))
    if asked == list(notes.source.identity):
        asked = asked[:1]  # what tells rows of one name apart stands beside it
    return tuple(shown.index(each) for each in asked if each in shown)


def _ranked(wanted: Wanted, top: int, rows: str, of: str) -> tuple[str, str]:
    """Return the groups of the greatest or least count, sum or mean; those that are equal are all told."""
    group = wanted.groups[0]
    value, said = "count(*)", "number"
    if wanted.fields:
        value = f"{wanted.by}({wanted.fields[0].sql})"
        said = f"{'average' if wanted.by == 'avg' else 'sum'} of {wanted.fields[0].name}"
    known = f"{rows} {'AND' if ' WHERE ' in rows else 'WHERE'} {group.sql} IS NOT NULL GROUP BY {group.sql}"
    way, best = ("greatest", "max") if wanted.down else ("least", "min")
    if top:
        order = f"ORDER BY 2 {'DESC' if wanted.down else 'ASC'} NULLS LAST, 1 LIMIT {top}"
        return f"SELECT {group.sql}, {value} {known} {order}", f"{group.name} {of}, the {top} of {way} {said}"
    limit = f"(SELECT {best}(n) FROM (SELECT {value} AS n {known}))"  # noqa: S608 because names are quoted
    sql = f"SELECT {group.sql}, {value} {known} HAVING {value} = {limit} ORDER BY 1"
    return sql, f"{group.name} {of}, the {way} {said}"


def _rows(notes: Notes, wanted: Wanted, top: int, rows: str, where: str, of: str) -> tuple[str, str]:
    shown = _shown(notes, wanted)
    order = ordered(notes, wanted)
    names = ", ".join(each.sql for each in shown)
    said = ", ".join(each.name for each in wanted.fields)
    if not notes.superlatives:
        whole = (
            all(each.field not in notes.source.identity for each in notes.conditions)
            and len(shown) == 1
            and not shown[0].unique
        )
        listed = f", in the order of {notes.order[0].name}" if notes.order else ""
        return f"SELECT {'DISTINCT ' if whole else ''}{names} {rows}{order}", f"{said} {of}{listed}"
    measure = notes.superlatives[0]
    way = "greatest" if measure.down else "least"
    if top:
        order = f"ORDER BY {measure.field.sql} {'DESC' if measure.down else 'ASC'} NULLS LAST LIMIT {top}"
        return f"SELECT {names} {rows} {order}", f"{said} {of}, the {top} of {way} {measure.field.name}"
    best = f"{measure.field.sql} = (SELECT {'max' if measure.down else 'min'}({measure.field.sql}) {rows})"
    if notes.place > 1:
        order = f"ORDER BY 1 {'DESC' if measure.down else 'ASC'} LIMIT 1 OFFSET {notes.place - 1}"
        told_ = f"{'AND' if where else 'WHERE'} {measure.field.sql} IS NOT NULL"
        best = f"{measure.field.sql} = (SELECT DISTINCT {measure.field.sql} {rows} {told_} {order})"
        way = f"{_PLACES.get(notes.place, f'{notes.place}th')} {way}"
    also = f"{where} AND" if where else " WHERE"
    sql = f"SELECT {names} FROM {notes.source.sql}{also} {best}"  # noqa: S608 because names are quoted
    return sql, f"{said} {of}, the {way} {measure.field.name}"


def _shown(notes: Notes, wanted: Wanted) -> list[Field]:
    """Return the columns of the rows: what is asked first where one row is meant, else what tells the rows apart."""
    identity = list(notes.source.identity)
    fixed = {each.field.sql for each in notes.conditions if len(each.literals) == 1 and not each.negated}
    asked = list(dict.fromkeys(wanted.fields))
    apart = [each for each in identity if each not in asked]
    if all(each in identity for each in asked):
        apart = []
    measures = [each.field for each in notes.superlatives if each.field not in asked]
    measures += [notes.order[0]] if notes.order and notes.order[0] not in asked else []
    measures += [
        each.field for each in notes.conditions
        if not each.literals and each.field not in asked and each.field not in apart and each.field not in measures
        and "IS NULL" not in each.sql
    ]  # fmt: skip
    named = {(each.field.sql, value) for each in notes.conditions if each.field in identity for value in each.literals}
    several = len(named) > len({name for name, _ in named})
    if several:
        return list(dict.fromkeys([*apart, *asked, *measures]))
    people = all(each.kind == "text" for each in asked) and not any(each.sql in fixed for each in identity)
    if people and asked:  # which members …: not the rows that say so
        apart = []
    return list(dict.fromkeys([*asked, *apart, *measures]))


def _conditions(noted: list[Condition]) -> list[tuple[str, str]]:
    """Return each condition as SQL and in words; several values of one column are one condition."""
    found: list[tuple[str, str]] = []
    equal: dict[tuple[str, bool], tuple[Field, list[str]]] = {}
    for each in noted:
        if each.literals:
            equal.setdefault((each.field.sql, each.negated), (each.field, []))[1].extend(each.literals)
        else:
            found.append((each.sql, each.said))
    for (name, negated), (each, listed) in equal.items():
        values = list(dict.fromkeys(listed))
        one = "<>" if negated else "="
        joined = ", ".join(values)
        if len(values) == 1:
            found.append((f"{name} {one} {joined}", f"{each.name} {one} {joined}"))
        else:
            many = "NOT IN" if negated else "IN"
            found.append((f"{name} {many} ({joined})", f"{each.name} {'none of' if negated else 'one of'} {joined}"))
    return found
