"""Split a question into its atomic needs, by rule: sentences, and clauses that ask for something of their own.

A sentence that asks for nothing ("The event takes place in May.") stays with the one before it, so that each part keeps
its details; one that opens the question goes with the first request.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import sentences

__all__ = ["MOST", "split_intents"]

MOST: Final = 8
"""Parts of a question; what comes after them is searched for with the question as a whole."""
_READ: Final = 8_000
"""Characters of a question that are split."""
_CHINESE: Final = 5
"""Characters; a Chinese part that is no longer asks for nothing."""
_VERBS: Final = (
    "add|analy[sz]e|apply|assign|assist|book|buy|calculate|cancel|check|classify|click|compare|compute|conduct|convert"
    "|copy|count|create|delete|deploy|describe|design|detect|determine|download|draw|enroll|estimate|evaluate|explain"
    "|export|fetch|fill|filter|find|generate|get|give|help|identify|import|know|learn|let|list|look (?:up|for)|make"
    "|measure|monitor|move|navigate|obtain|open|optimi[sz]e|order|organi[sz]e|perform|plan|play|please|plot|post|predict"
    "|provide|publish|purchase|read|recommend|register|remove|rename|reserve|retrieve|review|run|save|schedule|search"
    "|sell|send|set|share|show|simulate|solve|sort|start|stop|store|submit|suggest|summari[sz]e|take|teach|tell|track"
    "|translate|type|update|upload|validate|verify|visuali[sz]e|write|access"
)
_ASKING: Final = "what|how|who|when|where|which|why|can you|could you|i need|i want"
_CUT: Final = re.compile(
    rf"\s*[;；]\s*|,?\s+(?:and\s+)?then,?\s+(?=\w)|,?\s+and\s+(?:also|finally|additionally|lastly)\s+"
    rf"|,?\s+and\s+(?=(?:{_ASKING}|{_VERBS})\b)|,\s+(?=(?:{_VERBS})\b)",
    re.IGNORECASE,
)
_LEAD: Final = (
    r"(?:(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|next|then|also|additionally|finally|lastly|after (?:that|this)"
    r"|once [^,]{0,200}|furthermore|moreover|in addition|and|afterwards?|subsequently|hi|hello|hey(?: [a-z]+)?)"
    r"\b,?\s+){0,4}"
)
_REQUEST: Final = re.compile(
    rf"^{_LEAD}(?:kindly |please |i(?:'d| would) like|i (?:also )?(?:need|want|wish)|i(?: am|'m) (?:also )?(?:looking"
    r"|interested|trying|curious)|(?:can|could|would|will|do|does|did|is|are|was|were) |what|how|who|when|where|which"
    rf"|why|whose|let's|(?:{_VERBS})\b|请|帮|查|[^。]{{0,80}}(?:吗|呢|什么|怎么|多少|哪))",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(r"^(?:thanks?|cheers)\b|^谢", re.IGNORECASE)
_EDGES: Final = " \t\n,.;?!\"'，。；？！“”"


def split_intents(question: str) -> tuple[str, ...]:
    """Return the parts of `question` that each ask for something, at most `MOST`; itself where it is one.

    >>> split_intents("Find a hotel in Lyon. It must have a pool. Then book a table for two.")
    ('Find a hotel in Lyon. It must have a pool', 'book a table for two')
    """
    parts: list[str] = []
    for sentence in sentences(question[:_READ]):
        if _THANKS.match(sentence.text):
            continue
        for piece in _CUT.split(sentence.text):
            part = piece.strip(_EDGES).removeprefix("Then ")
            if parts and part and not _asks(part):
                parts[-1] = f"{parts[-1]}. {part}"
            elif part:
                parts.append(part)
    if len(parts) > 1 and not _asks(parts[0]):
        parts[:2] = [f"{parts[0]}. {parts[1]}"]
    return tuple(parts[:MOST]) if len(parts) > 1 else (question.strip(),)


def _asks(part: str) -> bool:
    """Whether a part asks for something; a single word does not, but Chinese has no spaces between its words."""
    return bool(_REQUEST.match(part)) and (len(part.split()) > 1 or (len(part) > _CHINESE and not part.isascii()))
