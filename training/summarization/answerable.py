"""Whether a document answers a query at all: fitted on queries with their own documents and with others' documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from questline.tools.summarization.features import measure
from questline.tools.summarization.scoring import evidence
from questline.training.reading.confidence import area_under_curve

from .tables import Doubles, Example, bears, fit_logistic

__all__ = ["Answerable", "fit_answerable"]

_MOST: Final = 400
"""Queries that are used; each is also put to two documents that do not answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerable:
    """The chance that there is an answer, a logistic regression on `questline…scoring.evidence`."""

    bias: float
    weights: Doubles
    threshold: float
    area: float
    """Under the curve, on queries that it was not fitted on."""
    given_up: float
    """Share of the queries without an answer that the threshold gives up."""


def fit_answerable(
    examples: Sequence[Example],
    weights: Doubles,
    *,
    encode: Callable[[Example], Example] | None,
    lost: float,
    seed: int,
) -> Answerable:
    """Fit on half of the queries, choose the threshold and measure on the other half, then fit on all.

    Args:
        examples: Queries with documents that answer them.
        weights: Of the ranking.
        encode: Fills the encoder's column.
        lost: Share of the answerable queries that the threshold may lose.
        seed: Of the draw of foreign documents.
    """
    random = np.random.default_rng(seed)
    chosen = [examples[int(place)] for place in np.sort(random.permutation(len(examples))[:_MOST])]
    rows: list[Doubles] = []
    positive: list[bool] = []
    half: list[int] = []
    for number, example in enumerate(chosen):
        tried = [example, *(_elsewhere(example, other) for other in _foreign(example, examples, random))]
        for place, item in enumerate(tried):
            full = encode(item) if encode is not None and place else item
            rows.append(evidence(full.asked, full.page, full.features, full.features @ weights))
            positive.append(place == 0)
            half.append(number % 2)
    inputs, right, second = np.array(rows), np.array(positive), np.array(half) == 1
    chance = _chances(fit_logistic(inputs[~second], right[~second]), inputs[second])
    threshold = _threshold(chance[right[second]], lost)
    whole = fit_logistic(inputs, right)
    return Answerable(
        bias=float(whole[0]),
        weights=whole[1:],
        threshold=threshold,
        area=area_under_curve(chance, right[second]),
        given_up=float((chance[~right[second]] < threshold).mean()),
    )


def _chances(weights: Doubles, inputs: Doubles) -> Doubles:
    return 1 / (1 + np.exp(-np.clip(weights[0] + inputs @ weights[1:], -40, 40)))


def _threshold(chances: Doubles, lost: float) -> float:
    """Return the highest hundredth below which at most the share `lost` of the answerable queries lie."""
    return max(hundredth for hundredth in range(100) if float((chances < hundredth / 100).mean()) <= lost) / 100


def _foreign(example: Example, examples: Sequence[Example], random: np.random.Generator) -> list[Example]:
    """Return one document at random and, of thirty others, the one that speaks most of the query without an answer."""
    drawn = [examples[int(place)] for place in random.integers(len(examples), size=31)]
    fit = [other for other in drawn if not _answers(other, example)]
    if not fit:
        return []
    nearest = max(fit[1:] or fit, key=lambda other: len(example.asked.terms & frozenset(other.page.frequency)))
    return list({id(other): other for other in (fit[0], nearest)}.values())


def _answers(other: Example, example: Example) -> bool:
    if other.source.text == example.source.text:
        return True
    return bool(example.answers) and bears(other.source.text, example.answers)


def _elsewhere(example: Example, other: Example) -> Example:
    """Return the query of one example about the document of another."""
    return replace(example, page=other.page, source=other.source, features=measure(example.asked, other.page))
