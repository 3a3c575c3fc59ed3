"""Select without a language model: how likely each passage helps, then the set that is worth most.

Words always judge; an encoder and a cross-encoder judge in their place where they are given and have read the passage.
A call works on the passages in one order of its own (first stage, then id), so that a shuffled list gives the same set.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.budget import Meter
from questline.tools.arguments import check_flag, check_whole
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder as PackagedEncoder
from questline.tools.ranking.first_stage import FirstStage, as_meter
from questline.tools.reading import Encoder, read
from questline.tools.reading.evidence import Evidence
from questline.tools.reading.talk import without_talk
from questline.types import Passage, Usage

from .checks import Request
from .contract import Limits, Selection
from .features import observe
from .hops import with_hops
from .judged import Judged, selection_of, set_problem, unjudged, with_rivals
from .membership import Membership, MembershipName, shipped
from .objective import Chosen, choose
from .reading import Reader, cosines, judgements
from .shown import look

__all__ = ["SKIMMED", "EmbeddedSelector"]

SKIMMED: Final = 100
"""Passages, likeliest by words first, that the encoder reads. A hundred of a hundred words each take it two seconds on
one slow core, a thousand take nineteen; words judge a thousand in less than one."""
_READ_CLOSELY: Final = 24
"""Passages, likeliest first, that the cross-encoder reads; the others are too unlikely to be worth its time."""
_WORTH_READING: Final = 0.003
"""Least chance, before it reads, of a passage that the cross-encoder is asked about. Of BM25's best twenty passages for
the questions of ``mixed_train`` that it has not learnt, 28 % are read, and all 237 gold ones."""
_ANSWERED: Final = 0.5
"""Least probability at which the cross-encoder's answer is taken."""


