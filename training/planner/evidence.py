"""What a run saw: the numbers that a planner may look at once something was found and drafted."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from questline.tools.text import content_terms
from questline.training.evaluation.answer_metrics import token_f1
from questline.types import Answer, Passage

from .sharing import Step

__all__ = ["EVIDENCE", "agreement", "evidence"]

EVIDENCE: Final[dict[str, str]] = {
    "top_score": "Score of the first passage of a search; like those below, the mean over the searches of a run.",
    "gap": "How far the second one is behind.",
    "coverage": "Share of the question's terms that the passages found hold.",
    "found": "Passages that a search found.",
    "selected": "Share of the passages that the selector kept; 1 where none selected.",
    "confidence": "Of the answer.",
    "cited": "Passages that the answer cites.",
    "agreement": "Token F1 between the answer and that of `R,AG`; 1 where neither answers.",
}
"""The features, with what they are."""


def evidence(question: str, steps: Sequence[Step], answer: Answer) -> dict[str, float]:
    """Return the features of a run, ``agreement`` left out: 0 for what a run has none of.

    Args:
        question: As it was asked.
        steps: Of its executors, in the order in which they ended.
        answer: What came of it.
    """
    searches = [step.found for step in steps if step.token == "R" and step.found is not None]  # noqa: S105 because R is an executor
    kept = [
        len(step.found) / step.given
        for step in steps
        if step.token == "DS" and step.found is not None and step.given  # noqa: S105 because DS is an executor
    ]
    return {
        "top_score": _mean([found[0].score for found in searches if found]),
        "gap": _mean([found[0].score - found[1].score for found in searches if len(found) > 1]),
        "coverage": _coverage(question, [passage for found in searches for passage in found]),
        "found": _mean([float(len(found)) for found in searches]),
        "selected": _mean(kept) if kept else 1.0,
        "confidence": answer.confidence,
        "cited": float(len({citation.evidence_id for citation in answer.citations})),
    }


def agreement(answer: str, other: str) -> float:
    """Return the token F1 between two short answers, in [0, 1]; 1 where neither says anything."""
    return token_f1(answer, [other]) if answer or other else 1.0


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def _coverage(question: str, passages: Sequence[Passage]) -> float:
    terms = set(content_terms(question))
    if not terms:
        return 0.0
    held = {term for passage in passages for term in content_terms(passage.as_text())}
    return len(terms & held) / len(terms)
