"""The nouns of a question, each of which must be told of: by its word, by one that says the same, or nearly so.

"What does a parrot cost a night" is not answered by what rabbits cost, nor "who is the captain" by the first captain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from questline.agents.tool_executor.asked import Asked
from questline.agents.tool_planner.aboutness import Fit
from questline.agents.tool_planner.matching import has
from questline.tools.reading.predicates import alike, says_little
from questline.tools.reading.questions import analyse
from questline.tools.reading.subjects import names
from questline.tools.slot_filling.units import measures
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import STOPWORDS, content_terms, is_cjk, stem, words

from .ground import Ground

__all__ = [
    "in_halves",
    "qualifier_lacking",
    "role_lacking",
    "says_nearly",
    "share_spoken",
    "spoken_of",
    "thing_lacking",
]

_VERBS: Final = "cost|weigh|need|take|hold|earn|pay|open|close|start|begin|end|get|go|make|last|have|eat|live"
_NOUN: Final = re.compile(
    r"\b(?:(?:an?|the|my|our|your|his|her|their|its|one|each|every|no|of|for|with|per)\s+"
    r"(?:[a-z][a-z-]+\s+){0,2}?(?P<noun>[a-z][a-z-]{2,})(?=(?:'s|’s)?\s*(?:[?.,;]|$|\b(?:is|are|was|were|do|does|did|has"
    rf"|had|can|will|(?:{_VERBS})s?|of|in|on|at|for|from|to|with|when|if|that|who|which|and|or|per|an?|each|every|the|by"
    rf"|after|before|during|this|next)\b))|(?:does|do|did)\s+(?:[a-z][a-z-]+\s+)??(?P<does>[a-z][a-z-]{{2,}})"
    rf"(?=\s+(?:{_VERBS})\b))"
)
_NO_NOUN: Final = re.compile(
    r".{2,}(?:ed|ing|ly)|again|made|held|built|given|written|sat|set|kept|left|taken|known|become"
)
"""Verbs and adverbs that may stand where a noun does."""
_BEST: Final = re.compile(r"\b(?:the|its|their|our|'s|’s) (?P<word>[a-z]{3,}est|(?:most|least) [a-z]+)\b")
_NO_SUPERLATIVE: Final = frozenset(
    listed("interest forest guest west rest request harvest test quest contest honest nest chest")
)
_ORDINAL: Final = re.compile(
    r"\b(?:the|an?|his|her|their|our|its|my|your|'s|’s) (?:very )?(?P<word>first|second|third|fourth|fifth|last"
    r"|final|next|previous|former|current|original|deputy|assistant|vice|acting|honorary)\s+(?P<noun>[a-z][a-z-]+)",
    re.IGNORECASE,
)
_NOW: Final = frozenset({"current"})
_ROLE: Final = re.compile(
    r"\bwho(?:['’]s| is| are| was| were) (?:the |your |our |their |its )?(?:[A-Za-z-]+['’]s? )?(?P<role>[a-z-]+)",
    re.IGNORECASE,
)
_ROLE_VERBS: Final = {
    "owner": "own belong have", "author": "write wrote written", "manager": "manage run lead",
    "boss": "manage run lead", "leader": "lead led run", "head": "lead led run", "founder": "found founded start set",
    "maker": "make made build built", "builder": "build built", "winner": "win won", "host": "host receive",
    "contact": "ring call ask write",
}  # fmt: skip
"""What somebody does who has a role."""
_ROLE_IS_DEED: Final = re.compile(
    r".+(?:ing|ed)|in|on|at|to|by|with|for|of|allowed|able|going|called|born", re.IGNORECASE
)
_PRESENT: Final = re.compile(r"\b(?:is|are|does|do|has|who['’]s)\b", re.IGNORECASE)
_NEGATED: Final = re.compile(r"\b(?:no|not|without|never|\w+n['’]t|neither|except)\b", re.IGNORECASE)
_DENIED: Final = re.compile(
    r"\b(?:no|not|without|never|\w+n['’]t|neither|nor|none|nothing|nobody|except|only|but|unless|free|forbidden|prohibited"
    r"|closed|excluded|cannot|un\w+)\b",
    re.IGNORECASE,
)
_EMPTY: Final = frozenset(
    map(
        stem,
        listed(
            "time date day year month week hour minute place name number amount kind type sort way thing people person"
            " total whole entire exact same main many much one ones price cost fee rate sum answer question document"
            " file today tomorrow yesterday moment case world end start beginning part rest bit lot anyone someone away"
            " record word sentence line data list table note information detail maximum minimum average"
        ),
    )
)
"""Stems that a question may hold and no source repeats."""
_KIN: Final = tuple(
    frozenset(map(stem, group.split()))
    for group in (
        "class course lesson school workshop training",
        "boss manager head director leader chief",
        "coach bus",
        "doctor vet physician",
        "pupil student learner",
        "staff employee worker crew team",
        "hall room venue",
        "guest visitor customer client",
        "owner proprietor landlord",
        "ticket fare admission entry",
        "car parking vehicle",
        "firm company business",
        "shop store",
        "house building home",
        "kid child",
        "show play performance concert",
        "luggage suitcase bag baggage",
        "meal food dish",
    )
)
"""Words that may stand for each other, which neither the reader's words nor the encoder bring together."""
_ALIKE: Final = 0.6
"""Cosine of two words of the encoder from which they say the same: kitten and cat .78, parrot and rabbit .44."""
_ONE: Final = 0.75
"""The same, where the other word stands in the very place of the first: dog and cat .67, bike and bicycle .91."""
_DOES: Final = re.compile(
    r"\b(?:do|does|did|will|would)\s+(?:an?|the|one|each|every|my|our|your)?\s*(?:[a-z-]+\s+)??(?P<noun>[a-z-]+)\s+"
    r"(?P<verb>cost|weigh|measure|eat|need|earn|get|pay|take|last|hold|live|start|begin|end|open|close)\b"
)
_DONE: Final = re.compile(
    r"(?:^|[.;,]\s+)(?:An?|The|Each|Every|an?|the)?\s*(?:[a-z-]+\s+)??(?P<noun>[A-Za-z-]+)\s+(?P<verb>[a-z]+)"
)
_ASKED_FOR: Final = re.compile(
    r"\b(?:which|what|whose|how many|how much)\s+(?!(?:does|do|did|is|are|was|were|will|would|can|has|have)\b)"
    r"(?:[a-z-]+\s+){0,1}[a-z-]+"
    r"|\bwhat(?:['’]s| is| are| was| were) (?:the |your |our |their |its )?[a-z-]+(?: [a-z-]+)?",
    re.IGNORECASE,
)
_MOST: Final = 60
"""Words of a sentence that are compared."""


