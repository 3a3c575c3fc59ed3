"""Two tables that a plain foreign key joins, as one source of soft readings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import permutations

from questline.tools.text import stem

from .names import quoted
from .result import Rows, Table
from .sources import Field, Source

__all__ = ["joined"]


def joined(
    tables: Iterable[Table], parts: Mapping[str, str], ask: Callable[[str], Rows], sources: Mapping[str, Source]
) -> list[Source]:
    """Return every two tables that a plain foreign key joins, as one source each.

    ``book_id`` leads to ``books.id`` (or ``books.book_id``), and a column to one of the same name without repetitions,
    where each of its values is there.
    """
    found: list[Source] = []
    for one, other in permutations(tables, 2):
        for left in sources[one.name].fields:
            right = next((each for each in sources[other.name].fields if _leads(left, each, other)), None)
            if right is None or not _contained(left, right, parts[one.name], parts[other.name], ask):
                continue
            a, b = _under(sources[one.name], "a"), _under(sources[other.name], "b")
            on = f"a.{quoted(left.name)} = b.{quoted(right.name)}"
            named = {each.name for each in a.fields if not each.key}
            here = next(each for each in a.fields if each.name == left.name)
            of = re.sub(r"_?(?:id|no|code|nr)\Z", "", left.name.lower()) or stem(other.name.rpartition(".")[2])
            goes_by = next((each for each in b.identity if each.kind == "text" and each.name != right.name), None)
            renamed = goes_by is not None and goes_by.name in named and of not in named
            if goes_by is not None and renamed:  # the owner's name beside the pet's
                goes_by = replace(goes_by, name=of, words=(stem(of),))
            others = tuple(each for each in b.fields if each.name != right.name and each.name not in named)
            if goes_by is not None:
                goes_by = replace(goes_by, unique=False)
                others = (*others, *([goes_by] if renamed else []))
            kept = tuple(each for each in a.fields if each.name != left.name or left.kind == "text")
            found.append(
                Source(
                    tables=(one.name, other.name),
                    sql=f"{parts[one.name]} AS a JOIN {parts[other.name]} AS b ON {on}",
                    fields=(*kept, *(replace(each, unique=False) for each in others)),
                    identity=a.identity,
                    ask=a.ask,
                    others={other.name.rpartition(".")[2]: (goes_by or here, here)},
                )
            )
            break
    return found


def _under(source: Source, alias: str) -> Source:
    def named(each: Field) -> Field:
        return replace(each, sql=f"{alias}.{each.sql}")

    return replace(source, fields=tuple(map(named, source.fields)), identity=tuple(map(named, source.identity)))


def _leads(left: Field, right: Field, other: Table) -> bool:
    if not right.unique or left.kind != right.kind or left.unique or left.temporal or right.temporal:
        return False
    if left.name.lower() == right.name.lower():
        return left.name.lower() != "id"
    base = re.sub(r"_?(?:id|no|code|nr)\Z", "", left.name.lower())
    same = stem(base) == stem(other.name.rpartition(".")[2])
    return left.key and base != left.name.lower() and same and right.name.lower() in {"id", "code", "no", "nr"}


def _contained(left: Field, right: Field, one: str, other: str, ask: Callable[[str], Rows]) -> bool:
    here, there = quoted(left.name), quoted(right.name)
    known = f"SELECT {there} FROM {other} WHERE {there} IS NOT NULL"  # noqa: S608 because names are quoted
    sql = f"SELECT 1 FROM {one} WHERE {here} IS NOT NULL AND {here} NOT IN ({known}) LIMIT 1"  # noqa: S608 because names are quoted
    return not ask(sql).rows
