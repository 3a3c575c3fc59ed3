"""ROUGE-1, ROUGE-2 and ROUGE-L as F1 (Lin 2004), with tokens for Chinese, which the usual packages drop.

English words are lower-cased runs of ASCII letters and digits, not stemmed: the figures then equal those of the package
``rouge-score``, against which they are golden-tested. Each CJK character is a token. Of several references the best
counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from questline.tools.text import CJK

__all__ = ["rouge_l", "rouge_n", "rouge_tokens"]

_TOKEN: Final = re.compile(f"[a-z0-9]+|[{CJK}]")


def rouge_tokens(text: str) -> list[str]:
    """Return the tokens that are compared."""
    return _TOKEN.findall(text.lower())


def rouge_n(prediction: str, references: Sequence[str], n: int) -> float:
    """Return the F1 of shared n-grams with the reference that fits best, in [0, 1]."""
    mine = _grams(rouge_tokens(prediction), n)
    return max((_overlap(mine, _grams(rouge_tokens(reference), n)) for reference in references), default=0.0)


def rouge_l(prediction: str, references: Sequence[str]) -> float:
    """Return the F1 of the longest common subsequence with the reference that fits best, in [0, 1]."""
    mine = rouge_tokens(prediction)
    best = 0.0
    for reference in references:
        theirs = rouge_tokens(reference)
        if mine and theirs:
            best = max(best, _f1(_longest_common(mine, theirs), len(mine), len(theirs)))
    return best


def _grams(tokens: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[place : place + n]) for place in range(len(tokens) - n + 1))


def _overlap(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    return _f1(sum((one & other).values()), one.total(), other.total())


def _f1(shared: int, one: int, other: int) -> float:
    return 2 * shared / (one + other) if shared else 0.0


def _longest_common(one: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence: bit-parallel (Hyyrö 2004), a word a token of `one`."""
    places: dict[str, int] = {}
    for place, token in enumerate(one):
        places[token] = places.get(token, 0) | 1 << place
    full = (1 << len(one)) - 1
    row = full
    for token in other:
        here = row & places.get(token, 0)
        row = ((row + here) | (row - here)) & full
    return len(one) - row.bit_count()
