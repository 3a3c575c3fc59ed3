"""R: search the documents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from questline.agents.contract import Context, Result, Work
from questline.agents.spans import step_span
from questline.agents.workflow_planner.workflow import Token
from questline.errors import BudgetExceeded, UsageError
from questline.settings import MAX_K
from questline.tools.decomposition import shape
from questline.tools.models.encoder_cache import RecentTexts
from questline.tools.retrieval.contract import KnowsVectors
from questline.types import AnswerWarning, Passage, Usage

from .base import timed

if TYPE_CHECKING:
    from questline.tools.temporal import TimeReading

__all__ = ["Retrieve"]

_FILTERED: Final = AnswerWarning(
    code="filtered_out",
    message="No passage passes the filters and fits the question; `agents index list` shows sources and dates.",
    step="R",
)
_WIDER: Final = 2
"""Times the passages that are searched for where the embedded selector then chooses among them for a question that
needs several. F1 of ``R,DS,AG`` on 480 questions of ``mixed_train``, by executors that had not seen them: .486 -> .542
inside 2Wiki (.551 for four times as many, which a model would have to read); inside Natural Questions, whose questions
one passage answers, .486 -> .475."""


_TIMELY: Final = 3
"""Times the passages that are searched for where a query names a time, so that those of that time can be lifted. With
`questline.tools.temporal.searching.lifting.LIFT` recall@5 of the 127 questions of ``mixed_train`` that name one goes
from .922 to .930; on the 26 of ``mixed_dev`` it stays at .827."""


class Retrieve:
    """Find passages for ``work.query``, or for the question itself; passages of earlier turns are kept behind them."""

    token: Token = "R"  # noqa: S105 because R is an executor, not a password

    async def run(self, work: Work, context: Context) -> Result:
        """Search once.

        Raises:
            UsageError: ``no_index`` when there is nothing to search in.
            BudgetExceeded: The time is used up, before the search or during it.
        """
        started = time.perf_counter()
        query = work.query or work.question
        with step_span(self.token, task=work.task):
            context.meter.check(llm=False)
            if context.retriever is None:
                raise UsageError(
                    f"answering {work.question!r} needs documents: index some with `agents index PATH`", code="no_index"
                )
            count, times = _passages(work, context), _times(query, context)
            asked = max(count, min(count * _TIMELY, MAX_K)) if times else count
            found = await _before_deadline(context.retriever.search(query, k=asked, filters=context.filters), context)
            if times:
                found = (await asyncio.to_thread(_lifted, found, times))[:count]
            await asyncio.to_thread(_hand_over, context, found)
        usage = Usage(retrievals=1)
        context.meter.charge(usage)
        merged = {passage.id: passage for passage in (*work.passages, *found)}  # the newer score of a passage counts
        order = dict.fromkeys(passage.id for passage in (*found, *work.passages))
        result = Result(
            passages=tuple(merged[name] for name in order),
            usage=usage,
            warnings=() if found or context.filters is None else (_FILTERED,),
            detail=f"{len(found)} passage{'' if len(found) == 1 else 's'} for {query!r}",
        )
        return timed(result, started)


def _passages(work: Work, context: Context) -> int:
    """Return how many passages to search for; a language model that selects reads no more than it did."""
    wider = work.selects and not (context.llm is not None and context.llm.serves("select"))
    return context.k * _WIDER if wider and shape(work.question) != "single" else context.k


def _times(query: str, context: Context) -> tuple[TimeReading, ...]:
    if not context.by_time:
        return ()
    from questline.tools.temporal.searching.lifting import times_asked  # a tenth of a second, for patterns

    return times_asked(query, datetime.now().astimezone().date())


def _lifted(found: Sequence[Passage], times: Sequence[TimeReading]) -> Sequence[Passage]:
    from questline.tools.temporal.searching.lifting import lifted

    return lifted(found, times)


async def _before_deadline(search: Awaitable[Sequence[Passage]], context: Context) -> Sequence[Passage]:
    deadline = asyncio.timeout(context.meter.seconds_left)
    try:
        async with deadline:
            return await search
    except TimeoutError as error:
        if not deadline.expired():  # the retriever's own
            raise
        raise BudgetExceeded("the budget's seconds ended during the search", limit="seconds") from error


def _hand_over(context: Context, found: Sequence[Passage]) -> None:
    """Let the encoder of the later steps know the vectors that the index has, where the same model made them."""
    index, memory = context.retriever, context.encoder
    if found and isinstance(index, KnowsVectors) and isinstance(memory, RecentTexts):
        memory.learn(index.vectors(found, encoder=memory.fingerprint))
