"""What a selection says beside its set: contradictions, evidence, and how much a reader would be given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from questline.tools.models.token_estimate import estimate_tokens
from questline.tools.selection.contract import Selection
from questline.training.selection.lists import SelectionList

from .answer_metrics import holds_answer
from .items import Item

__all__ = ["MARKS", "mark_values", "marks"]

MARKS: Final[Mapping[str, str]] = {
    "reader_tokens": "Tokens of the members, about: what a reader is given.",
    "reader_tokens_all": "Tokens of all candidates, about: what it would be given without a selector.",
    "conflict_rate": "Share of questions with a member that is marked as contradicting another.",
    "opposed_kept": "Share of the pairs known to contradict each other of which both are members.",
    "opposed_marked": "Share of those pairs of which both are members and marked.",
    "span_answer": "Share of the questions whose right members hold an answer, that stands in their evidence too.",
}
"""What each figure is."""


def marks(made: Selection, row: SelectionList) -> dict[str, float]:
    """Return one question's figures; those that its row says nothing about are left out."""
    texts = {passage.id: passage.as_text() for passage in row.passages}
    members = {member.id: member for member in made.members}
    found = {
        "reader_tokens": float(sum(estimate_tokens(texts[name]) for name in members)),
        "reader_tokens_all": float(sum(map(estimate_tokens, texts.values()))),
        "conflict_rate": float(any(member.conflict for member in made.members)),
    }
    if row.opposed:
        kept = [pair for pair in row.opposed if members.keys() >= set(pair)]
        marked = [pair for pair in kept if all(members[name].conflict for name in pair)]
        found["opposed_kept"] = len(kept) / len(row.opposed)
        found["opposed_marked"] = len(marked) / len(row.opposed)
    if row.answers:
        right = [each for name, each in members.items() if name in row.gold and holds_answer(texts[name], row.answers)]
        if right:
            spans = [span.text for member in right for span in member.spans]
            found["span_answer"] = float(any(holds_answer(text, row.answers) for text in spans))
    return found


def mark_values(items: Sequence[Item]) -> dict[str, list[float]]:
    """Return for each figure the values of the questions that have it; figures that none has are left out."""
    found = {name: [item.scores[name] for item in items if name in item.scores] for name in MARKS}
    return {name: values for name, values in found.items() if values}
