"""Readings in which every word has a place, and which are wrong all the same: of another table's row, or another way.

"The owner of Thor" is no row of pets; "leaves the island" goes by no port of arrival; a stock's worth is no number of
pieces. What is doubted here is refused, so that another table, two tables or another tool may answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .lexicon import STATES
from .notes import Condition, Mention, Notes, about
from .periods import ASKED
from .persons import is_person
from .reading import unsure
from .sources import Field
from .wanted import Wanted

__all__ = ["DID_PAY", "WORTH", "doubt", "referring", "wrong_way"]

_NUMBERED: Final = re.compile(r"[\s_-]*(?:ids?|numbers?|no|nr|codes?|keys?)\b|编号|号")
_HEAD: Final = re.compile(r"\s+(?:of|for)\b")
_HAD: Final = re.compile(r"(?:['’]s|s['’]|的)\s*\Z")
_LEAVING: Final = re.compile(
    r"\b(?:leav(?:e|es|ing)|left|depart(?:s|ed|ing)?(?:\s+from)?|out of|away from|from|set(?:s|ting)? (?:off|out) from)"
    r"\s+(?:the\s+|port\s+)?\Z|(?:从|离开)\Z"
)
_REACHING: Final = re.compile(
    r"\b(?:reach(?:es|ed|ing)?|arriv(?:e|es|ed|ing)\s+(?:at|in|on)|to|into|towards?)"
    r"\s+(?:the\s+|port\s+)?\Z|(?:到达|抵达|开往|前往|到|去)\Z"
)
_ENDS: Final = {"goal": frozenset({"to", "destin", "destination", "arriv", "arrival"}), "origin": frozenset({"from"})}
WORTH: Final = re.compile(r"\bworth\b|\bvalues?\s+of\b|(?:总|价)值|值多少")
"""Asks for what things are worth: no number of them, but one times a price."""
_WILL: Final = re.compile(r"\b(?:will|shall)\b|['’]ll\b|将会?|会有")
_SAME: Final = re.compile(r"\b(?:the|a|an|is|are|was|were|does|do|did)\b|\s")
_BEING: Final = re.compile(r"\b(?:is|are|was|were)\s+(?:the\s+)?\Z")
_PERSONAL: Final = re.compile(
    r"\b(?:he|she|him|hers?|his|they|them|it)\b|(?<!\w)(?:this|that|these|those)(?=\s*(?:costs?\b|[?？.!]|\Z))|[它他她]们?"
)
_EMPTY_IT: Final = re.compile(
    r"\bit\s+(?:costs?|takes?|took)\s+(?:\w+\s+){0,3}?to\b"
    r"|\b(?:far|long|many \w+)\s+(?:is|was)\s+it\s+(?:from|to|between)\b"
    r"|\b(?:is|was)\s+it\s+(?:that|who|who's)\b|\bwho (?:is|was) it (?:that|who)\b"
    r"|\b(?:does|did|will|would) it (?:cost|take)\b.*\bto\b"
    r"|\bit\s+(?:rains?|rained|snows?|snowed)\b|\b(?:did|does) it (?:rain|snow)\b|\bthan (?:it|they|he|she)\b"
)
_TOOK: Final = re.compile(
    r"\bdid\b.*\b(?:carry|take|transport|ferry|hold|seat|sleep|accommodate|move|bring|serve|house|board)\b"
    r"|\b(?:was|were|has|have|had|been)\b.*\b(?:carried|taken|transported|ferried|moved|brought|served|housed|boarded)\b"
)
"""Asks for how many there were, and not for how many there may be."""
DID_PAY: Final = re.compile(r"\bdid\b.*\b(?P<verb>pay|cost|spend|get|earn|charge|receive)\b")
"""Asks for what was paid, and not for what something costs."""
_BEFORE: Final = re.compile(r"\b(?:who|which|what (?!did|do|does|is|are|was|were))\w*|谁|哪")


_SUBJECT: Final = re.compile(
    r"\b(?:which|what)\s+\w+(?:\s+\w+)?\s+(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|may)\s+\Z"
)
"""What stands before a pronoun that the asked noun is not: which town does *she* live in."""
_AGAIN: Final = re.compile(r"[?？]+[\s\"”'’)]*(?=\w)")


def doubt(notes: Notes, wanted: Wanted) -> None:
    """Raise for a reading that is wrong though each word has a place in it.

    Raises:
        Unsure: With the words that are in doubt.
    """
    _twice(notes)
    _of_another_table(notes, wanted)
    _of_another_row(notes, wanted)
    _told_again(notes, wanted)
    _paid(notes, wanted)
    _through_a_person(notes, wanted)
    _of_one(notes)
    _ends(notes)
    _to_come(notes, wanted)
    _taken(notes, wanted)


def wrong_way(words: Iterable[str], ahead: str) -> bool:
    """Say whether a place is left where things arrive, or reached where they start.

    Args:
        words: Of the name of the column that holds the place.
        ahead: What stands before the place.
    """
    held = frozenset(words)
    leaving, reaching = _LEAVING.search(ahead), _REACHING.search(ahead)
    return bool((held & _ENDS["goal"] and leaving) or (held & _ENDS["origin"] and reaching))


def referring(text: str, spoken: Sequence[int]) -> None:
    """Refuse a pronoun that stands for nobody and nothing in a question.

    Args:
        text: The question, normalized.
        spoken: Where it names a row or says which one is meant.

    Raises:
        Unsure: With the pronoun.
    """
    empty = [match.span() for match in _EMPTY_IT.finditer(text)]
    for match in _PERSONAL.finditer(text):
        if any(start <= match.start() < end for start, end in empty):
            continue
        ahead = text[: match.start()]
        if any(start < match.start() for start in spoken) or (_BEFORE.search(ahead) and not _SUBJECT.search(ahead)):
            continue
        raise unsure("ambiguous", match.group(), message="say who or what is meant: it stands for nothing here")


def _twice(notes: Notes) -> None:
    """Refuse two questions of two columns, where the first would be told of what both name."""
    again = _AGAIN.search(notes.sheet.text)
    sides: tuple[list[Mention], list[Mention]] = ([], [])
    for each in notes.mentions if again else ():
        sides[again is not None and each.start > again.start()].append(each)
    first = {one.sql for each in sides[0] for one in each.fields}
    for each in sides[1] if first else ():
        if first.isdisjoint(one.sql for one in each.fields) and not each.optional:
            raise unsure("not_understood", each.word, message="it is of a second question: ask one at a time")


def _of_another_table(notes: Notes, wanted: Wanted) -> None:
    """Refuse a word for the rows of another table, where only their numbers are here."""
    text = notes.sheet.text
    leads: Mapping[str, str] = notes.source.leads() if notes.source.leads else dict[str, str]()
    keyed = set(leads)

    def led(one: Field) -> bool:
        return one.kind != "text" and one.name in keyed

    for each in notes.mentions:
        role = all(map(led, each.fields)) and (each.how == "name" or notes.kind == "who")
        if (
            role
            and not _NUMBERED.match(text, each.end)
            and not any(one.field in each.fields for one in notes.conditions)
        ):
            raise unsure("not_understood", each.word, message=f"{each.fields[0].name} only leads to another table")
    numbered = any(each.how == "name" and _NUMBERED.match(text, each.end) for each in notes.mentions)
    if any(map(led, wanted.fields)) and not numbered:
        raise unsure("not_understood", wanted.fields[0].name, message="it only leads to another table")
    joined = {by.name: name for name, (*_, by) in notes.source.others.items()}
    measured = (notes.kind == "how" or bool(notes.unit)) and not notes.nouns and wanted.way == "rows"
    for one in notes.conditions if measured else ():
        other = joined.get(one.field.name) or leads.get(one.field.name)
        own = one.field in notes.source.identity or all(each.table == other for each in wanted.fields)
        if one.literals and other and not own and _subject(notes, one):
            raise unsure("not_understood", text[one.start : one.end], message=f"it is a row of {other}")


def _subject(notes: Notes, condition: Condition) -> bool:
    """Say whether a value is what the question says something of: "how long is the Coral Line"."""
    return _BEING.search(notes.sheet.text[: condition.start]) is not None


def _of_another_row(notes: Notes, wanted: Wanted) -> None:
    """Refuse, of two tables, what is asked of a row of the second and told of the first: "the owner of Thor"."""
    text = notes.sheet.text
    of = [each.field.table for each in (*notes.conditions, *notes.superlatives)]
    if wanted.way == "distinct" and of and all(each in notes.source.others for each in of):
        raise unsure("ambiguous", message="rows that the other table does not speak of would not be counted")
    for start, end, table in notes.nouns if len(notes.source.tables) > 1 else ():
        if table not in notes.source.others:
            continue
        goes_by = notes.source.others[table]
        head = _HEAD.match(text, end) or _HAD.search(text[:start])
        told = all(each.table == table or each in goes_by for each in wanted.fields)
        if head and not (wanted.way == "rows" and told):
            raise unsure("not_understood", text[start:end], message=f"what is asked is not told of {table}")
        for each in notes.superlatives:
            beside = each.end <= start and not _SAME.sub("", text[each.end : start])
            if beside and each.field.table != table:
                raise unsure("not_understood", text[start:end], message=f"{each.field.name} is not of {table}")


def _through_a_person(notes: Notes, wanted: Wanted) -> None:
    """Refuse what somebody did or paid, told of a thing that is theirs: a member's payments are no price of a boat."""
    joined = {name: by for name, (_, by) in notes.source.others.items() if is_person(by)}
    if not joined or not wanted.fields or any(each.table in joined for each in wanted.fields):
        return
    own = [each for each in (*notes.conditions, *notes.superlatives) if each.field.table not in joined]
    of = [each for each in notes.conditions if each.field.table in joined]
    spoken = any(by.sql in {one.sql for one in each.fields} for each in notes.mentions for by in joined.values())
    if of and not own and not spoken:
        said = notes.sheet.text[of[0].start : of[0].end]
        raise unsure("not_understood", said, message="what is asked is of somebody who has it, and not of it")


