"""The multi-view reward of a written order (arXiv:2508.07050 §3.3), with its defects mended (spec 03 §2.4, §2.6, §3).

    R = -1                                   the tags do not match, thoughts are empty, or something stands around them
    R =  0                                   the answer is no chain of exactly 1 to n, each once
    R = w1 nDCG@10 + w2 Recall@10 + w3 RBO(order, gold_order)                                                 otherwise

Unlike the released one it compares sets and not counts, "[0]" is foreign, the answer is read by the parser that
inference uses and has no prose in it or around it, and p of the rank-biased overlap is said: p = 1 is the average
overlap that the released code computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.errors import UsageError
from questline.tools.ranking.first_stage import check_number
from questline.tools.ranking.permutation import nothing_else, read, repair
from questline.training.evaluation.ranking_metrics import ndcg, recall

from .overlap import average_overlap, rank_biased_overlap

__all__ = ["BAD_TAGS", "WEIGHTS", "WRONG_IDS", "Views", "reward", "views"]

BAD_TAGS: Final = -1.0
WRONG_IDS: Final = 0.0
WEIGHTS: Final = (1.0, 0.2, 0.1)
"""Of nDCG@10, Recall@10 and the overlap: 1.3 at most."""
_DEPTH: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """A reward and what it is made of."""

    total: float
    tagged: bool = True
    """The tags match."""
    valid: bool = False
    """The ids are exactly those shown; only then are the parts below more than 0."""
    ndcg: float = 0.0
    recall: float = 0.0
    overlap: float = 0.0


def reward(
    completion: str,
    n: int,
    gold_order: Sequence[int] | None = None,
    qrels: Mapping[int, int] | None = None,
    *,
    p: float = 0.9,
    weights: tuple[float, float, float] = WEIGHTS,
) -> float:
    """Return the reward of a completion that orders passages 1 to n, in [-1, sum of the weights].

    A completion is whole thoughts and one answer: ``<think>…</think><answer>[2] > [1]</answer>``, tags in any case; the
    opening ``<think>`` may be missing where a chat template writes it. A part without gold (no ``qrels``, no
    ``gold_order``) counts 0.

    Args:
        completion: What the model wrote.
        n: How many passages it was shown.
        gold_order: All numbers 1 to n, best first.
        qrels: Grades by number, linear gain; those above 0 are relevant.
        p: Of the rank-biased overlap, in (0, 1]; 1 is the average overlap.
        weights: Of nDCG@10, Recall@10 and the overlap.

    Raises:
        UsageError: ``bad_param`` for an n below 1, a gold order that is none, grades of unknown passages, p or weights
            that cannot be used.
    """
    return views(completion, n, gold_order, qrels, p=p, weights=weights).total


def views(
    completion: str,
    n: int,
    gold_order: Sequence[int] | None = None,
    qrels: Mapping[int, int] | None = None,
    *,
    p: float = 0.9,
    weights: tuple[float, float, float] = WEIGHTS,
) -> Views:
    """Return the parts of `reward`, which says what is asked and raised."""
    _check(n, gold_order, qrels, p, weights)
    written = read(completion, n)
    if written.form != "reasoned" or written.overlong:
        return Views(total=BAD_TAGS, tagged=False)
    alone, chain = nothing_else(completion)
    if not alone:
        return Views(total=BAD_TAGS, tagged=False)
    made = repair(written.ids, n)
    if not (chain and made.report.valid):
        return Views(total=WRONG_IDS)
    order = made.order
    gain = found = same = 0.0
    if qrels is not None:
        ranked = [str(number) for number in order]
        grades = {str(number): grade for number, grade in qrels.items()}
        gain, found = ndcg(ranked, grades, _DEPTH), recall(ranked, grades, _DEPTH)
    if gold_order is not None:
        same = average_overlap(order, gold_order) if p == 1 else rank_biased_overlap(order, gold_order, p=p)
    total = weights[0] * gain + weights[1] * found + weights[2] * same
    return Views(total=total, valid=True, ndcg=gain, recall=found, overlap=same)


def _check(
    n: int,
    gold_order: Sequence[int] | None,
    qrels: Mapping[int, int] | None,
    p: float,
    weights: tuple[float, float, float],
) -> None:
    if n < 1:
        raise UsageError(f"n={n!r} must be 1 or more", code="bad_param", argument="n")
    if gold_order is not None and sorted(gold_order) != list(range(1, n + 1)):
        raise UsageError(f"gold_order is no order of 1 to {n}", code="bad_param", argument="gold_order")
    if qrels is not None and not all(1 <= number <= n for number in qrels):
        raise UsageError(f"qrels grade passages outside 1 to {n}", code="bad_param", argument="qrels")
    check_number("p", p, low=1e-9, high=1.0)
    for weight in weights:
        check_number("weights", weight, low=0.0, high=1e6)
