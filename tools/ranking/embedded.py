"""Rank without a language model: the first stage, the words, and two small models, blended into log odds.

Where passages come without scores of a first stage, BM25 within the list stands in for them.

A long list is looked at three times, each time more closely and at fewer: words order all, the encoder's cosine orders
the best by words, and the cross-encoder reads the head of those. What was looked at more closely stands above what was
not, and within each of the three log odds decide. A list no longer than the head is read whole. When time ends early,
what was read is what mattered most.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.budget import Meter
from questline.errors import UsageError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.types import AnswerWarning, Passage, Usage

from .blend import Blend, shipped
from .calibration import Calibration, Platt
from .contract import Limits, RankedPassage, Ranking, RankStatus
from .first_stage import FirstStage, as_meter, check_top_n
from .reading import Reading
from .scorers import SHARE, Cosine, Pairs, Scorer, Skim, Vector
from .signs import Signs
from .standing import Standing

__all__ = ["HEAD", "SKIMMED", "EmbeddedRanker"]

Doubles: TypeAlias = NDArray[np.float64]
_AS_IT_IS: Final = Platt(slope=1.0, intercept=0.0)
HEAD: Final = 16
"""Passages that are read closely: a choice, made with TREC DL19 and DL21 in view. Where all vectors are known, 8 to 50
are within .01 of reading a hundred in nDCG@10 on both, or better; 16 are the first ten and some to choose them from."""
SKIMMED: Final = 50
"""Passages whose cosine is computed; those whose vectors are known come on top. A choice between time and quality, made
with the same two sets in view: of a hundred, 40 cost .024 and .012 in nDCG@10, 50 cost .009 and .005, 60 cost .005 and
.001, and each ten of 64 word pieces take a fifteenth of a second on one thread."""


class EmbeddedRanker:
    """Blend first stage, words and models; implements `questline.tools.ranking.contract.Ranker`.

    Args:
        scorer: Reads the passages; `EmbeddedRanker.load` takes the packaged models. Without one, words alone decide.
        skim: Reads them cheaply before, so that the scorer reads a head alone; its value, times `share`, is added to
            the scorer's. Without one the scorer reads all.
        blend: Weights with the scorer's reading; those of the cosine are shipped.
        skimmed: Weights with what `skim` says alone.
        words: Weights where there is neither.
        calibration: From log odds to probabilities.
        share: Of `skim` beside the scorer.
        head: Passages that the scorer reads where there is a `skim`; as many as ``top_n`` asks for at least.
        skims: Passages that `skim` reads, beside those that it knows; as many as the head at least.
        max_chunks: Pieces of one passage that are read; what lies beyond is marked ``truncated``.
        english: The models read English alone: a query of more than 30 % CJK is ranked by words, and so is a passage.

    Raises:
        UsageError: ``bad_param``.
    """

    def __init__(
        self,
        scorer: Scorer | None = None,
        *,
        skim: Skim | None = None,
        blend: Blend | None = None,
        skimmed: Blend | None = None,
        words: Blend | None = None,
        calibration: Calibration = _AS_IT_IS,
        share: float = SHARE,
        head: int = HEAD,
        skims: int = SKIMMED,
        max_chunks: int = 16,
        english: bool = True,
    ) -> None:
        if skim is not None and scorer is None:
            raise UsageError("skim without a scorer would read for nothing", code="bad_param", argument="skim")
        for name, value in {"max_chunks": max_chunks, "head": head, "skims": skims}.items():
            if isinstance(value, bool) or value < 1:
                raise UsageError(f"{name}={value!r} must be 1 or more", code="bad_param", argument=name)
        self._scorer = scorer
        self._skim = skim
        self._blend = blend or shipped("cosine")
        self._skimmed = skimmed or shipped("cosine")
        self._words = words or shipped("words")
        self._calibration = calibration
        self._share = share
        self._head = head
        self._skims = skims
        self._max_chunks = max_chunks
        self._english = english

    @classmethod
    def load(
        cls,
        *,
        threads: int = 1,
        vectors: Mapping[str, Vector] | None = None,
        head: int = HEAD,
        skims: int = SKIMMED,
    ) -> EmbeddedRanker:
        """Return a ranker with the packaged cross-encoder and the encoder's cosine before and beside it.

        Args:
            threads: Passages read side by side.
            vectors: What the packaged encoder made of texts before, as an index holds it: float32 [384] of length 1,
                by title and text as `questline.types.Passage.as_text` gives them. A passage that is known here costs
                nothing to skim.
            head: Passages that are read closely; a number above the longest list reads every list whole.
            skims: Passages that are skimmed, beside those that are known.

        Raises:
            RunError: ``damaged_model`` naming the file that is missing or damaged.
            UsageError: ``bad_param``.
        """
        return cls(
            Pairs(CrossEncoder.load(threads=threads)),
            skim=Cosine(Encoder.load(threads=threads), vectors=vectors),
            blend=shipped("pairs"),
            head=head,
            skims=skims,
        )

    async def rank(
        self, query: str, passages: Sequence[Passage], *, top_n: int | None = None, budget: Limits = None
    ) -> Ranking:
        """Rank as `questline.tools.ranking.contract.Ranker` promises; the work is done in a thread.

        Without `top_n` the head is as long as usual: below it the order is rougher, and each passage says ``unread``.

        Raises:
            UsageError: ``empty_query``, ``bad_document``, ``duplicate_id`` or ``bad_param``.
        """
        started = time.perf_counter()
        stage = FirstStage.read(query, passages)
        top = check_top_n(top_n, len(stage.passages))
        head = self._head if top_n is None else max(self._head, top)
        stopped = threading.Event()
        try:
            ranking = await asyncio.to_thread(self._rank, stage, top, head, as_meter(budget), stopped)
        finally:
            stopped.set()  # a cancelled call must not read on
        return replace(ranking, usage=Usage(seconds=time.perf_counter() - started))

    def _rank(self, stage: FirstStage, top: int, head: int, meter: Meter, stopped: threading.Event) -> Ranking:
        n = len(stage.passages)

        def over() -> bool:
            return stopped.is_set() or bool(meter.exhausted(llm=False))

        reading = Reading.of(stage.query, stage.passages, over=over)
        signs = Signs.of(stage, reading.texts)
        strengths = signs.log_odds(self._words)
        standing = Standing(strengths=strengths, ranks=stage.ranks, looks=np.zeros(n, np.int64))
        if n > 1 and over():
            strengths[:] = float(strengths.mean())
            standing.untouched |= set(range(n))
        elif self._scorer is not None:
            self._look_closer(self._scorer, reading, standing, head, signs)
        return self._ranking(stage, top, standing, reading)

    def _look_closer(self, scorer: Scorer, reading: Reading, standing: Standing, head: int, signs: Signs) -> None:
        """Skim the best by words, then read the head of what is best by then."""
        if self._english:
            reading.skip_what_is_not_english()
            standing.looks[list(reading.skipped)] = 2  # no model will look closer
        order = [index for index in standing.order() if index not in reading.skipped]
        by_words, cosines, looked = standing.strengths.copy(), dict[int, float](), order
        if self._skim is not None:
            most, knows = max(head, self._skims), self._skim.knows
            wanted = [n for place, n in enumerate(order) if place < most or knows(reading.texts[n])]
            cosines = reading.read(self._skim, wanted, most=self._max_chunks)
            looked = [index for index in wanted if index in cosines]
            standing.take(1, _log_odds(signs, self._skimmed, cosines))
            standing.untouched |= set(wanted) - set(cosines) if cosines else set(order)
            order = [index for index in standing.order() if index in cosines][:head]
        before = standing.strengths.copy()
        read = reading.read(scorer, order, most=self._max_chunks)
        standing.untouched |= set(order) - set(read)
        both = {index: value + self._share * cosines.get(index, 0.0) for index, value in read.items()}
        standing.take(2, _log_odds(signs, self._blend, both))
        closely = [index for index in order if index in read]
        standing.carry(1, before, closely)
        standing.carry(0, by_words, looked if cosines else closely)

    def _ranking(self, stage: FirstStage, top: int, standing: Standing, reading: Reading) -> Ranking:
        n = len(stage.passages)
        order = standing.order()
        strengths = standing.falling(order)
        chances = np.clip(self._calibration(strengths), 0.0, 1.0)
        untouched = standing.untouched
        closely = {index for index in range(n) if standing.looks[index] == 2}
        unread = set[int]() if self._scorer is None else set(range(n)) - closely - untouched
        marks = {
            "truncated": reading.truncated,
            "untouched": untouched,
            "unread": unread,
            "instructions": reading.cleaned,
        }
        items = tuple(
            RankedPassage(
                id=stage.passages[index].id,
                index=index,
                rank=rank,
                score=float(chances[rank - 1]),
                raw=float(strengths[rank - 1]),
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


def _log_odds(signs: Signs, blend: Blend, values: Mapping[int, float]) -> dict[int, float]:
    """Return the log odds of the passages that a model gave values, by position."""
    places = sorted(values)
    told = signs.at(places).log_odds(blend, np.array([values[place] for place in places], np.float64))
    return dict(zip(places, told.tolist(), strict=True))
