"""Whether a line that a tool says tells that it found nothing, or knows nothing: prose in place of an answer.

Only forms that say no more than that are read so; a sentence that goes on to tell something is an answer.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["finds_nothing"]

_LONGEST: Final = 300
"""Characters from which a text tells more than that there is nothing."""
_OPENING: Final = re.compile(
    r"^\W*(?:error\b[^:]{0,60}:\s*)?(?:(?:i['’]?m |i am |we are )?(?:very )?(?:sorry|afraid)|unfortunately|apologies)?"
    r"[\s,;:.!–—-]*(?:but |that )?",
    re.IGNORECASE,
)
_HELD: Final = (
    r"(?:match(?:es|ing)?|results?|rows?|answers?|records?|entr(?:y|ies)|information|data|hits?|documents?|passages?"
    r"|items?)"
)
_NOTHING: Final = re.compile(
    rf"(?:there (?:is|are|was|were) |(?:i|we) (?:have|found|find|see) |found )?(?:no|zero|0)\s+(?:\w+\s){{0,2}}?{_HELD}"
    r"(?:\s+(?:\w+\s){0,2}?(?:match\w*|for|about|on|was|were|found|available|in|with|that|where|named|called|of|to)\b"
    r"[^.!?]*)?[.!]?$"
    r"|(?:there (?:is|are) )?no such\b[^.!?]*[.!]?$"
    r"|(?:nothing|none|nobody)(?: (?:is|was|were))? (?:found|known|matche[sd]|match|here)\b[^.!?]*[.!]?$"
    r"|(?:i|we)(?: (?:do|did|could|am|are)(?: not|n['’]?t)| can(?:not|['’]?t| not)|['’](?:m|re) not)\b[^.!?]{0,30}"
    r"\b(?:know|find|found|answer|help|locate|say|tell|sure|aware|understand|information)\b[^.!?]*[.!]?"
    r"|(?:i|we) (?:have|know) (?:nothing|no idea)\b[^.!?]*[.!]?"
    r"|(?:not found|unknown|no idea|n/?a|none|null)[.!]?$"
    r"|[^.!?]{0,80}\b(?:(?:was|were|is|are|could) not (?:be )?found|does(?: not|n['’]t) exist|is unknown"
    r"|did not match|matched nothing|match(?:es)? nothing)[.!]?$",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(
    r"^(?:很?(?:抱歉|对不起|遗憾))?[，,。！\s]*(?:我们?|这里|目前|暂时?)?(?:没有?(?:能)?(?:找到|查到|搜到|查询到)|未(?:能)?(?:找到|查到)|查无"
    r"|找不到|不知道|不清楚|无法(?:回答|确定)|没有(?:相关|匹配|符合)|无(?:结果|匹配|数据))[^。！？]*[。！]?$"
)


def finds_nothing(text: str) -> bool:
    """Say whether a text says only that nothing was found, or that who speaks does not know.

    >>> finds_nothing("Sorry, I don't know who built it."), finds_nothing("No rooms are let in May.")
    (True, False)
    """
    line = " ".join(text.split())
    if not line or len(line) > _LONGEST:
        return False
    rest = _OPENING.sub("", line, count=1)
    return _NOTHING.match(rest) is not None or _CHINESE.match(line) is not None
