"""What a question asks to be said of its subject: the verb, noun or adjective, and the words that say the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from questline.tools.text import STOPWORDS, content_terms, stem

from .evidence import Sentence
from .questions import Question
from .subjects import names

__all__ = ["alike", "contrary", "happening", "predicate", "quality", "says", "says_little"]

_SAME: Final = (
    "build construct erect complete",
    "found establish create form institute incorporate start",
    "begin start commence",
    "open inaugurate",
    "end finish conclude cease stop",
    "demolish destroy raze dismantle tear torn",
    "kill murder assassinate shoot shot slay slain execute",
    "die kill drown execute perish murder assassinate",
    "marry wed wife husband spouse widow",
    "wife marry husband spouse",
    "husband marry wife spouse",
    "write author pen novelist poet playwright",
    "author write novelist poet",
    "invent devise develop create inventor",
    "discover find discovery discoverer",
    "sing perform record vocalist",
    "play portray star actor actress act",
    "release publish premiere air debut issue come film movie song single album",
    "win defeat beat champion",
    "buy bought acquire purchase",
    "sell sold",
    "teach taught teacher professor",
    "design architect designer",
    "make produce manufacture create",
    "lead head command chair leader",
    "study educate graduate attend school",
    "work employ serve",
    "rule reign",
    "live reside resident",
    "sink sank sunk",
    "grow grew grown",
    "choose chose chosen elect select appoint",
    "population people inhabitant resident",
    "height tall high",
    "length long",
    "depth deep",
    "weight weigh heavy",
    "age old birth aged",
    "cost price",
    "father son daughter child",
    "mother son daughter child",
    "child son daughter father mother",
    "border neighbour neighbor adjoin",
    "need require necessary mandatory must",
    "require need necessary mandatory must",
    "necessary need require mandatory must",
    "allow permit",
    "permit allow",
    "approval approve authorise authorisation",
    "approve approval authorise authorisation",
)
_SAYS_LITTLE: Final = (
    "be been locate located situate situated find lie lies take takes took happen happened occur occurred come"
    " came hold held go get mean means call called name named have has had make made do look know known use"
    " used belong refer referred first last originally currently still ever officially actually really mostly"
    " mainly already only always both now part responsible able place date day year time country city number"
    " amount type kind sort nationality purpose meaning difference"
)
_UNASKED: Final = frozenset(map(stem, _SAYS_LITTLE.split()))
"""Stems that a sentence need not repeat: "Where is it located?" is answered by "a village in Ostria"."""
_AUXILIARY: Final = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|'s"
_BEHIND_NAME = re.compile(rf"\b(?:{_AUXILIARY})\s+(?:[a-z]+\s+){{0,3}}?@(?P<rest>[^?]*)")
_WHO_DID = re.compile(rf"^\W*(?:who|what|which \w+)\s+(?:(?:{_AUXILIARY})\s+)?(?P<rest>(?!an?\b|the\b)[a-z][^?]*)")
_ATTRIBUTE = re.compile(
    rf"\b(?:what|who|which|when|where)\s*(?:{_AUXILIARY})\s+the\s+(?P<noun>(?:[\w-]+\s+){{0,3}}?[\w-]+)"
    r"\s+(?:of|in|for|from|to|at|on)\b"
)
_HAPPENED = re.compile(
    rf"^\W*(?:when|where|how)\b.*?\b(?:{_AUXILIARY})\s+the\s[^?@]*@\s+(?P<rest>[a-z]+(?:\s[a-z]+)?)\W*$"
)
"""What "the lead of @" did or what was done to him: "born"."""
_SHORT = re.compile(
    rf"^\W*(?:when|where)\s(?:{_AUXILIARY})\s(?:the|our|your|an?)\s(?P<noun>(?:[a-z-]+\s){{1,3}})(?P<verb>[a-z]+)\W*$"
)
_CONTRARY: Final = tuple(
    (stem(one), stem(other))
    for one, other in (("birth", "die"), ("open", "close"), ("begin", "end"), ("found", "dissolved"), ("buy", "sell"))
)
_LIFETIME = re.compile(r"\d{3,4}\s?[–-]|[–-]\s?(?:\w+ ){0,2}\d{3,4}")
"""Both ends of a life in one line."""
_OF = re.compile(r"\b(?:of|in|on|at|for|from|by|to|with|that|which|who|whose|during|near|as|and|or)\b")
_OWNER: Final = ("'s", "’s")
_CLASS = re.compile(r"^\s*(?:an?|the)\s+(?P<noun>.+)$")


@lru_cache(maxsize=4096)
def alike(term: str) -> frozenset[str]:
    """Return the stems that say the same as the stem `term`, itself among them."""
    return _alike().get(term, frozenset()) | {term}


@lru_cache(maxsize=1)
def _alike() -> dict[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for line in _SAME:
        first, *others = [stem(word) for word in line.split()]
        groups[first] = groups.get(first, frozenset()) | frozenset(others)
    return groups


def says_little(term: str) -> bool:
    """Say whether a sentence need not repeat the stem `term`."""
    return term in _UNASKED


def says(terms: frozenset[str], stems: frozenset[str]) -> bool:
    """Say whether one of `terms` or a word that says the same is among `stems`."""
    return any(alike(term) & stems for term in terms)


@lru_cache(maxsize=512)
def predicate(question: Question) -> frozenset[str]:
    """Return the stems of which an answering sentence must say one; empty when the question does not show them.

    The verb behind the name or behind "who", the attribute before "of", and for a count also what is counted.
    """
    blanked = _blanked(question)
    attribute = _ATTRIBUTE.search(blanked)
    happened = _HAPPENED.search(blanked)
    if happened and _required(happened.group("rest")):
        found = _required(happened.group("rest"))[-1:]
    elif attribute:
        found = _required(attribute.group("noun"))[-1:] or _required(blanked[attribute.end() :].split("@")[0])[:1]
    else:
        rest = _BEHIND_NAME.search(blanked) or _WHO_DID.search(blanked)
        found = _required(rest.group("rest"))[: 2 if "@ of" in blanked else 1][-1:] if rest else []
    if found and question.kind == "number":
        found += list(question.focus)
    return frozenset(found)


def contrary(question: Question, sentence: Sentence) -> bool:
    """Say whether `sentence` tells only of the contrary of what is asked: a birth where a death is."""
    wanted = predicate(question) or happening(question)[1]
    for one, other in _CONTRARY:
        if wanted & {one, other} and not _LIFETIME.search(sentence.span.text):
            said = (other if one in wanted else one) in sentence.stems
            if said and not says(wanted, sentence.stems):
                return True
    return False


@lru_cache(maxsize=512)
def happening(question: Question) -> tuple[frozenset[str], frozenset[str]]:
    """Return the stems of the noun and of the verb of a short "when was the old bridge sold?" without a name."""
    match = _SHORT.match(question.folded) if not names(question.text) else None
    if match is None:
        return frozenset(), frozenset()
    return frozenset(_required(match.group("noun"))[-1:]), frozenset(_required(match.group("verb")))


@lru_cache(maxsize=512)
def quality(question: Question) -> tuple[frozenset[str], bool]:
    """Return the stems of what a yes/no question asks about its subject, and whether it asks what the subject is.

    ("Is Ann a good painter?" asks whether she is one: ({good, painter}, True).)
    """
    match = _BEHIND_NAME.search(_blanked(question))
    if match is None:
        return frozenset(), False
    rest = match.group("rest")
    kind = _CLASS.match(rest)
    if kind is None or not re.match(r"\W*(?:is|are|was|were)\b", question.folded):
        return frozenset(_required(rest)[:1]), False
    return frozenset(content_terms(_OF.split(kind.group("noun").replace("@", " "))[0])), True


def _blanked(question: Question) -> str:
    """Return the question in lower case with ``@`` for each proper name."""
    text = question.text
    asked = names(text)
    for name in asked:
        owner = name.text.endswith(_OWNER)
        text = text.replace(name.text, "" if name.country and len(asked) > 1 else "@ of" if owner else "@", 1)
    return " ".join(text.split()).casefold()


def _required(text: str) -> list[str]:
    terms = content_terms(text.replace("@", " "))
    return [term for term in terms if term not in _UNASKED and term not in STOPWORDS and not term.isdigit()]