def thing_lacking(asked: Asked, question: str, ground: Ground) -> tuple[Fit, str] | None:
    """Return the first noun of a question that nothing told speaks of; another in its place is a rival, and no answer.

    Args:
        asked: The intent.
        question: The sentence that asks, without the paths of files; what it asks for need not be said again.
        ground: What is told.
    """
    if is_cjk(ground.told) or asked.chinese:
        return None
    near = frozenset(content_terms(ground.near)) | frozenset(content_terms(ground.whole))
    heads = _heads(question)
    for noun in dict.fromkeys(nouns_of(question)):
        term = stem(noun)
        parts = [term, *(stem(part) for part in noun.split("-") if "-" in noun)]
        if term in heads or any(_is_held(part, near) for part in parts) or in_halves(noun, near):
            continue
        other = _in_its_place(noun, question, ground.told)
        if other and not _same(noun, other):
            return "other", noun
        if not other and not _borne(noun, ground.near):
            return "near", noun
    return None


def spoken_of(noun: str, text: str) -> bool:
    """Say whether a text speaks of what a noun means, by a word that says the same or nearly so."""
    return _is_held(stem(noun), frozenset(content_terms(text))) or _borne(noun, text)


def says_nearly(word: str, text: str, held: frozenset[str]) -> bool:
    """Say whether stems hold a word or one of its kin, or a text one that the encoder finds nearly the same."""
    return _is_held(stem(word), held) or _borne(word, text)


def share_spoken(question: str, ground: Ground) -> float:
    """Return the share of the content words of a question of which a text, or what stands right around it, speaks."""
    terms = [term for term in dict.fromkeys(content_terms(question)) if not says_little(term)]
    near = frozenset(content_terms(ground.near))
    spoken = [term for term in terms if _is_held(term, near) or in_halves(term, near)]
    return len(spoken) / len(terms) if terms else 1.0


def in_halves(noun: str, held: frozenset[str]) -> bool:
    """Say whether a noun is written as two words: the car park, for the carpark."""
    return any({stem(noun[:size]), stem(noun[size:])} <= held for size in range(3, len(noun) - 2))