class EmbeddedSelector:
    """Implements `questline.tools.selection.contract.Selector`.

    Args:
        encoder: Adds the closeness of meaning; `EmbeddedSelector.load` takes the packaged one. Without it words decide.
        reader: Adds a cross-encoder's judgement. Without shipped or given coefficients for it, it is not asked.
        words: The model for words alone.
        cosine: The model with cosines.
        reading: The model with the cross-encoder's judgements.
        skims: Passages of one call that the encoder reads, likeliest by words first. Of a longer list the others are
            judged by words alone, and each says ``unread``. A number above the longest list reads every list whole.

    Raises:
        UsageError: ``bad_param`` for `skims`.
        RunError: ``damaged_model`` when the shipped coefficients are missing or damaged.
    """

    def __init__(
        self,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
        *,
        words: Membership | None = None,
        cosine: Membership | None = None,
        reading: Membership | None = None,
        skims: int = SKIMMED,
    ) -> None:
        check_whole("skims", skims, low=1, code="bad_param")
        self._skims = skims
        self._encoder = encoder
        self._words = words or _must("words")
        self._cosine = cosine or _must("cosine")
        self._reading = reading or shipped("reading")
        self._reader = reader if self._reading is not None else None

    @classmethod
    def load(cls, *, threads: int = 1, skims: int = SKIMMED) -> EmbeddedSelector:
        """Return a selector with the packaged encoder, and the packaged cross-encoder where coefficients for it ship.

        Args:
            threads: Passages read side by side.
            skims: As for the class.

        Raises:
            UsageError: ``bad_param`` for `skims`.
            RunError: ``damaged_model`` naming the file that is missing or damaged.
        """
        reader = CrossEncoder.load(threads=threads) if shipped("reading") is not None else None
        return cls(PackagedEncoder.load(threads=threads), reader, skims=skims)

    async def select(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        max_set: int | None = None,
        tau: float | None = None,
        answer: bool = True,
        spans: bool = True,
        budget: Limits = None,
    ) -> Selection:
        """Select as `questline.tools.selection.contract.Selector` promises; the work is done in a thread.

        Raises:
            UsageError: ``empty_question``, ``bad_document``, ``duplicate_id``, ``bad_param``, ``bad_argument`` or
                ``bad_budget``.
        """
        started = time.perf_counter()
        request = Request.read(question, passages, max_set=max_set, tau=tau)
        meter = as_meter(budget)
        check_flag("answer", answer)
        check_flag("spans", spans)
        stopped = threading.Event()
        try:
            made = await asyncio.to_thread(
                self.choose, request, answer=answer, spans=spans, meter=meter, stopped=stopped
            )
        finally:
            stopped.set()  # a cancelled call must not read on
        return replace(made, usage=Usage(seconds=time.perf_counter() - started))

    def choose(
        self,
        request: Request,
        *,
        answer: bool = True,
        spans: bool = True,
        meter: Meter | None = None,
        stopped: threading.Event | None = None,
    ) -> Selection:
        """Select in the caller's own thread, for a call that was checked.

        Args:
            request: What `Request.read` made of the call.
            answer: Whether to name a short answer.
            spans: Whether to point at sentences.
            meter: Of the question; without one there is no limit.
            stopped: Set when nobody waits for the result any more.
        """
        judged = self.judge(request, meter or as_meter(None), stopped or threading.Event())
        if judged is None:
            return unjudged(request)
        prices = judged.membership.prices(judged.facts.several, request.tau)
        least = judged.membership.least if request.tau is None else request.tau
        problem = set_problem(judged)
        enough = max(judged.chances.values()) >= least
        chosen = choose(problem, prices, max_set=request.max_set) if enough else Chosen(members=())
        members = with_rivals(chosen.members, problem.apart, request.max_set)
        if judged.facts.several and members:
            near = {index: judged.seen.passages[index] for index in judged.likeliest}
            members = with_hops(request.stage.query, near, members, max_set=request.max_set)
        chosen = replace(chosen, members=members)
        made = selection_of(request, judged, chosen, problem, spans=spans)
        text = self._answer(request, judged, made) if answer and made.members else ""
        return replace(made, answer=text, tau=prices.tau)

    def judge(self, request: Request, meter: Meter, stopped: threading.Event) -> Judged | None:
        """Say how likely each passage helps; None when time ended before any was looked at."""
        stage = request.stage
        ahead = sorted(
            request.unique, key=lambda at: (-stage.strength[at] if stage.scored else 0.0, stage.passages[at].id)
        )
        seen = look(stage.passages, ahead, meter)
        order = tuple(seen.passages)
        if not order:
            return None
        own = FirstStage.read(stage.query, [seen.passages[index] for index in order])
        facts = observe(own, Evidence(own.passages))
        words = self._words.of(facts)
        judged = Judged(
            order=order,
            facts=facts,
            chances=dict(zip(order, words.chances(facts).tolist(), strict=True)),
            membership=words,
            seen=seen,
        )
        if self._encoder is not None:
            heard = cosines(
                self._encoder, stage.query, seen.passages, judged.likeliest, meter, stopped, most=self._skims
            )
            judged = judged.after(heard, self._cosine.of(facts), heard.cosine)
        if self._reader is not None and self._reading is not None:
            near = [index for index in judged.likeliest[:_READ_CLOSELY] if judged.chances[index] >= _WORTH_READING]
            heard = judgements(self._reader, stage.query, seen.passages, near, meter, stopped)
            judged = judged.after(heard, self._reading.of(facts), heard.judged)
        return judged

    def _answer(self, request: Request, judged: Judged, made: Selection) -> str:
        """Return the likeliest answer in the members: the cross-encoder's where it is sure, else the reader's.

        A member that speaks of the answer instead of the world counts only where no other one is sure.
        """
        question = request.stage.query
        sure = [
            (not _all_talk(question, judged.seen.passages[member.index]), told.answered, -place, told.spans[0].text)
            for place, member in enumerate(made.members)
            if (told := judged.heard.judged.get(member.index)) and told.spans and told.answered >= _ANSWERED
        ]
        if sure:
            return max(sure)[3]
        texts = [judged.seen.passages[member.index] for member in made.members]
        return read(question, texts, encoder=self._encoder).short


def _all_talk(question: str, passage: Passage) -> bool:
    return not without_talk(question, [passage])


def _must(name: MembershipName) -> Membership:
    found = shipped(name)
    assert found is not None  # only the cross-encoder's may be missing
    return found
