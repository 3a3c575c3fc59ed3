"""What of a need is conversation and asks for nothing: a salutation, who is speaking, that a question comes, regards.

Nothing that may be a condition is idle: not a number, nor a day, nor what somebody has or is.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import MONTHS, WEEKDAY
from questline.tools.number_words import in_words

from .chat import CHAT
from .closed_words import WH

__all__ = ["without_idle_words"]

_ASKS: Final = (
    rf"(?:(?:till|until|by|from|since|at|in|on|for|to) )?{WH}\b|(?:is|are|was|were|do|does|did|can|could|will|would|may"
    r"|has|have)\b"
)
_NAME: Final = r"[A-Z][\w'’-]+(?: [A-Z][\w'’.-]*)*"
_OPENINGS: Final = (
    re.compile(r"\s*(?:dear|attn|attention|to (?:the|whom))\b[^,.!?:]{1,40}[,!:.]\s+", re.IGNORECASE),
    re.compile(rf"\s*(?:(?:it['’]?s|this is|i am|i['’]?m) )?{_NAME}(?:,? (?:from|of|at|with) [^.,;:!?]{{1,40}})?"
               r" (?:here|speaking|calling|writing)(?: again)?[.,!:;–-]\s*"),
    re.compile(rf"\s*(?i:this is|it['’]s) {_NAME}(?:,? (?:from|of|at|with) [^.,;:!?]{{1,40}})?[.,!:;–-]\s+"),
    re.compile(
        r"\s*(?:just )?(?:an?|one|another)?\s*(?:quick|short|small|silly|last|further|simple)\s+(?:one|question"
        r"|query|check"
        r"|thing)(?: (?:from|for|about) [^,:.?!]{1,30})?\s*[,:.!–-]\s*",
        re.IGNORECASE,
    ),
    re.compile(rf"\s*(?!{WH}\b)[A-Za-z]+(?: [A-Za-z]+){{0,2}}:\s+(?={_ASKS})", re.IGNORECASE),
    re.compile(
        r"[^?:]{0,160}?\b(?:(?:want|need|like|love|keen|curious|trying|hoping)(?:s|ed)? to (?:know|ask|find out"
        r"|hear|check"
        rf"|learn)|wonder(?:ing|s)?|asking|asks|tell me|let me know|remind me)\b[^?:,]{{0,40}}?[:,]?\s+(?={_ASKS})",
        re.IGNORECASE,
    ),
)  # fmt: skip
"""What may open a need, each once."""
_CLOSING: Final = re.compile(
    r"(?<=[.?!,])\s*(?:(?:with|many|kind|kindest|best|warm|yours)\s+)*(?:thanks?|thank you|regards|wishes|cheers"
    r"|sincerely"
    r"|faithfully|truly|yours|ta)\b[^?？]{0,80}$",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(
    r"[,;–-]\s*(?:it|its|it['’]s|that|thats|that['’]s|they|theyre|they['’]re)\s+(?!for\b)[^,;?]{2,60}[\s?!.]*$",
    re.IGNORECASE,
)
"""What is said of the asked thing behind the question."""
_CLARIFIED: Final = re.compile(
    r"[,;(–-]\s*(?:i mean|meaning|that is|as in|you know|if you know what i mean|or something|or whatever)\b[^?]*$",
    re.IGNORECASE,
)
"""How a question is meant that says it already."""
_HOLDS: Final = re.compile(
    rf"\d|\b(?:{in_words(2, 12)}|dozen|half|both|couple|{'|'.join(MONTHS)}|{WEEKDAY}|today"
    r"|tomorrow|tonight|next|last|without|unless|only|if)\b",
    re.IGNORECASE,
)
"""What idle words do not hold: an amount, a day, a condition."""
_WHY: Final = re.compile(r"\W*(?:why|how come)\b", re.IGNORECASE)
"""A reason holds for whoever asks for it."""
_SHORTEST: Final = 8


def without_idle_words(need: str) -> str:
    """Return a need without its conversation; the need itself where that is all of it.

    >>> without_idle_words("Dear box office, I book by post so I need to know in good time: when does it open?"
        " Regards, W.")
    'when does it open?'
    >>> without_idle_words("We are two and want to know what a night costs")
    'We are two and want to know what a night costs'
    """
    text = need.strip()
    chat = CHAT.match(text)
    text = text[chat.end() :] if chat else text
    for pattern in _OPENINGS:
        match = pattern.match(text)
        rest = text[match.end() :] if match else ""
        if match and len(rest) >= _SHORTEST and (_WHY.match(rest) or not _HOLDS.search(match[0])):
            text = rest
    for pattern in (_CLOSING, _COMMENT, _CLARIFIED):
        match = pattern.search(text)
        if match and match.start() >= _SHORTEST and not _HOLDS.search(match[0]):
            text = text[: match.start()]
    return text.strip(" ,;")
