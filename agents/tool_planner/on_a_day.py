"""A tool that needs a day, of a question that describes it: the day is asked for first.

"When is high tide on the day the camp starts?" is "When does the camp start?", and the tides of that day. Tools that
may change something are left out: what a text was read as is no ground for a deed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .changing import may_change
from .described_days import described_day
from .desk import Desk, Served
from .kinds import shape_of
from .literals import Literals
from .matching import plain
from .operands import Frame, Operand
from .working import worked_out

__all__ = ["on_a_day"]

_ENDS: Final = r"(?=[,;.?!]|$| (?:for|at|to|in) (?-i:[A-Z])| and (?:what|which|who|when|how|where)\b)"
_PHRASE: Final = re.compile(
    r"(?P<on>\b(?:on|for|from|by|until)) (?P<p>the (?:"
    r"(?:(?:first|last|opening|closing|final|very first) )?(?:day|date|evening|morning|night)"
    r"|start|beginning|end|opening|close|eve) ?(?P<rest>[^,;.?!]*?))" + _ENDS,
    re.IGNORECASE,
)
_EDGE: Final = re.compile(
    r"^the (?P<which>(?:(?:very )?first|opening|last|final|closing) day|start|beginning|opening|end|close)"
    r" of (?P<x>.+)$",
    re.IGNORECASE,
)
_LAST: Final = re.compile(r"^(?:last|final|clos|end)", re.IGNORECASE)
_BARE: Final = re.compile(
    r"^(?P<d>the (?:day|date|evening|morning|night)) (?!when\b|on which\b|that\b|of\b)(?P<x>\w.* .+)$",
    re.IGNORECASE,
)


def on_a_day(desk: Desk, number: int, text: str) -> Served:
    """Call the tool that takes the day, with what finds it before."""
    said = Literals(plain(text))
    needs = any(
        slot.kind == "day" and slot.required and slot.name in one.missing and not may_change(one.tool)
        for one in desk.matches(number, text)
        for slot in shape_of(one.tool).slots
    )
    if not needs or said.days:
        return []
    found = (worked_out(desk, number, text, frame) for frame in _frames(text))
    return next(filter(None, found), list[str]())


def _frames(text: str) -> Iterator[Frame]:
    for match in _PHRASE.finditer(text):
        operand = _asked(match["p"].strip())
        if operand is not None:
            yield Frame(pieces=(f"{text[: match.start()]}{match['on']} ", operand, text[match.end() :]))


def _asked(phrase: str) -> Operand | None:
    edge = _EDGE.match(phrase)
    if edge:
        ends = _LAST.match(edge["which"]) is not None
        many = re.search(r"[^s]s$", edge["x"].split()[-1]) is not None
        return Operand(kind="date", ask=f"When {'do' if many else 'does'} {edge['x']} {'end' if ends else 'start'}?")
    bare = _BARE.match(phrase)
    day = described_day(f"{bare['d']} when {bare['x']}" if bare else phrase)
    return day if isinstance(day, Operand) and len(phrase.split()) > _SAYS else None


_SAYS: Final = 2
"""Words that describe no day yet: "the day"."""
