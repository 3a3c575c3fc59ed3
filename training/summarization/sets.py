"""Which weights of the set objective choose best: a small grid, tried on training queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from questline.tools.summarization.choosing import choose
from questline.tools.summarization.limits import Limit
from questline.tools.summarization.page import Clock
from questline.tools.summarization.result import joined
from questline.tools.summarization.scoring import EVIDENCE, Column, Model, Scores
from questline.training.evaluation.rouge import rouge_l, rouge_n

from .tables import Doubles, Example, bears

__all__ = ["Choosing", "tuned"]

_COVERAGE: Final = (0.0, 0.5)
_REDUNDANCY: Final = (0.0, 0.1, 0.5)
_BREAKS: Final = (0.0, 0.05)
_LENGTH: Final = (0.0, 0.5)
_MOST: Final = 40
"""Queries of each trial."""
LIMITS: Final[dict[Column, Limit]] = {
    "english": Limit(words=60),
    "english_encoder": Limit(words=60),
    "chinese": Limit(chars=120),
    "long": Limit(words=100),
}
"""Lengths at which sets are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """Weights of the set objective."""

    coverage: float
    redundancy: float
    breaks: float
    length: float
    quality: float
    """What the summaries of the trial were worth: kept answers, or the mean of ROUGE-1 and ROUGE-L."""


def tuned(column: Column, examples: Sequence[Example], weights: Doubles) -> Choosing:
    """Return the weights of the grid that choose best."""
    step = max(1, len(examples) // _MOST)
    some = examples[::step][:_MOST]
    tried = [
        Choosing(coverage=c, redundancy=r, breaks=b, length=power, quality=0.0)
        for c, r, b, power in product(_COVERAGE, _REDUNDANCY, _BREAKS, _LENGTH)
    ]
    worths = [
        (float(np.mean([_worth(column, one, weights, choosing) for one in some])), choosing) for choosing in tried
    ]
    best, choosing = max(worths, key=lambda pair: pair[0])
    return Choosing(
        coverage=choosing.coverage,
        redundancy=choosing.redundancy,
        breaks=choosing.breaks,
        length=choosing.length,
        quality=best,
    )


def _worth(column: Column, example: Example, weights: Doubles, choosing: Choosing) -> float:
    model = Model(
        weights=weights,
        bias=0.0,
        evidence=np.zeros(len(EVIDENCE)),
        threshold=0.0,
        coverage=choosing.coverage,
        redundancy=choosing.redundancy,
        breaks=choosing.breaks,
        length=choosing.length,
    )
    scores = Scores(column=column, logits=example.features @ weights, answerability=1.0, model=model)
    found = choose(example.asked, example.page, scores, [example.source], LIMITS[column], clock=Clock())
    text = joined(found.spans)
    if example.answers:
        return float(bears(text, example.answers))
    return (rouge_n(text, example.references, 1) + rouge_l(text, example.references)) / 2
