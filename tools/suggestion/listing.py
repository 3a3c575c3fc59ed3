"""The list that is shown: what passed every check, in the order of the expected click, kept varied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.encoder import dense_is_reliable

from .answerable import Support
from .choosing import Objective, Option, choose
from .ctr_features import Encoder
from .result import Candidate, Suggestion
from .similarity import NEAR, asked, same, similarity

__all__ = ["Checked", "listed"]

_REASONS: Final = {
    "session": "a part of what was asked",
    "template": "asked of things like this",
    "evidence": "the answer's evidence says it",
    "index": "the documents say it",
    "bank": "from the bank of questions",
    "model": "written by the language model",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A candidate that passed every check."""

    candidate: Candidate
    support: Support


def listed(
    passed: Sequence[Checked], chances: Sequence[float], k: int, *, encoder: Encoder | None, objective: Objective
) -> list[Suggestion]:
    """Return at most `k` of what passed, each once.

    Args:
        passed: By falling chance.
        chances: That each is the one taken.
        k: Longest list.
        encoder: Tells likeness of meaning; without one words alone do.
        objective: Weights of click, answer and variety.
    """
    options = [
        Option(text=each.candidate.text, facet=each.candidate.facet, p_click=chance, answerable=each.support.answerable)
        for each, chance in zip(passed, chances, strict=True)
    ]
    vectors = _vectors([option.text for option in options], encoder)

    def alike(one: int, other: int) -> float:
        if same(options[one].text, options[other].text) or _one_answer(passed[one], passed[other]):
            return 1.0
        close = similarity(options[one].text, options[other].text)
        if vectors is not None:
            # Meaning alone makes no repetition: "When was it built?" and "Who built it?" mean much the same to it.
            close = max(close, min(float(vectors[one] @ vectors[other]), NEAR))
        return min(close, NEAR)

    places = choose(options, k, alike=alike, objective=objective)
    return [
        Suggestion(
            text=options[place].text,
            kind=passed[place].candidate.kind,
            p_click=options[place].p_click,
            answerable=options[place].answerable,
            sources=passed[place].support.passage_ids,
            reason=_REASONS[passed[place].candidate.source],
        )
        for place in places
    ]


def _vectors(texts: Sequence[str], encoder: Encoder | None) -> NDArray[np.float32] | None:
    if encoder is None or len(texts) < 2 or not all(map(dense_is_reliable, texts)):
        return None
    return encoder.encode(list(texts))


def _one_answer(one: Checked, other: Checked) -> bool:
    """Say whether two questions ask the same in other words: one sentence answers both with the same words of it."""
    return (
        bool(one.support.short)
        and (one.support.short, one.support.text) == (other.support.short, other.support.text)
        and asked(one.candidate.text) == asked(other.candidate.text)
    )
