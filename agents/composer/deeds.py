"""What somebody or something does, or where it is now, which a sentence about the same thing need not speak of.

"When does the coach to the caves leave" is not answered by the day of the trip to the caves, nor "which books are still
out" by what late books cost.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import WEEKDAY
from questline.tools.reading.predicates import alike, says_little
from questline.tools.slot_filling.units import measures
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import STOPWORDS, content_terms, stem, words

from .ground import Ground
from .things import says_nearly
from .verbs import is_base, is_participle

__all__ = ["NO_ANSWER", "deed_lacking", "part_lacking", "state_lacking", "verb_lacking"]

_DEED: Final = re.compile(
    r"\b(?:when|(?:at )?what time|(?:on )?(?:what|which) day) (?:does|do|did|will) (?:the|our|my|your|an?) "
    r"(?P<noun>[a-z][a-z-]*) (?P<of>(?:to|from|for|of|with|in|on|at) [^?,]+ )(?P<verb>[a-z]+)[\s?.!]*$",
    re.IGNORECASE,
)
_TIMES: Final = re.compile(rf"(?:{WEEKDAY}s?|daily|usually|always|today|tomorrow)", re.IGNORECASE)
_STATE: Final = re.compile(
    r"^\W*(?:which|what|who|whose)\b(?P<of>[^?,]{0,60}?) (?:is|are|was|were)"
    r"(?: (?:still|already|now|currently|not|yet|today|at the moment))* "
    r"(?P<state>out|off|on|in|over|away|back|up|down|left|here|there)(?: (?:now|today|still|yet))?[\s?.!]*$",
    re.IGNORECASE,
)

NO_ANSWER: Final = frozenset({"a colour", "who that is"})
"""What `verb_lacking` says of sentences that cannot be an answer at all."""
_WHO_DOES: Final = re.compile(
    r"^\W*who(?:['’]s| is| was| has| will| can)?(?: (?:still|also|now|usually|normally|here|again))* (?P<verb>[a-z]+)"
    r"(?P<rest>[^?]*)",
    re.IGNORECASE,
)
_DOES: Final = re.compile(
    r"\b(?:when|where|what time|what day|which day|what date|which date"
    r"|in (?:which|what) [a-z]+|how (?:often|long|far|fast|late|early))\b[^?]{0,20}?"
    r"\b(?:do|does|did|is|are|was|were|will|must|can|may|should|could|would)\b (?P<rest>[^?]+)",
    re.IGNORECASE,
)
_SUBJECTS: Final = frozenset({"i", "we", "you", "they", "he", "she", "it"})
_LIGHT: Final = frozenset(
    map(
        stem,
        listed(
            "be is are was were do does did have has had get got go goes went come came take takes took make makes"
            " made need cost pay find see know use give let put keep say tell ask call ring contact talk speak want"
            " like look happen last hold run start begin begun end open close stand fall due in the a an your our my"
            " this that responsible allowed able going supposed there left leave work belong mean set"
            " held kept given found"
        ),
    )
)
"""Verbs that say little of what is done, or that are told in many ways."""
_MEASURES: Final = frozenset(
    listed(
        "length height width depth weight price cost fee age size speed draught beam value name title date day birthday"
        " first opening start beginning end life story history"
    )
)
"""Nouns that measure the whole, or tell of it, and are no part."""
_WHICH_IS: Final = re.compile(
    r"^\W*(?:which|what) [a-z]+(?: [a-z]+)? (?:is|are|was|were)(?: (?:still|already|now|currently))?"
    r" (?P<so>[a-z]{3,})[\s?.!]*$",
    re.IGNORECASE,
)
_COLOUR: Final = re.compile(r"\b(?:what|which) colou?rs?\b", re.IGNORECASE)
_COLOURS: Final = re.compile(
    r"\b(?:colou?r\w*|(?:dark|light|pale|bright)?-?(?:red|green|blue|yellow|orange|purple|violet|pink|brown|black|white|gr[ae]y"
    r"|golden?|silver|beige|cream|turquoise|crimson|scarlet|navy|ochre|ivory|teal|maroon|lilac)(?:ish)?)\b",
    re.IGNORECASE,
)
_NAMES_LISTED: Final = re.compile(
    r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*(?: \([^)]*\))?, [A-Z][\w’'-]+[^.,]*, [A-Z][\w’'-]+"
)
_WHO_IS: Final = re.compile(r"^\W*[Ww]ho(?:['’]s| is| was) [A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*[\s?.!]*$")
_OF_ITS: Final = re.compile(
    r"^\W*(?:Her|His|Its|Their|[A-Z][\w-]+['’]s) (?P<of>(?:[a-z-]+ ){1,3}?)"
    r"(?:is|was|are|were|has|had|weighs?|measures?|costs?|carries|holds?)\b"
)
_MEASURED: Final = re.compile(
    r"\bhow (?:much|long|high|tall|deep|wide|heavy|old|big|large|fast)\b"
    r"|\bwhat (?:did|does|do|would|will) .+ (?:cost|weigh|measure)\b|\bwhen (?:was|is|were|are|did)\b",
    re.IGNORECASE,
)


def verb_lacking(question: str, ground: Ground) -> str:
    """Return what somebody does, or when or where something is done, where sentences speak of nothing of the kind.

    "Who built the lighthouse" is not answered by who kept it, nor "where do I buy tokens" by where the laundry is.
    """
    told = frozenset(content_terms(ground.told))
    if _COLOUR.search(question) and not _COLOURS.search(ground.told):
        return "a colour"
    if _WHO_IS.match(question.strip()) and _NAMES_LISTED.search(ground.told):
        return "who that is"
    which = _WHICH_IS.match(question.strip())
    if which and not says_little(stem(which["so"])) and not says_nearly(which["so"], ground.told, told):
        return f"which is {which['so']}"
    who = _WHO_DOES.search(question.strip())
    found = [who["verb"]] if who else []
    sure = False
    does = None if who else _DOES.search(question)
    if does:
        said = words(does["rest"])
        verbs = [word for word in said[1:] if is_base(word) or is_participle(word)]
        found = said[1:2] if said[0] in _SUBJECTS else verbs[:1]
        sure = said[0] in _SUBJECTS
    for verb in found:
        plain = verb.casefold()
        if (
            stem(plain) in _LIGHT
            or plain in STOPWORDS
            or says_little(stem(plain))
            or not (sure or is_base(plain) or is_participle(plain) or plain.endswith("s"))
        ):
            continue
        if not says_nearly(plain, ground.told, told):
            return f"who {plain}" if who else plain
    return ""


def part_lacking(question: str, ground: Ground) -> str:
    """Return the thing that is asked about where what is told is told of a part of it: the mast of a boat, its keeper.

        >>> from .ground import Ground
    from .things import says_nearly
    from .verbs import is_base, is_participle
        >>> told = "Her mast was replaced in 2017 at a cost of 41,000 kroner."
        >>> part_lacking("What did the Kestrel cost?", Ground(told=told, near=told, whole=told))
        'the whole of it, but of its mast'
    """
    match = _OF_ITS.match(ground.told)
    if match is None or not _MEASURED.search(question):
        return ""
    asked = frozenset(content_terms(question))
    part = match["of"].split()[-1]
    if alike(stem(part)) & asked or says_nearly(part, question, asked) or measures(part) or part in _MEASURES:
        return ""
    return f"the whole of it, but of its {part}"


def deed_lacking(question: str, ground: Ground) -> str:
    """Return what does something, where sentences speak neither of it nor of what it does; empty where they do.

    Only where more is said of it: then that is what the sentences share with the question.
    """
    match = _DEED.search(question.strip())
    if match is None or _TIMES.fullmatch(match["verb"]) or match["verb"].casefold() in STOPWORDS:
        return ""
    told = frozenset(content_terms(ground.told))
    spoken = any(alike(stem(match[name].casefold())) & told for name in ("noun", "verb"))
    if (
        spoken
        or says_little(stem(match["noun"].casefold()))
        or re.search(r"\b(?:it|they|he|she)\b", ground.told, re.IGNORECASE)
    ):
        return ""
    return f"the {match['noun']}"


def state_lacking(question: str, ground: Ground) -> str:
    """Return the small word that is all a question asks of things ("out", "on"), where sentences do not have it."""
    match = _STATE.search(question.strip())
    if match is None:
        return ""
    state = match["state"].casefold()
    return "" if state in words(ground.told) else f"which are “{state}”"