def _in_its_place(noun: str, question: str, told: str) -> str:
    """Return the noun that does in a sentence what this one does in the question: rabbits cost, for a parrot."""
    asked = _DOES.search(question)
    for match in _DONE.finditer(told) if asked and asked["noun"] == noun else ():
        other = stem(match["noun"].casefold())
        if asked and stem(match["verb"]) == stem(asked["verb"]) and other != stem(noun) and not says_little(other):
            return match["noun"].casefold()
    return ""


def nouns_of(question: str) -> Iterator[str]:
    """Yield the nouns of a question that what is told has to speak of."""
    named = frozenset[str]().union(*(name.stems for name in names(question)))
    for match in _NOUN.finditer(question):
        noun = match["noun"] or match["does"]
        term = stem(noun)
        if (
            _NO_NOUN.fullmatch(noun)
            or noun in STOPWORDS
            or term in _EMPTY | named
            or says_little(term)
            or measures(noun)
        ):
            continue
        yield noun


def _heads(question: str) -> frozenset[str]:
    """Return the stems of what is asked for: `about` holds those against the evidence."""
    found = [str(match[0]) for match in _ASKED_FOR.finditer(question)]
    role = _ROLE.search(question)
    return frozenset([*content_terms(" ".join(found)), *([stem(role["role"])] if role else [])])


def _is_held(term: str, held: frozenset[str]) -> bool:
    return bool(alike(term) & held) or has(held, term) or any(term in kin and kin & held for kin in _KIN)


def _borne(noun: str, text: str) -> bool:
    """Say whether a word of a text says nearly the same as a noun, by the encoder."""
    said = [word for word in dict.fromkeys(words(text)) if word.isascii() and word.isalpha() and word not in STOPWORDS]
    return any(_cosine(noun, word) >= _ALIKE for word in said[:_MOST])


def _same(noun: str, other: str) -> bool:
    """Say whether two words are one for the other, and not only of a kind as a cat and a dog are."""
    one = stem(noun)
    kin = any({one, stem(other)} <= group for group in _KIN)
    return kin or bool(alike(one) & alike(stem(other))) or _cosine(noun, other) >= _ONE


def _cosine(one: str, other: str) -> float:
    return float(sum(x * y for x, y in zip(_vector(one), _vector(other), strict=True)))


@lru_cache(maxsize=4096)
def _vector(word: str) -> tuple[float, ...]:
    from questline.tools.models.encoder import Encoder

    return tuple(float(one) for one in Encoder.load().encode([word])[0])


def qualifier_lacking(question: str, ground: Ground) -> tuple[Fit, str] | None:
    """Return what tells the asked thing from others of its kind and is not told so, or is told of another.

    The first of several, the oldest, a deputy; and a question for what is not so.
    """
    asked = {(stem(match["noun"]), match["word"].casefold()) for match in _ORDINAL.finditer(question)}
    said = {(stem(match["noun"]), match["word"].casefold()) for match in _ORDINAL.finditer(ground.told)}
    held = frozenset(words(ground.near))
    for noun, word in sorted(asked):
        others = {other for kin, other in said if kin == noun}
        if word in held or word in _NOW or word in others:
            continue
        if word in ("next", "last", "final") and not others:
            continue
        return ("other" if others else "near"), f"the {word} one"
    role = _ROLE.search(question)
    if role:
        kin = {word for noun, word in said if noun == stem(role["role"])} - _NOW
        if kin and not kin & frozenset(words(question)):
            return ("other" if _PRESENT.search(question) else "near"), f"the {role['role']} as such"
    for match in _BEST.finditer(question):
        word = match["word"]
        if word not in _NO_SUPERLATIVE and not _best_told(word, ground.near):
            return "near", f"the {word}"
    negated = _NEGATED.search(question) if analyse(question).kind != "yesno" else None
    if negated and not _DENIED.search(ground.told):
        return "near", f"“{negated[0]}”"
    return None


def role_lacking(question: str, ground: Ground) -> str:
    """Return the role that a question asks who has, where nothing told speaks of it: a chair is no treasurer."""
    match = _ROLE.search(question)
    role = match["role"].casefold() if match else ""
    if not role or role in STOPWORDS or says_little(stem(role)) or _ROLE_IS_DEED.fullmatch(role):
        return ""
    held = frozenset(content_terms(ground.near))
    does = frozenset(map(stem, _ROLE_VERBS.get(role, "").split()))
    return "" if does & held or says_nearly(role, ground.near, held) else f"the {role}"


def _best_told(word: str, text: str) -> bool:
    if word in text.casefold() or re.search(r"\b(?:most|least|only|record|[a-z]{3,}est)\b", text):
        return True
    return stem(word.removesuffix("est")) in frozenset(content_terms(text))
