"""Decide what a question asks for, once its columns, values and measures are noted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from .asking import Asking, note_flags, note_groups, note_negations, note_word
from .notes import Mention, Notes, about, chinese
from .persons import identity, is_person, person, place, time
from .reading import unsure
from .sources import Field
from .speaking import LIGHT
from .units import UNITS

__all__ = ["Wanted", "decide"]

Way = Literal["rows", "count", "distinct", "sum", "avg", "difference"]
_TOTAL: Final = re.compile(
    r"\b(?:in total|in all|altogether|all together|overall|combined)\b|\b(?:the )?(?:total|sum)(?: of)?\b(?! of all)"
    r"|总和|总计|合计|总共的?|总(?=[^是])"
)
_MEAN: Final = re.compile(r"\b(?:on average|average|mean|avg)\b|平均值?")
_DIFFERENT: Final = re.compile(r"\b(?:different|distinct|unique)\b|不同的?")
_DAYS: Final = frozenset({"day", "date", "time", "year", "month"})
_OF_PERSONS: Final = 0.8
"""What a table of persons explains more of who, and less of what."""
_GAP: Final = re.compile(
    r"(?:\s|\b(?:is|are|was|were|the|of|a|an|all|different|in|on|do|does|did|name|names|'s)\b|['’]s|[的了])*"
)


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    way: Way
    fields: list[Field]
    groups: list[Field] = field(default_factory=list[Field])


def decide(notes: Notes, how: Asking | None) -> Wanted:
    """Return what is asked for; each mention has a place afterwards.

    Raises:
        Unsure: Where it is not clear, or words have no place.
    """
    sheet = notes.sheet
    total, mean = sheet.take(_TOTAL), sheet.take(_MEAN)
    different = sheet.take(_DIFFERENT)
    asking = how or note_word(notes)
    kind = asking.kind if asking else ""
    groups = note_groups(notes)
    if kind in {"which", "who", "many"} or not asking:
        note_flags(notes)
    note_negations(notes)
    notes.settle()
    if total or mean:
        way: Way = "avg" if mean else "sum"
        measured = _asked_measure(notes, asking) or _total_field(notes, total)
        if measured is not None:
            if notes.superlatives:
                raise unsure("ambiguous", way, message="more than one thing is asked: ask one at a time")
            return _done(notes, Wanted(way=way, fields=[measured], groups=groups), kind)
        if mean or asking is None or asking.kind != "many":
            word = (mean or total)[0].group()
            raise unsure("ambiguous", word, message="name one column of numbers")
    if notes.superlatives and not (asking and asking.kind in {"many", "much"}):
        wanted = _of_superlative(notes, asking)
        wanted.groups = groups
        return _done(notes, wanted, kind)
    wanted = _plain(notes, asking, bool(different))
    wanted.groups = groups
    if wanted.way != "rows" and notes.superlatives:
        raise unsure("ambiguous", wanted.way, message="more than one thing is asked: ask one at a time")
    return _done(notes, wanted, kind)


def _next(notes: Notes, end: int, fits: Callable[[Field], bool]) -> tuple[Mention, Field] | None:
    """Return the mention right behind a place, with nothing but small words between, where it fits."""
    for mention in sorted(notes.mentions, key=lambda each: each.start):
        if mention.start < end:
            continue
        each = mention.first(fits)
        if each is not None and _GAP.fullmatch(notes.sheet.text[end : mention.start]):
            return mention, each
        if not _GAP.fullmatch(notes.sheet.text[end : mention.start]):
            return None
    return None


def _noun(notes: Notes, end: int) -> str | None:
    """Return the table whose rows the noun right behind a place means; values may stand between."""
    text = "".join(
        " " if any(each.literals and each.start <= place < each.end for each in notes.conditions) else sign
        for place, sign in enumerate(notes.sheet.text)
    )
    text = "".join(
        " " if any(each.start <= place < each.end for each in notes.superlatives) else sign
        for place, sign in enumerate(text)
    )
    for start, _, table in sorted(notes.nouns):
        if start >= end and _GAP.fullmatch(text[end:start]):
            return table
    return None


def _asked_measure(notes: Notes, asking: Asking | None) -> Field | None:
    if asking and asking.concepts and (found := about(asking.concepts, notes.source.fields)):
        return found[0]
    for mention in notes.open():
        if each := mention.first(lambda one: one.measured):
            mention.bound = True
            return each
    return None


def _total_field(notes: Notes, total: list[re.Match[str]]) -> Field | None:
    return next((each for each in notes.source.fields if total and each.measured and "total" in each.words), None)


def _of_superlative(notes: Notes, asking: Asking | None) -> Wanted:
    if asking is None:
        return Wanted(way="rows", fields=list(identity(notes.source, None)))
    if asking.concepts and not about(asking.concepts, notes.source.fields):
        said = notes.sheet.text[asking.start : asking.end]
        raise unsure("not_understood", said, message="no column says that: use the name of one")
    if asking.kind == "who":
        return Wanted(way="rows", fields=[_who(notes)])
    if asking.kind == "where":
        return Wanted(way="rows", fields=[place(notes)])
    if asking.kind == "when" and notes.superlatives[0].field.temporal:
        return Wanted(way="rows", fields=[notes.superlatives[0].field])
    if asking.kind == "when":
        return Wanted(way="rows", fields=[time(notes)])
    if found := _named(notes, asking.end):
        return Wanted(way="rows", fields=[found])
    if notes.sheet.text[asking.start : asking.end].startswith("what") and any(map(is_person, notes.source.identity)):
        notes.score -= _OF_PERSONS
    table = _noun(notes, asking.end)
    if table is None and notes.nouns:
        table = notes.nouns[0][2]
    behind = [each for each in notes.open() if each.start > asking.end and each.how == "name"]
    if behind and asking.kind == "which":
        behind[0].bound = True
        return Wanted(way="rows", fields=[behind[0].fields[0]])
    measure = notes.superlatives[0]
    if (
        asking.kind in {"which", "what"}
        and table is None
        and _GAP.fullmatch(notes.sheet.text[asking.end : measure.start])
        and _next(notes, measure.end, lambda one: one.sql == measure.field.sql)
    ):  # "what is the highest salary"
        return Wanted(way="rows", fields=[measure.field])
    return Wanted(way="rows", fields=list(identity(notes.source, table)))


def _who(notes: Notes) -> Field:
    found = person(notes)
    if found in notes.source.identity:
        notes.score += _OF_PERSONS
    return found


def _named(notes: Notes, end: int) -> Field | None:
    """Return the column that "which …" names."""
    found = _next(notes, end, lambda one: not one.key)
    if found is None:
        return None
    mention, each = found
    table = _noun(notes, end)
    if table is not None and mention.how != "name":
        return None
    if table is not None and each.kind != "text":
        return None
    mention.bound = True
    return each


def _plain(notes: Notes, asking: Asking | None, different: bool) -> Wanted:
    kind = asking.kind if asking else ""
    end = asking.end if asking else 0
    if kind == "many":
        return _many(notes, end, different)
    if kind == "who":
        return Wanted(way="rows", fields=[_who(notes)])
    if kind == "when":
        return Wanted(way="rows", fields=[time(notes)])
    if kind == "where":
        return Wanted(way="rows", fields=[place(notes)])
    if asking and asking.concepts:
        found = next((each for each in about(asking.concepts, notes.source.fields) if each.measured), None)
        named = next((each for each in notes.open() if each.first(lambda one: one.measured)), None)
        if found is None and named is not None and "duration" in asking.concepts:
            found = named.first(lambda one: one.measured and UNITS.get(one.unit, ("",))[0] == "time")
        if found is None or ("distance" in asking.concepts and _of_two(notes)):
            word = notes.sheet.text[asking.start : asking.end]
            raise unsure("not_understood", word, message="no column says that: use the name of one")
        notes.confidence *= 0.95
        if named is not None:
            named.bound = found.sql in {each.sql for each in named.fields}
        return Wanted(way="rows", fields=[found])
    if kind == "which" and (found := _named(notes, end)):
        return Wanted(way="rows", fields=[found])
    if kind == "which" and (table := _noun(notes, end)):
        return Wanted(way="rows", fields=list(identity(notes.source, table)))
    return _rest(notes, kind)


def _of_two(notes: Notes) -> bool:
    """Say whether two values of one column are named that is not what rows go by: the way between them is no row's."""
    said = [each.field.sql for each in notes.conditions if each.literals and each.field not in notes.source.identity]
    return len(said) != len(set(said))


