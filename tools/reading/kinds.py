"""Whether a candidate can be what a "when", "where" or "how many" asks for: a time, a place, a number."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import WEEKDAY
from questline.tools.text import STOPWORDS, content_terms
from questline.types import Passage

from .candidates import Candidate
from .evidence import Evidence, Sentence
from .features import PLACE_NOUN
from .nations import NATION
from .predicates import alike
from .questions import Question
from .relations import HINTED
from .values import DATE, NUMBER

__all__ = ["LIST_MARK", "fitting", "is_row"]

LIST_MARK: Final = re.compile(r"^\s*(?:[-*+•]|\d+[.)])(?:\s+|$)")
"""What opens an item of a list."""
_TIME: Final = re.compile(
    rf"\b{WEEKDAY}s?\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|ember|tember|ober)?\b"
    r"|\b(?:noon|midnight|morning|evening|afternoon|night|dawn|dusk|sunrise|sunset|today|tomorrow|yesterday|daily"
    r"|weekly|monthly|yearly|annually|spring|summer|autumn|winter|season|easter|christmas|ramadan|new year|weekends?"
    r"|weekdays?|days?|weeks?|months?|years?|hours?|minutes?|quarters?|semesters?|terms?|centur(?:y|ies)|decades?|era"
    r"|age|ages|period|war|reign|dynasty|revolution|battle|holidays?|vacations?|late|early|mid|end|beginning|start)\b",
    re.IGNORECASE,
)
_MONTH_OR_DAY: Final = re.compile(
    r"(?:jan|febr)uary|march|april|may|june|july|august|(?:septem|octo|novem|decem)ber|\w+day", re.IGNORECASE
)
_DIGIT: Final = re.compile(r"\d")
_LONGEST_NAME: Final = 5
_HOW_MANY: Final = re.compile(r"\bhow (?:many|much)\b")
_WORDS: Final = re.compile(r"[\w'-]+")
_SUBJECT: Final = re.compile(
    r"^\W*(?:the|its|our|his|her|their|an?)\s+(?P<noun>(?:[\w'-]+\s){1,4}?)(?:is|are|was|were)\b", re.IGNORECASE
)
_COUNT: Final = re.compile(
    r"\b(?:once|twice|thrice|several|dozens?|hundreds|thousands|none|no|daily|weekly|monthly|yearly|annually|hourly|half"
    r"|every|few|many|all|both|pair|single)\b",
    re.IGNORECASE,
)
_PERSON_ROLE: Final = (
    r"(?:director|author|writer|founder|inventor|architect|designer|leader|lead|head|chief|manager|chair(?:man|woman|person)?"
    r"|president|secretary|treasurer|captain|coach|engineer|keeper|curator|teacher|owner|minister|mayor|king|queen"
    r"|composer|singer|actor|actress|editor|maintainer|officer|contact|supervisor|principal|deputy|he|she|mr\.?|mrs\.?"
    r"|ms\.?|dr\.?|sir|lady|lord)"
)
_PERSON_BEFORE: Final = re.compile(
    rf"\bby\s$|\b{_PERSON_ROLE}(?: of [^.;]{{1,40}}?)?(?:,| is| was|:)?\s$", re.IGNORECASE
)
_PERSON_AFTER: Final = re.compile(
    r"^\s?(?:\([^)]*\)|,[^,]{1,40},)?\s?(?:(?:was|is) (?:born|an? [^.]*?(?:er|or|ist|ian|man|woman|ess|ect)\b)"
    r"|said|says|wrote|studied|lives|lived|married|died|led|leads|joined|thinks|told|asked)\b"
)
_PLACED: Final = re.compile(
    r"\b(?:in|at|on|near|from|of|to|into|onto|outside|inside|under|over|above|below|behind|beside|between|along|across"
    r"|around|through|throughout|within|via|off|called|named|is|are|was|were|as|and|or|include|includes|including)"
    r"\s(?:the |an? |both |its |his |her |their |our )?[\"“'(`]?$|[,:(>|]\s?$",
    re.IGNORECASE,
)


_A_PLACE: Final = (
    r"\b(?:is|was) (?:an? |the |one of )[^.]*?\b(?:city|town|village|municipality|commune|island|country|region"
    r"|district|port|capital|state|county|province|river|lake|mountain|valley|park|building|house|castle|church|school|university"
    r"|station|hall|stadium|museum|suburb|neighbou?rhood|settlement|area|bay|sea|peninsula|street|square|site)\b"
)


def fitting(question: Question, candidate: Candidate, sentence: Sentence, evidence: Evidence) -> bool:
    """Say whether `candidate` is of the kind that `question` asks for, as far as the text shows."""
    text = candidate.text
    if question.chinese:
        return True
    if not candidate.end and _defines_the_asked(question, sentence):
        return False
    if question.kind == "person":
        return candidate.end > 0 or (_may_be_called(text) and not _is_common(text, evidence.passages[sentence.passage]))
    if question.kind == "date":
        return _is_time(text)
    if question.kind == "number":
        return _is_number(text) and _counts(question, candidate, sentence, evidence)
    if question.kind == "place" and re.search(r"\bwhere\b", question.folded):
        return _is_place(candidate, sentence, evidence)
    return True


def _defines_the_asked(question: Question, sentence: Sentence) -> bool:
    """Say whether a sentence is about what is asked ("The default address is …") and not about its title."""
    subject = _SUBJECT.match(sentence.span.text)
    stems = content_terms(subject.group("noun")) if subject else []
    return bool(stems) and set(stems) <= set(question.terms)


def _may_be_called(title: str) -> bool:
    """Say whether a title may be somebody's name: a few capitalised words."""
    parts = [word for word in title.split() if word.casefold() not in STOPWORDS]
    return len(parts) <= _LONGEST_NAME and not _DIGIT.search(title) and any(part[0].isupper() for part in parts)


