"""A difference that comes out below nothing: what the question says to be more is less, and that has to be said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from questline.agents.tool_executor.asked import Asked
from questline.types import Evidence

from .clauses import person
from .fitting import reckoned
from .phrases import Phrase

__all__ = ["Turn", "turned"]

_UNTIL: Final = re.compile(
    r"\bhow (?:long|many (?P<unit>days|weeks|months|years))\b.*\b(?:until|till)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How it is said."""

    text: str
    phrase: Phrase
    evidence: Evidence
    """That the difference counts the other way."""


def turned(phrase: Phrase, asked: Asked, evidence: Sequence[Evidence]) -> Turn | None:
    """Return the sentence for a negative difference of two things that the question compares; None for all else."""
    if phrase.kind != "number" or not phrase.text.startswith("-"):
        return None
    way = reckoned(asked)
    until = _UNTIL.search(asked.text)
    if (way is None or way.versus is None) and until is None:
        return None
    gap = phrase.text[1:]
    text = _said(way.versus if way else None, gap, asked, (until["unit"] if until else "") or "")
    call = next((each.id for each in reversed(evidence) if each.kind == "tool"), "")
    made = Evidence(
        id=f"{call}/turned",
        kind="tool",
        text=f"{phrase.text} is below nothing: {gap} the other way round",
        title="other way round",
        source="questline/turned",
    )
    short = f"相反，相差{gap}" if asked.chinese else f"{gap} the other way round"
    return Turn(text=text, phrase=replace(phrase, text=short, kind="text"), evidence=made)


def _said(versus: tuple[str, str, str] | None, gap: str, asked: Asked, unit: str) -> str:
    if versus is None:
        return f"It is the other way round: the second day comes {gap} {unit or 'days'} before the first."
    one, other, adjective = versus
    if asked.chinese:
        return f"{one}并不比{other}{adjective}，而是相反，相差{gap}。"
    one, other = person(one), person(other)
    if adjective in ("more", "less", "fewer"):
        return (
            f"{one[:1].upper()}{one[1:]} compared with {other}: not {adjective}, it is the other way round, by {gap}."
        )
    return f"{one[:1].upper()}{one[1:]} is not {adjective} than {other}: it is the other way round, by {gap}."
