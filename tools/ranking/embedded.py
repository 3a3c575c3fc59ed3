"""Rank without a language model: the first stage, the words, and a small model's reading, blended into log odds.

Where passages come without scores of a first stage, BM25 within the list stands in for them.

What reads is a scorer: the cross-encoder with the encoder's cosine beside it, or one of your own. Long
passages are read in pieces of which the best counts. Passages are read in the order that first stage and words
suggest, so that when time ends, what was read is what mattered most.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.budget import Meter
from questline.errors import UsageError
from questline.tools.models.encoder import dense_is_reliable
from questline.types import AnswerWarning, Passage, Usage

from .blend import Blend, shipped
from .calibration import Calibration, Platt
from .chunks import chunk
from .contract import Limits, RankedPassage, Ranking, RankStatus
from .features import WORD_FEATURES, word_features
from .first_stage import FirstStage, as_meter, check_top_n
from .hygiene import without_instructions
from .scorers import Scorer, together

__all__ = ["EmbeddedRanker"]

Doubles: TypeAlias = NDArray[np.float64]
_AS_IT_IS: Final = Platt(slope=1.0, intercept=0.0)
_MOST_CHARACTERS: Final = 200_000
"""Of one passage; nothing beyond is looked at, and the passage says so."""
_AT_ONCE: Final = 8
"""Pieces read between two looks at the clock."""


@dataclass(slots=True)
class _Read:
    """What is known of the passages of one call, by position."""

    texts: list[str]
    """Title and text, without sentences that address a model."""
    cleaned: set[int]
    truncated: set[int]
    depth: dict[int, float] = field(default_factory=dict[int, float])
    """What the model says of those that it has read."""
    skipped: set[int] = field(default_factory=set[int])
    """Those that it cannot read for their writing."""


class EmbeddedRanker:
    """Blend first stage, words and a model; implements `questline.tools.ranking.contract.Ranker`.

    Args:
        scorer: Reads the passages; `EmbeddedRanker.load` takes the packaged models. Without one, words alone decide.
        blend: Weights with the scorer's reading; those of the cosine are shipped.
        words: Weights where there is none.
        calibration: From log odds to probabilities.
        max_chunks: Pieces of one passage that are read; what lies beyond is marked ``truncated``.
        english: The scorer reads English alone: a query of more than 30 % CJK is ranked by words, and so is a passage.

    Raises:
        UsageError: ``bad_param``.
    """

    def __init__(
        self,
        scorer: Scorer | None = None,
        *,
        blend: Blend | None = None,
        words: Blend | None = None,
        calibration: Calibration = _AS_IT_IS,
        max_chunks: int = 16,
        english: bool = True,
    ) -> None:
        if isinstance(max_chunks, bool) or max_chunks < 1:
            raise UsageError(f"max_chunks={max_chunks!r} must be 1 or more", code="bad_param", argument="max_chunks")
        self._scorer = scorer
        self._blend = blend or shipped("cosine")
        self._words = words or shipped("words")
        self._calibration = calibration
        self._max_chunks = max_chunks
        self._english = english

    @classmethod
    def load(cls, *, threads: int = 1) -> EmbeddedRanker:
        """Return a ranker with the packaged cross-encoder and the encoder's cosine beside it.

        Raises:
            RunError: ``damaged_model`` naming the file that is missing or damaged.
        """
        return cls(together(threads=threads), blend=shipped("pairs"))

    async def rank(
        self, query: str, passages: Sequence[Passage], *, top_n: int | None = None, budget: Limits = None
    ) -> Ranking:
        """Rank as `questline.tools.ranking.contract.Ranker` promises; the work is done in a thread.

        Raises:
            UsageError: ``empty_query``, ``bad_document``, ``duplicate_id`` or ``bad_param``.
        """
        started = time.perf_counter()
        stage = FirstStage.read(query, passages)
        top = check_top_n(top_n, len(stage.passages))
        stopped = threading.Event()
        try:
            ranking = await asyncio.to_thread(self._rank, stage, top, as_meter(budget), stopped)
        finally:
            stopped.set()  # a cancelled call must not read on
        return replace(ranking, usage=Usage(seconds=time.perf_counter() - started))

    def _rank(self, stage: FirstStage, top: int, meter: Meter, stopped: threading.Event) -> Ranking:
        n = len(stage.passages)
        read = _prepare(stage.passages)
        features = word_features(stage.query, read.texts)
        # Without scores the given order may be any order: BM25 within the list takes the first stage's place.
        first_stage = stage.strength if stage.scored else features[:, WORD_FEATURES.index("bm25")]
        strengths = self._words.log_odds(first_stage, features)
        if n > 1 and meter.exhausted(llm=False):
            order = list(stage.order)
            strengths = np.full(n, float(strengths.mean()))
            return self._ranking(stage, top, order, strengths, read, untouched=set(range(n)))
        ranks = stage.ranks

        def by_strength() -> list[int]:
            return sorted(range(n), key=lambda index: (-strengths[index], ranks[index]))

        if self._scorer is not None:
            self._read_all(self._scorer, stage.query, by_strength(), read, meter, stopped)
        known = sorted(read.depth)
        if known:
            depth = np.array([read.depth[index] for index in known])
            strengths[known] = self._blend.log_odds(first_stage[known], features[known], depth)
        untouched = set[int]() if self._scorer is None else set(range(n)) - set(known) - read.skipped
        return self._ranking(stage, top, by_strength(), strengths, read, untouched=untouched)

    def _read_all(
        self,
        scorer: Scorer,
        query: str,
        order: Sequence[int],
        read: _Read,
        meter: Meter,
        stopped: threading.Event,
    ) -> None:
        """Let the model read passages in `order` until time ends."""
        if self._english and not dense_is_reliable(query):
            read.skipped |= set(order)
            return
        waiting: list[tuple[int, str]] = []
        for place, index in enumerate(order):
            text = read.texts[index]
            if self._english and not dense_is_reliable(text):
                read.skipped.add(index)
            else:
                pieces = chunk(text, fits=lambda piece: scorer.fits(query, piece), most=self._max_chunks)
                if pieces.truncated:
                    read.truncated.add(index)
                waiting += [(index, piece) for piece in pieces.texts]
            if waiting and (len(waiting) >= _AT_ONCE or place == len(order) - 1):
                if stopped.is_set() or meter.exhausted(llm=False):
                    return
                values = scorer(query, [piece for _, piece in waiting])
                for (at, _), value in zip(waiting, values, strict=True):
                    if np.isfinite(value):  # the best piece speaks for its passage
                        read.depth[at] = max(float(value), read.depth.get(at, float("-inf")))
                waiting = []

    def _ranking(
        self,
        stage: FirstStage,
        top: int,
        order: Sequence[int],
        strengths: Doubles,
        read: _Read,
        *,
        untouched: set[int],
    ) -> Ranking:
        n = len(stage.passages)
        chances = np.clip(self._calibration(strengths), 0.0, 1.0)
        marks = {"truncated": read.truncated, "untouched": untouched, "instructions": read.cleaned}
        items = tuple(
            RankedPassage(
                id=stage.passages[index].id,
                index=index,
                rank=rank,
                score=float(chances[index]),
                raw=float(strengths[index]),
                warnings=tuple(name for name, marked in marks.items() if index in marked),
            )
            for rank, index in enumerate(order, start=1)
        )
        status: RankStatus = "ranked"
        warnings = list(stage.warnings)
        if untouched:
            status = "unranked" if len(untouched) == n else "partial"
            message = f"{len(untouched)} of {n} passages were not read in time; this is the best order so far"
            warnings.append(AnswerWarning(code="deadline_reached", message=message, step="rank"))
        return Ranking(items=items, top_n=top, status=status, warnings=tuple(warnings), model="embedded")


def _prepare(passages: Sequence[Passage]) -> _Read:
    read = _Read(texts=[], cleaned=set(), truncated=set())
    for index, passage in enumerate(passages):
        text, cleaned = without_instructions(passage.text[:_MOST_CHARACTERS])
        title, titled = without_instructions(passage.title[:_MOST_CHARACTERS])
        read.texts.append(f"{title}\n{text}" if title else text)
        if cleaned or titled:
            read.cleaned.add(index)
        if len(passage.text) > _MOST_CHARACTERS:
            read.truncated.add(index)
    return read
