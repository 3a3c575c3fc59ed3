"""Relations that questions often ask for, and how prose states them.

A relation has a pattern on the question (in lower case) and patterns on sentences, most reliable first. ``NAME``, ``PLACE``
and ``DATE`` in a sentence pattern stand for a name, a place and a date; the first of them is the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .nations import NATION
from .values import DATE as DATE_PATTERN

__all__ = ["NAME", "PLACE", "Statement", "stated"]

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƏȘȚΑ-ΩА-ЯЁІЇЄ"
"""Capital letters of the Latin, Greek and Cyrillic scripts; a full Unicode class would take 50 ms to compile each time."""
_CAPITAL = rf"(?:[{_UPPER}](?:[\w'’]|-(?=\w)|/)*(?:\.(?=\s[{_UPPER}])(?<=\b\w\.))?|(?:[{_UPPER}]\.)+)"
_INNER = r"(?:of the|of|de la|de|del|della|di|da|dos|du|des|la|le|von|van der|van den|van|der|den|zu|bin|ibn|ben|ab|ap|al|el|the|y|&|for)"
NAME: Final = rf"{_CAPITAL}(?:\s(?:{_INNER}\s)?{_CAPITAL})*(?:\s[IVX]+\b)?"
"""A run of capitalised words, with small words such as ``of`` and ``von`` between them."""
PLACE: Final = rf"{NAME}(?:, {NAME}){{0,3}}"
_DATE = rf"(?:(?:on|in|c\.|circa|ca\.|around|about) ?)?(?:{re.sub('[?]P<[a-z]+>', '?:', DATE_PATTERN.pattern)}|\d{{3,4}})"
_PREFIX = r"(?:(?:[a-z]+[- ])*?(?:director|actor|actress|singer|musician|composer|songwriter|rapper|writer|author|filmmaker|band|group|duo|rock band|novelist|artist|king|emperor|queen|princess|prince|general|politician|poet|playwright|wife|husband|[A-Z][a-z]+ (?:singer|musician|composer|band|group|rapper|singer-songwriter|recording artist|rock band|director|writer|author|novelist))s? )?"
_THE = r"(?:the |his |her |its |a |an )?"
_BY = rf"by {_THE}{_PREFIX}(?P<x>NAME)"
_KIN = rf"{_THE}(?:[a-z-]+ )*?{_PREFIX}"


@dataclass(frozen=True, slots=True)
class _Relation:
    name: str
    asked: str
    stated: tuple[str, ...]


_RELATIONS: Final = (
    _Relation("director", r"\bdirect(?:or|ed|s)\b", (rf"directed(?:,[^.]*?| and [\w-]+(?: and [\w-]+)?|/[\w-]+)? {_BY}", rf"\bdirector (?P<x>NAME)", rf"\bfilm[^.]{{0,30}}? {_BY}", r"(?P<x>NAME)'s? (?:\w+ )?(?:film|debut)", rf"\b{_BY}")),
    _Relation("composer", r"\bcompos(?:er|ed)\b|\bmusic (?:of|for|in)\b", (rf"(?:composed|scored|music(?:al)?(?: score)?(?: (?:is|was|composed|written|and lyrics|score))*|soundtrack[^.]*?|score) {_BY}", r"\bcomposers? (?P<x>NAME)", r"music (?:director|composer)[^.]{0,15}? (?P<x>NAME)", rf"(?:written|song) [^.]*?{_BY}", r"(?P<x>NAME) (?:composed|wrote|scored)")),
    _Relation("performer", r"\bperform(?:er|ed|s)\b|\b(?:sang|sung|sings|singer|recorded)\b", (rf"(?:performed|recorded|sung|released|single|song|album)(?: [a-z]+)? {_BY}", r"(?P<x>NAME)'s? (?:\w+ )?(?:song|single|album)", rf"\b{_BY}", r"(?P<x>NAME) (?:sang|recorded|performed|released)")),
    _Relation("author", r"\b(?:author|wr(?:ote|itten|iter)|writes)\b", (rf"(?:written|book|novel|play|story|poem|novella|authored|penned|screenplay|lyrics)[^.,;]{{0,25}}? {_BY}", r"\b(?:author|writer|novelist|poet|playwright|songwriter)s? (?P<x>NAME)", r"(?P<x>NAME)(?:,[^,]*,)? wrote", r"(?P<x>NAME)'s? (?:\w+ )?(?:novel|book|play|story)", rf"\b{_BY}")),
    _Relation("producer", r"\bproduce[rd]\b", (rf"produced(?: and [\w-]+)? {_BY}", r"\bproducers? (?P<x>NAME)")),
    _Relation("actor", r"\b(?:play(?:s|ed)|portray(?:s|ed)|voice[ds]?|star(?:s|red|ring)|actor|actress)\b", (rf"(?:played|portrayed|voiced|performed) {_BY}", r"(?P<x>NAME)(?:,[^,]*,)? (?:plays|played|portrays|portrayed|stars|starred|voices|voiced|as)\b", r"\((?P<x>NAME)\)", r"starring (?P<x>NAME)")),
    _Relation("inventor", r"\b(?:invent|discover|found|creat|develop|establish)(?:ed|er|or)\b", (rf"(?:invented|discovered|founded|created|developed|established|started|designed)[^.;]{{0,25}}? {_BY}", r"(?P<x>NAME)(?:,[^,]*,)? (?:invented|discovered|founded|created|developed|established)", r"(?:founder|inventor|creator)s?,? (?P<x>NAME)")),
    _Relation("father", r"\bfather\b(?!-in-law)", (rf"\b(?:son|daughter|child)s? (?:and [a-z]+ )?(?:of|to|born to) {_KIN}(?P<x>NAME)", rf"[Ff]ather(?:,| was| is|, the [^,]*,)? {_KIN}(?P<x>NAME)", rf"\bborn to {_KIN}(?P<x>NAME)", rf"\b(?:son|daughter)[^.]{{0,40}}? of {_KIN}(?P<x>NAME)")),
    _Relation("mother", r"\bmother\b(?!-in-law)", (rf"[Mm]other(?:,| was| is|, the [^,]*,)? {_KIN}(?P<x>NAME)", rf"\b(?:son|daughter|child)\b[^.]*? (?:and|by|with) (?:his |her )?(?:\w+ )?(?:(?:wife|spouse|consort|mistress|mother),? ){_KIN}(?P<x>NAME)", rf"\b(?:son|daughter|child)[^.;]*?\bof [^.;]*? and (?:his |her )?(?:\w+ wife,? )?{_KIN}(?P<x>NAME)", rf"\b(?:son|daughter|child) of [^.;]*? (?:by|with) {_KIN}(?P<x>NAME)", rf"\bwife,? (?P<x>NAME)", rf"\bborn to [^.]*? and {_KIN}(?P<x>NAME)", rf"\b(?:son|daughter) of {_KIN}(?P<x>NAME)")),
    _Relation("husband", r"\b(?:husband|wife|spouse|married)\b", (rf"\bmarried(?: secondly| firstly| first| to| her| his| in \d+| on [^,]*,)* {_KIN}(?P<x>NAME)", rf"\b(?:wife|husband|widow|widower|consort|spouse|mistress|concubine) (?:of|to) {_KIN}(?P<x>NAME)", rf"\b(?:wife|husband|spouse|consort)(?:,| was| is)? (?P<x>NAME)", rf"\bmarriage (?:to|with) {_KIN}(?P<x>NAME)", r"\b(?:queen|empress)[^.]* (?:wife|spouse|consort)[^.]*? of (?P<x>NAME)")),
    _Relation("child", r"\b(?:child|children|son|daughter)\b", (rf"\b(?:father|mother|parents?) of {_KIN}(?P<x>NAME)", rf"\b(?:son|daughter|child|children|sons|daughters)(?:,| was| is| were|:| named| called)? (?P<x>NAME)")),
    _Relation("sibling", r"\b(?:sibling|brother|sister)\b(?!-in-law)", (rf"\b(?:brother|sister|sibling)s?(?: of| to)? {_KIN}(?P<x>NAME)", rf"\b(?:brother|sister|sibling)s?(?:,| was| is| were)? (?P<x>NAME)")),
    _Relation("birthplace", r"\b(?:where|country|city|place)\b.*\b(?:born|birth)\b|\bbirthplace\b|\bplace of birth\b", (r"\bborn(?: [^.();]{0,60}?)?? (?:in|at|near) (?:the )?(?P<x>PLACE)", rf"\((?:[^()]*?; ?)?(?:born )?(?P<x>PLACE), (?:(?:on )?{_DATE})", r"(?P<x>NAME)-born\b", r"\bnative of (?P<x>PLACE)", r"\b(?:from|in|of) (?P<x>PLACE)")),
    _Relation("deathplace", r"\b(?:where|place|city|country)\b.*\b(?:die[sd]?|death)\b|\bplace of death\b", (rf"[–-] ?(?P<x>PLACE), {_DATE}\)", rf"[–-] ?{_DATE},? (?:in |at )?(?P<x>PLACE)\)", r"\b(?:died|death|killed|executed|assassinated|murdered|drowned)\b(?: [^.();]{0,70}?)?? (?:in|at|near) (?:(?:his|her|the) [a-z]+ (?:in|at|of) )?(?:the )?(?P<x>PLACE)")),
    _Relation("burial", r"\bburi(?:ed|al)\b", (r"\b(?:buried|interred|burial|entombed|tomb)[^.]*? (?:in|at|near) (?:the )?(?P<x>PLACE)",)),
    _Relation("study", r"\b(?:stud(?:y|ied)|educated|graduated?|alma mater|attend(?:ed)?|school|university)\b", (r"\b(?:studied|educated|graduated?|attended|degree|education|enrolled|alumnus|student|schooled|trained)\b[^.]*? (?:at|from|in|of|attended) (?:the )?(?P<x>NAME)", r"\battended (?:the )?(?P<x>NAME)")),
    _Relation("employer", r"\bwork(?:s|ed)?(?: at| for)\b|\bemployer\b", (r"\b(?:professor|work(?:s|ed|ing)|lecturer|teaches|taught|teacher|dean|fellow)\b[^.]*? (?:at|for) (?:the )?(?P<x>NAME)",)),
    _Relation("birthdate", r"\b(?:when|date|year|day)\b.*\b(?:born|birth)\b|\bdate of birth\b|\bhow old\b", (r"\((?:[^()]*?[;,] ?)?(?:born|b\.|née [^)]*?)?[^()–-]*?(?P<x>DATE)", r"\bborn(?: [^.()]{0,50}?)?? (?:on |in |c\. )?(?P<x>DATE)")),
    _Relation("deathdate", r"\b(?:when|date|year|day)\b.*\b(?:die[sd]?|death|killed|assassinated)\b|\bdate of death\b", (r"[–-] ?(?:[^()]*?, )?(?:c\. ?|in |on )?(?P<x>DATE)[^()]{0,25}\)", r"\(\s?(?:died|d\.|†)[^()]{0,20}?(?P<x>DATE)", r"\b(?:died|death|killed|executed|assassinated|murdered|drowned)\b(?: [^.()]{0,60}?)?? (?:on |in |c\. )?(?P<x>DATE)", r"[–-] ?(?P<x>DATE)")),
    _Relation("reignend", r"\b(?:released?|come out|came out|premiered?|publish(?:ed)?|aired?|air)\b", (r"\b(?:released|premiered|published|debuted|aired|premiere|release|opened|came out)\b[^.]*?(?:on|in) (?P<x>DATE)", r"\bis an? (?P<x>DATE)\b", r"\((?P<x>DATE)\)")),
    _Relation("founded", r"\b(?:founded|established|formed|opened|built|started|created|begin|began|start)\b", (r"\b(?:founded|established|formed|opened|built|created|began|started|constructed|completed|inaugurated|launched)\b[^.]*? (?:in|on|since) (?:the )?(?P<x>DATE)",)),
    _Relation("nationality", r"\bnationality\b|\b(?:what|which) country\b.*\bfrom\b|\bcitizen", (r"\b(?:is|was|were) (?:an? |the )?(?:[a-z0-9-]+ )*?(?P<x>NATION)", r"^[^.]{0,200}?(?P<x>NATION)", r"(?P<x>NATION)")),
    _Relation("country", r"\b(?:what|which|same) country\b|\bcountry of\b", (r"\b(?:in|of|from)\b[^.]*?(?P<x>NATION)", r"(?P<x>NATION)")),
    _Relation("cause", r"\b(?:why|how|cause)\b.*\b(?:die|died|death)\b", (r"\b(?:died|death) (?:of|from|due to|by|was) (?:an? |the )?(?P<x>[a-z][\w -]*)", r"\b(?:killed|die[sd]?) (?:in|by|of|from) (?:an? )?(?P<x>[\w -]+)", r"\b(?P<x>suicide|heart attack|stroke|cancer|pneumonia|overdose|tuberculosis|drowned|plague|cholera|typhus|malaria)\b")),
    _Relation("award", r"\b(?:award|prize|medal|honou?r)\b", (r"\b(?:won|received|awarded|winner of|recipient of|earned|honou?red with)\b[^.]*?(?:the |an? )(?:[\d]{4} )?(?P<x>NAME)", r"(?P<x>NAME (?:Award|Prize|Medal)s?(?: for NAME)?)")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """Characters of a sentence that state what a question's relation asks for."""

    start: int
    end: int
    reliability: float
    """1.0 for the most reliable pattern of the relation, less for the later ones."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = re.sub(r"(?<![?<\w])NAME\b", lambda _: NAME, pattern)
    pattern = pattern.replace("PLACE)", f"{PLACE})").replace("NATION)", f"{NATION.pattern})")
    return re.compile(re.sub(r"(?<![_\w])DATE\)", lambda _: _DATE + ")", pattern))


@lru_cache(maxsize=512)
def _asked(folded_question: str) -> tuple[_Relation, ...]:
    return tuple(relation for relation in _RELATIONS if _compiled(relation.asked).search(folded_question))


def stated(folded_question: str, sentence: str) -> list[Statement]:
    """Return what `sentence` states for the relations that a question (in lower case) asks for."""
    found: list[Statement] = []
    for relation in _asked(folded_question):
        for place, pattern in enumerate(relation.stated):
            found += [
                Statement(match.start("x"), match.end("x"), 1 / (1 + place))
                for match in _compiled(pattern).finditer(sentence)
            ]
    return found