def _rest(notes: Notes, kind: str) -> Wanted:
    """Return the columns that are named and have no other place, else what tells rows apart."""
    asked: list[Field] = []
    quantity = kind in {"much", "how"}
    if kind == "much" and not any(each.first(lambda one: one.measured) for each in notes.open()):
        return Wanted(way="rows", fields=[_price(notes)])
    for mention in notes.open():
        each = mention.first(lambda one: one.measured) if quantity else None
        each = each or mention.first(lambda one: not one.key and not (kind in {"which", "what"} and one.temporal))
        each = each or mention.first(lambda one: not one.key)
        if each is not None and each not in asked:
            mention.bound = True
            asked.append(each)
    if asked:
        return Wanted(way="rows", fields=asked)
    if notes.conditions and notes.nouns:
        return Wanted(way="rows", fields=list(identity(notes.source, notes.nouns[0][2])))
    spoken = {one.sql for mention in notes.mentions if mention.bound for one in mention.fields}
    if kind in {"which", "what"} and any(each.literals and each.field.sql in spoken for each in notes.conditions):
        return Wanted(way="rows", fields=list(notes.source.identity))  # what do we buy from Harlow
    if notes.conditions and kind in {"which", "what", ""} and any(not each.literals for each in notes.conditions):
        return Wanted(way="rows", fields=list(notes.source.identity))
    raise unsure("nothing_asked", message="ask for a count, a sum, a column or a value")


