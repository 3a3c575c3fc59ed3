"""What speaks for a candidate: the numbers that the linear reader weighs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from questline.tools.text import STOPWORDS, stem

from .candidates import Candidate
from .evidence import Fit, Sentence
from .nations import NATION
from .questions import Question

__all__ = ["FEATURES", "PLACE_NOUN", "Setting", "measure"]

PLACE_NOUN: Final = re.compile(
    r"\b(?:City|County|Island|Islands|River|Lake|Mountain|Mountains|Sea|Ocean|Valley|Province|State"
    r"|States|Street|Park"
    r"|Bay|Beach|Hill|Hills|Coast|Peninsula|Gulf|Village|Town|District|Region|Palace|Castle|Cathedral|Abbey|Africa"
    r"|Europe|Asia|America|California|Texas|York|London|Paris|Florida|Ohio|Virginia|Carolina|Georgia"
    r"|Illinois|Washington"
    r"|Canada|North|South|West|East|Northern|Southern|Eastern|Western)\b"
)
_ORGANISATION_NOUN: Final = re.compile(
    r"\b(?:Records|Company|Corporation|University|College|School|Church|Army|Navy|Party|Council|Committee"
    r"|Association|League"
    r"|Cup|Award|Awards|Prize|Band|Orchestra|Film|Films|Pictures|Studios|Television|Series|Network|Club"
    r"|United|House|Senate"
    r"|Congress|Court|Act|War|Battle|Treaty|Empire|Dynasty|Festival|Museum|Institute|Academy|Olympics|Championship"
    r"|Day|Game|Games|Show|Season|Bowl|Album|Times|Post|Book|Magazine)\b"
)
_CUES: Final = {
    "after_by": r"\bby",
    "after_in": r"\b(?:in|at|near|on|to|into|throughout|across)",
    "after_from": r"\b(?:from|of|for|with|between)",
    "after_is": r"\b(?:is|are|was|were|be|became|as)",
    "after_called": r"\b(?:called|named|known as|titled|entitled|dubbed|termed)",
    "after_role": (
        r"\b(?:actor|actress|singer|president|king|queen|author|writer|director|player|composer|artist"
        r"|musician|star|host|guest"
        r"|songwriter|coach|captain|minister|emperor|pope|general|leader|founder|producer|Dr\.?|Mr\.?|Mrs\.?"
        r"|Sir|Lady|Lord"
        r"|Prince|Princess|King|Queen|Captain|President|General|Colonel|Saint|St\.?),?"
    ),
}
_BEFORE: Final = re.compile(
    rf"(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _CUES.items())}) (?:(?:an?|the) )?[\"“'(]?\s?$"
)
_NEXT_VERB: Final = re.compile(
    r"\s?(?:\([^)]*\)|,[^,]{1,40},)? ?(?:is|was|were|are|has|had|[a-z]+ed|wrote|won|sang|made|became|plays)\b"
)
_YEAR: Final = re.compile(r"\d{4}$")
_CONDITIONAL: Final = ("name", "nation", "date", "number", "quoted", "phrase", "title")
FEATURES: Final = (
    "coverage", "context", "passage", "title", "cosine", "rank", "opening", "early", "proximity", "beside", "relation",
    "asked_words", "focus", "votes", "paragraphs", *_CUES, "before_verb", "in_brackets", "words", "single_word",
    "two_names", "place_noun", "organisation_noun", "full_date", "year", "capital_start", "comma",
    *(f"is_{form}" for form in _CONDITIONAL),
)  # fmt: skip
"""Names of the values that `measure` returns, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the candidates of one sentence share."""

    sentence: Sentence
    fit: Fit
    weights: Mapping[str, float]
    """Weight of each question term."""
    votes: Mapping[str, int]
    """How many sentences hold a text, and how many passages (key ``passages:`` + text), in lower case."""


def measure(question: Question, candidate: Candidate, setting: Setting, *, from_title: bool = False) -> list[float]:
    """Return the features of `candidate` in the order of `FEATURES`."""
    sentence, fit, text = setting.sentence, setting.fit, candidate.text
    before = sentence.span.text[: candidate.start]
    after = sentence.span.text[candidate.end : candidate.end + 60]
    tokens = text.split()
    stems = [stem(token.strip("\"'().,")) for token in tokens if token.casefold() not in STOPWORDS]
    folded = text.casefold()
    spread, beside = (0.0, 0.0) if from_title else _proximity(candidate, setting)
    named, dated, one = candidate.form == "name", candidate.form == "date", len(tokens) == 1
    capital = text[:1].isupper()
    cue = _BEFORE.search(before[-30:])
    form = "title" if from_title else candidate.form
    return [
        fit.coverage,
        fit.context,
        fit.passage,
        fit.title,
        fit.cosine,
        1 / (1 + sentence.passage),
        sentence.place == 0,
        1 - candidate.start / (len(sentence.span.text) + 1),
        spread,
        beside,
        candidate.reliability,
        sum(word in question.terms for word in stems) / len(stems) if stems else 1.0,
        _focus(question, stems, before, after),
        min(setting.votes.get(folded, 1), 5) / 5,
        min(setting.votes.get("passages:" + folded, 1), 4) / 4,
        *_one_hot(cue.lastgroup if cue else "", tuple(_CUES)),
        bool(_NEXT_VERB.match(after)),
        before.rfind("(") > before.rfind(")"),
        min(len(tokens), 8) / 8,
        one,
        named and 2 <= len(tokens) <= 4,
        capital and bool(PLACE_NOUN.search(text) or NATION.search(text)),
        capital and bool(_ORGANISATION_NOUN.search(text)),
        dated and not one and bool(_YEAR.search(text)),
        dated and one,
        capital,
        "," in text and not dated,
        *_one_hot(form, _CONDITIONAL),
    ]


@lru_cache(maxsize=64)
def _one_hot(name: str | None, names: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(float(name == other) for other in names)


def _proximity(candidate: Candidate, setting: Setting) -> tuple[float, float]:
    """Return how near the question's terms stand: weighted over all of them, and over those within 3 words."""
    words = setting.sentence.words
    inside = [word.place for word in words if candidate.start <= word.start < candidate.end]
    if not inside:
        return 0.0, 0.0
    first, last = inside[0], inside[-1]
    nearest: dict[str, int] = {}
    for word in words:
        if word.stem in setting.weights and not first <= word.place <= last:
            distance = first - word.place if word.place < first else word.place - last
            nearest[word.stem] = min(distance, nearest.get(word.stem, distance))
    total = sum(setting.weights.values()) or 1.0
    spread = sum(setting.weights[term] / (1 + distance / 4) for term, distance in nearest.items()) / total
    beside = sum(setting.weights[term] for term, distance in nearest.items() if distance <= 3) / total
    return spread, beside


def _focus(question: Question, stems: list[str], before: str, after: str) -> float:
    """Return 1.0 when the noun the answer must be is in the candidate (``River Nile``), 0.7 when it is beside it."""
    if not question.focus:
        return 0.0
    if any(word in question.focus for word in stems):
        return 1.0
    beside = re.findall(r"[\w'-]+", before[-30:])[-2:] + re.findall(r"[\w'-]+", after)[:2]
    return 0.7 if any(stem(word) in question.focus for word in beside) else 0.0
