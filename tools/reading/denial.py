"""What a sentence denies: by a negation, or by a verb that ends, removes or refuses it ("dropped support for")."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import content_terms

from .amounts import without_bounds
from .predicates import alike, says

__all__ = ["asks_of_an_end", "denied", "negated", "negated_around", "without_nearly"]

_NEGATION = re.compile(
    r"\b(?:not(?! (?:only|just|merely)\b)|never|no longer|neither|nor|none|nobody|nothing|nowhere|without|cannot"
    r"|failed to|refused to|denied|unable|(?:almost|nearly) (?:\w{2,}ed|won|lost|fell|sank|broke|died|became|beat))\b"
    r"|\bno\b(?!\.\s?\d)|n['’]t\b|不|没有|没|未|非"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )(?<!\bbeen )(?<!\bget )\bused to\b(?! the\b)",
    re.IGNORECASE,
)
_NEARLY = re.compile(r"\b(?:almost|nearly)\s", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:—]|,\s(?=(?:but|and|while|although|though|whereas|who|which)\b)")
"""What stands between clauses that are negated each for itself."""
_ENDING: Final = (
    r"drop(?:s|ped|ping)?|remov(?:e|es|ed|ing)|discontinu(?:e|es|ed|ing)|cancel(?:s|led|ed|ling|ing)?"
    r"|refus(?:e|es|ed|ing)|lack(?:s|ed|ing)?|abolish(?:es|ed|ing)?|withdr(?:aw|aws|ew|awn)|scrap(?:s|ped)?"
    r"|suspend(?:s|ed)?|ban(?:s|ned)?|prohibit(?:s|ed)?|forbid(?:s|den)?|forbade|reject(?:s|ed)?"
    r"|phas(?:e|es|ed|ing) out|eliminat(?:e|es|ed)|gave up|given up|disabl(?:e|es|ed)|repeal(?:s|ed)?|revok(?:e|es|ed)"
    r"|omit(?:s|ted)?|retired?|exclud(?:e|es|ed|ing)|declin(?:e|es|ed) to|axed"
)
_STOPPING: Final = r"end(?:s|ed)?|stop(?:s|ped)?|ceas(?:e|es|ed)|expir(?:e|es|ed)|quits?|laps(?:e|es|ed)"
_ACTIVE: Final = re.compile(
    rf"(?<!\bto )\b(?:{_ENDING}|{_STOPPING})\b(?! (?:with|up|in|at|on|by|as|into|off|over)\b)", re.IGNORECASE
)
_PASSIVE: Final = re.compile(
    rf"\b(?:is|are|was|were|been|be|being|got)\s(?:\w+ly\s)?(?:{_ENDING})\b|\b(?:{_STOPPING})\b", re.IGNORECASE
)
_EXCEPT: Final = re.compile(
    r"\b(?:except(?: for| on| in| at)?|excluding|apart from|other than|rather than|instead of)\b"
    r"(?P<what>(?:\s[\w'’-]+){1,3})",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(rf"\b(?:{_ENDING}|{_STOPPING})\b", re.IGNORECASE)
_MOST: Final = 0.5
"""Share of the question's terms in a clause that the ending verb must govern."""


def without_nearly(text: str) -> str:
    """Return `text` without "almost" and "nearly": what is asked with them is affirmed with them."""
    return _NEARLY.sub("", text)


def negated(text: str) -> bool:
    """Say whether `text` holds a negation; the "no" of "no more than 5" is none."""
    return _NEGATION.search(without_bounds(text)) is not None


def negated_around(sentence: str, place: int) -> bool:
    """Say whether the clause that holds the character at `place` is negated."""
    start = 0
    for cut in _CLAUSE.finditer(sentence):
        if place < cut.end():
            return negated(sentence[start : cut.start()])
        start = cut.end()
    return negated(sentence[start:])


def denied(sentence: str, about: frozenset[str], terms: frozenset[str]) -> bool:
    """Say whether `sentence` denies what is asked.

    Args:
        sentence: As it stands.
        about: The stems of what is asked of the subject; the clause that says one of them decides.
        terms: Stems of the question without its names.
    """
    clauses = _CLAUSE.split(sentence)
    told = [clause for clause in clauses if about and says(about, frozenset(content_terms(clause)))]
    return any(negated(clause) != ended(clause, terms) for clause in told or clauses)


def ended(clause: str, terms: frozenset[str]) -> bool:
    """Say whether a clause says that what the question speaks of was ended, removed or refused, or is an exception."""
    here = _said(clause, terms)
    if not here:
        return False
    least = _MOST * len(here)
    return (
        any(len(_said(match.group("what"), terms)) >= least for match in _EXCEPT.finditer(clause))
        or any(len(_said(clause[match.end() :], terms)) >= least for match in _ACTIVE.finditer(clause))
        or any(len(_said(clause[: match.start()], terms)) > least for match in _PASSIVE.finditer(clause))
    )


def asks_of_an_end(question: str) -> bool:
    """Say whether the question itself asks whether something was ended or removed: then saying so affirms it."""
    return _ASKED.search(question) is not None


def _said(text: str, terms: frozenset[str]) -> frozenset[str]:
    stems = frozenset(content_terms(text))
    return frozenset(term for term in terms if alike(term) & stems)
