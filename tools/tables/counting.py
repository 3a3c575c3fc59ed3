"""What "how many" counts: rows, different values, or what a column of numbers holds."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import stem

from .doubts import DID_PAY
from .lexicon import STATES
from .notes import Mention, Notes, about, chinese
from .persons import identity, is_person
from .places import GAP, behind, row_noun
from .reading import unsure
from .related import related
from .sources import Field
from .wanted import Wanted

__all__ = ["added", "how_many", "totalled"]

_ALL_OF_IT: Final = re.compile(
    r"\b(?:in total|in all|altogether|total|sum|overall|combined)\b"
    r"|\ball (?:of )?(?:the|our|your|these|those)\b.*\bcomes? to\b"
    r"|\badds? up to\b|总和|总计|合计|总共|一共"
)
"""Asks for a sum, also where the word was read as a name of the column."""
_DONE: Final = re.compile(r"\b(?:did|was|were|has|have|had|been)\b|[了过]")
_HAS: Final = re.compile(r"\b(?:do|does|can|will|must|should)(?:n't| not)? (?:[^?]*? )?have\b")
"""What something has is no happening."""
_ONE: Final = re.compile(r"\bhow much (?:did|was|were|has|had) (?:an?|one|each|every|the average)\b|每")
_LEVELS: Final = ("score", "age", "speed", "heat", "height", "depth", "altitude", "width", "stock", "population")
"""Concepts whose values of several rows make no sum."""
_FITTING: Final = frozenset(
    map(
        stem,
        ("capacity", "seats", "seat", "places", "beds", "sleeps", "balance", "free", "price", "rate", "fare", "rent"),
    )
)
"""Words in names of columns whose values make no sum either."""


def how_many(notes: Notes, end: int, *, different: bool) -> Wanted:
    """Return what is wanted behind "how many".

    Args:
        notes: Of the question.
        end: Where the word that asks ends.
        different: Whether "different" is said.

    Raises:
        Unsure: Where it is not clear what is counted.
    """
    found = behind(notes, end, lambda one: one.measured)
    table = row_noun(notes, end)
    if found and table is None:
        found[0].bound = True
        return Wanted(way="rows", fields=[found[1]])
    people = re.match(r"\s*(?:people|persons)\b|人", notes.sheet.text[end:])
    if people and table is None and (wanted := _people(notes)):
        return wanted
    valued = next(
        (
            each
            for each in notes.conditions
            if each.literals and each.start >= end and GAP.fullmatch(notes.sheet.text[end : each.start])
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
    texts = behind(notes, end, lambda one: one.kind == "text")
    if texts and texts[0].how != "name" and not people and not _rows_named(notes, *texts):
        texts = None
    if texts and (different or table is None) and texts[1] not in notes.source.identity:
        texts[0].bound = True
        return Wanted(way="distinct", fields=[texts[1]])
    if texts:
        texts[0].bound = True
    if table is None and not texts and valued is None and not people and not _rows_meant(notes, end):
        raise unsure("ambiguous", "how many", message="say how many of what")
    if table is not None and table != notes.source.tables[0].rpartition(".")[2]:
        return Wanted(
            way="distinct", fields=[(*identity(notes.source, table), *notes.source.others.get(table, ()))[-1]]
        )
    return Wanted(way="count", fields=[])


def added(notes: Notes, wanted: Wanted) -> Wanted:
    """Return the sum over what happened, where "how many" or "how much" is asked of several rows of it.

    A table of what happened has a day for each row; so have people, by which they were born or hired, and these make no
    sum. What one row is named for is told as it stands.
    """
    if notes.kind not in {"many", "much"} or wanted.way != "rows" or len(wanted.fields) != 1 or notes.superlatives:
        return wanted
    each, fields, text = wanted.fields[0], notes.source.fields, notes.sheet.text
    if not each.measured or each.rate or notes.rate or notes.times or notes.per or notes.difference:
        return wanted
    if each in about(_LEVELS, fields) or _FITTING.intersection(each.words) or _ONE.search(text):
        return wanted
    if not any((one.how == "name" or chinese(one.word)) and each in one.fields for one in notes.mentions):
        return wanted  # "how many are taken" does not say of what
    since = about(STATES, fields)
    if not any(one.kind in {"date", "month"} and one not in since for one in fields):
        return wanted
    dated = any(one.field.temporal for one in notes.conditions)
    counted = each not in about(("price", "sum", "distance", "duration", "length", "weight"), fields)
    if not (_DONE.search(_HAS.sub(" ", text)) or (dated and counted)) or any(map(notes.one_row, notes.conditions)):
        return wanted
    return Wanted(way="sum", fields=[each], alone=True)


def _people(notes: Notes) -> Wanted | None:
    """Return the column that tells how many people, where it is not the rows that are counted.

    Raises:
        Unsure: Where neither the rows nor a column are people.
    """
    for mention in notes.open():
        if each := mention.first(lambda one: one.measured):  # "how many people were carried"
            mention.bound = True
            return Wanted(way="rows", fields=[each])
    roomy = [each for each in about(("room",), notes.source.fields) if each.measured]
    if len(roomy) == 1 and re.search(r"\b(?:can|could|may|fits?|holds?|room)\b|[能可坐住]", notes.sheet.text):
        return Wanted(way="rows", fields=roomy)
    if not any(map(is_person, notes.source.identity)):
        raise unsure("not_understood", "people", message="no column holds people: say how many of what")
    return None


def _rows_named(notes: Notes, mention: Mention, field: Field) -> bool:
    """Say whether a word stands for what each row is: "books" where rows go by a title."""
    return field in notes.source.identity and field in related(stem(mention.word), (field,))


def _rows_meant(notes: Notes, end: int) -> bool:
    """Say whether nothing, or a word for rows of any table, stands behind "how many"."""
    return bool(re.match(r"\s*(?:rows|records|entries)\b|[\s？?。.]*\Z", notes.sheet.text[end:]))


def totalled(notes: Notes, wanted: Wanted) -> Wanted:
    """Return the sum of what would be told row by row, where a total is asked for: "the total paid for camp"."""
    if wanted.way != "rows" or len(wanted.fields) != 1 or notes.times or notes.superlatives or notes.per:
        return wanted
    field = wanted.fields[0]
    once = notes.kind == "much" and DID_PAY.search(notes.sheet.text) and not _ONE.search(notes.sheet.text)
    paid = once and not field.rate and not field.unit and _FITTING.isdisjoint(field.words)
    if not field.measured or "total" in field.words or not (paid or _ALL_OF_IT.search(notes.sheet.text)):
        return wanted
    return Wanted(way="sum", fields=[field], groups=wanted.groups, alone=True)
