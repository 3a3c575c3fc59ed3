"""Split a question into its atomic needs, by rule: sentences, and clauses that ask for something of their own.

A sentence that asks for nothing ("The event takes place in May.") stays with the one before it, so that each part keeps
its details; one that opens the question goes with the first request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.text import sentences
from questline.types import TextSpan

__all__ = ["MOST", "VERBS", "asks", "intent_spans", "split_intents"]

MOST: Final = 8
"""Parts of a question; what comes after them is searched for with the question as a whole."""
_READ: Final = 8_000
"""Characters of a question that are split."""
_CHINESE: Final = 5
"""Characters; a Chinese part that is no longer asks for nothing."""
VERBS: Final = (
    "add|analy[sz]e|apply|assign|assist|book|buy|calculate|cancel|check|classify|click|compare|compute|conduct|convert"
    "|copy|count|create|delete|deploy|describe|design|detect|determine|download|draw|enroll|estimate|evaluate|explain"
    "|export|fetch|fill|filter|find|generate|get|give|help|identify|import|know|learn|let|list|look (?:up|for)|make"
    "|measure|monitor|move|navigate|obtain|open|optimi[sz]e|order|organi[sz]e|perform|plan|play|please|plot|post|predict"
    "|provide|publish|purchase|read|recommend|register|remove|rename|reserve|retrieve|review|run|save|schedule|search"
    "|sell|send|set|share|show|simulate|solve|sort|start|stop|store|submit|suggest|summari[sz]e|take|teach|tell|track"
    "|translate|type|update|upload|validate|verify|visuali[sz]e|write|access"
)
"""Verbs that open a request, as alternatives of a regular expression."""
_ASKING: Final = "what|how|who|when|where|which|why|can you|could you|i need|i want"
_CUT: Final = re.compile(
    rf"\s*[;；]\s*|,?\s+(?:and\s+)?then,?\s+(?=\w)|,?\s+and\s+(?:also|finally|additionally|lastly)\s+"
    rf"|,?\s+(?:and|&)\s+(?=(?:{_ASKING}|{VERBS})\b)|,\s+(?=(?:{VERBS})\b)",
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
    r"|why|whose|(?:in|on|at|to|from|for|by|of|under|with|since|until|till|during|about|after|before) (?:who|whom"
    rf"|whose|what|when|where|which|how)\b|let's|(?:{VERBS})\b|请|帮|查|[^。]{{0,80}}(?:吗|呢|什么|怎么|多少|哪))",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(r"^(?:thanks?|cheers)\b|^谢", re.IGNORECASE)
_EDGES: Final = " \t\n,.;?!\"'，。；？！“”"


def split_intents(question: str) -> tuple[str, ...]:
    """Return the parts of `question` that each ask for something, at most `MOST`; itself where it is one.

    >>> split_intents("Find a hotel in Lyon. It must have a pool. Then book a table for two.")
    ('Find a hotel in Lyon. It must have a pool', 'book a table for two')
    """
    parts = intent_spans(question)
    if len(parts) < 2:
        return (question.strip(),)
    return tuple(". ".join(piece.text for piece in part) for part in parts[:MOST])


def intent_spans(question: str) -> tuple[tuple[TextSpan, ...], ...]:
    """Return each part of `question` as the pieces it is made of, with their places; as many parts as there are.

    The first piece asks for something, unless it opens the question; the pieces after it are details. Of a long
    question the first 8,000 characters are read; empty where nothing is left of it but thanks and marks.
    """
    parts: list[tuple[TextSpan, ...]] = []
    for piece in _pieces(question[:_READ]):
        if parts and not asks(piece.text):
            parts[-1] = (*parts[-1], piece)
        else:
            parts.append((piece,))
    if len(parts) > 1 and not asks(". ".join(piece.text for piece in parts[0])):
        parts[:2] = [(*parts[0], *parts[1])]
    return tuple(parts)


def _pieces(question: str) -> Iterator[TextSpan]:
    for sentence in sentences(question):
        if _THANKS.match(sentence.text):
            continue
        cuts = [match.span() for match in _CUT.finditer(sentence.text)]
        for start, end in zip([0, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), None], strict=True):
            piece = sentence.text[start:end]
            text = piece.strip(_EDGES).removeprefix("Then ")
            if text:
                first = sentence.start + start + len(piece) - len(piece.lstrip(_EDGES))
                first += 5 * piece.strip(_EDGES).startswith("Then ")
                yield TextSpan(start=first, end=first + len(text), text=text)


def asks(part: str) -> bool:
    """Whether a part asks for something; a single word does not, but Chinese has no spaces between its words."""
    return bool(_REQUEST.match(part)) and (len(part.split()) > 1 or (len(part) > _CHINESE and not part.isascii()))
