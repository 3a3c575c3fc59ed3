"""A language model as judge: one window in one request, with or without thoughts, read strictly (arXiv:2508.07050).

An answer that was cut off is never read, whatever numbers stand in it. What cannot be used is asked for once more,
without thoughts; then the window is the caller's to leave as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.tools.arguments import check_whole
from questline.tools.models.llm_contract import LLM, Completion, Prompt, Thinking
from questline.tools.models.prompts import load
from questline.types import AnswerWarning, Passage, Usage

from .early_stop import agreement
from .first_stage import check_number
from .hygiene import Shown, show
from .judge import Verdict
from .permutation import Permutation, parse
from .released import FORM_FILES, Form, released_prompt
from .window_prompt import answer_tokens, window_prompt

__all__ = ["THINKING", "LLMJudge", "Think", "Thoughts"]

Think: TypeAlias = Literal["off", "short", "full", "auto"]
THINKING: Final[tuple[Think, ...]] = ("off", "short", "full", "auto")
_FLAT: Final = 0.02
"""A window whose first-stage scores spread (deviation over mean size) by less than this is hard to order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thoughts:
    """When a model thinks, and for how long."""

    mode: Think = "off"
    """``off``, ``short``, ``full``, or ``auto``: ask without thoughts, and again with full ones where that order and
    the one before disagree, or where the first stage hardly tells the passages apart."""
    short_tokens: int = 512
    full_tokens: int = 3_072
    """Longest thoughts, in tokens (arXiv:2508.07050 §4 uses 3,072)."""
    agree: float = 0.6
    """Least agreement (Kendall's tau) at which ``auto`` is content without thoughts."""

    def __post_init__(self) -> None:
        if self.mode not in THINKING:
            raise UsageError(
                f"thinking {self.mode!r} is not one of {', '.join(THINKING)}", code="bad_param", argument="mode"
            )
        for name, tokens in {"short_tokens": self.short_tokens, "full_tokens": self.full_tokens}.items():
            check_whole(name, tokens, low=1, code="bad_param")
            check_number(name, tokens, high=1e6)
        check_number("agree", self.agree, low=-1.0, high=1.0)

    def tokens(self, thinking: Thinking) -> int:
        """Return how many tokens the thoughts may have."""
        return {"off": 0, "short": self.short_tokens, "full": self.full_tokens}[thinking]


class LLMJudge:
    """Ask the role ``rank`` for the order of a window.

    Args:
        llm: Serves the role ``rank``.
        thoughts: When it thinks.
        prompt: A file that replaces the shipped prompt (``prompts.rank`` in ``agents.toml``).
        form: ``ours``, or that of a released ranker, which reads a passage a line; it writes its reasoning unasked.
        passage_tokens: About how much of each passage is shown; what is cut is marked (arXiv:2508.07050 §2.1 cuts to
            100 tokens on short passages and to 512 on long ones).

    Raises:
        UsageError: ``unknown_model`` when no model serves the role; ``bad_settings`` for an unreadable prompt file.
    """

    def __init__(
        self,
        llm: LLM,
        *,
        thoughts: Thoughts | None = None,
        prompt: Path | str | None = None,
        form: Form = "ours",
        passage_tokens: int = 300,
    ) -> None:
        if not llm.serves("rank"):
            raise UsageError("no language model is configured for the role 'rank'", code="unknown_model", role="rank")
        check_number("passage_tokens", passage_tokens, low=1, high=1e6)
        self._llm = llm
        self._thoughts = thoughts or Thoughts()
        self._form = form
        self._template = load("rank", files("questline.tools.ranking") / FORM_FILES[form], prompt)
        self._passage_tokens = passage_tokens

    async def permute(self, query: str, passages: Sequence[Passage], *, meter: Meter) -> Verdict:
        """Order `passages`.

        Raises:
            ModelError: ``bad_model_output`` when two answers could not be used, and what the model's requests raise.
            BudgetExceeded: No budget is left to ask.
        """
        shown = [show(passage, tokens=self._passage_tokens, numbered=len(passages)) for passage in passages]
        mode = self._thoughts.mode
        if mode != "auto":
            return await self._order(query, shown, mode, meter)
        first = await self._order(query, shown, "off", meter)
        if not self._doubtful(first, passages):
            return first
        try:
            second = await self._order(query, shown, "full", meter)
        except (ModelError, BudgetExceeded) as error:
            message = f"no thoughts were to be had on a window ({error.code}); the order without them stands"
            warning = AnswerWarning(code="degraded", message=message, step="rank")
            return replace(first, usage=first.usage + error.usage, degraded=True, warnings=(*first.warnings, warning))
        return replace(second, usage=first.usage + second.usage, degraded=first.degraded or second.degraded)

    def _doubtful(self, verdict: Verdict, passages: Sequence[Passage]) -> bool:
        if agreement(tuple(verdict.order)) < self._thoughts.agree:
            return True
        scores = np.array([passage.score for passage in passages], np.float64)
        size = float(np.abs(scores).mean())
        return bool(np.isfinite(scores).all() and np.ptp(scores) > 0 and scores.std() < _FLAT * size)

    async def _order(self, query: str, shown: Sequence[Shown], thinking: Thinking, meter: Meter) -> Verdict:
        n = len(shown)
        first = await self._ask(query, shown, thinking, meter)
        made = parse(first.text, n, finish_reason=first.finish_reason)
        usage, second_try = first.usage, made.report.failed
        if second_try:
            try:
                again = await self._ask(query, shown, "off", meter)
            except (ModelError, BudgetExceeded) as error:
                error.usage = usage + error.usage
                raise
            usage += again.usage
            made = parse(again.text, n, finish_reason=again.finish_reason)
            if made.report.failed:
                raise _unusable(first, again, n, usage)
        return self._verdict(made, shown, usage, second_try=second_try)

    def _verdict(self, made: Permutation, shown: Sequence[Shown], usage: Usage, *, second_try: bool) -> Verdict:
        retried = AnswerWarning(
            code="retried", message="a window's first answer could not be used; it was asked for again", step="rank"
        )
        return Verdict(
            order=tuple(number - 1 for number in made.order),
            usage=usage,
            report=made.report,
            warnings=(retried,) if second_try else (),
            truncated=frozenset(place for place, each in enumerate(shown) if each.truncated),
            cleaned=frozenset(place for place, each in enumerate(shown) if each.cleaned),
            model=self._llm.name("rank"),
        )

    async def _ask(self, query: str, shown: Sequence[Shown], thinking: Thinking, meter: Meter) -> Completion[str]:
        return await self._llm.complete(
            self._prompt(query, shown, thinking),
            role="rank",
            meter=meter,
            parse=str,  # read by the caller, who knows whether the text is whole
            max_tokens=self._thoughts.tokens(thinking) + answer_tokens(len(shown)),
        )

    def _prompt(self, query: str, shown: Sequence[Shown], thinking: Thinking) -> Prompt:
        made = released_prompt if self._form == "reasonrank" else window_prompt
        return made(self._template, query, [each.text for each in shown], thinking)


def _unusable(first: Completion[str], again: Completion[str], n: int, usage: Usage) -> ModelError:
    ends = " and ".join(
        "was cut off" if each.finish_reason == "length" else f"is no order of 1 to {n}" for each in (first, again)
    )
    error = ModelError(
        f"{again.model} returned no ranking: its first answer and its second, without thoughts, {ends}",
        code="bad_model_output",
        retryable=False,
        role="rank",
        model=again.model,
        finish_reason=again.finish_reason,
    )
    error.usage = usage
    return error
