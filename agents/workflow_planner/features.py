"""What a trained planner looks at, as numbers: the question's form, the evidence and the draft so far, what was tried.

All of it is read from a `PlannerView`, so that the table that a planner learns from (`questline.training.planner`) and
the graph that it decides in see the same. The sentence vector of the question comes beside these and is not made here.
Features of the question after arXiv:2508.01005 as widened in the design [ours]: length, question word, entities,
numbers, comparison, possession, time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.agents.contract import PlannerView
from questline.tools import decomposition
from questline.tools.slot_filling.names import names_in
from questline.tools.text import cjk_share, content_terms, words
from questline.types import Passage

from .workflow import TOP_WORKFLOWS

__all__ = ["EVIDENCE", "FORM", "NAMES", "agreement", "evidence", "form", "vector"]

_ASKS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "who": r"\bwho(?:m|se)?\b|谁|哪位",
        "when": r"\bwhen\b|\b(?:what|which) (?:year|date|day|month)\b|何时|什么时候|哪一?年",
        "where": r"\bwhere\b|哪里|哪儿|何处",
        "which": r"\bwhich\b|哪",
        "count": r"\bhow (?:many|much|long|far|old|tall|big)\b|多少|几",
        "how": r"\bhow\b|怎|如何",
        "why": r"\bwhy\b|为什么|为何",
        "what": r"\bwhat\b|什么",
        "yes_no": r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will)\b|[吗么]\W*$",
    }.items()
}
_SIGNS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "of": r"\bof\b|的",
        "possessive": r"['’]s\b",
        "relative": r"(?<=\w )(?:that|which|who|whose|whom)\b",
        "more": r"\b(?:more|less|older|younger|earlier|later|longer|larger|smaller|higher|first|same|both)\b|更|都|同",
        "most": r"\b(?:most|least|last|first|\w{3,}est)\b|最",
        "now": r"\b(?:now|current(?:ly)?|latest|today|recent(?:ly)?|this (?:year|month|week))\b|现在|目前|最近|今",
        "year": r"\b(?:1[0-9]|20)\d\d\b",
        "number": r"\d",
        "quoted": '["“”「『《]',
        "joined": r"\band\b|\bor\b|和|与|或",
    }.items()
}
_SHAPES: Final = ("single", "bridge", "comparison", "aggregate")

FORM: Final[tuple[str, ...]] = (
    *("terms", "length", "names", "chinese"),
    *(f"asks_{name}" for name in _ASKS),
    *(f"has_{name}" for name in _SIGNS),
    *(f"shape_{name}" for name in _SHAPES),
    *("hops", "sides"),
)
"""Names of the features of a question alone."""
EVIDENCE: Final[tuple[str, ...]] = (
    *("found", "top_score", "gap", "mean_score", "coverage", "sources", "read"),
    *("drafted", "confidence", "cited", "short", "agreement", "parts"),
)
"""Names of the features of what was found and drafted; all 0 before the first turn."""
NAMES: Final[tuple[str, ...]] = (*FORM, *EVIDENCE, *(f"tried_{workflow}" for workflow in TOP_WORKFLOWS))
"""Names of all, in the order of `vector`."""


def form(question: str) -> dict[str, float]:
    """Return the features of a question, each of the order of 1."""
    terms = content_terms(question)
    shape = decomposition.shape(question)
    found = {
        "terms": len(terms) / 8,
        "length": len(words(question)) / 16,
        "names": min(len(names_in(question)), 6) / 3,
        "chinese": cjk_share(question),
        "hops": len(decomposition.serial(question)) / 2,
        "sides": len(decomposition.parallel(question)) / 2,
    }
    found |= {f"asks_{name}": float(bool(pattern.search(question))) for name, pattern in _ASKS.items()}
    found |= {f"has_{name}": min(len(pattern.findall(question)), 3) / 1.5 for name, pattern in _SIGNS.items()}
    found |= {f"shape_{name}": float(shape == name) for name in _SHAPES}
    return {name: float(found[name]) for name in FORM}


def evidence(view: PlannerView) -> dict[str, float]:
    """Return the features of what a run has found and drafted so far, in [0, 1] but for scores of the search."""
    draft = view.draft
    held = draft is not None and not draft.abstained
    numbers = dict.fromkeys(EVIDENCE, 0.0) | _found(view.question, view.passages)
    if draft is not None and held:
        numbers |= {
            "drafted": 1.0,
            "confidence": draft.confidence,
            "cited": min(len({citation.evidence_id for citation in draft.citations}), 5) / 5,
            "short": min(len(words(draft.short or draft.text)), 10) / 10,
            "agreement": _agreed(draft.short or draft.text, view.answers),
        }
    read = min(1.0, view.read / len(view.passages)) if view.passages else 0.0
    return numbers | {"read": read, "parts": min(view.split, 4) / 4}


def vector(view: PlannerView) -> NDArray[np.float32]:
    """Return all features of a view in the order of `NAMES`: ``[len(NAMES)]``."""
    tried = [float(workflow in view.tried) for workflow in TOP_WORKFLOWS]
    numbers = [*form(view.question).values(), *(evidence(view)[name] for name in EVIDENCE), *tried]
    return np.array(numbers, np.float32)


def agreement(answer: str, other: str) -> float:
    """Return the F1 of the terms of two short answers, in [0, 1]; 0 where either says nothing."""
    one, two = words(answer.casefold()), words(other.casefold())
    rest = list(two)
    shared = 0
    for word in one:
        if word in rest:
            rest.remove(word)
            shared += 1
    return 2 * shared / (len(one) + len(two)) if one and two else 0.0


def _agreed(kept: str, answers: Sequence[str]) -> float:
    """Return how far the other answers bear a draft out, in the mean; the draft's own counts once as the draft."""
    others = list(answers)
    if kept in others:
        others.remove(kept)
    return sum(agreement(kept, other) for other in others) / len(others) if others else 0.0


def _found(question: str, passages: Sequence[Passage]) -> dict[str, float]:
    if not passages:
        return {}
    scores = sorted((passage.score for passage in passages), reverse=True)
    terms = set(content_terms(question))
    held = {term for passage in passages for term in content_terms(passage.as_text())}
    return {
        "found": min(len(passages), 10) / 10,
        "top_score": scores[0],
        "gap": scores[0] - scores[1] if len(scores) > 1 else scores[0],
        "mean_score": sum(scores) / len(scores),
        "coverage": len(terms & held) / len(terms) if terms else 0.0,
        "sources": min(len({passage.document_id for passage in passages}), 10) / 10,
    }