def _price(notes: Notes) -> Field:
    """Return the one column of prices, which "how much is it" asks for."""
    priced = _priced(notes)
    if len(priced) != 1:
        raise unsure("ambiguous" if priced else "not_understood", "how much", message="say how much of what")
    return priced[0]


def _priced(notes: Notes) -> list[Field]:
    return [each for each in about(("price", "sum"), notes.source.fields) if each.measured and not each.unit]


def _many(notes: Notes, end: int, different: bool) -> Wanted:
    found = _next(notes, end, lambda one: one.measured)
    table = _noun(notes, end)
    if found and table is None:
        found[0].bound = True
        return Wanted(way="rows", fields=[found[1]])
    people = re.match(r"\s*(?:people|persons)\b|人", notes.sheet.text[end:])
    if people and table is None:
        for mention in notes.open():
            if each := mention.first(lambda one: one.measured):  # "how many people were carried"
                mention.bound = True
                return Wanted(way="rows", fields=[each])
        roomy = [each for each in about(("room",), notes.source.fields) if each.measured]
        if len(roomy) == 1 and re.search(r"\b(?:can|could|may|fits?|holds?|room)\b|[能可坐住]", notes.sheet.text):
            return Wanted(way="rows", fields=roomy)
        if not any(map(is_person, notes.source.identity)):
            raise unsure("not_understood", "people", message="no column holds people: say how many of what")
    valued = next(
        (
            each
            for each in notes.conditions
            if each.literals and each.start >= end and _GAP.fullmatch(notes.sheet.text[end : each.start])
        ),
        None,
    )
    if valued is not None and table is None:
        measured = next((each for mention in notes.open() if (each := mention.first(lambda one: one.measured))), None)
        measured = measured or next((each for each in about(("quantity",), notes.source.fields) if each.measured), None)
        if measured is not None:
            for mention in notes.open():
                mention.bound = mention.bound or measured in mention.fields
            return Wanted(way="rows", fields=[measured])
    texts = _next(notes, end, lambda one: one.kind == "text")
    if texts and texts[0].how != "name" and not people:
        texts = None
    if texts and (different or table is None) and texts[1] not in notes.source.identity:
        texts[0].bound = True
        return Wanted(way="distinct", fields=[texts[1]])
    if texts:
        texts[0].bound = True
    if table is None and not texts and valued is None and not people and not _rows_meant(notes, end):
        raise unsure("ambiguous", "how many", message="say how many of what")
    if table is not None and table != notes.source.tables[0].rpartition(".")[2]:
        return Wanted(way="distinct", fields=list(identity(notes.source, table))[:1])
    return Wanted(way="count", fields=[])


def _rows_meant(notes: Notes, end: int) -> bool:
    """Say whether nothing, or a word for rows of any table, stands behind "how many"."""
    return bool(re.match(r"\s*(?:rows|records|entries)\b|[\s？?。.]*\Z", notes.sheet.text[end:]))


def _done(notes: Notes, wanted: Wanted, kind: str = "") -> Wanted:
    """Return what is wanted where no mention is left without a place."""
    if wanted.groups and wanted.way == "rows":
        names = [each.name for each in wanted.groups]
        raise unsure("ambiguous", *names, message="say what is counted, summed or averaged by groups")
    if kind == "many" and wanted.way == "rows" and any(each in _priced(notes) for each in wanted.fields):
        raise unsure("not_understood", "how many", message="a price is no number of things")
    settled = {each.sql for each in (*wanted.fields, *wanted.groups, *notes.source.identity)}
    settled |= {each.field.sql for each in (*notes.conditions, *notes.superlatives)}
    shown = [*wanted.fields, *(each.field for each in (*notes.conditions, *notes.superlatives))]
    roots = {word[:4] for each in wanted.fields for word in each.words if len(word) > 3}  # "first climbed" of a climber
    left = [
        each for each in notes.open()
        if not each.optional
        and not any(one.sql in settled or any(word[:4] in roots for word in one.words) for one in each.fields)
        and not (each.how == "cue" and _idle_verb(each))
        and not (kind != "who" and _event(notes, each))
        and not (each.word in _DAYS and any(one.temporal for one in shown))
    ]  # fmt: skip
    if left:
        words = [each.word for each in left]
        raise unsure("not_understood", *words, message="these words have no place here: ask for one thing at a time")
    return wanted


def _event(notes: Notes, mention: Mention) -> bool:
    """Say whether a word is the verb of what each row records: "how many kilos did we send" with dates of sending."""
    ahead = notes.sheet.text[: mention.start]
    return all(one.temporal for one in mention.fields) and not re.search(
        r"\b(?:the|of|by|per|in|on|no|not)\s+\Z", ahead
    )


def _idle_verb(mention: Mention) -> bool:
    return mention.word in LIGHT or (chinese(mention.word) and mention.word in {"工作", "买", "订"})
