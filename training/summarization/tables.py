"""Queried documents measured as the product measures them, and the linear models that are fitted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.encoder import Encoder
from questline.tools.summarization.asked import Asked, asked
from questline.tools.summarization.features import COSINE, FEATURES, measure
from questline.tools.summarization.page import Page, Source
from questline.tools.summarization.scoring import encoded_text
from questline.training.evaluation.documents import QueriedDocument
from questline.training.evaluation.rouge import rouge_l
from questline.training.reading.optimise import minimise

__all__ = [
    "Doubles",
    "Example",
    "bears",
    "best_worth",
    "fit_logistic",
    "fit_ranking",
    "measured",
    "only",
    "scaled",
    "with_cosines",
]

Doubles: TypeAlias = NDArray[np.float64]
_FLOOR: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One query about one document."""

    asked: Asked
    page: Page
    source: Source
    features: Doubles
    """[units, FEATURES]."""
    gold: Doubles
    """[units] how well each unit answers, in [0, 1]."""
    answers: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    weight: float = 1.0


def measured(item: QueriedDocument, page: Page, *, weight: float = 1.0) -> Example:
    """Measure a query about a document whose page was read before."""
    question = asked(item.query)
    return Example(
        asked=question,
        page=page,
        source=Source(text=item.document, title=item.title),
        features=measure(question, page),
        gold=np.array([_worth(item, page, number) for number in range(len(page.units))]),
        answers=item.answers,
        references=item.references,
        weight=weight,
    )


def bears(text: str, answers: Sequence[str]) -> bool:
    """Say whether one of the answers stands in a text."""
    folded = text.casefold()
    return any(answer.casefold() in folded for answer in answers)


def _worth(item: QueriedDocument, page: Page, number: int) -> float:
    """Return 1 for a unit that holds an answer; where there are references, ROUGE-L of the unit with them."""
    unit = page.units[number]
    if item.answers:
        return float(bears(item.document[unit.segment.start : unit.segment.end], item.answers))
    return rouge_l(unit.text, item.references)


def with_cosines(example: Example, encoder: Encoder) -> Example:
    """Return the example with the encoder's column filled."""
    texts = [encoded_text(example.page, [example.source.title], number) for number in range(len(example.page.units))]
    vectors = encoder.encode([example.asked.text, *texts])
    features = example.features.copy()
    features[:, COSINE] = vectors[1:] @ vectors[0]
    return replace(example, features=features)


def only(*names: str, without: Sequence[str] = ()) -> Doubles:
    """Return [FEATURES, k]: what picks these features, or all but some, each as a column of its own."""
    keep = [place for place, name in enumerate(FEATURES) if (name in names if names else name not in without)]
    return np.eye(len(FEATURES))[:, keep]


def scaled(base: Doubles, *names: str) -> Doubles:
    """Return [FEATURES, 1 + k]: the sum that `base` makes as one column, and some features as columns of their own."""
    return np.column_stack([base, only(*names)])


def fit_ranking(examples: Sequence[Example], columns: Doubles, *, ridge: float) -> Doubles:
    """Fit weights of the columns ``features @ columns``, and return them as weights of the features ([FEATURES]).

    The loss is the log of the expected worth under a softmax over a document's units, with a ridge. Examples whose
    units are all worth the same teach nothing and are left out.

    Args:
        examples: At least one of them tells units apart.
        columns: [FEATURES, k] what may be weighed.
        ridge: Weight of the squared length.
    """
    used = [example for example in examples if np.ptp(example.gold) > 0]
    inputs = np.concatenate([example.features @ columns for example in used])
    worth = np.concatenate([example.gold for example in used])
    sizes = np.array([len(example.gold) for example in used])
    weights = np.array([example.weight for example in used])
    starts = np.cumsum(sizes) - sizes
    query = np.repeat(np.arange(len(used)), sizes)

    def objective(point: Doubles) -> tuple[float, Doubles]:
        logits = inputs @ point
        shares = np.exp(logits - np.maximum.reduceat(logits, starts)[query])
        shares /= np.add.reduceat(shares, starts)[query]
        hit = shares * worth
        expected = np.add.reduceat(hit, starts)
        pull = (shares * expected[query] - hit) * (weights / (expected + _FLOOR))[query]
        value = -(weights * np.log(expected + _FLOOR)).sum() + ridge * (point**2).sum()
        return float(value) / len(used), (pull @ inputs + 2 * ridge * point) / len(used)

    return columns @ minimise(objective, np.zeros(int(columns.shape[1]), dtype=np.float64), tolerance=1e-5)


def fit_logistic(inputs: Doubles, positive: NDArray[np.bool_], *, ridge: float = 1.0) -> Doubles:
    """Fit the chance of the positive rows, both kinds counting alike; returns the bias and the weights ([1 + k])."""
    rows = np.column_stack([np.ones(len(inputs)), inputs])
    balance = np.where(positive, 0.5 / max(1, positive.sum()), 0.5 / max(1, (~positive).sum())) * len(rows)
    free = np.ones(rows.shape[1])
    free[0] = 0.0

    def objective(point: Doubles) -> tuple[float, Doubles]:
        logits = rows @ point
        losses = np.logaddexp(0.0, np.where(positive, -logits, logits))
        chances = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
        slope = (balance * (chances - positive)) @ rows + 2 * ridge * free * point
        return float((balance * losses).sum() + ridge * (free * point**2).sum()) / len(rows), slope / len(rows)

    return minimise(objective, np.zeros(int(rows.shape[1]), dtype=np.float64), tolerance=1e-5)


def best_worth(examples: Sequence[Example], weights: Doubles) -> list[float]:
    """Return for each example the worth of the unit that the weights put first."""
    return [float(example.gold[int((example.features @ weights).argmax())]) for example in examples]
