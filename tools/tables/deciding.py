"""Decide what a question asks for, once its columns, values and measures are noted."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import stem

from .accounting import account, priced
from .asking import Asking, note_flags, note_groups, note_negations, note_word
from .counting import added, how_many, totalled
from .lasting import elapsed, lasting, note_house
from .notes import Notes, about, chinese
from .persons import identity, is_person, person, place, time
from .places import GAP, behind, row_noun
from .ranking import rank_rows, rank_values, summed
from .reading import unsure
from .sources import Field
from .units import UNITS, factor
from .wanted import Wanted, Way

__all__ = ["decide"]

_TOTAL: Final = re.compile(
    r"\b(?:in total|in all|altogether|all together|overall|combined)\b|\b(?:the )?(?:total|sum)(?: of)?\b(?! of all)"
    r"|总和|总计|合计|[总一]共的?|总(?=[^是])"
)
_MEAN: Final = re.compile(r"\b(?:on average|average|mean|avg)\b|平均值?")
_DIFFERENT: Final = re.compile(r"\b(?:different|distinct|unique)\b|不同的?")
_IS: Final = re.compile(r"\bhow old (?:is|are)\b|多大|几岁")
_OF: Final = re.compile(r"\s+of\b|的")
_FOR: Final = re.compile(r"\bwhat\b.*\bfor\s*[?？.!]*\s*\Z")
_REASONS: Final = frozenset(
    map(stem, ("reason", "purpose", "cause", "occasion", "complaint", "diagnosis", "treatment"))
)
_OF_PERSONS: Final = 0.8
"""What a table of persons explains more of who, and less of what."""


def decide(notes: Notes, how: Asking | None) -> Wanted:
    """Return what is asked for; each mention has a place afterwards.

    Raises:
        Unsure: Where it is not clear, or words have no place.
    """
    sheet = notes.sheet
    total, mean = sheet.take(_TOTAL), sheet.take(_MEAN)
    if notes.times:
        total = []  # what several cost is the total
    different = sheet.take(_DIFFERENT)
    asking = how or note_word(notes)
    kind = notes.kind = asking.kind if asking else ""
    if kind == "lasting":
        note_house(notes)
    groups = note_groups(notes)
    if kind in {"which", "who", "many"} or not asking:
        note_flags(notes)
    note_negations(notes)
    notes.settle()
    if _FOR.search(sheet.text) and (why := _reason(notes)):
        return account(notes, Wanted(way="rows", fields=[why]))
    if notes.ranked:
        return account(notes, rank_rows(notes, asking))
    if total or mean:
        way: Way = "avg" if mean else "sum"
        if notes.superlatives and kind in {"which", "who"}:
            return account(notes, rank_values(notes, asking, way))
        measured = _asked_measure(notes, asking) or _total_field(notes, total)
        if measured is not None:
            if notes.superlatives:
                raise unsure("ambiguous", way, message="more than one thing is asked: ask one at a time")
            return account(notes, Wanted(way=way, fields=[measured], groups=groups))
        if mean or asking is None or asking.kind != "many":
            word = (mean or total)[0].group()
            raise unsure("ambiguous", word, message="name one column of numbers")
    if notes.superlatives and not (asking and asking.kind in {"many", "much"}):
        wanted = _of_superlative(notes, asking)
        if groups:
            wanted.groups = groups
        else:
            wanted = summed(notes, wanted)
        return account(notes, wanted)
    wanted = totalled(notes, _plain(notes, asking, bool(different)))
    wanted = wanted if groups else added(notes, wanted)
    wanted.groups = groups
    if wanted.way != "rows" and notes.superlatives:
        raise unsure("ambiguous", wanted.way, message="more than one thing is asked: ask one at a time")
    return account(notes, wanted)


def _reason(notes: Notes) -> Field | None:
    """Return the column that tells what something was for.

    Raises:
        Unsure: Where none does, and one row is meant by its rank.
    """
    found = next(
        (each for each in notes.source.fields if each.kind == "text" and _REASONS.intersection(each.words)), None
    )
    if found is None and notes.superlatives:
        raise unsure("not_understood", "for", message="no column tells what it was for")
    return found


def _asked_measure(notes: Notes, asking: Asking | None) -> Field | None:
    told = about(asking.concepts, notes.source.fields) if asking else ()
    if found := next((each for each in told if each.measured), None):
        return found
    for mention in notes.open():
        if each := mention.first(lambda one: one.measured):
            mention.bound = True
            return each
    return None


def _total_field(notes: Notes, total: list[re.Match[str]]) -> Field | None:
    return next((each for each in notes.source.fields if total and each.measured and "total" in each.words), None)


def _of_superlative(notes: Notes, asking: Asking | None) -> Wanted:
    if asking is None:  # the breed of the youngest rabbit
        first = notes.superlatives[0].start
        of = [each for each in notes.open() if each.end <= first and _OF.match(notes.sheet.text, each.end)]
        told = [one for each in of if each.how == "name" and (one := each.first(lambda one: not one.key))]
        return Wanted(way="rows", fields=told[:1] or list(identity(notes.source, None)))
    if asking.concepts and not about(asking.concepts, notes.source.fields):
        said = notes.sheet.text[asking.start : asking.end]
        raise unsure("not_understood", said, message="no column says that: use the name of one")
    if asking.concepts:  # how heavy is the heaviest
        return Wanted(way="rows", fields=_how(notes, asking))
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
    table = row_noun(notes, asking.end)
    if table is None and notes.nouns:
        table = notes.nouns[0][2]
    later = [
        each for each in notes.open()
        if each.start > asking.end and each.how == "name" and not (each.optional and each.fields[0].key)
    ]  # fmt: skip
    if later and asking.kind == "which":
        later[0].bound = True
        return Wanted(way="rows", fields=[later[0].fields[0]])
    measure = notes.superlatives[0]
    if (
        asking.kind in {"which", "what"}
        and table is None
        and GAP.fullmatch(notes.sheet.text[asking.end : measure.start])
        and behind(notes, measure.end, lambda one: one.sql == measure.field.sql)
    ):  # "what is the highest salary"
        return Wanted(way="rows", fields=[measure.field])
    return Wanted(way="rows", fields=_told_of(notes, table))


def _told_of(notes: Notes, table: str | None) -> list[Field]:
    """Return what tells which row is meant: where rows go by a number alone, also what the row says of itself."""
    goes_by = list(identity(notes.source, table))
    if len(notes.source.tables) > 1 or any(each.kind == "text" and not each.key for each in goes_by):
        return goes_by
    said = [each for each in notes.source.fields if each not in goes_by and (each.kind in {"text", "date"})]
    return [*said, *goes_by] if said else goes_by


def _who(notes: Notes) -> Field:
    found = person(notes)
    if found in notes.source.identity:
        notes.score += _OF_PERSONS
    return found


def _named(notes: Notes, end: int) -> Field | None:
    """Return the column that "which …" names."""
    found = behind(notes, end, lambda one: not one.key)
    if found is None:
        return None
    mention, each = found
    table = row_noun(notes, end)
    if table is not None and mention.how != "name":
        return None
    if table is not None and each.kind != "text":
        return None
    mention.bound = True
    return each


def _plain(notes: Notes, asking: Asking | None, different: bool) -> Wanted:
    kind = asking.kind if asking else ""
    end = asking.end if asking else 0
    if kind == "many" or (kind == "much" and chinese(notes.sheet.text) and row_noun(notes, end)):
        return how_many(notes, end, different=different)
    if kind == "lasting":
        return Wanted(way="rows", fields=lasting(notes))
    if kind == "who":
        return Wanted(way="rows", fields=[_who(notes)])
    if kind == "when":
        return Wanted(way="rows", fields=[time(notes)])
    if kind == "where":
        return Wanted(way="rows", fields=[place(notes)])
    if asking and asking.concepts:
        found = next((each for each in about(asking.concepts, notes.source.fields) if _in_unit(notes, each)), None)
        named = next((each for each in notes.open() if each.first(lambda one: one.measured)), None)
        if found is None and "age" in asking.concepts and notes.today and _IS.search(notes.sheet.text):
            return Wanted(way="rows", fields=_how(notes, asking))
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
    if kind == "which" and (table := row_noun(notes, end)):
        return Wanted(way="rows", fields=list(identity(notes.source, table)))
    return _rest(notes, kind)


def _how(notes: Notes, asking: Asking) -> list[Field]:
    """Return the quantity that an adjective asks for; of a day since when something is, how long ago that is.

    Raises:
        Unsure: Where no column tells it.
    """
    told = about(asking.concepts, notes.source.fields)
    found = next((each for each in told if _in_unit(notes, each)), None)
    if found is not None:
        return [found]
    since = next((each for each in told if each.kind in {"date", "year"}), None)
    if since is None or notes.today is None or "age" not in asking.concepts or not _IS.search(notes.sheet.text):
        said = notes.sheet.text[asking.start : asking.end]
        raise unsure("not_understood", said, message="no column says that: use the name of one")
    for mention in notes.open():
        mention.bound = mention.bound or since in mention.fields
    notes.confidence *= 0.95
    return [elapsed(since, notes.today), since]


def _in_unit(notes: Notes, field: Field) -> bool:
    """Say whether a column holds quantities, and such as can be told in the unit that is asked."""
    return field.measured and (not notes.unit or (bool(field.unit) and factor(field.unit, notes.unit) is not None))


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
    rated = [each for each in asked if notes.rate and each.rate == notes.rate]
    others = [each for each in asked if each not in rated]
    if rated and not any(each.how == "name" and each.fields[0] in others for each in notes.mentions):
        return Wanted(way="rows", fields=rated)  # a night's price, whatever else its verb may be about
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
    found = priced(notes)
    if len(found) != 1:
        raise unsure("ambiguous" if found else "not_understood", "how much", message="say how much of what")
    return found[0]
