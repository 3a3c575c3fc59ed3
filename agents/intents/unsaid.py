"""Questions whose only subject is a pronoun that stands for nothing: "How much did it cost?", "Who is it?"."""

from __future__ import annotations

import re
from typing import Final

from .closed_words import EMPTY_IT

__all__ = ["unsaid"]

_PRONOUN: Final = r"(?:it|he|she|they|him|her|them)"
_ASKS: Final = (
    r"(?:(?:and|so|but)\s+)?(?:how(?: (?:much|many(?: [a-z]+)?|long|old|big|tall|high|deep|heavy|wide|fast|far|often))?"
    r"|who|whom|whose|what(?: (?:time|colou?r|size|year))?|when|where|why|which)"
)
_AUXILIARY: Final = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must)"
_ENGLISH: Final = re.compile(
    rf"\W*{_ASKS}\s+{_AUXILIARY}(?:n['’]t)?\s+(?P<it>{_PRONOUN})(?P<rest>(?:\s+[a-z]+){{0,2}})[\s?.!]*",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"\b(?:to|that|if|when|where|who|for|in|on|at|from|of|with|until|till|before|after|here|today|tomorrow|tonight|now"
    r"|outside|raining|snowing|dark|light|rain|snow|warm|cold|hot|late|mean|take|going|doing|possible|true|safe|legal)\b",
    re.IGNORECASE,
)
"""What an "it" that means nothing has behind it, and what may say of what is asked."""
_CHINESE: Final = re.compile(
    r"\s*(?:请问)?(?P<it>[它他她]们?)(?:的?(?:价格|年龄|电话|地址|名字|生日))?(?:是|要|有|在|住在?|去了?|花了?|卖|现在)?"
    r"(?:多少钱?|多大|多重|多高|多长|几岁|谁|什么|哪里|哪儿|什么时候[\u4e00-\u9fff]{0,3})[？?。\s]*"
)


def unsaid(question: str) -> str:
    """Return the pronoun that is all a question says of what it asks about; empty where it says more.

    >>> unsaid("How much did it cost?"), unsaid("How much did the lamp cost?"), unsaid("What time is it?")
    ('it', '', '')
    """
    if EMPTY_IT.search(question):
        return ""
    match = _ENGLISH.fullmatch(question.strip())
    if match is not None:
        return "" if _GOES_ON.search(match["rest"]) else match["it"].casefold()
    chinese = _CHINESE.fullmatch(question)
    return chinese["it"] if chinese else ""
