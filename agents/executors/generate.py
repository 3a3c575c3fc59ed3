"""AG: answer from the passages, with citations."""

from __future__ import annotations

from typing import ClassVar, Final

from questline.agents.contract import Context, Draft, Result, Work
from questline.agents.prompting import prompt_for
from questline.tools import reading
from questline.tools.fencing import fence_passages, inline
from questline.tools.models.llm_contract import LLM, Completion, Role

from .base import TokenStep
from .by_times import answered_by_times, of_other_times
from .citations import CitedText, citation_warnings, cite
from .streaming import write_answer

__all__ = ["Generate"]

_UNCITED: Final = 0.5
"""Confidence in a model's answer from memory; each cited sentence of one from passages adds its share."""
_UNSUPPORTED: Final = 0.1
"""Confidence in an answer that cites none of the passages it was given: below what any planner takes as enough."""


class Generate(TokenStep):
    """Write the answer, or abstain.

    Without passages a language model answers from memory when ``context.closed_book`` allows it (the graph sets it for
    a workflow that the caller named); in any other case the step abstains without a call.
    """

    role: ClassVar[Role] = "generate"

    def without_backend(self, work: Work, context: Context) -> Result | None:
        """Abstain where there is nothing to answer from."""
        if work.passages or (context.closed_book and context.llm is not None and context.llm.serves(self.role)):
            return None
        return Result(draft=Draft(abstained=True), detail="no passages to answer from")

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for sentences with ``[1]`` markers; format examples stand before the user's own question only."""
        template = prompt_for(self.role, context)
        prompt = (template if work.top_level else template.without_examples()).render(
            question=inline(work.question, limit=20_000), passages=fence_passages(work.passages)
        )
        done = await write_answer(
            prompt, items=len(work.passages), step=self.step, role=self.role, work=work, context=context, llm=llm
        )
        return self._result(work, done)

    def _result(self, work: Work, done: Completion[CitedText]) -> Result:
        answer = done.value
        citations, foreign, bare = cite(
            answer, {number: (passage.id,) for number, passage in enumerate(work.passages, start=1)}
        )
        cited = len({citation.start for citation in citations})
        draft = Draft(
            text=answer.text,
            short=answer.short,
            citations=citations,
            confidence=0.0 if answer.abstained else _confidence(cited, len(bare), given=bool(work.passages)),
            abstained=answer.abstained,
        )
        return Result(
            draft=draft,
            usage=done.usage,
            warnings=citation_warnings(self.step, foreign, bare if work.passages else []),
            backend="llm",
            model=done.model,
            detail=draft.short or "no answer found",
        )

    def embedded(self, work: Work, context: Context) -> Result:
        """Read the answer out of the passages."""
        found = reading.read(work.question, work.passages, encoder=context.encoder, cross_encoder=context.cross_encoder)
        draft = Draft(abstained=True) if found.abstained else Draft(
            text=found.text, short=found.short, citations=tuple(found.citations), confidence=found.confidence
        )  # fmt: skip
        detail = draft.short or "no answer found"
        if not context.by_time:
            return Result(draft=draft, detail=detail)
        by_times = answered_by_times(work, found)
        if by_times is not None:
            draft, detail = by_times, f"{by_times.short} (by times)"
        return Result(draft=draft, detail=detail, warnings=of_other_times(work, draft))


def _confidence(cited: int, bare: int, *, given: bool) -> float:
    """Return how sure a written answer is, by its sentences with and without citations."""
    if given and not cited:
        return _UNSUPPORTED
    return _UNCITED + (1 - _UNCITED) * (cited / (cited + bare) if cited else 0.0)
