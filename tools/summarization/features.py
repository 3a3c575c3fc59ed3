"""What speaks for a segment: the numbers that the linear scorer weighs (spec 05 §2.3, step 2)."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .asked import Asked
from .page import Page, Unit
from .terms import Tokens
from .values import VALUES, asked_values

__all__ = ["COSINE", "FEATURES", "Floats", "measure"]

Floats: TypeAlias = NDArray[np.float64]
FEATURES: Final = (
    "coverage", "context", "missing", "bm25", "best", "pairs", "pair_cover", "pair_best", "run", "last_word", "prefix",
    "names", "names_missing", "numbers", "numbers_missing", "title", "before", "after", "first", "opening", "place",
    "words", "short", "anaphor", "question", "heading", "item", "turn", "quoted", "copula", "focus", "centre", *VALUES,
    "cosine",
)  # fmt: skip
"""Names of the columns that `measure` returns, in order."""
COSINE: Final = FEATURES.index("cosine")
_ANAPHOR: Final = re.compile(
    r"\W*(?:(?:he|she|it|they|his|her|its|their|this|these|that|those)\b|[他她它其该該此这這])", re.IGNORECASE
)
_QUESTION_END: Final = re.compile(r"[?？][\"'”’」』）)]*\s*\Z")
_COPULA: Final = re.compile(r"\b(?:is|are|was|were|refers? to|means|called|known as)\b|是|称为|稱為|指", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"“《「][^\"”》」]{2,}[\"”》」]")
_K1: Final = 1.2
_B: Final = 0.6
"""The constants of BM25; segments differ less in length than documents."""
_PREFIX: Final = 5


def measure(asked: Asked, page: Page) -> Floats:
    """Return [units, FEATURES]; the column ``cosine`` is 0."""
    weights = page.weights(asked.terms)
    total = sum(weights.values()) or 1.0
    covers = page.covers(asked)
    highest = max(covers, default=0.0)
    scores = _bm25(asked, page, weights)
    pairs = page.weights(asked.pairs)
    all_pairs = sum(pairs.values()) or 1.0
    paired = [sum(pairs[pair] for pair in sorted(asked.pairs & unit.words.pairs)) / all_pairs for unit in page.units]
    most_paired = max(paired, default=0.0)
    centres = _centres(page)
    rows = np.zeros((len(page.units), len(FEATURES)))
    for number, unit in enumerate(page.units):
        terms, words = asked.terms, unit.words
        title = page.titles[unit.source]
        named = sum(weights[term] for term in sorted((terms & title) - words.terms)) / total
        before = covers[number - 1] if unit.place else 0.0
        last = unit.place + 1 == page.sizes[unit.source]
        overlap = [
            covers[number],
            min(1.0, covers[number] + named + 0.3 * before),
            float(not terms & words.terms),
            scores[number],
            float(covers[number] >= highest > 0),
            len(asked.pairs & words.pairs) / len(asked.pairs) if asked.pairs else 0.0,
            paired[number],
            float(paired[number] >= most_paired > 0),
            _longest_run(asked.run, words),
            float(bool(asked.run) and asked.run[-1] in {token.key for token in words.all}),
            _prefixes(terms, words, weights) / total,
            *_names_and_numbers(asked, words),
            len(title & words.terms) / len(title) if title else 0.0,
            before,
            0.0 if last else covers[number + 1],
        ]
        focus = asked.focus & words.terms
        rows[number, :-1] = [
            *overlap,
            *_form(unit, page.sizes[unit.source], asked),
            len(focus) / len(asked.focus) if asked.focus else 0.0,
            centres[number],
            *asked_values(asked, unit.text, unit.segment.start, words.all, bool(focus)),
        ]
    return rows


def _bm25(asked: Asked, page: Page, weights: dict[str, float]) -> list[float]:
    """Return BM25 of each unit, the best one 1."""
    mean = sum(len(unit.words.all) for unit in page.units) / max(1, len(page.units))
    scores: list[float] = []
    for unit in page.units:
        shared = asked.terms & unit.words.terms
        counts = Counter(token.key for token in unit.words.all if token.key in shared)
        spread = _K1 * (1 - _B + _B * len(unit.words.all) / max(1.0, mean))
        scores.append(
            sum(weights[term] * count * (_K1 + 1) / (count + spread) for term, count in sorted(counts.items()))
        )
    most = max(scores, default=0.0) or 1.0
    return [score / most for score in scores]


def _centres(page: Page) -> list[float]:
    """Return how much of what the documents repeat each unit holds, the best one 1."""
    raw = [
        sum(page.frequency[term] - 1 for term in unit.words.terms) / math.sqrt(len(unit.words.terms) + 4)
        for unit in page.units
    ]
    most = max(raw, default=0.0) or 1.0
    return [value / most for value in raw]


def _longest_run(run: tuple[str, ...], words: Tokens) -> float:
    """Return the share of the query that stands in the unit word by word, small words included."""
    if len(run) < 2:
        return 0.0
    places: dict[str, list[int]] = {}
    for place, token in enumerate(words.all):
        places.setdefault(token.key, []).append(place)
    best = 0
    ended: dict[int, int] = {}
    for key in run:
        ended = {place: ended.get(place - 1, 0) + 1 for place in places.get(key, ())}
        best = max(best, max(ended.values(), default=0))
    return best / len(run)


def _prefixes(terms: frozenset[str], words: Tokens, weights: dict[str, float]) -> float:
    """Return the weight of the terms that stand here only in another form: their first letters are the same."""
    missing = sorted(term for term in terms - words.terms if len(term) >= _PREFIX)
    starts = {term[:_PREFIX] for term in words.terms if len(term) >= _PREFIX} if missing else frozenset[str]()
    return sum(weights[term] for term in missing if term[:_PREFIX] in starts)


def _names_and_numbers(asked: Asked, words: Tokens) -> list[float]:
    held = [stems <= words.terms for stems in asked.names]
    numbers = frozenset(token.key for token in words.all if token.key[:1].isdigit())
    return [
        sum(held) / len(held) if held else 0.0,
        float(bool(held) and not any(held)),
        len(asked.numbers & numbers) / len(asked.numbers) if asked.numbers else 0.0,
        float(bool(asked.numbers) and not asked.numbers & numbers),
    ]


def _form(unit: Unit, size: int, asked: Asked) -> list[float]:
    """Return the columns from ``first`` to ``copula``."""
    text, kind, count = unit.text, unit.segment.kind, len(unit.words.all)
    return [
        float(unit.place == 0),
        1 / (1 + unit.place),
        unit.place / max(1, size - 1),
        math.log1p(count) / 4,
        float(count < 5),
        float(bool(_ANAPHOR.match(text))),
        float(bool(_QUESTION_END.search(text))),
        float(kind == "heading"),
        float(kind in {"item", "row"}),
        float(kind == "turn"),
        float(bool(_QUOTED.search(text))),
        float(asked.kind == "entity" and bool(_COPULA.search(text))),
    ]
