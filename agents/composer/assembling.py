"""From sentences to the text of an answer: spans, citations, the evidence that is cited, and the notes behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from questline.agents.tool_executor.call_evidence import result_told
from questline.tools.quoting import bearing
from questline.tools.text import join_cited
from questline.types import Citation, Evidence, TextSpan

from .contract import Composed, Conflict, Missing
from .drafting import Draft, Part
from .notes import note_of
from .sentences import Sentence

__all__ = ["assembled", "spoken"]

_QUOTE: Final = 180
"""Characters of a result that are quoted."""
_CONFLICT: float = 0.5
_DROPPED: float = 0.8
"""What is left of the confidence in an intent whose sources differ, and in an answer of which something was dropped."""


def spoken(part: Part) -> tuple[Sentence, ...]:
    """Return the sentences of an intent, with the one that says that its sources differ."""
    return (*part.sentences, *((part.conflict[1],) if part.conflict else ()))


def assembled(
    sentences: Sequence[Sentence], draft: Draft, *, intents: int, chinese: bool, dropped: bool = False
) -> Composed:
    """Put sentences and notes together.

    Args:
        sentences: In their order; of equal ones the first is said, with the citations of all.
        draft: What is answered and what is missing.
        intents: How many there are.
        chinese: The language of the notes.
        dropped: Something that was written was left out.
    """
    conflicts: tuple[Conflict, ...] = tuple(part.conflict[0] for part in draft.parts if part.conflict)
    pieces = [*(_with_citations(each, draft.evidence) for each in sentences), *_notes(draft, chinese=chinese)]
    text, citations = join_cited(pieces)
    open_ = {each.intent for each in draft.missing}
    answered = tuple(part.intent for part in draft.parts if part.sentences and part.intent not in open_)
    differing = {conflict.intent for conflict in conflicts}
    sure = sum(_CONFLICT if place in differing else 1.0 for place in answered) / intents
    shorts = [part.short for part in draft.parts if part.short and part.sentences]
    return Composed(
        text=text,
        short="; ".join(dict.fromkeys(shorts)),
        citations=citations,
        evidence=_cited(citations, draft.evidence),
        confidence=sure * (_DROPPED if dropped else 1.0),
        missing=draft.missing,
        answered=answered,
        notes=_spans(text, [note_of(each, chinese=chinese) for each in draft.missing]),
        conflicts=conflicts,
        dropped=draft.dropped,
    )


def _with_citations(sentence: Sentence, evidence: Mapping[str, Evidence]) -> tuple[str, Iterable[Citation]]:
    cites = [
        Citation(start=0, end=len(sentence.text), evidence_id=each, quote=_quote(evidence.get(each), sentence.text))
        for each in sentence.cites
    ]
    return sentence.text, cites


def _quote(evidence: Evidence | None, sentence: str) -> str:
    """Return the part of a call's result that bears a sentence: a result may be long, and its end is what matters."""
    if evidence is None or evidence.kind != "tool":
        return ""
    return bearing(result_told(evidence), sentence, most=_QUOTE)


def _notes(draft: Draft, *, chinese: bool) -> Iterable[tuple[str, Iterable[Citation]]]:
    for place, missing in enumerate(draft.missing):
        note = Sentence(text=note_of(missing, chinese=chinese), cites=draft.notes.get(place, ()))
        yield _with_citations(note, draft.evidence)


def _spans(text: str, notes: Sequence[str]) -> tuple[TextSpan, ...]:
    spans: list[TextSpan] = []
    at = len(text)
    for note in reversed(list(dict.fromkeys(notes))):
        at = text.rindex(note, 0, at)
        spans.append(TextSpan(start=at, end=at + len(note), text=note))
    return tuple(reversed(spans))


def _cited(citations: Sequence[Citation], evidence: Mapping[str, Evidence]) -> tuple[Evidence, ...]:
    ids: Mapping[str, None] = dict.fromkeys(each.evidence_id for each in citations)
    return tuple(evidence[each] for each in ids if each in evidence)


def missing_texts(missing: Sequence[Missing]) -> str:
    """Return what is missing as lines for a prompt."""
    return "\n".join(f"- {each.text} ({each.code})" for each in missing) or "(nothing)"