def _paid(notes: Notes, wanted: Wanted) -> None:
    """Refuse what was paid once where a column tells a rate: an hourly rate is not what we paid a firm."""
    paid = DID_PAY.search(notes.sheet.text)
    asked = ASKED.search(notes.sheet.text)
    if paid and not asked and not notes.times and any(each.rate for each in wanted.fields):
        raise unsure("not_understood", paid["verb"], message="a rate is told, and not what was paid")


def _told_again(notes: Notes, wanted: Wanted) -> None:
    """Refuse, of two tables, what each row of the second is told or summed once for each row of the first that leads
    to it."""
    others = notes.source.others
    if len(notes.source.tables) < 2 or not wanted.fields or not all(each.table in others for each in wanted.fields):
        return
    own = [each for each in (*notes.conditions, *notes.superlatives) if each.field.table not in others]
    if wanted.way in ("sum", "avg") or (wanted.way == "rows" and not own):
        raise unsure(
            "not_understood", wanted.fields[0].name, message="it would be told again for each row of the other"
        )


def _of_one(notes: Notes) -> None:
    """Refuse the first, the last and the most of a single row: it is said of what it did, which stands elsewhere."""
    rows = [each for each in notes.conditions if each.field in notes.source.identity and not each.negated]
    if notes.superlatives and len(rows) == 1 and notes.one_row(rows[0]):
        said = notes.sheet.text[notes.superlatives[0].start : notes.superlatives[0].end]
        raise unsure("not_understood", said.strip(), message="one row alone is meant: of what is it said?")


