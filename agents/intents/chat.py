"""What people say before a question that asks for nothing: a greeting, and that a question comes."""

from __future__ import annotations

import re
from typing import Final

from .closed_words import PRONOUN, WH

__all__ = ["CHAT", "TOPIC"]

_GREETING: Final = (
    r"(?:hi|hiya|hello|hey|greetings|good (?:morning|day|afternoon|evening)|你好|您好|大家好|早上好|晚上好|嗨)"
    r"(?:(?:,? (?:there|all|everyone|everybody|folks|team|again))(?!\w))?"
    r"(?!\s+(?!(?:who|what|when|where|which|why|how|is|are|was|were|do|does|did|can|could|please)\b)(?-i:[A-Z]))"
)
"""No greeting where a name goes on from it: "Hello World"."""
_COMES: Final = (
    r"(?:(?:just )?(?:a |one )?(?:quick|short|small|last|further) (?:one|question)s?"
    r"|(?:i have|i've got|i got) (?:a|one|two|some) (?:quick |short )?questions?(?: for you)?)"
)
_PREFACE: Final = rf"[^:：?？!.。]{{1,80}}[:：]\s+(?={WH}\b)"
"""What the question is for, behind a greeting: "Hi, planning our Sunday: what …"."""
_MARKS: Final = r"[\s,.:!，。：！–—-]*"
CHAT: Final = re.compile(
    rf"\s*(?:{_GREETING}(?![\w'’]){_MARKS}(?:{_PREFACE})?|{_COMES}(?=\s*[:,.!–—-]){_MARKS}"
    rf"|(?:请问|麻烦问一下|劳驾){_MARKS}|(?:so|ok|okay|well|pl[sz]|please)(?=[,!]){_MARKS})+(?=\S)",
    re.IGNORECASE,
)
"""All of it at the beginning of a text, with the marks behind it; never all of the text."""
TOPIC: Final = re.compile(
    rf"\s*[^:：?？.!。,]{{1,60}}[:：]\s+(?={WH}\b)(?=[^?]{{1,200}}?(?:,|\band)\s+(?:and\s+)?{WH}\b)"
    rf"(?!.*\b{PRONOUN}\b)",
    re.IGNORECASE,
)
"""What several questions are for, which none of them takes up: "Evening plans: what …, who …"."""
