"""What asks in a question: its words for how many, who, when and the like, its groups and its negations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .lexicon import ADJECTIVES, CHINESE_ADJECTIVES
from .notes import Condition, Notes
from .reading import unsure
from .sources import Field
from .wording import GROUPING

__all__ = ["Asking", "note_flags", "note_groups", "note_how", "note_negations", "note_question", "note_word"]

_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("weekday", r"\b(?:on )?(?:what|which) (?:week ?day|day of the week)\b|\bweekday\b|星期几|周几|礼拜几"),
    ("many", r"\bhow many\b|\b(?:the )?number of\b|\bcount(?: of)?\b"),
    ("much", r"\bhow much\b"),
    ("lasting", r"\bhow long(?='s\b|\s+(?:has|have|had)\b)|(?:多久|多长时间|(?:几|多少)年)了"),
    ("how", rf"\bhow\s+(?P<adj>{'|'.join(ADJECTIVES)})\b|多(?P<zadj>{'|'.join(CHINESE_ADJECTIVES)})"),
    ("who", r"\b(?:who|whom|whose)(?:'s)?\b|谁"),
    (
        "when",
        (
            r"\b(?:since )?when\b|\b(?:(?:in|on|at) )?(?:what|which) (?:year|date|time)\b"
            r"|\bthe (?:days?|dates?) (?:when|on which)\b|\bthe (?:days?|dates?)\b(?! of\b)"
            r"|什么时候|何时|哪[天日年]|几号|什么时间"
        ),
    ),
    ("where", r"\bwhere\b|哪里|哪儿|在哪(?![个些家座种位年天国])"),
    ("which", r"\b(?:which|what)(?:'s)?\b|哪(?:些|个|种|位|家|本|部|座|款|条|只|一个)"),
    ("how", r"\bhow\b"),
    ("many", r"(?:有多少|多少|几|有几)(?:个|种|名|位|家|人|本|部|座|件|条|款|只)"),
    ("much", r"多少"),
    ("what", r"什么|是啥"),
)
_NONE: Final = re.compile(r"\b(?:not|never|n't)(?:\s+(?:yet|been|be))*\s*\Z|(?:没有?|未|尚未|还没有?)(?:被)?\Z")
_WITHOUT: Final = re.compile(
    r"\b(?:without|no|not|(?:do|does)(?:n't| not)(?: have)?|lack(?:s|ing)?)\s+(?:an?|any|the)?\s*\Z|(?:没有|无)\Z"
)
_YET: Final = re.compile(r"\s*\byet\b")
_PARTICIPLE: Final = re.compile(
    r"\b(?:been|is|are|was|were|be|being)\s+\Z|\b(?:have|has|had|not|yet)\s+(?:been\s+)?\Z|已经?\Z"
)
_YES_NO: Final = re.compile(r"\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b")


@dataclass(frozen=True, slots=True)
class Asking:
    """The word that asks."""

    kind: str
    start: int
    end: int
    concepts: tuple[str, ...] = ()


def note_question(notes: Notes) -> None:
    """Refuse a question for a yes or a no, which rows do not give."""
    text = notes.sheet.text
    open_ = any(re.search(pattern, text) for _, pattern in _KINDS)
    begun = _YES_NO.match(text)
    if begun and notes.free(*begun.span()) and not open_:
        raise unsure("nothing_asked", begun.group().strip(), message="ask for a count, a sum, a column or rows")


def note_how(notes: Notes) -> Asking | None:
    """Mark "how long" and the like, before its adjective is looked at by itself."""
    return note_word(notes, [each for each in _KINDS if "adj" in each[1] or each[0] == "lasting"])


def note_word(notes: Notes, kinds: Sequence[tuple[str, str]] = _KINDS) -> Asking | None:
    """Mark the word that asks, and return it."""
    for kind, pattern in kinds:
        for match in list(notes.sheet.find(pattern)):
            concepts: tuple[str, ...] = ()
            groups = match.groupdict()
            if groups.get("adj"):
                concepts = ADJECTIVES[groups["adj"]][0]
            elif groups.get("zadj"):
                concepts = CHINESE_ADJECTIVES[groups["zadj"]][0]
            notes.sheet.mark(*match.span())
            notes.weekday = kind == "weekday"
            return Asking("when" if notes.weekday else kind, *match.span(), concepts)
    return None


def note_groups(notes: Notes) -> list[Field]:
    """Mark "by team" and "each team", and return the columns."""
    found: list[Field] = []
    for mention in notes.open():
        match = GROUPING.search(notes.sheet.text[: mention.start])
        each = mention.first(lambda one: one.kind in {"text", "month", "year"})
        if match and each and notes.free(*match.span()):
            notes.sheet.mark(*match.span())
            mention.bound = True
            found.append(each)
    return found


def note_flags(notes: Notes) -> None:
    """Note "have a shed" and "without a shed" as a column of yes and no that is so, or is not."""
    for mention in notes.open():
        each = mention.first(lambda one: one.flag)
        if each is None:
            continue
        without = _WITHOUT.search(notes.sheet.text[: mention.start])
        if without:
            notes.sheet.mark(*without.span())
        sql, said = (f"NOT {each.holds}", f"not {each.name}") if without else (each.holds, each.name)
        mention.bound = True
        notes.of(Condition(start=mention.start, end=mention.end, field=each, sql=sql, said=said))


def note_negations(notes: Notes) -> None:
    """Note "not shipped" and "have been shipped" as a date that is not there, or is."""
    taken = {each.field.sql for each in (*notes.conditions, *notes.superlatives)}
    for mention in notes.open():
        each = mention.first(lambda one: one.temporal)
        if each is None or any(one.sql in taken for one in mention.fields):
            continue
        ahead = notes.sheet.text[: mention.start]
        said = f"{each.name} is "
        if match := _NONE.search(ahead):
            notes.sheet.mark(*match.span())
            if behind := _YET.match(notes.sheet.text[mention.end :]):
                notes.sheet.mark(mention.end, mention.end + behind.end())
            condition = f"{each.sql} IS NULL", f"{said}empty"
        elif _PARTICIPLE.search(ahead) and not re.search(r"\b(?:when|how long)\b|什么时候|何时", notes.sheet.text):
            condition = f"{each.sql} IS NOT NULL", f"{said}not empty"
        else:
            continue
        mention.bound = True
        notes.of(Condition(start=mention.start, end=mention.end, field=each, sql=condition[0], said=condition[1]))
