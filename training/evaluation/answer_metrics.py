"""How close a short answer is to the gold ones: exact match and token F1 (arXiv:2508.01005 §4).

Text is normalized as in the SQuAD evaluation: lower case, no punctuation, no English articles, single spaces; here
after NFKC, and each CJK character is a token of its own, so that Chinese answers need no word segmenter.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

from questline.tools.text import CJK, normalize

__all__ = ["answer_tokens", "exact_match", "holds_answer", "token_f1"]

_ARTICLES: Final = re.compile(r"\b(?:a|an|the)\b")
_CJK_CHARACTER: Final = re.compile(f"([{CJK}])")
_CLOSED: Final = frozenset({("yes",), ("no",), ("noanswer",)})
"""Answers that are wholly right or wholly wrong: "no" shares no credit with "no idea"."""


def answer_tokens(text: str) -> list[str]:
    """Return the tokens that are compared; a text of nothing but articles and marks (the grade "A") keeps its words."""
    lowered = normalize(text)
    kept = "".join(character for character in lowered if not _is_punctuation(character))
    return _CJK_CHARACTER.sub(r" \1 ", _ARTICLES.sub(" ", kept)).split() or lowered.split()


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1 when the prediction equals one of the answers after normalization, else 0; an empty prediction is 0."""
    tokens = answer_tokens(prediction)
    return float(bool(tokens) and any(tokens == answer_tokens(answer) for answer in answers))


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the F1 of shared tokens with the answer that fits best, in [0, 1].

    When either side is ``yes``, ``no`` or ``noanswer`` and the other differs, it is 0.
    """
    tokens = answer_tokens(prediction)
    return max((_f1(tokens, answer_tokens(answer)) for answer in answers), default=0.0)


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    """Say whether one of the answers stands in a text after normalization, also within a longer word or number."""
    tokens = " ".join(answer_tokens(text))
    return any(" ".join(answer_tokens(answer)) in tokens for answer in answers if answer.strip())


def _f1(predicted: list[str], gold: list[str]) -> float:
    if predicted != gold and (tuple(predicted) in _CLOSED or tuple(gold) in _CLOSED):
        return 0.0
    shared = sum((Counter(predicted) & Counter(gold)).values())
    if not shared:
        return 0.0
    precision, found = shared / len(predicted), shared / len(gold)
    return 2 * precision * found / (precision + found)


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")
