"""What is known of each passage beside a question: one row of numbers, from which its membership is judged.

Words come first, with statistics of the list itself: a word that every passage holds tells none of them apart. Where an
encoder or a cross-encoder has read the passages, what they say stands in further columns. A question that needs two
passages often names only the first of them; the second is then the one whose title the first one names (``linked``).
Passages that all have one title, or none, as the sentences of one page have, are alike: a title then tells none of them
apart and counts nothing.
Of the first stage's scores only the order counts, for every first stage has its own scale: strengths and gaps are those
of BM25 within the list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.decomposition.parts import shape
from questline.tools.ranking.features import word_features
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.reading.candidates import find
from questline.tools.reading.evidence import Evidence, Sentence
from questline.tools.reading.questions import Question, analyse
from questline.tools.reading.subjects import Name, names
from questline.tools.reading.values import NUMBER
from questline.tools.retrieval.mentions import mention_of, mentions_in_query, mentions_in_text

__all__ = ["COSINE", "FEATURES", "READING", "WORDS", "Facts", "Readings", "observe"]

Doubles: TypeAlias = NDArray[np.float64]
WORDS: Final = (
    "coverage",
    "best",
    "title",
    "title_share",
    "names",
    "numbers",
    "kind",
    "proximity",
    "strength",
    "gap",
    "rank",
    "lead",
    "linked",
    "several",
    "several_title",
    "several_linked",
    "several_gap",
    "length",
    "many",
)
"""Columns that need no model."""
COSINE: Final = ("cosine", "cosine_gap", "cosine_lead")
"""Columns of the encoder: the cosine, how far it lies below the best, and how far the best lies above the second."""
READING: Final = ("relevance", "relevance_gap", "relevance_lead", "useful", "useful_gap", "answered", "prior")
"""Columns of the cross-encoder: its logit and the log odds of its probabilities, with gap and lead likewise; and as
``prior`` the log odds that stood before it read, so that few weights need to be fitted."""
FEATURES: Final = (*WORDS, *COSINE, *READING)
_NEAR: Final = 4
"""Words within which two neighbouring words of the question stand together."""
_LEAST_FIT: Final = 0.3
"""Least fit of a sentence in which something of the asked kind counts."""
_EDGE: Final = 1e-4
_PART: Final = 0.5
"""Weight of a title that is only a part of a name in the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What models say of the passages, by position; None where there is no such model or it could not read."""

    cosine: Doubles | None = None
    """Cosines of question and passage, shape [n]; NaN where a passage was not read."""
    relevance: Doubles | None = None
    """Logits of the cross-encoder, shape [n]; NaN where a passage was not read."""
    useful: Doubles | None = None
    answered: Doubles | None = None
    """Probabilities of the cross-encoder, shape [n]."""
    prior: Doubles | None = None
    """How likely each passage was before, shape [n]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The passages of one call, measured."""

    question: Question
    evidence: Evidence
    weights: dict[str, float]
    """How much each term of the question counts: rarer is more."""
    matrix: Doubles
    """Shape [n, len(FEATURES)]; columns without a reading are 0."""
    best: tuple[Sentence | None, ...]
    """The sentence of each passage that fits the question best."""
    covers: tuple[frozenset[str], ...]
    """The terms of the question that each passage holds."""
    names: tuple[frozenset[str], ...] = field(default=())
    """Stems of each proper name in the question."""
    several: bool = False
    """The question's form says that it needs more than one passage: a chain, a comparison or a list."""
    alike: bool = False
    """All passages, of at least two, have the same title or none."""

    def columns(self, names: Sequence[str]) -> Doubles:
        """Return some of the columns: float64 [n, len(names)]."""
        return self.matrix[:, [FEATURES.index(name) for name in names]]

    def read(self, readings: Readings) -> Facts:
        """Return the facts with the columns of what models say."""
        matrix = self.matrix.copy()
        for name, column in _columns(readings, len(matrix)).items():
            matrix[:, FEATURES.index(name)] = column
        return replace(self, matrix=matrix)


