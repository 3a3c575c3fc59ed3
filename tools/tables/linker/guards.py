"""Words that have to have a place in a reading whatever the network says: numbers, years, days, and words that deny."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from questline.tools.number_words import NUMBERS
from questline.tools.tables.lexicon import AGENTS, CUES
from questline.tools.tables.mending import is_english
from questline.tools.tables.notes import about
from questline.tools.tables.periods import ADVERBS
from questline.tools.tables.persons import is_person
from questline.tools.tables.sources import Field
from questline.tools.tables.speaking import LIGHT
from questline.tools.tables.units import UNITS, factor
from questline.tools.text import stem

from .built import Built
from .features import Seen
from .spans import Span
from .spoken import marks

__all__ = ["unheld"]

_DENYING: Final = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "except",
        "besides",
        "nobody",
        "nothing",
        "none",
        "excluding",
        "nor",
        "nt",
        "isnt",
        "arent",
        "dont",
        "doesnt",
        "didnt",
        "hasnt",
        "havent",
        "wasnt",
        "werent",
        "cant",
    ]
)
_AFTER_T: Final = frozenset(
    ["isn", "aren", "don", "doesn", "didn", "hasn", "haven", "wasn", "weren", "can", "couldn", "won", "hadn"]
)
_WHO_DID: Final = re.compile(r"\W*who(?: has| had)? (?P<verb>[a-z]+)\b(?= [a-z])")
_ANYBODY: Final = frozenset(
    map(
        stem,
        ["member", "name", "person", "resident", "customer", "owner", "employee", "worker", "client", "user", "staff"],
    )
)
"""Words for people who may have done anything."""
_RELATIVE: Final = re.compile(
    r"\b(?:tomorrow|yesterday|tonight|ago|(?:last|next|this|coming|past|previous) (?:week|month|year|season|weekend"
    r"|night|time|summer|winter|spring|autumn|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?|overdue|expired)\b"
)
_OTHERS: Final = re.compile(
    r"\b(?:instead|another|other than|second|third|twice|double|half|per cent of|percentage of)\b"
)
_JOINING: Final = frozenset({"and", "plus", "n", "&"})
_CLAUSE: Final = LIGHT | {"please", "thanks", "thank", "cheers", "ta", "tell", "see"}
_HASTY: Final = frozenset({"pls", "plz", "thx", "ta", "erm", "hiya", "cheers", "morning", "ok", "okay"})
_NAMES: Final = frozenset(map(stem, ("name", "surname", "who", "whom", "staff", "people", "crew", "band", "party")))
_AGENT: Final = re.compile(r"(?:er|or|ist|ian|ant|ee|man|woman)\Z")
_THINGS: Final = frozenset({"number", "order", "colour", "color", "letter", "paper", "floor", "river", "water", "tier"})
_ARTICLES: Final = frozenset({"the", "a", "an", "its", "his", "her", "their", "is", "what", "s"})
_PICKING: Final = frozenset({"last", "first", "next", "latest", "earliest", "newest", "oldest", "previous", "top"})
_DATED: Final = frozenset({"date", "month", "year", "time"})


def _is_text(field: Field) -> bool:
    return field.kind == "text"


def _is_dated(field: Field) -> bool:
    return field.kind in _DATED or field.yearlike or (field.kind == "text" and _digits(field))


def _is_amount(field: Field) -> bool:
    return field.kind in {"number", "year"} or _digits(field)


def _is_measure(field: Field) -> bool:
    return _is_amount(field) or field.kind in _DATED


def _is_of_people(field: Field) -> bool:
    """Say whether a column may hold people or firms, by its name; any that rows go by as their name may."""
    last = field.phrase.split()[-1]
    named = is_person(field) or not (AGENTS | _NAMES).isdisjoint(field.words) or last == "by"
    return field.kind == "text" and (named or (_AGENT.search(last) is not None and last not in _THINGS))


def _is_of_places(field: Field) -> bool:
    """Say whether a column may hold towns and the like, by its name: one of people does not."""
    return field.kind == "text" and not is_person(field) and AGENTS.isdisjoint(field.words)


def _digits(field: Field) -> bool:
    """Say whether a column of texts has a digit in most of them: "12 May", "3 kg"."""
    return sum(any(map(str.isdigit, value)) for value in field.values) * 2 > len(field.values)


_KINDS: Final[tuple[tuple[re.Pattern[str], Callable[[Field], bool]], ...]] = (
    (re.compile(r"\b(?:who|whose|whom)\b"), _is_text),
    (re.compile(r"\bwhere\b"), _is_text),
    (re.compile(r"\b(?:what|which) (?:town|city|village|country|county|region|street)\b"), _is_of_places),
    (re.compile(r"\b(?:what|which)(?:'s| is| are)? (?:the )?(?:tele)?phone\b|\bphone number\b"), _is_text),
    (re.compile(r"\bwhat (?:year|date)\b"), _is_dated),
    (re.compile(r"\bwhat month\b"), lambda field: field.kind in {"date", "month"} or field.kind == "text"),
    (re.compile(r"\bwhat time\b"), lambda field: field.kind == "time" or (field.kind == "text" and _digits(field))),
    (re.compile(r"\bwhen\b"), lambda field: _is_dated(field) or field.kind == "text"),
    (re.compile(r"\bhow (?:many|much)\b"), _is_amount),
    (re.compile(r"\bhow (?:old|tall|heavy|long|big|large|far|high|deep|wide|fast|thick)\b"), _is_measure),
)
"""What asks → which columns can answer it."""
_HELD: Final = (0, 6, 7, 9, 10)
"""Features that say that a word stands in a name or a cell, as it is, cut short or with a slip."""
_PERIOD: Final = re.compile(
    r"\b(?:(?:per|an?|each|every) (?P<period>hour|day|night|week|month|year)"
    r"|hourly|daily|nightly|weekly|monthly|yearly|annual|annually|pcm)\b"
)
_PERSONS: Final = frozenset({"people", "person", "persons"})
_SPOKEN: Final = 3
_COINS: Final = frozenset({"euro", "dollar", "pound", "yuan"})
_EACH: Final = re.compile(
    r"\b(?:each|every|per|never|difference)\b|\bhow much (?:more|less|\w+er)\b(?=.*\bthan\b)|\bby how\b"
)
_SMALL: Final = frozenset({"one"})


def unheld(seen: Seen, found: Sequence[Span], built: Built) -> str:
    """Return a word of the question that a reading does not hold, and has to; empty where there is none.

    Args:
        seen: The question over its table.
        found: The spans of the reading.
        built: What is asked.
    """
    words = seen.spoken.words
    held = {place for span in found for place in range(span.first, span.last + 1)}
    valued = {
        place for span in found if span.role in {"value", "lacks"} for place in range(span.first, span.last + 1)
    }  # fmt: skip
    denied = any(span.role in {"not", "lacks"} for span in found)
    for place, word in enumerate(words):
        digits = any(sign.isdigit() for sign in word.text)
        if digits and place not in valued and not _named(word.text, built):
            return word.text
        if word.text in NUMBERS and word.text not in _SMALL and place not in held:
            return word.text
        short = word.text == "t" and place > 0 and words[place - 1].text in _AFTER_T
        if (word.text in _DENYING or short) and place not in held and not denied:
            return word.text
    rules = (
        _strange(seen),
        _done_by(seen, found),
        _beside(seen, found, held),
        _ranked(seen, found, held),
        _asked(seen, found),
    )
    if word := next(filter(None, (*rules, _rated(seen, found), _measured(seen, found, valued), _grouped(seen))), ""):
        return word
    if word := _counted(seen, held, counts=built.way == "count"):
        return word
    text = seen.spoken.sheet.text
    for pattern in (_RELATIVE, _OTHERS):
        for match in pattern.finditer(text):
            own = {p for p, word in enumerate(words) if word.start < match.end() and match.start() < word.end}
            if not own & held:
                return match.group()
    return ""


def _strange(seen: Seen) -> str:
    """Return a word that is none of English, of the names or of the cells: nobody knows what it restricts."""
    for place, word in enumerate(seen.spoken.words):
        known = bool(seen.pairs[place][:, _HELD].any()) or word.text in marks() or word.stem in CUES
        known = known or word.text in UNITS or word.text in _HASTY or word.text.endswith("est")
        known = known or is_english(word.text) or is_english(word.stem)
        if word.telling and word.text.isalpha() and not known:
            return word.text
    return ""


def _done_by(seen: Seen, found: Sequence[Span]) -> str:
    """Return the verb of "who built it" where the column that answers says only who has to do with the row.

    A keeper keeps and a teacher teaches; who a member or an owner is does not tell who built, painted or paid.
    """
    match = _WHO_DID.match(seen.spoken.sheet.text)
    answers = [span.column for span in found if span.role == "answer" and span.column >= 0]
    place = next((p for p, w in enumerate(seen.spoken.words) if match and w.start == match.start("verb")), -1)
    if match is None or place < 0 or len(answers) != 1 or any(span.role in {"max", "min"} for span in found):
        return ""
    verb, field = seen.spoken.words[place], seen.view.columns[answers[0]].field
    if verb.text in LIGHT or not verb.telling or not is_person(field) or field.words[-1] not in _ANYBODY:
        return ""
    if bool(np.delete(seen.pairs[place], answers[0], axis=0)[:, _HELD].any()):  # it is another column's, or a cell's
        return ""
    concepts, *_ = marks().get(verb.text, ((), 0, -1))
    near = field in about(concepts, (field,)) if concepts else False
    return "" if near else verb.text


def _rated(seen: Seen, found: Sequence[Span]) -> str:
    """Return a period ("per week", "yearly") that no column which is told is for."""
    told = [seen.view.columns[span.column] for span in found if span.column >= 0]
    for match in _PERIOD.finditer(seen.spoken.sheet.text):
        said = match["period"] or match.group()
        period = ADVERBS.get(stem(said), ADVERBS.get(said, stem(said)))
        if not any(each.field.rate == period or any(word.startswith(period) for word in each.spelled) for each in told):
            return match.group()
    return ""


def _measured(seen: Seen, found: Sequence[Span], valued: set[int]) -> str:
    """Return a unit in which no column that is told is."""
    told = [seen.view.columns[span.column] for span in found if span.column >= 0]
    for place, word in enumerate(seen.spoken.words):
        if word.text not in UNITS or (len(word.text) < _SPOKEN and word.text.isalpha()) or place in valued:
            continue
        money = UNITS[word.text][0] in _COINS
        same = any(each.field.unit and factor(word.text, each.field.unit) == 1.0 for each in told)
        plain = any(not each.field.unit and (money or word.stem in each.spelled) for each in told)
        if not same and not plain and _PERIOD.search(seen.spoken.sheet.text) is None:
            return word.text
    return ""


def _grouped(seen: Seen) -> str:
    """Return a word that asks for groups, for a difference, or for what never was: none of them is read."""
    match = _EACH.search(_PERIOD.sub(" ", seen.spoken.sheet.text))
    return match.group() if match else ""


def _counted(seen: Seen, held: set[int], *, counts: bool) -> str:
    """Return what "how many" asks for where the reading takes it for idle: rows may be of something else."""
    words = seen.spoken.words
    for place, word in enumerate(words[2:], start=2):
        if (words[place - 2].text, words[place - 1].text) != ("how", "many"):
            continue
        if word.text in _PERSONS and counts and not any(map(_is_of_people, seen.view.source.identity)):
            return word.text
        if word.telling and place not in held and word.text not in LIGHT:
            return word.text
    return ""


def _beside(seen: Seen, found: Sequence[Span], held: set[int]) -> str:
    """Return a word that is listed with what is asked and has no column of its own: "country and warning level"."""
    words = seen.spoken.words
    asked = {place: span for span in found if span.role == "answer" for place in range(span.first, span.last + 1)}
    for place, word in enumerate(words[1:-1], start=1):
        if word.text not in _JOINING:
            continue
        ahead = next((p for p in range(place - 1, -1, -1) if words[p].text not in _ARTICLES), 0)
        behind = next((p for p in range(place + 1, len(words)) if words[p].text not in _ARTICLES), place)
        for one, other in ((ahead, behind), (behind, ahead)):
            if one in asked and other not in held and words[other].telling and words[other].text not in _CLAUSE:
                return words[other].text
        if ahead in asked and behind in asked and asked[ahead].column == asked[behind].column:
            return words[behind].text
    return ""


def _ranked(seen: Seen, found: Sequence[Span], held: set[int]) -> str:
    """Return a "last" or "next" that no role was found for: it picks one row of several."""
    if any(span.role in {"max", "min"} for span in found):
        return ""
    for place, word in enumerate(seen.spoken.words):
        named = any(word.stem in seen.view.columns[span.column].spelled for span in found if span.column >= 0)
        if word.text in _PICKING and place not in held and not named:
            return word.text
    return ""


def _asked(seen: Seen, found: Sequence[Span]) -> str:
    """Return the word that asks where no column which answers is of its kind: when, and a name is told."""
    fields = [seen.view.columns[span.column].field for span in found if span.role in {"answer", "max", "min"}]
    answers = [seen.view.columns[span.column].field for span in found if span.role == "answer"]
    counted = any(span.role in {"count", "sum", "avg"} for span in found)
    told = answers or list(seen.view.source.identity[:1])
    text = seen.spoken.sheet.text
    for pattern, fits in _KINDS:
        match = pattern.search(text)
        if match and "who" in match.group() and not any(map(_is_of_people, told)):
            return match.group()
        if match and not counted and not any(map(fits, told)) and not (not answers and any(map(fits, fields))):
            return match.group()
    return ""


def _named(text: str, built: Built) -> bool:
    """Say whether a number stands in the name of a column that is used, as in ``sales_2026``."""
    return re.search(rf"(?<!\d){re.escape(text)}(?!\d)", built.reading) is not None