def _is_common(title: str, passage: Passage) -> bool:
    """Say whether the passage writes a word of its title small: then "Mill" is a mill and nobody."""
    words = frozenset(_WORDS.findall(passage.text))
    return any(part[0].isupper() and part.lower() in words for part in title.split() if part[1:].islower())


def _is_time(text: str) -> bool:
    return bool(DATE.search(text) or NUMBER.search(text) or _TIME.search(text))


def _is_number(text: str) -> bool:
    return bool(NUMBER.search(text) or _COUNT.search(text))


def _is_place(candidate: Candidate, sentence: Sentence, evidence: Evidence) -> bool:
    """Say whether a candidate may be a place: something says so, or nothing says that it is a person or a time."""
    text, said = candidate.text, sentence.span.text
    if candidate.reliability > HINTED or PLACE_NOUN.search(text) or NATION.search(text):
        return True
    if DATE.search(text) or NUMBER.fullmatch(text) or _MONTH_OR_DAY.fullmatch(text):
        return False
    if not candidate.end:  # the title: what the passage is about
        return _is_a_place(text, evidence)
    before = said[: candidate.start]
    if _PERSON_BEFORE.search(before) or _PERSON_AFTER.match(said[candidate.end :]):
        return False
    return bool(_PLACED.search(before)) or (candidate.form == "name" and _is_a_place(text, evidence))


def _is_a_place(name: str, evidence: Evidence) -> bool:
    """Say whether some sentence treats `name` as a place: something is in it, or it is a town."""
    stated = re.compile(
        rf"\b(?:in|at|near|from|to) (?:the )?{re.escape(name)}\b|{re.escape(name)}\b[^.]{{0,60}}?{_A_PLACE}"
    )
    return any(stated.search(sentence.span.text) for sentence in evidence.sentences)


def _counts(question: Question, candidate: Candidate, sentence: Sentence, evidence: Evidence) -> bool:
    """Say whether a number in a row or list item counts what is asked: its unit stands beside it or heads its column.

    In running text the order of the candidates decides; the number that marks an item counts nothing anywhere.
    """
    line = sentence.span.text
    mark = LIST_MARK.match(line)
    if mark and candidate.start < mark.end():
        return False
    alone = sentence.place and LIST_MARK.fullmatch(evidence.before(sentence).span.text)  # "1." ends a sentence
    if not is_row(line) and DATE.fullmatch(candidate.text) and _HOW_MANY.search(question.folded):
        return False
    if candidate.reliability or not (is_row(line) or ((mark or alone) and _HOW_MANY.search(question.folded))):
        return True
    terms = frozenset(other for term in (*question.terms, *question.focus) for other in alike(term))
    if is_row(line):
        return bool(_heading(candidate, sentence, evidence) & terms)
    unit = frozenset(other for term in question.focus for other in alike(term))
    return bool(frozenset(content_terms(" ".join(_WORDS.findall(line[candidate.start :])[:4]))) & unit)


def _heading(candidate: Candidate, sentence: Sentence, evidence: Evidence) -> frozenset[str]:
    """Return the stems of the head of the column that a candidate of a table's row stands in."""
    column = sentence.span.text[: candidate.start].count("|")
    first = sentence
    while first.place:
        earlier = evidence.before(first)
        if not is_row(earlier.span.text):
            break
        first = earlier
    cells = first.span.text.split("|")
    return frozenset(content_terms(cells[column])) if first is not sentence and column < len(cells) else frozenset()


def is_row(line: str) -> bool:
    """Say whether `line` is a row of a Markdown table."""
    return line.lstrip().startswith("|") and line.count("|") >= 2
