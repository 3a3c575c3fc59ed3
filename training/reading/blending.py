"""Fit how the rules and the cross-encoder share the choice of an answer, and how sure it then is.

Only questions that the cross-encoder did not learn from can say how far it is to be trusted: few, so that few numbers
are fitted, held near values that were chosen beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.reading.closely import Closely
from questline.tools.reading.doubts import Doubts
from questline.tools.reading.evidence import Evidence
from questline.tools.reading.features import FEATURES
from questline.tools.reading.questions import analyse
from questline.tools.reading.ranking import READ_CLOSELY, Ranked, column_of, fits, gather
from questline.tools.reading.reader import said_of
from questline.tools.reading.shipped import coefficients
from questline.training.evaluation.answer_metrics import token_f1
from questline.types import Passage

from .optimise import minimise
from .tables import Doubles

__all__ = ["PRIOR", "Observed", "chosen", "evidence_of", "fit_shares", "fit_sureness", "observe"]

PRIOR: Final = (0.3, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Where the shares are held: the rules' logit, then `CLOSE_FEATURES` of the reader (margins count in tens).

Chosen with the Natural Questions part of ``mixed_dev`` and XQuAD in view: the default ridge hardly moves them, because
the rules have learnt the questions at hand and a free fit trusts them too much.
"""
_FLOOR: Final = 1e-4
_EVIDENCE: Final = [
    FEATURES.index(name) for name in ("context", "coverage", "passage", "relation", "cosine", "title", "rank")
]
Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The candidates of one question, ``n`` of them."""

    inputs: Numbers
    """[n, 1 + closely]: the rules' logit, and what the cross-encoder thinks."""
    features: NDArray[np.float32]
    """[n, len(FEATURES)]."""
    gold: Numbers
    """[n] token F1 of the candidate's text."""
    text: NDArray[np.int64]
    """[n] equal for candidates with the same text in lower case."""
    left: Numbers
    """[n] what doubts leave of a candidate's chance."""
    held: Numbers
    """[n, 2] how far its sentence speaks of the names in the question, and says what is asked of them."""
    open_kind: bool
    """Whether the question may ask for anything."""


def observe(question: str, passages: Sequence[Passage], answers: Sequence[str], model: Judges) -> Observed | None:
    """Gather the candidates as the reader does; None where there is none, or where a rule alone decides (yes or no)."""
    asked = analyse(question)
    if asked.kind == "yesno" or asked.chinese:
        return None
    evidence = Evidence(passages)
    found = gather(asked, evidence, fits(asked, evidence, None, keep=READ_CLOSELY), Closely(asked, evidence, model))
    if not found:
        return None
    values = np.array([one for *_, one in found], np.float32)
    width = len(FEATURES)
    rules = values[:, :width] @ coefficients()[column_of(asked.kind, encoded=False)]
    texts: dict[str, int] = {}
    doubts = Doubts(asked, evidence)
    told = [Ranked(candidate=candidate, scored=item, probability=0.0) for candidate, item, _ in found]
    return Observed(
        inputs=np.column_stack([rules, values[:, width:]]).astype(np.float64),
        features=values[:, :width],
        gold=np.array([token_f1(candidate.text, answers) for candidate, *_ in found]),
        text=np.array([texts.setdefault(candidate.text.casefold(), len(texts)) for candidate, *_ in found]),
        left=np.array([doubts.of(candidate, item.sentence) for candidate, item, _ in found]),
        held=np.array([[doubts.support(one.scored.sentence), said_of(asked, evidence, one)] for one in told]),
        open_kind=asked.kind == "entity",
    )


def fit_shares(observed: Sequence[Observed], *, ridge: float = 10.0, prior: Sequence[float] = PRIOR) -> Doubles:
    """Return the shares [1 + closely] that maximise the log of the expected token F1, near `prior`.

    Questions without any candidate that has a word of the answer teach nothing.
    """
    useful = [one for one in observed if one.gold.max() > 0]
    start = np.array(prior, np.float64)

    def loss(point: Doubles) -> tuple[float, Doubles]:
        value, slope = 0.0, np.zeros_like(point)
        for one in useful:
            shares = _softmax(one.inputs @ point)
            hit = shares * one.gold
            expected = float(hit.sum())
            value -= float(np.log(expected + _FLOOR))
            slope -= (hit - shares * expected) @ one.inputs / (expected + _FLOOR)
        away = point - start
        many = max(1, len(useful))
        return value / many + ridge * float(away @ away) / 2, slope / many + ridge * away

    return minimise(loss, start.copy())


def chosen(one: Observed, shares: Doubles) -> tuple[int, float, float]:
    """Return the candidate that these shares choose, the share of its text in all, and its lead over the next."""
    chances = _softmax(one.inputs @ shares)
    totals = np.bincount(one.text, weights=chances)
    places = [int(np.where(one.text == text, chances, -1.0).argmax()) for text in range(len(totals))]
    left: Doubles = one.left[np.array(places)]
    text = int((totals * left).argmax())
    return places[text], float(totals[text]), float(totals[text] - np.delete(totals, text).max(initial=0.0))


def evidence_of(one: Observed, shares: Doubles) -> tuple[list[float], float]:
    """Return what the confidence rests on, as the reader's `confidence_features` does, and the answer's F1."""
    best, share, lead = chosen(one, shares)
    known = [float(value) for value in one.features[best, _EVIDENCE]]
    close = [float(value) for value in one.inputs[best, 1:]]
    held = [float(one.left[best]), *(float(value) for value in one.held[best])]
    return [share, lead, *known, float(one.open_kind), *close, *held], float(one.gold[best])


def fit_sureness(evidence: Doubles, right: NDArray[np.bool_], *, ridge: float = 1.0) -> tuple[float, Doubles]:
    """Return bias and weights of a logistic regression of being right on `evidence` ([m, width])."""
    inputs = np.column_stack([np.ones(len(evidence)), evidence])
    penalty = np.full(inputs.shape[1], ridge / max(1, len(evidence)))
    penalty[0] = 0.0

    def loss(point: Doubles) -> tuple[float, Doubles]:
        logits = inputs @ point
        value = float(np.logaddexp(0.0, np.where(right, -logits, logits)).mean())
        slope = inputs.T @ (1 / (1 + np.exp(-logits)) - right) / max(1, len(inputs))
        return value + float(penalty @ point**2) / 2, slope + penalty * point

    found = minimise(loss, np.zeros(len(penalty), np.float64))
    return float(found[0]), found[1:]


def _softmax(logits: Doubles) -> Doubles:
    raised: Doubles = np.exp(logits - logits.max())
    return raised / raised.sum()
