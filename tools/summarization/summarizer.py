"""The summarizer of a session: a language model that points at pieces, or the embedded algorithm, visibly."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.tools.arguments import check_is
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.models.llm_contract import LLM
from questline.types import Usage

from .embedded import Fallback, Prepared, Style, answered, check, finished, prepare
from .limits import Limit
from .pointer import ROLE, ask
from .result import Summary
from .scoring import Encoder
from .sources import Documents, warning

__all__ = ["QuerySummarizer", "Summarizer"]


class Summarizer(Protocol):
    """Answers a query with pieces of a document."""

    async def summarize(self, query: str, document: Documents, *, max_sentences: int) -> Summary:
        """Return at most so many pieces of the document, each with its place, or that there is no answer here."""
        ...


class QuerySummarizer:
    """Summarizes with a language model where one serves the role ``summary``, else with the embedded algorithm.

    A model that fails is answered for by the embedded algorithm: the summary says ``degraded`` and warns. With `strict`
    the failure is raised.

    Args:
        encoder: Adds the closeness of meaning to the embedded scores of English documents.
        cross_encoder: Reads query and text together, for the same scores.
        llm: Models by role.
        strict: Raise the model's failure.
        prompt: A file that replaces the shipped prompt (``prompts.summary`` in ``agents.toml``).
    """

    def __init__(
        self,
        *,
        encoder: Encoder | None = None,
        cross_encoder: Judges | None = None,
        llm: LLM | None = None,
        strict: bool = False,
        prompt: str | Path | None = None,
    ) -> None:
        self._encoder, self._llm, self._strict, self._prompt = encoder, llm, strict, prompt
        self._cross_encoder = cross_encoder

    async def summarize(
        self,
        query: str,
        document: Documents,
        *,
        title: str = "",
        max_sentences: int | None = None,
        max_chars: int | None = None,
        max_words: int | None = None,
        style: Style | None = None,
        min_answerability: float | None = None,
        fallback: Fallback = "",
        meter: Meter | None = None,
    ) -> Summary:
        """Return the pieces that answer `query`; see `questline.tools.summarization.summarize` for the arguments.

        Args:
            query: What is wanted.
            document: A text, or several.
            title: Of every document that has none of its own.
            max_sentences: Most pieces; 3 when no limit is given at all.
            max_chars: Most characters.
            max_words: Most words.
            style: ``extractive``, ``lead`` or ``pointer``; by default ``pointer`` where a model serves the role.
            min_answerability: For the embedded algorithm.
            fallback: What to show when there is no answer.
            meter: The budget; its seconds are the deadline of both algorithms.

        Raises:
            UsageError: ``empty_query``, ``bad_param``, ``bad_argument``, ``bad_settings`` for a wrong prompt file.
            ModelError: Only with `strict`.
            BudgetExceeded: Only with `strict`.
        """
        limit = check(
            query,
            style="extractive" if style is None else style,
            limits=(max_sentences, max_chars, max_words),
            min_answerability=min_answerability,
            fallback=fallback,
            seconds=None,
        )
        check_is("meter", meter, Meter, "a Meter or None", code="bad_budget")
        llm = self._llm if self._llm is not None and self._llm.serves(ROLE) else None
        if style == "pointer" and llm is None:
            raise UsageError(
                "the style 'pointer' needs a model for the role 'summary'", code="bad_param", argument="style"
            )
        meter = meter or Meter(Budget())
        # In a thread: reading and scoring use the processor, and the event loop serves others meanwhile.
        prepared = await asyncio.to_thread(
            prepare,
            query,
            document,
            title=title,
            seconds=meter.seconds_left,
            encoder=self._encoder,
            cross_encoder=self._cross_encoder,
            lead=style == "lead",
        )
        embedded = await asyncio.to_thread(
            finished, prepared, limit, min_answerability=min_answerability, fallback=fallback
        )
        if llm is None or style in {"extractive", "lead"} or prepared.scores is None:
            return embedded
        return await self._pointed(prepared, limit, embedded, llm, meter)

    async def _pointed(self, prepared: Prepared, limit: Limit, embedded: Summary, llm: LLM, meter: Meter) -> Summary:
        try:
            found = await ask(prepared, limit, llm=llm, meter=meter, prompt=self._prompt)
        except (ModelError, BudgetExceeded) as error:
            if self._strict:
                raise
            code = "budget_exhausted" if isinstance(error, BudgetExceeded) else "degraded"
            message = f"the model failed ({error.code}: {error.message}); the embedded algorithm answered"
            failed = warning("degraded", message) if code == "degraded" else warning("budget_exhausted", message)
            return replace(
                embedded,
                degraded=True,
                usage=embedded.usage + error.usage,
                warnings=(*embedded.warnings, failed),
            )
        made = answered(prepared, found.choice, answerability=embedded.answerability)
        return replace(
            made,
            backend="llm",
            usage=Usage(seconds=embedded.usage.seconds) + found.completion.usage,
            warnings=(*made.warnings, *found.warnings),
        )
