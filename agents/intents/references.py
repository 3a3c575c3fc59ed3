"""What the pronouns of a clause mean: a thing that the question says, or the result of an earlier clause.

A question for a property ("when was the kiln built", "how deep is Lake Serin") says what it is about; one for a thing
("which city", "who") does not: there a pronoun means the answer, which only its result can tell.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.number_words import in_words

from .closed_words import EMPTY_IT, PRONOUN, THERE
from .ellipsis import NAME

__all__ = ["counted", "needs_earlier", "resolved"]

_RESULT: Final = re.compile(
    r"\b(?:the (?:results?|answer|output|outcome)|based on (?:that|this|it|these|those)"
    r"|the (?:first|second|third|last|other|best|cheapest|latest|former|latter) (?:one|ones)"
    r"|(?:is|are|of|to|from|with|on|in|for|by|using|use|do|does|was|than|until|till|since|after|before)"
    r" (?:that|this|these|those|then)(?= (?:number|value|result|amount|city|country|file|year|day|date|person|place"
    r"|list|sum|price|one)\b|$|[,.;?!])"
    r"|(?:is|was) that\b|accordingly)\b",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(rf"\b{PRONOUN}\b", re.IGNORECASE)
_CHINESE: Final = re.compile(r"(?<!其)[它他她]|那里|那儿|(?<![\u4e00-\u9fff])那天|这个结果|结果")
_PROPERTY: Final = re.compile(
    r"^(?:when|how|where|why|is|are|was|were|does|do|did|has|have|what (?:do|does|did))\b", re.IGNORECASE
)
_WHO: Final = re.compile(r"^(?:who|whose)\b", re.IGNORECASE)
_WHO_DOES: Final = re.compile(
    r"^who (?!(?:is|was|are|were|has|had|did|does|will|can)\b)[a-z]{3,}"
    r" (?P<x>[a-z]{4,}(?: [a-z]{3,}){0,2})\W*$",
    re.IGNORECASE,
)
"""What somebody does it to, where that has no article: "who teaches night navigation"."""
_PERSON: Final = re.compile(r"^(?:he|him|his|she|her)$", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"^(?:they|them|their)$", re.IGNORECASE)
_HER_OWN: Final = re.compile(
    r"her (?!(?:in|on|at|to|for|from|by|with|of|and|or|but|when|where|before|after|since|until|there|here|now|today|is"
    r"|was|as|than)\b)[a-z]",
    re.IGNORECASE,
)
"""Something that is hers, and not herself."""
_ROLE: Final = re.compile(
    r"\b(?:owner|captain|skipper|master|mate|director|author|writer|founder|inventor|architect|designer|leader|chief"
    r"|manager|boss|president|secretary|treasurer|coach|trainer|engineer|keeper|curator|teacher|tutor|minister|mayor"
    r"|king|queen|composer|singer|actor|actress|editor|maintainer|officer|supervisor|principal|deputy|doctor|nurse|vet"
    r"|surgeon|pilot|driver|baker|cook|chef|farmer|gardener|painter|builder|sculptor|sponsor|donor|tenant|landlord"
    r"|lodger|guest|visitor|member|volunteer|buyer|seller|winner|runner|player|mother|father|parent|wife|husband|son"
    r"|daughter|sister|brother|child|uncle|aunt|friend|cousin|student|pupil|professor|judge|lawyer|\w+(?:ist|ician"
    r"|woman|(?<!hu)(?<!ger)man))$",
    re.IGNORECASE,
)
"""A noun that is somebody."""
_SHIP: Final = re.compile(r"^\w+ (?:\w+ )?(?:ship|boat|ferry|vessel|yacht|schooner|tug|trawler)\b", re.IGNORECASE)
_WISHED: Final = re.compile(
    rf"^\W*(?:i|we)\b[^,;.]{{1,40}}?\b(?P<x>(?:\d+|{in_words(2, 12)}|twenty|thirty"
    r"|(?:a|two) dozen) [a-z][\w'’-]*s(?: of [a-z]\w+)?)\W*$",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(r"\b(?:cost|costs|how much|how many|come to|altogether|in total)\b", re.IGNORECASE)
_RECKONED: Final = re.compile(
    r"(?:%|\b(?:per ?cent|half|thirds?|quarters?|fifths?|tenths?|twice|double|times|plus|minus|by))"
    r" (?:of )?(?:it|that|them)\b",
    re.IGNORECASE,
)
"""What is reckoned with is a value, and no thing."""
_NAMES: Final = re.compile(rf"(?<=\s){NAME}")
_IN_NAME: Final = re.compile(rf"\b(?:in|of|at)\s+({NAME})")
_THING: Final = re.compile(
    r"^(?:(?:how (?P<measure>[a-z]+)|when|where|why|what|who) )?(?P<verb>[a-z]+) "
    r"(?P<x>(?:the|our|my|your|this|that|an?|(?-i:(?:[A-Z][\w.-]*)(?: [A-Z][\w.-]*){0,2}['’]s?)) [^,;:?.!]{1,80})",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(
    r" (?:in|on|at|to|from|for|by|with|without|since|until|till|after|before|during|about|under|over|into|and|or|that"
    r"|which|who|whose|when|where|if|each|per|here|there|now|today|tomorrow)\b.*$",
    re.IGNORECASE,
)
_RELATIVE: Final = re.compile(r" (?:that|which|who|whom|whose) ", re.IGNORECASE)
_AUXILIARY: Final = frozenset(
    [
        "do",
        "does",
        "did",
        "will",
        "would",
        "can",
        "could",
        "has",
        "have",
        "had",
        "must",
        "should",
        "shall",
        "may",
        "might",
    ]
)
_PARTICIPLE: Final = re.compile(
    r" (?:\w+ed|built|made|held|born|sold|bought|sent|run|due|open|given|written|found|kept|paid|taken)$"
)


def needs_earlier(text: str) -> bool:
    """Whether `text` still points to something that only an earlier result can say."""
    plain = EMPTY_IT.sub(" ", text)
    return any(pattern.search(plain) for pattern in (_RESULT, _PRONOUN, THERE, _CHINESE))


def resolved(text: str, before: str) -> str:
    """Return `text` with its pronouns replaced by the one thing of `before` that they can mean, else unchanged.

    "When was Lake Serin dammed" says what "how deep is it" is about; "Who wrote Dune" does not say who "he" is.

    >>> resolved("how heavy is it", "When was the kiln built")
    'how heavy is the kiln'
    """
    names = list(dict.fromkeys(re.sub(r"['’]s?$", "", match[0].rstrip(".")) for match in _NAMES.finditer(before)))
    asks_property, asks_who = _PROPERTY.match(before) is not None, _WHO.match(before) is not None
    thing = _thing(before)
    if not (asks_property or asks_who) or _RECKONED.search(text):
        return text
    if len(names) > 1 and not _RELATIVE.search(thing):
        return text
    name = names[0] if len(names) == 1 else ""
    person, other = _meant(name, thing)
    if asks_who:
        person = ""  # it asks for the one who is meant
        done = _WHO_DOES.match(before) if not name and not thing else None
        other = done["x"] if done else other
    whole = text
    place = _IN_NAME.search(before) or re.match(r"where\b", before, re.IGNORECASE)
    if name and place and not re.search(r"\bthere (?:is|are|was|were)\b", text):
        whole = THERE.sub(lambda _: f"in {name}", whole)
    if EMPTY_IT.search(whole):
        return whole

    def told(match: re.Match[str]) -> str:
        somebody = _PERSON.match(match[0]) is not None
        if match[0].casefold() in {"she", "her"} and _SHIP.match(thing):
            somebody = False
        meant = person if somebody else other
        if asks_who and not name and _SEVERAL.match(match[0]):
            meant = ""
        own = _HER_OWN.match(whole, match.start()) is not None
        return _named("its" if own else match[0], meant) if meant else match[0]

    return _PRONOUN.sub(told, whole)


def counted(before: str, text: str) -> str:
    """Return a question with "they" told by what a wish before it counts, else unchanged.

    >>> counted("I need 4 lamps", "how much do they cost")
    'how much do 4 lamps cost'
    """
    wished = _WISHED.search(before)
    if wished is None or not _AMOUNT.search(text):  # what each of them is like is not asked of all together
        return text
    return re.sub(r"\b(?:they|them|these|those)\b", lambda _: wished["x"], text, flags=re.IGNORECASE)


def _meant(name: str, thing: str) -> tuple[str, str]:
    """Return whom "he" and what "it" means after a question; empty where that cannot be told.

    Of "Thor's operation" he is Thor and it the operation; of "the owner of Thor" she is the owner, and it is Thor.
    """
    of = re.split(r" (?:of|at|in|that|which|who|whom|whose)\b", thing, maxsplit=1)[0]
    if _ROLE.search(of):
        return thing, name
    bare = name.removeprefix("the ")
    if not thing or bare == thing.removeprefix("the "):
        return name, name or thing
    belongs = of == thing and bool(re.match(rf"(?:the )?{re.escape(bare)}['’]", thing)) if name else False
    return (name if belongs or not name.startswith("the ") else ""), thing


def _thing(before: str) -> str:
    """Return the thing whose property is asked for, where it is no name: "the kiln" of "when was the kiln built".

    A question's verb stands behind it, a participle may; what follows a preposition only says more of it.
    """
    match = _THING.match(before)
    if match is None:
        return ""
    whole = match["x"].rstrip()
    relative = _RELATIVE.search(whole) is not None
    thing = whole if relative else _ENDS.sub("", whole)
    if match["verb"].casefold() in _AUXILIARY:
        thing = "" if relative else thing.rpartition(" ")[0]
    elif not match["measure"]:
        thing = _PARTICIPLE.sub("", thing)
    article, _, noun = thing.partition(" ")
    return f"the {noun}" if noun and article.casefold() in {"a", "an"} else thing if noun else ""


def _named(pronoun: str, name: str) -> str:
    if pronoun.casefold() not in {"its", "their", "his"}:
        return name
    return f"{name}'" if name.endswith("s") and name.startswith("the ") else f"{name}'s"
