"""The reward and the parser as ReasonRank released them, for comparison: what they pay for, ours must not.

Written anew from what they do (spec 03 §2.4, §3): nothing trains with them. An id that stands twice in the list counts
at its last place, as in the evaluation tool that the release calls.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from questline.training.ranking.overlap import average_overlap

__all__ = ["published_order", "published_reward"]

_FORM: Final = re.compile(r"<think>.*?</think>\s*<answer>(.*?)</answer>", re.DOTALL)
_DIGITS: Final = re.compile(r"\d+")
_DEPTH: Final = 10


def published_reward(completion: str, n: int, gold_order: Sequence[int], relevant: Sequence[int]) -> float:
    """Return -1 without matching tags, 0 where counts of ids differ, else nDCG@10 + .2 Recall@10 + .1 AO; at most 1.3.

    Args:
        completion: What the model wrote; the first answer after the first thoughts is read, in lower-case tags alone.
        n: How many passages it was shown.
        gold_order: All numbers 1 to n, best first.
        relevant: Numbers of the relevant passages.
    """
    found = _FORM.search(completion)
    if found is None:
        return -1.0
    ids = _DIGITS.findall(found[1])
    gold = [str(number) for number in gold_order]
    if len(ids) != len(gold) or len(set(ids)) != len(set(gold)):
        return 0.0
    places = [int(each) - 1 for each in ids]
    listed = [range(n)[place] for place in places if place < n]  # -1 is the last passage
    ranks = {number + 1: rank for rank, number in enumerate(listed)}
    return _ndcg(ranks, relevant) + 0.2 * _recall(ranks, relevant) + 0.1 * average_overlap(ids, gold)


def published_order(text: str, n: int) -> list[int]:
    """Return the order that the released inference reads: out of the answer, else of everything that was written.

    Tags count in any case here. Numbers without a passage go, repeated ones too, missing ones follow; nothing says that
    the text was no order.
    """
    found = _FORM.search(text.lower())
    body = found[1] if found else text.rpartition("<answer>")[2]
    ids = [int(each) for each in _DIGITS.findall(body)]
    kept = [number for number in dict.fromkeys(ids) if 1 <= number <= n]
    return [*kept, *(number for number in range(1, n + 1) if number not in kept)]


def _ndcg(ranks: dict[int, int], relevant: Sequence[int]) -> float:
    """Return nDCG@10 after ties and repeats: documents by rank, each at its last place."""
    ordered = sorted(ranks, key=lambda number: ranks[number])[:_DEPTH]
    gain = sum(1 / math.log2(place + 2) for place, number in enumerate(ordered) if number in relevant)
    best = sum(1 / math.log2(place + 2) for place in range(min(_DEPTH, len(set(relevant)))))
    return gain / best if best else 0.0


def _recall(ranks: dict[int, int], relevant: Sequence[int]) -> float:
    ordered = sorted(ranks, key=lambda number: ranks[number])[:_DEPTH]
    return len(set(relevant) & set(ordered)) / len(set(relevant)) if relevant else 0.0