def observe(stage: FirstStage, evidence: Evidence) -> Facts:
    """Measure passages by their words; `Facts.read` adds what models say.

    Args:
        stage: Question and passages.
        evidence: The passages, cut into sentences.
    """
    texts = [passage.as_text() for passage in evidence.passages]
    asked = analyse(stage.query)
    weights = evidence.weights(asked)
    total = sum(weights.values()) or 1.0
    n = len(texts)
    if not n:
        return Facts(
            question=asked, evidence=evidence, weights=weights, matrix=np.zeros((0, len(FEATURES))), best=(), covers=()
        )
    terms = frozenset(asked.terms)
    covers = tuple(terms & evidence.words_of(index) for index in range(n))
    best, fits = _best(asked, evidence, weights)
    proper = tuple(name.stems for name in names(asked.text))
    several = shape(asked.text) != "single"
    strength = word_features(stage.query, texts)[:, 0]
    ranked = stage.strength if stage.scored else strength
    alike = n > 1 and len({passage.title for passage in evidence.passages}) == 1
    title, title_share = (np.zeros(n), np.zeros(n)) if alike else _titles(asked, names(asked.text), evidence)
    columns: dict[str, Doubles] = {
        "coverage": np.array([sum(weights[term] for term in sorted(held)) / total for held in covers]),
        "best": np.array(fits),
        "title": title,
        "title_share": title_share,
        "names": np.array([_share(proper, evidence.words_of(index)) for index in range(n)]),
        "numbers": _numbers(asked.text, texts),
        "kind": np.array([_holds(asked, sentence, fit) for sentence, fit in zip(best, fits, strict=True)]),
        "proximity": np.array(
            [_together(asked.terms, evidence, index, sentence) for index, sentence in enumerate(best)]
        ),
        "strength": strength,
        **_places(strength),
        "rank": np.array([-math.log1p(float((ranked > own).sum())) for own in ranked]),
        "length": np.array([math.log1p(len(text) / 100) for text in texts]),
    }
    columns["linked"] = _linked(evidence, title, columns["coverage"])
    for name in ("title", "linked", "gap"):
        columns[f"several_{name}"] = several * columns[name]
    columns["several"] = np.full(n, float(several))
    columns["many"] = np.full(n, math.log(n))
    matrix = np.column_stack([columns.get(name, np.zeros(n)) for name in FEATURES]).reshape(n, len(FEATURES))
    return Facts(
        question=asked,
        evidence=evidence,
        weights=weights,
        matrix=matrix,
        best=best,
        covers=covers,
        names=proper,
        several=several,
        alike=alike,
    )


def _best(
    asked: Question, evidence: Evidence, weights: dict[str, float]
) -> tuple[tuple[Sentence | None, ...], list[float]]:
    """Return the sentence of each passage that fits best, and how well."""
    best: list[Sentence | None] = [None] * len(evidence.passages)
    fits = [0.0] * len(evidence.passages)
    for sentence in evidence.sentences:
        fit = evidence.fit(asked, sentence, weights)
        value = fit.context + 1e-3 * fit.coverage
        if best[sentence.passage] is None or value > fits[sentence.passage]:
            best[sentence.passage], fits[sentence.passage] = sentence, value
    return tuple(best), fits


def _titles(asked: Question, proper: Sequence[Name], evidence: Evidence) -> tuple[Doubles, Doubles]:
    """Say whose titles stand in the question word for word, and what share of each title does.

    A title that is only a part of a name in the question ("Silver" in "Silver Harbour") is about something else.
    """
    runs = mentions_in_query(asked.text)
    terms = frozenset(asked.terms)
    whole, share = np.zeros(len(evidence.titles)), np.zeros(len(evidence.titles))
    for row, (name, own) in enumerate(zip(_mentions(evidence), evidence.titles, strict=True)):
        part = bool(own) and any(own < each.stems for each in proper)
        whole[row] = float(bool(name) and name in runs and not part)
        share[row] = (_PART if part else 1.0) * len(own & terms) / len(own) if own else 0.0
    return whole, share


