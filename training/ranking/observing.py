"""Measure what the ranker knows of every passage of labelled lists: first stage, words, cosine, cross-encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.ranking.chunks import chunk
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.ranking.scorers import Scorer
from questline.tools.ranking.signs import Signs
from questline.training.evaluation.lists import RankingList

__all__ = ["Example", "Reads", "observe"]

Doubles: TypeAlias = NDArray[np.float64]
_PIECES: Final = 16
"""Of a long passage, as the ranker reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One list as the ranker sees it; arrays are float64 [n]."""

    given: RankingList
    signs: Signs
    cosine: Doubles
    logit: Doubles
    """Of the cross-encoder; 0 where it was not asked."""
    labels: Doubles
    """1 where a passage supports the answer."""


class Reads:
    """A scorer's value of a whole text, which remembers what it read."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._known: dict[tuple[str, str], float] = {}

    def __call__(self, query: str, text: str) -> float:
        """Return the value of the best piece."""
        if (query, text) not in self._known:
            pieces = chunk(text, fits=partial(self._scorer.fits, query), most=_PIECES).texts
            self._known[query, text] = float(self._scorer(query, pieces).max())
        return self._known[query, text]


def observe(
    lists: Sequence[RankingList],
    cosine: Reads,
    pairs: Reads | None = None,
    *,
    hears: Callable[[int], None] = lambda _: None,
) -> list[Example]:
    """Measure the features of every list.

    Args:
        lists: What is measured.
        cosine: The encoder.
        pairs: The cross-encoder.
        hears: Told how many lists are done.
    """
    found: list[Example] = []
    for done, each in enumerate(lists, start=1):
        stage = FirstStage.read(each.query, each.passages)
        texts = [passage.as_text() for passage in each.passages]
        logit = [pairs(each.query, text) if pairs is not None else 0.0 for text in texts]
        found.append(
            Example(
                given=each,
                signs=Signs.of(stage, texts),
                cosine=np.array([cosine(each.query, text) for text in texts]),
                logit=np.array(logit),
                labels=np.array([float(each.grades.get(passage.id, 0) > 0) for passage in each.passages]),
            )
        )
        hears(done)
    return found