def _ends(notes: Notes) -> None:
    """Refuse a place that is left where things arrive, and one that is reached where they start."""
    text = notes.sheet.text
    for each in notes.conditions:
        if each.literals and wrong_way(each.field.words, text[: each.start]):
            raise unsure("not_understood", text[each.start : each.end], message=f"it is a {each.field.phrase} alone")


def _to_come(notes: Notes, wanted: Wanted) -> None:
    """Refuse what will be, where no date and no price is asked for: a table tells what is."""
    will = _WILL.search(notes.sheet.text)
    if will is None or any(each.field.temporal for each in notes.conditions):
        return
    fitting = {
        each.sql for each in about(("price", "sum", "pay", "room", "duration", "due", "promise"), notes.source.fields)
    }
    if (
        not all(each.temporal or each.sql in fitting or each.measured for each in wanted.fields)
        or wanted.way == "count"
    ):
        raise unsure("not_understood", will.group(), message="the tables tell what is, not what will be")


def _taken(notes: Notes, wanted: Wanted) -> None:
    """Refuse how many something took, of a table that tells what each thing is and not what happened."""
    took = _TOOK.search(notes.sheet.text)
    if took is None or notes.kind != "many" or wanted.way != "rows" or not all(each.measured for each in wanted.fields):
        return
    since = about(STATES, notes.source.fields)
    if not any(each.temporal and each not in since for each in notes.source.fields):
        raise unsure("not_understood", took.group(), message="the table tells what each can take, not what it took")
