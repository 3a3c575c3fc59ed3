"""Tell two requests from one that only looks like two: "buy and sell stocks", "I need a lamp. Can you find one?"."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.number_words import in_words
from questline.tools.tool_retrieval.intents import VERBS

from .closed_words import STARTS_WH
from .requests import KNOWS

__all__ = ["is_detail", "is_help", "joined", "meets"]

_DETAIL: Final = re.compile(
    r"^(?:please\s+)?(?:(?:sort|order|rank|include|exclude|make sure|ensure|limit|round|format|consider|assume|start)\b"
    r"|set\s+(?!an?\b)|give me (?:more |the )?details?\b)",
    re.IGNORECASE,
)
_HELP: Final = re.compile(
    r"^(?:can|could|would|will) (?:you|anyone) (?:please )?(?:help|assist|do (?:that|this|it)|handle (?:that"
    r"|this|it))(?: me| us)?(?: out)?"
    r"(?: with (?:that|this|it|these|all of (?:this|that|these)))?(?:,? please)?$|^(?:can|could) you (?:solve|do"
    r"|calculate) (?:these|this|that|it)(?: for me)?$"
    r"|^can i get (?:that|this|it)$|^any (?:recommendations|suggestions|ideas|advice|tips)$",
    re.IGNORECASE,
)
_NEED: Final = re.compile(
    r"^(?:(?:hi|hello|hey|so|well)\b\W*)*i(?:'m| am|'d like| would like| need| want|'ve been)\b", re.IGNORECASE
)
_MEETS: Final = re.compile(
    r"^(?:please|(?:can|could|would|will) you|(?:are|is) there|do you|what (?:are|is|would be) (?:some|the best"
    r"|the top|a good)|which"
    r"|how (?:many|much)\b.*\b(?:that|it)\b"
    r"|where can i|how (?:can|do|should) i|show me|give me|recommend|suggest|find me|provide)\b(?!.*\b(?:also"
    r"|as well|another)\b)",
    re.IGNORECASE,
)
_SO_MANY: Final = re.compile(
    rf"\d|\b(?:{in_words(2, 12)}|fifteen|twenty|thirty|forty|fifty|sixty|eighty"
    r"|(?:a|one|two|half a) (?:dozen|hundred|thousand))\b",
    re.IGNORECASE,
)
_FOR_SO_MANY: Final = re.compile(
    r"^how (?:much|many|long|heavy|big|large)\b"
    r"|^what (?:do|does|did|will|would|must) .*\b(?:cost|costs|weigh|pay|take|need|come to|add up to)\b"
    r"|^what(?:'s| is| are| will be| would be) (?:the|my|our) (?:total|cost|price|sum|weight|bill)s?\b"
    r"|^(?:is|are|do|does|have|has|will|can) .*\b(?:enough|suffice)\b",
    re.IGNORECASE,
)
"""What is asked of so many of something that are wished for."""
_NAMED: Final = re.compile(r"(?<=\s)(?:[A-Z][\w'’-]+|\d[\d.,]*)")
# Also nouns: what follows must show that they are meant as requests.
_NOUNS: Final = re.compile(
    r"(?:access|assist|book|count|copy|design|display|draw|estimate|export|fill|filter|help|import|list|make"
    r"|measure|move|order|plan|play|plot|post|process|purchase|record|register|review|run|save|schedule"
    r"|search|share|show|sort|start|stop|store|study|take|track|type|update|upload)"
)
_OBJECT: Final = re.compile(
    r"^(?:the|an?|my|me|us|our|your|his|her|their|its?|them|him|this|that|these|those|some|any|all|each|every|two|three"
    r"|four|five|how|what|which|whether|for|up|\d\S*)$|^[A-Z]",
)
_LAST_VERB: Final = re.compile(rf"\b(?:{VERBS}|locate|gather|collect|(?:search|look) for)$", re.IGNORECASE)
_OPENS: Final = re.compile(
    r"^(?:(?:please|kindly|hi|hello|hey|so|also)\W+)*(?:i(?:'d| would| am|'m)?(?: also)? (?:like|want|need|wish"
    r"|looking|trying)(?: you)?(?: to)?"
    r"|(?:can|could|would|will) (?:you|i|we)(?: please)?(?: help(?: me)?(?: to)?)?|help me(?: to)?|let's|i)\b",
    re.IGNORECASE,
)
_INNER: Final = re.compile(
    rf"\bto (?:{VERBS})\b|\b(?:that|which|who|can|could|will|should|may|must|would|helps?|by|while|when|so|how"
    rf"|where|what|if|i|we|you)\b",
    re.IGNORECASE,
)
_POINTS_BACK: Final = re.compile(r"\b(?:it|them|me|us|the results?|these|those)\b", re.IGNORECASE)


def is_detail(text: str) -> bool:
    """Whether a text only says how the request before it is meant ("sort them by price")."""
    return _DETAIL.match(text) is not None


def is_help(text: str) -> bool:
    """Whether a text asks for nothing but help with what was said before it."""
    return _HELP.match(text) is not None


def meets(request: str, need: str) -> bool:
    """Whether a request is for what the sentence before it says is needed, and names nothing new.

    A wish for so many of something also goes with a question for an amount: "I need 60 buns. How much butter …". A wish
    to be told something is no such sentence: it asks for something itself.
    """
    if KNOWS.search(need):
        return False
    new = set(_NAMED.findall(request)) - set(_NAMED.findall(need))
    fits = _MEETS.match(request) or (_SO_MANY.search(need) and _FOR_SO_MANY.match(request))
    return _NEED.match(need) is not None and fits is not None and not new


def joined(first: str, gap: str, second: str) -> bool:
    """Whether ``first and second`` is one request: the verb of the second hangs on something inside of the first."""
    words = second.split()
    verb = words[0].casefold()
    if re.match(rf"(?:{VERBS})-", verb, re.IGNORECASE) or is_detail(second):
        return True
    if STARTS_WH.match(verb) or not re.fullmatch(rf"(?:{VERBS})", verb, re.IGNORECASE):
        return False
    if _NOUNS.fullmatch(verb) and (len(words) < 2 or not _OBJECT.match(words[1])):
        return True
    if _LAST_VERB.search(first) and "," not in gap:
        return True
    body = first[opens.end() :] if (opens := _OPENS.match(first)) else first
    inner = STARTS_WH.match(body) is not None or _INNER.search(body) is not None
    return inner and not _POINTS_BACK.search(second)
