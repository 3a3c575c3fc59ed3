"""A language model as judge: one window in one request, an answer first and then the selection (arXiv:2507.19102 §3).

Passages are fenced data, without orders to a judge. A text without the agreed form is asked for once more;
one that was cut off is never read, whatever numbers stand in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.tools.models.llm_contract import LLM, Completion, Prompt
from questline.tools.models.prompts import load
from questline.tools.ranking.first_stage import check_number
from questline.tools.ranking.hygiene import Shown
from questline.types import AnswerWarning, Passage, Usage

from .checks import STEP
from .judge import Verdict
from .logits import id_chances
from .verdicts import verdict_chances
from .window_prompt import answer_tokens, shown_passages, window_prompt
from .written import Written, read

__all__ = ["LLMJudge"]

_REPAIRED: Final = 0.5
"""Weight of a window whose text had to be repaired."""


class LLMJudge:
    """Ask the role ``select`` which passages of a window help.

    Args:
        llm: Serves the role ``select``.
        prompt: A file that replaces the shipped prompt (``prompts.select`` in ``agents.toml``).
        passage_tokens: About how much of each passage is shown; what is cut is marked. `SlidingSelector` shows longer
            passages in pieces.
        logprobs: So many likeliest tokens are asked for at each place of the answer, so that ``p`` tells how sure the
            model was. A server that tells none is done without (`Selection.source` says so); 0 never asks.

    Raises:
        UsageError: ``unknown_model`` when no model serves the role; ``bad_settings`` for an unreadable prompt file.
    """

    def __init__(
        self, llm: LLM, *, prompt: Path | str | None = None, passage_tokens: int = 600, logprobs: int = 5
    ) -> None:
        if not llm.serves("select"):
            raise UsageError(
                "no language model is configured for the role 'select'", code="unknown_model", role="select"
            )
        check_number("passage_tokens", passage_tokens, low=1, high=1e6)
        self._llm = llm
        self._template = load("select", files("questline.tools.selection") / "prompts" / "select.md", prompt)
        self._passage_tokens = passage_tokens
        check_number("logprobs", logprobs, low=0, high=20)
        self._logprobs = int(logprobs)

    async def judge(
        self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
    ) -> Verdict:
        """Judge a window.

        Raises:
            ModelError: ``bad_model_output`` when two texts could not be used, and what the model's requests raise.
            BudgetExceeded: No budget is left to ask.
        """
        shown = shown_passages(passages, tokens=self._passage_tokens)
        prompt = self._prompt(question, shown, answer_so_far)
        done = await self._ask(prompt, len(shown), meter)
        usage, again = done.usage, done.repaired
        if done.finish_reason == "length" and not again:
            try:
                done = await self._ask(prompt, len(shown), meter)
            except (ModelError, BudgetExceeded) as error:
                error.usage = usage + error.usage
                raise
            usage, again = usage + done.usage, True
        if done.finish_reason == "length":
            raise _cut_off(done.model, usage)
        return self._verdict(done, shown, usage, again=again)

    async def _ask(self, prompt: Prompt, n: int, meter: Meter) -> Completion[Written]:
        return await self._llm.complete(
            prompt,
            role="select",
            meter=meter,
            parse=partial(read, n=n),
            max_tokens=answer_tokens(n),
        )

    def _prompt(self, question: str, shown: Sequence[Shown], answer_so_far: str) -> Prompt:
        made = window_prompt(self._template, question, [each.text for each in shown], answer_so_far)
        return replace(made, logprobs=self._logprobs)

    def _verdict(self, done: Completion[Written], shown: Sequence[Shown], usage: Usage, *, again: bool) -> Verdict:
        written = done.value
        told = _chances(done, len(shown)) if done.tokens else None
        warnings: list[AnswerWarning] = []
        if written.foreign:
            message = f"the selector named passages that do not exist: {list(written.foreign)}"
            warnings.append(AnswerWarning(code="foreign_id", message=message, step=STEP))
        repaired = bool(written.foreign or written.repeated)
        return Verdict(
            members=tuple(number - 1 for number in written.members),
            answer=written.answer,
            chances=None if told is None else {number - 1: chance for number, chance in told.items()},
            weight=_REPAIRED if repaired or again else 1.0,
            usage=usage,
            warnings=tuple(warnings),
            truncated=frozenset(place for place, each in enumerate(shown) if each.truncated),
            cleaned=frozenset(place for place, each in enumerate(shown) if each.cleaned),
            model=self._llm.name("select"),
        )


def _chances(done: Completion[Written], n: int) -> dict[int, float] | None:
    """Return how likely each number was chosen: by its verdict, where the model wrote one on each, else by the list."""
    told = verdict_chances(done.text, done.tokens, n)
    return told if told is not None else id_chances(done.text, done.tokens, done.value.members, n)


def _cut_off(model: str, usage: Usage) -> ModelError:
    error = ModelError(
        f"{model} returned no selection: its text was cut off twice",
        code="bad_model_output",
        retryable=False,
        role="select",
        model=model,
    )
    error.usage = usage
    return error
