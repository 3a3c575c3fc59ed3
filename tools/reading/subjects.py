"""Whether a sentence speaks of what a question names: proper names are matched as a whole, not word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from questline.tools.text import STOPWORDS, content_terms

from .amounts import is_unit
from .evidence import Evidence, Sentence
from .nations import NATION, country_of
from .relations import NAME

__all__ = ["ANTECEDENTS", "Name", "names", "said", "spoken_of", "support"]

_NAMES = re.compile(NAME)
_FIRST = re.compile(r"[\"'“‘(]*([^\W\d_]+(?:['’]s)?)\b")
_OPENERS: Final = frozenset(
    "tell name list give find show please explain describe define state identify according".split()  # noqa: SIM905 because a list of words reads best as prose
)
"""Words that open a question, beside the small words, and are capitalised for that alone."""
_BRACKETS = re.compile(r"\([^)]*\)")
_LOWER = re.compile(r"(?:^|\s)[a-z]{2,}")
"""Without any such word a question is in capitals throughout, and those say nothing of names."""
_PREPOSITION = re.compile(r"\b(against|for|under|with)\s+(?:the )?$", re.IGNORECASE)
_ANAPHOR = re.compile(
    r"^\W*(?:the|this|that|these|those|both)\b|\b(?:he|she|it|they|him|them|his|her|hers|its|their)\b", re.IGNORECASE
)
ANTECEDENTS: Final = 3
"""So many sentences back a pronoun is followed, as long as each of them has one of its own."""
_ELSEWHERE: Final = 0.6
"""Weight of a name that only the rest of the passage holds."""
_PARTLY: Final = 0.5
"""Weight of a sentence where some of the names stand and others nowhere."""


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name of a question."""

    text: str
    stems: frozenset[str]
    country: str
    """The country that it names, when it names nothing else."""
    after: str
    """The preposition that tells its part in what happened (``against``, ``for``), else empty."""


@lru_cache(maxsize=512)
def names(question: str) -> tuple[Name, ...]:
    """Return the proper names of `question`: runs of capitalised words, without the word that opens a sentence."""
    found = list(_found(_BRACKETS.sub(lambda match: " " * len(match.group()), question)))
    return tuple(found) if _LOWER.search(question) else ()


def _found(question: str) -> Iterator[Name]:
    first = _FIRST.match(question)
    for match in _NAMES.finditer(question):
        start = match.start()
        if first and start <= first.start(1) < match.end():
            opener = first.group(1).casefold()
            alone = first.end() >= match.end()
            if alone or opener in STOPWORDS or opener in _OPENERS:
                start = first.end()
        text = question[start : match.end()].strip()
        stems = frozenset(content_terms(text))
        if stems and not (re.search(r"\d\s?$", question[:start]) and is_unit(text)):
            before = _PREPOSITION.search(question[:start])
            yield Name(
                text=text,
                stems=stems,
                country=country_of(text) if NATION.fullmatch(text) else "",
                after=before.group(1).casefold() if before else "",
            )


def support(asked: tuple[Name, ...], sentence: Sentence, evidence: Evidence) -> float:
    """Return in [0, 1] how far `sentence` speaks of the `asked` names: 1.0 when of all of them, 0.0 when of none."""
    if any(_replaced(name, sentence) for name in asked):
        return 0.0
    shares = [spoken_of(name, sentence, evidence) for name in asked]
    return min((share or _PARTLY for share in shares), default=1.0) if any(shares) or not asked else 0.0


def spoken_of(name: Name, sentence: Sentence, evidence: Evidence) -> float:
    """Return 1.0 when `sentence`, its title or what its pronouns stand for holds every word of `name`.

    Less when the name only stands elsewhere in the passage, 0.0 when it stands nowhere.
    """
    title = evidence.titles[sentence.passage]
    if said(name, sentence) or name.stems <= evidence.headings(sentence.passage):
        return 1.0
    if len(title) > 1 and title <= name.stems:  # "King George of Orrin" is what "George of Orrin" is about
        return 1.0
    earlier = sentence
    for _ in range(min(ANTECEDENTS, sentence.place)):
        if not _ANAPHOR.search(earlier.span.text):
            break
        earlier = evidence.before(earlier)
        if said(name, earlier):
            return 1.0
    passage = evidence.passages[sentence.passage]
    return _ELSEWHERE if name.text.casefold() in passage.text.casefold() else 0.0


def said(name: Name, sentence: Sentence) -> bool:
    """Say whether `sentence` holds every word of `name`, or another word for the same country."""
    if name.stems <= sentence.stems:
        return True
    return bool(name.country) and name.country in {
        country_of(match.group()) for match in NATION.finditer(sentence.span.text)
    }


def _replaced(name: Name, sentence: Sentence) -> bool:
    """Say whether another name plays the part of `name`: it stands behind the same preposition (``for United``)."""
    if not name.after or said(name, sentence):
        return False
    return re.search(rf"\b{name.after} (?:the )?{NAME}", sentence.span.text) is not None
