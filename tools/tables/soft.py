"""A second, softer reading of a question over one source: what the words commonly mean, and still no word ignored.

It answers where the strict rules know a word of the question for no name and no value. Each word must be a value, a
column by its name or by what it commonly means, a number, date or comparison, a part of the question's frame, or idle;
a word that nothing explains refuses, since it may restrict what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from .asking import note_how, note_question
from .binding import bind
from .deciding import decide
from .deriving import derive, note_per, note_times, note_unit
from .differing import note_difference
from .doubts import referring
from .likeness import Likeness
from .measures import measures
from .mending import mended
from .notes import Condition, Notes, chinese
from .ordering import note_order
from .partly import note_names, note_parts
from .persons import is_person
from .ranking import agreed
from .rates import check_rates, note_rates
from .reading import Unsure, unsure
from .result import Refused
from .sources import Source
from .speaking import idle, note_alike, note_columns, note_frame
from .spelled import note_values
from .stating import answering, state
from .undone import note_undone
from .wanted import Wanted
from .wording import Sheet

__all__ = ["Misread", "Understood", "read"]

_LEAST: Final = 0.5
_LONGEST: Final = 1_000
_JOINED: Final = 0.9
_SQUARE: Final = re.compile(r"\bsquare (?P<k>k(?:ilo))?met(?:re|er)s?\b", re.IGNORECASE)
_MENDED: Final = 0.95
_FOREIGN: Final = 2.0
"""What a table explains less whose columns are named in another language than the question's."""
_KEYED: Final = r"(?<![a-z])(?:{words})s?\s*(?:no\.?|number|nr\.?|id|#)?\s*(?P<key>\d+)(?![\d.,]*\d)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A question as it was read."""

    source: Source
    sql: str
    reading: str
    """One line: what is shown, of what, where."""
    confidence: float
    """How sure the reading is, in (0, 1]."""
    score: float
    """How much of the question the source itself explains; the source with more is the likelier."""
    answers: tuple[int, ...] = ()
    """The columns that answer; none where that is not known, or there is one alone."""
    linked: bool = False
    """Whether the learnt linker read it, and not the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A question that a source does not answer."""

    refused: Refused
    score: float
    """How much of the question the source explained."""


_IN_TOTAL: Final = re.compile(r"\bin total\b", re.IGNORECASE)
_TOTAL: Final = re.compile(r"\b(?:in total|(?:the )?(?:grand )?total(?: of)?)\b", re.IGNORECASE)
"""Asks for a sum where no column is called a total."""


def read(
    question: str,
    source: Source,
    *,
    today: date | None = None,
    likeness: Likeness | None = None,
    known: Callable[[str], bool] | None = None,
) -> Understood | Misread:
    """Return how a question reads over a source, or why it does not.

    Args:
        question: In English or Chinese.
        source: What it may be about.
        today: What "last month" counts from.
        likeness: Compares meanings; without it no word is taken for a name that is only alike in meaning.
        known: Says whether a word is one; without it no slip of spelling in the question's own words is mended.
    """
    if len(question) > _LONGEST:
        message = f"it has more than {_LONGEST} characters: ask for one thing"
        return Misread(refused=Refused(reason="not_understood", words=(), message=message), score=0.0)
    said = _SQUARE.sub(lambda match: "km2" if match["k"] else "m2", question.replace("’", "'"))
    plain = mended(said, source, known) if known else said
    notes = Notes(
        sheet=Sheet(_IN_TOTAL.sub("altogether", plain)),
        source=source,
        today=today,
        confidence=_MENDED if plain != said else 1.0,
    )
    try:
        return _read(notes, likeness)
    except Unsure as doubt:
        return Misread(refused=doubt.refused, score=notes.score)


