"""Another sentence of the same passages that speaks of more of the question than the one that was read out.

A reader without a language model takes the sentence that is likest the question: of a party with a band it tells when
the party begins. What the question asks is accounted for by the sentence that says most of its words: "the band plays
from 18:30". Only sentences of the kind that is asked for count, and only one that holds all that the first holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.agents.intents.closed_words import PRONOUN
from questline.agents.tool_executor.asked import Asked
from questline.agents.tool_executor.call_evidence import result_told
from questline.agents.tool_planner.pieces import asking
from questline.tools.calendar_words import WEEKDAY
from questline.tools.reading.predicates import says_little
from questline.tools.reading.questions import analyse
from questline.tools.slot_filling.units import measures
from questline.tools.text import content_terms, is_cjk, sentences, stem, words
from questline.types import Evidence

from .file_lines import of_kind
from .fitting import fit_of, wanted_of
from .ground import without_source
from .holding import held_of_text
from .things import in_halves, nouns_of, says_nearly

__all__ = ["Fuller", "better", "fuller"]

_POINTS: Final = re.compile(rf"^\W*{PRONOUN}\b", re.IGNORECASE)
_ASKS: Final = re.compile(
    rf"(?:cost|price|pay|charge|fee|spend|much|many|long|often|weekday|date|time|hour|when|old|{WEEKDAY})s?",
    re.IGNORECASE,
)
"""Words that say of what kind the answer is: the kind is held for itself."""
_STANDS_IN: Final = re.compile(r"\b(?:stands?|fill(?:s|ed)?|steps?) in for\b|\bdeputi[sz]es? for\b", re.IGNORECASE)
_WHO_IS: Final = re.compile(r"^\W*[Ww]ho(?:['’]s| is| was)\s(?P<name>[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)*)[\s?.!]*$")
_LISTED: Final = re.compile(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*(?: \([^)]*\))?, [A-Z][\w’'-]+[^.,]*, [A-Z][\w’'-]+")
"""A list of names tells who was there, and of nobody who that is."""
_WHY: Final = re.compile(r"\b(?:why|how come)\b", re.IGNORECASE)
"""A reason is told in words of its own."""
_FAR: Final = 3
"""Sentences to which a chain of pronouns leads back."""
_LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuller:
    """A sentence that answers more of a question."""

    text: str
    evidence: str
    """Id of the passage that it stands in."""


def fuller(asked: Asked, told: str, sources: Sequence[Evidence]) -> Fuller | None:
    """Return the one sentence of passages that speaks of all that a told one does, and of more; None without such.

    Args:
        asked: The question; English.
        told: What was read out.
        sources: The passages that it stands in.
    """
    question = _STANDS_IN.sub("is the deputy of", without_source(asking(asked.text)) or asked.text)
    taken = analyse(question)
    terms = _terms(question)
    if asked.chinese or is_cjk(told) or not terms or taken.kind in ("yesno", "reason") or _WHY.search(question):
        return None
    name = _WHO_IS.search(question)
    flat = " ".join(told.split())
    had = _Held()
    others: list[tuple[_Held, Fuller]] = []
    wanted = wanted_of(asked)
    for one in sources:
        heading = f"{one.title} {_heading(result_told(one))}"
        for sentence, said in _sentences(f"# {one.title}\n\n{result_told(one)[:_LONGEST]}"):
            own = _held(terms, said, "")
            held = _Held(own=own, whole=own | _held(terms, said, heading))
            if sentence in flat or flat in sentence:
                had = _Held(own=had.own | held.own, whole=had.whole | held.whole)
            elif fit_of(wanted, sentence) == "fits" and of_kind(sentence, asked):
                others.append((held, Fuller(text=sentence, evidence=one.id)))
    if name and _LISTED.search(told):
        return next((one for _, one in others if _says_who(name["name"], one.text)), None)
    nouns = frozenset(stem(noun) for noun in nouns_of(question))
    more = [(held, one) for held, one in others if _more(held, had, nouns)]
    most = max((len(held.own) for held, _ in more), default=0)
    best = [one for held, one in more if len(held.own) == most]
    return best[0] if len(best) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Which words of a question a sentence holds: itself, and with its heading."""

    own: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()


def _more(held: _Held, had: _Held, nouns: frozenset[str]) -> bool:
    """Say whether a sentence speaks of all that another does and of more, or of as much and of more of the things."""
    if held.own > had.own and held.whole >= had.whole:
        return True
    if held.own and len(held.own) >= len(had.own) and held.whole > had.whole:
        return True
    return held.own & nouns > had.own & nouns and len(held.own) >= len(had.own)


def _says_who(name: str, sentence: str) -> bool:
    plain = re.escape(name)
    return (
        re.search(
            rf"\b(?:is|was|are|were)\s(?:[\w’'-]+\s){{0,3}}?{plain}|{plain}\s(?:is|was|are|were|has|had)\b"
            rf"|\b(?:by|from|to|with)\s{plain}",
            sentence,
        )
        is not None
    )


def better(asked: Asked, intent: str, told: str, sources: Sequence[Evidence]) -> Fuller | None:
    """Return the fuller sentence where it answers by the checks, or does so more than what was told; else None.

    Args:
        asked: The question.
        intent: The same with what was said before it.
        told: What was read out.
        sources: The passages that it stands in.
    """
    found = fuller(asked, told, sources)
    if found is None:
        return None
    ranks = {"fits": 2, "near": 1, "other": 0}
    fit = ranks[held_of_text(asked, intent, found.text, sources=sources)[0]]
    return found if fit == ranks["fits"] or fit > ranks[held_of_text(asked, intent, told, sources=sources)[0]] else None


def _terms(question: str) -> dict[str, str]:
    """Return the words of a question that say what it is about, by their stems."""
    asked = set(analyse(question).terms)
    said = {stem(word): word for word in words(question) if stem(word) in asked}
    return {
        term: word
        for term, word in said.items()
        if not says_little(term) and word.isalpha() and not _ASKS.fullmatch(word) and not measures(word)
    }


def _held(terms: Mapping[str, str], said: str, heading: str) -> frozenset[str]:
    held = frozenset(content_terms(f"{said} {heading}"))
    return frozenset(term for term in terms if in_halves(terms[term], held) or says_nearly(terms[term], said, held))


def _heading(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return "" if first.rstrip().endswith((".", "!", "?", "。")) else first


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences of a text, each with those that its pronouns point back to; wrapped lines are joined."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        titles = [line.lstrip("# ") for line in lines if line.startswith("#")]
        flat = " ".join(line for line in lines if not line.startswith("#"))
        said = [*titles, *(" ".join(span.text.split()) for span in sentences(flat))]
        for place, sentence in enumerate(said):
            back = place
            while back and place - back < _FAR and _POINTS.search(said[back]):
                back -= 1
            yield sentence, " ".join(said[back : place + 1])
