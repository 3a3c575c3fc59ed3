"""Stretches of time that are told from one end: "counting from 1 March, how many days until …", "how long ago …"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .described_days import described_day
from .operands import Frame, Operand

__all__ = ["stretches"]

_COUNT: Final = r"how (?:many (?P<unit>days|weeks|months|years)|long)"
_IN: Final = r"(?:,? in (?P<told>days|weeks|months|years))?[?？.!]*\s*$"
_FROM: Final = re.compile(
    rf"^(?:counting |reckoned )?(?:from|as of) (?P<a>[^,?]{{2,80}}), {_COUNT}"
    r" (?:(?:is it|are there|will it be|remain|are left|left|to go) )?(?:until|till|to|before)"
    rf" (?P<b>[^?]{{2,200}}?){_IN}",
    re.IGNORECASE,
)
_AGO: Final = re.compile(
    rf"^{_COUNT} ago (?:will|was|is) (?P<a>[^?]{{2,160}}?)"
    rf" (?:have been |be )?(?:on|as of|by) (?P<b>[^?,]{{2,60}}?){_IN}",
    re.IGNORECASE,
)
_LONGEST: Final = 400
"""Characters of a text that is read."""


def stretches(text: str) -> Iterator[Frame]:
    """Yield the stretch between two days of a question, of which it describes one at least.

    >>> [frame.pieces[1] for frame in stretches("From 1 May 2027, how many days until the fair is held?")]
    ['1 May 2027']
    """
    if len(text) > _LONGEST:
        return
    for pattern in (_FROM, _AGO):
        match = pattern.search(text)
        if match is None:
            continue
        first, last = described_day(match["a"]), described_day(match["b"])
        if isinstance(first, Operand) or isinstance(last, Operand):
            unit = match["unit"] or match["told"] or "days"
            yield Frame(pieces=(f"how many {unit} from ", first, " until ", last))