def _read(notes: Notes, likeness: Likeness | None) -> Understood:
    note_frame(notes)
    note_question(notes)
    _note_keys(notes)
    note_values(notes)
    note_names(notes)
    note_difference(notes)
    note_times(notes)
    note_rates(notes)
    note_unit(notes)
    note_undone(notes)
    found = measures(notes)
    how = note_how(notes)
    note_columns(notes)
    note_parts(notes)
    note_order(notes)
    if likeness is not None:
        note_alike(notes, likeness)
    try:
        note_per(notes)
        bind(notes, found)
        named = [each for each in notes.conditions if _stands_for(notes, each)]
        referring(notes.sheet.text, [each.start for each in (*notes.superlatives, *named)])
        wanted = decide(notes, how)
        check_rates(notes, wanted.fields)
        wanted = derive(notes, wanted)
    except Unsure:
        _all_understood(notes)  # a word without a meaning is the better reason
        raise
    _all_understood(notes)
    if len(notes.superlatives) > 1 or (found.top and not (notes.superlatives or notes.ranked)):
        raise unsure("ambiguous", "most", message="more than one thing is asked: ask one at a time")
    if re.search(r"\bor\b|或", notes.sheet.text) and len(notes.conditions) > 1 and not _one_column(notes):
        raise unsure("ambiguous", "or", message="several conditions are joined by AND only: ask in SQL")
    if len(notes.source.tables) > 1:
        notes.confidence *= _JOINED
    if chinese(notes.sheet.text) != any(chinese(each.name) for each in notes.source.fields):
        notes.score -= _FOREIGN
    if notes.confidence < _LEAST:
        raise unsure("ambiguous", message="too much of it would be a guess: use names of columns and values")
    if wanted.alone and _single(notes, wanted):
        wanted = replace(wanted, way="rows")
    if found.place > 1 and (wanted.way != "rows" or found.top or len(notes.superlatives) != 1):
        raise unsure("not_understood", "second", message="it is not clear of what the second is wanted")
    notes.place = found.place
    sql, reading = state(notes, wanted, found.top)
    if wanted.doubtful:
        row, _ = state(notes, replace(wanted, way="rows", fields=wanted.groups, groups=[]), found.top)
        if not agreed(notes, sql, row):
            raise unsure("ambiguous", "most", message="say 'in total' for sums, or 'the highest' for one row")
    return Understood(
        source=notes.source,
        sql=sql,
        reading=reading,
        confidence=round(notes.confidence, 2),
        score=notes.score,
        answers=answering(notes, wanted),
    )


def _stands_for(notes: Notes, condition: Condition) -> bool:
    """Say whether a value is somebody or something that a pronoun may point back to, and no kind of things."""
    capital = notes.sheet.cased[condition.start : condition.end] != notes.sheet.text[condition.start : condition.end]
    named = capital or condition.field in notes.source.identity or is_person(condition.field)
    return named or re.search(r"\bthe\s+\Z", notes.sheet.text[: condition.start]) is not None


def _single(notes: Notes, wanted: Wanted) -> bool:
    """Say whether one row alone holds what is summed."""
    counted = replace(wanted, way="count", fields=[])
    return notes.source.ask is not None and notes.source.ask(state(notes, counted, 0)[0]).rows in (((0,),), ((1,),))


def _all_understood(notes: Notes) -> None:
    if left := idle(notes):
        raise unsure(
            "not_understood", *left, message="these words have no meaning here: use names of columns and values"
        )


def _one_column(notes: Notes) -> bool:
    return len({each.field.sql for each in notes.conditions}) == 1


def _note_keys(notes: Notes) -> None:
    """Note "order 7005": the number behind the word for a row is the row's own."""
    for each in notes.source.fields:
        if not each.key or each.kind != "number" or not each.unique:
            continue
        stems = [word for word, table in notes.source.nouns.items() if table == each.table]
        words = "|".join(re.escape(word) + r"\w{0,2}" for word in {*stems, *each.words} if word.isalpha())
        for match in list(notes.sheet.find(_KEYED.format(words=words))) if words else []:
            notes.take(*match.span(), score=3.0)
            value = match["key"]
            notes.of(Condition(start=match.start(), end=match.end(), field=each, sql="", said="", literals=(value,)))
