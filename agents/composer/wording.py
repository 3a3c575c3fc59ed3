"""A question turned into a statement that holds its answer, where that can be done safely; English.

"How many passengers can the Northern Light take?" and 275 give "The Northern Light can take 275 passengers."
Each pattern gives up where it is not sure, and the caller falls back to "<what was asked>: 275".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from questline.agents.intents.closed_words import WH

from .clauses import agreeing, clause, opens_a_noun, person, said
from .phrases import Phrase, asked_for
from .verbs import AUXILIARIES, BE, finite, is_participle

__all__ = ["statements"]

_CONDITION: Final = re.compile(
    r"(?P<condition>(?:if|when|given|since|assuming|suppose)\b.+?,)\s+"
    r"(?P<asked>(?:on |at |in )?(?:what|which|who|when|how|where)\b.+)",
    re.IGNORECASE,
)
_UNSURE: Final = re.compile(rf"(?:,|\band)\s+(?:\w+\s+)?{WH}\b|,[^,]+\bor\b|\blike\b", re.IGNORECASE)
"""A second question, a choice, what something is like."""
_OPERATORS: Final = re.compile(r"^[\d\s.,()^*/+×÷=xX√!%-]*\d[\d\s.,()^*/+×÷√!%-]*$")
_ARTICLES: Final = frozenset({"the", "a", "an", "our", "my", "your", "his", "her", "its", "their"})
_PRICED: Final = frozenset({"cost", "weigh", "measure", "mean", "earn", "pay"})
_PLURAL: Final = {"is": "are", "was": "were", "has": "have", "does": "do"}
_SINGULAR: Final = {plural: singular for singular, plural in _PLURAL.items()}


def statements(intent: str, phrase: Phrase) -> Iterator[str]:
    """Yield statements that answer an intent with a phrase, the one that reads best first; perhaps none."""
    core = asked_for(intent)
    condition = _CONDITION.match(core)
    asked = condition["asked"] if condition else core
    if _UNSURE.search(asked):
        return
    for make in _PATTERNS:
        made = make(asked, phrase)
        if made and condition:
            yield _finished(f"{condition['condition']} {made}")
        elif made:
            yield _finished(made)


def _finished(text: str) -> str:
    tidy = re.sub(r"\s+([,.;:])", r"\1", " ".join(text.split())).rstrip(" ,;")
    formula = re.match(r"\S*[\d^=]|[a-z]\b(?! [a-z])", tidy)
    return f"{tidy[:1] if formula else tidy[:1].upper()}{tidy[1:]}{'' if tidy.endswith(('.', '!', '…')) else '.'}"


def _how_many(core: str, phrase: Phrase) -> str | None:
    match = re.match(r"how many (?P<rest>.+)", core, re.IGNORECASE)
    if not match or phrase.kind != "number":
        return None
    rest, number = match["rest"], phrase.text
    there = re.match(r"(?P<noun>.+?) (?:is|are) there\b(?P<more>.*)", rest, re.IGNORECASE)
    if there:
        return f"there {'is' if number == '1' else 'are'} {number} {there['noun']}{there['more']}"
    inverted = re.match(
        r"(?P<noun>.+?) (?P<aux>do|does|did|can|could|will|would|may|must|should|is|are|was|were|have|has|had)"
        r" (?P<rest>.+)",
        rest,
        re.IGNORECASE,
    )
    if inverted and opens_a_noun(inverted["rest"]):
        return _how_many_inverted(inverted["noun"], inverted["aux"].casefold(), inverted["rest"], number)
    tokens = rest.split()
    if any(finite(token) for token in tokens[1:6]) and not any(token.casefold() == "that" for token in tokens):
        return f"{number} {person(rest)}"
    if len(tokens) > 1 and tokens[1].casefold() in ("from", "between", "until", "in"):
        return f"there {'is' if number == '1' else 'are'} {number} {rest}"
    return None


def _how_many_inverted(noun: str, auxiliary: str, rest: str, number: str) -> str | None:
    unit = number.partition(" ")[2]
    counted = number if unit and unit.rstrip("s") == noun.rstrip("s") else f"{number.partition(' ')[0]} {noun}"
    if auxiliary in BE:
        return f"{person(rest)} {auxiliary} {counted}" if not any(map(is_participle, rest.split())) else None
    parts = clause(rest) if auxiliary not in ("have", "has", "had") else None
    told = parts and said(parts[0], auxiliary, parts[1])
    return f"{told} {counted} {person(parts[2])}" if told and parts else None


def _how_much(core: str, phrase: Phrase) -> str | None:
    match = re.match(
        r"how (?P<how>much|long|tall|high|deep|wide|far|old|big|large|heavy|fast) (?P<aux>is|are|was|were|does|do|did)"
        r" (?P<rest>.+)",
        core,
        re.IGNORECASE,
    )
    if not match or not opens_a_noun(match["rest"]):
        return None
    auxiliary = match["aux"].casefold()
    if auxiliary in BE:
        if match["how"].casefold() not in ("much", "old") and " " not in phrase.text:
            return None
        held = not any(is_participle(word) for word in match["rest"].split())
        return f"{person(match['rest'])} {auxiliary} {phrase.text}" if held else None
    parts = clause(match["rest"])
    told = parts and parts[1] in _PRICED and said(parts[0], auxiliary, parts[1])
    return f"{told} {phrase.text} {person(parts[2])}" if told and parts else None


def _who_or_which(core: str, phrase: Phrase) -> str | None:
    """Answer a question whose subject is what is asked for: ``Who wrote …``, ``Which members brought …``."""
    if phrase.kind not in ("text", "list"):
        return None
    match = re.match(r"(?P<word>who|which|what) (?P<rest>.+)", core, re.IGNORECASE)
    if not match:
        return None
    tokens = match["rest"].split()
    start = 0 if match["word"].casefold() == "who" else 1
    if start and (finite(tokens[0]) or tokens[0].casefold() in ("do", "does", "did")):
        return None
    place = next(
        (
            number
            for number, token in enumerate(tokens[: start + 6])
            if number >= start and finite(token) and not (number and tokens[number - 1].casefold() in _ARTICLES)
        ),
        None,
    )
    if start == 0 and place != 0 and tokens[0].endswith("s") and opens_a_noun(" ".join(tokens[1:])):
        place = 0  # "who waters the shared beds": a verb that is not known
    if place is None or (place > start + 3 and start):
        return None
    verb, after = tokens[place].casefold(), " ".join(tokens[place + 1 :])
    inverted = verb in ("do", "does", "did", *AUXILIARIES) or (
        verb in BE | {"has", "have", "had"} and _inverts(verb, after)
    )
    if inverted or not after:
        return None
    if phrase.plural and verb in _PLURAL:
        verb = _PLURAL[verb]
    elif not phrase.plural and verb in _SINGULAR and phrase.kind == "text":
        verb = _SINGULAR[verb]
    elif phrase.plural and verb.endswith("s") and verb not in _SINGULAR:
        return None
    between = " ".join(tokens[:place]) if start == 0 else ""
    return f"{phrase.text} {verb} {person(after)} {between}"


def _inverts(verb: str, after: str) -> bool:
    """Say whether a verb is followed by its subject: ``is the director``, and not ``are longer than``."""
    if verb in BE:
        return opens_a_noun(after)
    return opens_a_noun(after) and any(is_participle(word) for word in after.split()[1:])


def _what_is(core: str, phrase: Phrase) -> str | None:
    match = re.match(
        r"(?:on |at |in )?(?:what|which|who)(?: (?P<noun>(?:[\w'-]+ ){0,5}?[\w'-]+))? (?P<be>is|are|was|were)"
        r" (?P<rest>.+)",
        core,
        re.IGNORECASE,
    )
    if not match:
        return None
    rest, be = person(match["rest"]), match["be"].casefold()
    timed = re.fullmatch(r"it (?P<where>.+)", rest)
    if timed and phrase.kind == "time":
        return f"it is {phrase.text} {timed['where']}"
    head, _, last = rest.rpartition(" ")
    if is_participle(last) and head and phrase.kind != "number":
        return f"{head} {be} {last} {phrase.when}" if phrase.when and opens_a_noun(rest) else None
    if _OPERATORS.match(rest) and phrase.kind == "number":
        return f"{rest} = {phrase.text}"
    converted = re.fullmatch(r"(?P<what>\d.*?) (?:in|as) (?P<unit>[\w/ °²³]+)", rest)
    if converted and phrase.kind == "number" and " " in phrase.text:
        return f"{converted['what']} {be} {phrase.text}"
    return f"{rest} {agreeing(rest, be)} {phrase.noun}" if opens_a_noun(rest) else None


def _what_does(core: str, phrase: Phrase) -> str | None:
    match = re.match(
        r"(?P<on>on )?(?:what|which)(?: (?P<noun>(?:[\w'-]+ ){0,3}?[\w'-]+))?"
        r" (?P<aux>do|does|did|can|could|will|would|should|must|may) (?P<rest>.+)",
        core,
        re.IGNORECASE,
    )
    parts = clause(match["rest"].rstrip(" ,")) if match else None
    if not match or not parts:
        return None
    subject, verb, tail = parts
    told = said(subject, match["aux"], verb)
    if told is None:
        return None
    tail = re.sub(r",.*", "", tail).strip()
    if match["on"]:
        return f"{told} {person(tail)} {phrase.when}" if phrase.when else None
    if match["noun"]:
        return f"the {match['noun']} that {told} {person(tail)} is {phrase.text}"
    if verb in _PRICED:
        to, _, more = tail.partition(" ")
        whom = person(to) if to.casefold() in ("me", "us") else ""
        return f"{told} {whom} {phrase.text} {person(more if whom else tail)}"
    return f"what {told} {person(tail)} is {phrase.text}" if phrase.kind in ("number", "text") else None


def _when(core: str, phrase: Phrase) -> str | None:
    match = re.match(
        r"(?:when|at what time) (?P<aux>is|are|was|were|do|does|did|will) (?P<rest>.+)", core, re.IGNORECASE
    )
    if not match or phrase.when is None:
        return None
    auxiliary, rest = match["aux"].casefold(), match["rest"]
    if auxiliary in BE:
        tokens = rest.split()
        if len(tokens) > 1 and is_participle(tokens[-1]):
            return f"{person(' '.join(tokens[:-1]))} {auxiliary} {tokens[-1]} {phrase.when}"
        return f"{person(rest)} {auxiliary} {phrase.when}" if opens_a_noun(rest) else None
    parts = clause(rest)
    told = parts and said(parts[0], auxiliary, parts[1])
    return f"{told} {person(parts[2])} {phrase.when}" if told and parts else None


def _ordered(core: str, phrase: Phrase) -> str | None:
    """Answer what is no question: a formula, a conversion, a thing."""
    core = re.sub(r"^(?:calculate|compute|work out|evaluate|what is)\s+", "", core, flags=re.IGNORECASE)
    if _OPERATORS.match(core) and phrase.kind == "number":
        return f"{core} = {phrase.text}"
    converted = re.match(r"(?:convert\s+)?(?P<what>\d.*?)\s+(?:in|into|to|as)\s+[\w/ °²³]+$", core, re.IGNORECASE)
    if converted and phrase.kind == "number" and " " in phrase.text:
        return f"{converted['what']} {'is' if re.match(r'1(?![.0-9])', core) else 'are'} {phrase.text}"
    solved = re.match(r"solve (?P<equation>.+?)(?: for \w+)?$", core, re.IGNORECASE)
    if solved and phrase.kind == "solutions":
        return f"{solved['equation']} holds for {phrase.text}"
    counted = re.match(
        r"(?:the )?(?:number of )?(?P<noun>days|weeks|months|years|hours|minutes) (?P<rest>(?:from|between|until) .+)",
        core,
        re.IGNORECASE,
    )
    if counted and phrase.kind == "number":
        return f"there are {phrase.text} {counted['noun'].casefold()} {counted['rest']}"
    wh = re.match(
        r"(?:who|what|which|when|where|why|how|is|are|do|does|did|can|list|compare|solve|find)\b", core, re.IGNORECASE
    )
    if not wh and core.casefold().startswith("the ") and len(core.split()) < 12 and phrase.kind != "list":
        return f"{core} {agreeing(core, 'is')} {phrase.noun}"
    return None


_PATTERNS: Final[tuple[Callable[[str, Phrase], str | None], ...]] = (
    _how_many,
    _how_much,
    _who_or_which,
    _what_does,
    _what_is,
    _when,
    _ordered,
)
