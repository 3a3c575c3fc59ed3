"""DS: keep the passages that help to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from questline.agents.contract import Context, Result, Work
from questline.errors import ModelError
from questline.tools.models.llm_contract import LLM, Role
from questline.tools.selection.checks import Request
from questline.tools.selection.contract import Selection
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.selection.llm_judge import LLMJudge
from questline.tools.selection.sliding import SlidingSelector
from questline.tools.text import content_terms
from questline.types import AnswerWarning, Passage

from .base import TokenStep

__all__ = ["Select"]


class Select(TokenStep):
    """Choose a subset of ``work.passages``, in their order; a single passage is kept unasked.

    Up to 20 passages are one request to a language model; more are judged window by window.
    """

    role: ClassVar[Role] = "select"

    def without_backend(self, work: Work, context: Context) -> Result | None:
        """Keep none or one as it is."""
        del context
        if len(work.passages) > 1:
            return None
        return Result(passages=work.passages, detail=f"kept {len(work.passages)} of {len(work.passages)}")

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for the passages to keep."""
        judge = LLMJudge(llm, prompt=context.prompts.get(self.role))
        # Strict: a failure is answered for by this step's own embedded backend, with its warnings.
        selector = SlidingSelector(judge, strict=True)
        made = await selector.select(
            work.question, _with_text(work.passages), answer=False, spans=False, budget=context.meter
        )
        kept = made.passages(_with_text(work.passages))
        return Result(
            passages=kept,
            usage=made.usage,
            backend="llm",
            model=made.model,
            warnings=tuple(replace(warning, step=self.step) for warning in made.warnings),
            detail=_detail(kept, work.passages),
        )

    def embedded(self, work: Work, context: Context) -> Result:
        """Keep what is likely to help, by words and meaning."""
        given = _with_text(work.passages)
        request = Request.read(work.question, given, max_set=None, tau=None)
        made = EmbeddedSelector(context.encoder).choose(request, answer=False, spans=False, meter=context.meter)
        kept = made.passages(given) or _likeliest(work.question, made, given)
        warnings = tuple(replace(warning, step=self.step) for warning in made.warnings)
        return Result(passages=kept, warnings=warnings, detail=_detail(kept, work.passages))

    def warnings_of(self, error: ModelError) -> tuple[AnswerWarning, ...]:
        """Add that it was the form of the answer that failed, where it was."""
        warnings = super().warnings_of(error)
        if error.code != "bad_model_output":
            return warnings
        return (
            *warnings,
            self.warning("selector_parse_failed", f"the selector's answer is not a list: {error.message}"),
        )


def _likeliest(question: str, made: Selection, given: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the likeliest passage of a set that is empty, where it shares a word: whether it answers is read later."""
    best = max(made.rejected, key=lambda each: (each.p, -each.index), default=None)
    if best is None or not set(content_terms(question)) & set(content_terms(given[best.index].as_text())):
        return ()
    return (given[best.index],)


def _with_text(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the passages that say something."""
    return tuple(passage for passage in passages if passage.text.strip())


def _detail(kept: Sequence[Passage], given: Sequence[Passage]) -> str:
    return f"kept {len(kept)} of {len(given)}"
