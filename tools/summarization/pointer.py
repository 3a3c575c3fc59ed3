"""Let a language model point at the pieces that answer a query; what it points at is the documents' own text.

The model sees numbered segments and returns numbers and quotes. Quotes are found again in the documents by their words;
what is not found, or names a number, name or date that its segment does not hold, is left out with a warning. So
nothing that the model wrote is ever shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Final

from questline.budget import Meter
from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import LLM, Completion, Role
from questline.tools.models.prompts import load
from questline.types import AnswerWarning

from .align import Pointers, pointers
from .choosing import Choice, span_of
from .embedded import Prepared
from .limits import Limit, clipped
from .result import SummarySpan
from .sources import warning

__all__ = ["ROLE", "Answered", "ask"]

ROLE: Final[Role] = "summary"
_SHOWN: Final = 80
"""Most segments in a prompt: the best ones by the embedded scorer, in their order."""
_CHARACTERS: Final = 24_000
"""Of all segments in a prompt together."""
_LONGEST: Final = 1_500
"""Of one segment."""
_TOKENS: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a model chose."""

    choice: Choice
    """Without pieces when it says that there is no answer."""
    warnings: tuple[AnswerWarning, ...]
    completion: Completion[Pointers]


async def ask(prepared: Prepared, limit: Limit, *, llm: LLM, meter: Meter, prompt: str | Path | None) -> Answered:
    """Ask the role ``summary``; raises what `LLM.complete` raises, and `UsageError` for a wrong prompt file."""
    template = load(ROLE, files("questline.tools.summarization") / "summary.md", prompt)
    shown = _shown(prepared)
    units = prepared.page.units
    filled = template.render(
        query=inline(prepared.asked.text),
        segments=fence("passages", [" ".join(units[number].text.split())[:_LONGEST] for number in shown]),
        length=_length(limit),
    )
    completion = await llm.complete(
        filled,
        role=ROLE,
        meter=meter,
        parse=lambda text: pointers(text, prepared.page, shown),
        max_tokens=_TOKENS,
    )
    found = completion.value
    warnings: list[AnswerWarning] = []
    if found.foreign:
        warnings.append(warning("foreign_id", f"there is no segment {', '.join(found.foreign[:5])}"))
    if found.unsupported:
        quoted = "; ".join(repr(text[:80]) for text in found.unsupported[:3])
        warnings.append(warning("unsupported_removed", f"left out, for it stands in no document: {quoted}"))
    return Answered(choice=_chosen(prepared, found, limit), warnings=tuple(warnings), completion=completion)


def _shown(prepared: Prepared) -> list[int]:
    assert prepared.scores is not None
    room = _CHARACTERS
    kept: list[int] = []
    for number in prepared.scores.order[:_SHOWN]:
        room -= min(_LONGEST, len(prepared.page.units[number].text)) + 8
        if room < 0 and kept:
            break
        kept.append(number)
    return sorted(kept)


def _length(limit: Limit) -> str:
    parts = [f"{limit.sentences} pieces"] if limit.sentences is not None else []
    parts += [f"{limit.chars} characters"] if limit.chars is not None else []
    parts += [f"{limit.words} words"] if limit.words is not None else []
    return f"at most {' and '.join(parts)}"


def _chosen(prepared: Prepared, found: Pointers, limit: Limit) -> Choice:
    """Take the places in the model's order as long as they fit; overlapping ones once."""
    assert prepared.scores is not None
    relevance = prepared.scores.relevance
    taken: list[tuple[int, SummarySpan]] = []

    def fits(trial: SummarySpan, unit: int) -> bool:
        return limit.allows([span for _, span in _in_order([*taken, (unit, trial)])])

    for place in found.places:
        unit = prepared.page.units[place.unit]
        whole = span_of(unit, prepared.sources, relevance[place.unit])
        text = prepared.sources[unit.source].text[place.start : place.end]
        span = replace(
            whole,
            start=place.start,
            end=place.end,
            text=text,
            cut_before=place.start > whole.start,
            cut_after=place.end < whole.end,
        )
        if any(number == place.unit and _overlap(span, other) for number, other in taken):
            continue
        if fits(span, place.unit):
            taken.append((place.unit, span))
        elif not taken:
            number = place.unit
            shorter = clipped(span, prepared.asked.terms, lambda trial: fits(trial, number))  # noqa: B023 because it is called at once
            if shorter is not None:
                taken.append((place.unit, shorter))
    ordered = _in_order(taken)
    return Choice(
        spans=tuple(span for _, span in ordered),
        units=tuple(number for number, _ in ordered),
        too_small=bool(found.places) and not taken,
    )


def _in_order(taken: Sequence[tuple[int, SummarySpan]]) -> list[tuple[int, SummarySpan]]:
    return sorted(taken, key=lambda pair: (pair[0], pair[1].start))


def _overlap(one: SummarySpan, other: SummarySpan) -> bool:
    return one.start < other.end and other.start < one.end