def _mentions(evidence: Evidence) -> list[str]:
    return [mention_of(passage.title) if passage.title else "" for passage in evidence.passages]


def _linked(evidence: Evidence, title: Doubles, coverage: Doubles) -> Doubles:
    """Return how strong the strongest other passage is that names a passage's title; 0 where none does."""
    own = _mentions(evidence)
    named = set(own) - {""}
    strong = np.where(title > 0, 1.0, coverage)
    linked = np.zeros(len(own))
    for place, passage in enumerate(evidence.passages):
        found = mentions_in_text(passage.text) & named if named else set[str]()
        for other, name in enumerate(own):
            if name in found and other != place and name != own[place]:
                linked[other] = max(linked[other], strong[place])
    return linked


def _share(names: Sequence[frozenset[str]], held: frozenset[str]) -> float:
    return sum(name <= held for name in names) / len(names) if names else 0.0


def _numbers(question: str, texts: Sequence[str]) -> Doubles:
    """Return the share of the question's numbers that each text holds; 0 where there are none."""
    asked = {match[0] for match in NUMBER.finditer(question) if match[0][-1:].isdigit()}
    if not asked:
        return np.zeros(len(texts))
    return np.array([sum(number in text for number in asked) / len(asked) for text in texts])


def _holds(asked: Question, sentence: Sentence | None, fit: float) -> float:
    return float(sentence is not None and fit >= _LEAST_FIT and bool(find(asked, sentence.span.text)))


def _together(terms: Sequence[str], evidence: Evidence, index: int, sentence: Sentence | None) -> float:
    """Return the share of the question's neighbouring terms that the best sentence has within a few words."""
    if sentence is None or len(terms) < 2:
        return 0.0
    title = evidence.titles[index]
    places: dict[str, list[int]] = {}
    for word in sentence.words:
        places.setdefault(word.stem, []).append(word.place)
    near = 0.0
    for one, other in pairwise(terms):
        if one in places and other in places:
            near += any(abs(a - b) <= _NEAR for a in places[one] for b in places[other])
        elif one in title and other in title:
            near += 1.0
    return near / (len(terms) - 1)


def _places(values: Doubles) -> dict[str, Doubles]:
    """Return how far each value lies below the best, and how far the best lies above the second (0 for the others)."""
    gap = values - values.max()
    second = float(np.partition(values, -2)[-2]) if len(values) > 1 else float(values.max())
    return {"gap": gap, "lead": np.where(gap == 0, values.max() - second, 0.0)}


def _columns(readings: Readings, n: int) -> dict[str, Doubles]:
    """Return the columns of the models; what was not read stands as low as what was read lowest."""
    columns: dict[str, Doubles] = {}
    if readings.cosine is not None and n:
        cosine = _filled(readings.cosine)
        places = {f"cosine_{name}": column for name, column in _places(cosine).items()}
        columns |= {"cosine": cosine, **places}
    if readings.relevance is not None and readings.useful is not None and readings.answered is not None and n:
        relevance, useful = _filled(readings.relevance), _log_odds(readings.useful)
        columns |= {"relevance": relevance, "useful": useful, "answered": _log_odds(readings.answered)}
        columns |= {f"relevance_{name}": column for name, column in _places(relevance).items()}
        columns["useful_gap"] = _places(useful)["gap"]
    if readings.prior is not None and n:
        columns["prior"] = _log_odds(readings.prior)
    return columns


def _filled(values: Doubles) -> Doubles:
    known = values[np.isfinite(values)]
    return np.where(np.isfinite(values), values, known.min() if len(known) else 0.0)


def _log_odds(chances: Doubles) -> Doubles:
    kept = np.clip(_filled(chances), _EDGE, 1 - _EDGE)
    return np.log(kept / (1 - kept))
