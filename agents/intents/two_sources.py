"""Two sources that differ, each of which is to say its own: "the menu and notice.txt disagree; what does each say?"."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import WEEKDAYS

from .clause import Clause

__all__ = ["of_each_source"]

_DIFFER: Final = re.compile(
    r"(?P<a>[^.,;?!]+?) and (?P<b>[^,;?!]+?) (?:(?:do not|don['’]t|does not|doesn['’]t|seem not to"
    r"|can['’]t) agree|disagree"
    r"|differ|clash|(?:say|tell|give|have|show) (?:(?:different|two|other|conflicting) \w+"
    r"|something (?:different|else))"
    r"|contradict (?:each other|one another))"
    r" (?:about|on|over|for|as to) (?P<x>[^.?;!]+)[.?;:,!]\s*(?:so )?(?P<ask>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_EACH: Final = r"(?:each|both|either)(?: (?:one|of (?:them|the two|these)))?"
_SAYS: Final = re.compile(
    rf"^(?P<what>(?:what|which)(?: [a-z]+){{1,2}}|when|where|who|how (?:many|much)(?: [a-z]+)?) (?:does|do) {_EACH}"
    r" (?:say|give|have|name|tell|claim|show)[\s?.!]*$",
    re.IGNORECASE,
)
_ACCORDING: Final = re.compile(
    rf"^(?P<what>.+?),? (?:according to|in|by|going by|as per) {_EACH}[\s?.!]*$", re.IGNORECASE
)
_DAY: Final = re.compile(rf"(?:the )?(?:\d|[A-Z]\w+day\b)|\b(?:{'|'.join(WEEKDAYS)})\b")
_LONGEST: Final = 400


def of_each_source(question: str) -> list[Clause]:
    """Return the question to each of two sources; nothing where a question asks for none of that.

    >>> [one.text for one in of_each_source("The menu and a/b.txt disagree about the soup. What price does each say?")]
    ['What price is the soup according to The menu?', 'What price is the soup according to a/b.txt?']
    """
    match = _DIFFER.match(question.strip()) if len(question) <= _LONGEST else None
    if match is None:
        return []
    says, according = _SAYS.match(match["ask"]), _ACCORDING.match(match["ask"])
    x = match["x"].strip()
    if says:
        asked = f"{says['what']} is {x}"
    elif according:
        asked = f"{according['what']} {'on' if _DAY.match(x) else 'for'} {x}"
    else:
        return []
    start = len(question) - len(question.lstrip())
    cut, end = start + match.start("ask"), start + match.end("ask")
    return [
        Clause(start=start, end=cut, text=f"{asked} according to {match['a'].strip()}?"),
        Clause(start=cut, end=end, rule="parallel", text=f"{asked} according to {match['b'].strip()}?"),
    ]
