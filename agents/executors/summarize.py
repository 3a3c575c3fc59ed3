"""AS: answer a decomposed question from the answers of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from questline.agents.contract import Context, Draft, Result, Step, Work
from questline.agents.prompting import prompt_for
from questline.tools import decomposition, reading
from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import LLM, Completion, Role
from questline.tools.text import cjk_share, join_cited, normalize, words
from questline.types import Citation

from .base import TokenStep
from .citations import CitedText, citation_warnings, cite
from .lines import step_line
from .streaming import write_answer

__all__ = ["Summarize"]

_UNSUPPORTED: Final = 0.2
"""What is left of the confidence when the steps rest on evidence and the summary cites none of it."""
_VERDICTS: Final = frozenset({"yes", "no", "是", "否", "不是"})


class Summarize(TokenStep):
    """Put the answers of ``work.steps`` together; abstains unasked when no step has one.

    Citations are those of the steps: a sentence that rests on step 2 cites what step 2 cited.
    """

    role: ClassVar[Role] = "summarize"

    def without_backend(self, work: Work, context: Context) -> Result | None:
        """Abstain where no part was answered."""
        del context
        if _answered(work.steps):
            return None
        return Result(draft=Draft(abstained=True), detail="no part was answered")

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for sentences whose markers name steps."""
        prompt = prompt_for(self.role, context).render(
            question=inline(work.question, limit=20_000), steps=fence("steps", map(step_line, work.steps))
        )
        done = await write_answer(
            prompt, items=len(work.steps), step=self.step, role=self.role, work=work, context=context, llm=llm
        )
        return self._result(work, done)

    def _result(self, work: Work, done: Completion[CitedText]) -> Result:
        sources = {number: _evidence(step) for number, step in enumerate(work.steps, start=1)}
        answer = _marked(done.value, sources)
        citations, foreign, bare = cite(answer, sources)
        lost = any(sources.values()) and not citations
        draft = Draft(
            text=answer.text,
            short=answer.short,
            citations=citations,
            confidence=0.0 if answer.abstained else _confidence(work.steps) * (_UNSUPPORTED if lost else 1.0),
            abstained=answer.abstained,
        )
        return Result(
            draft=draft,
            usage=done.usage,
            warnings=citation_warnings(self.step, foreign, bare if any(sources.values()) else []),
            backend="llm",
            model=done.model,
            detail=draft.short or "no answer found",
        )

    def embedded(self, work: Work, context: Context) -> Result:
        """Compare, or take the last answer, by rule; the text is the sentences that the steps rest on."""
        del context
        pairs = [(step.question, step.draft.short) for step in work.steps]
        short, confidence = reading.combine(work.question, pairs)
        if decomposition.shape(work.question) == "bridge" and not _answered(work.steps[-1:]):
            short = ""  # what was found on the way is not what was asked for
        if not short:
            return Result(draft=Draft(abstained=True), detail="the parts do not add up to an answer")
        draft = _joined(short, _answered(work.steps))
        return Result(draft=replace(draft, confidence=min(confidence, _confidence(work.steps))), detail=short)


def _answered(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if not step.draft.abstained and (step.draft.short or step.draft.text)]


def _evidence(step: Step) -> tuple[str, ...]:
    return () if step.draft.abstained else tuple(dict.fromkeys(each.evidence_id for each in step.draft.citations))


def _confidence(steps: Sequence[Step]) -> float:
    """An answer made of parts is at most as sure as its least sure part."""
    return min(step.draft.confidence for step in _answered(steps))


def _marked(answer: CitedText, sources: dict[int, tuple[str, ...]]) -> CitedText:
    """Return `answer`, at its end a mark for every step when the model wrote none at all."""
    if answer.marks or answer.abstained:
        return answer
    return replace(answer, marks=tuple((len(answer.text), number) for number in sources))


def _says(text: str, short: str) -> bool:
    """Say whether the words of `short` stand in `text`; a yes or no never does, as texts answer no questions."""
    return normalize(short) not in _VERDICTS and f" {' '.join(words(short))} " in f" {' '.join(words(text))} "


def _joined(short: str, steps: Sequence[Step]) -> Draft:
    """Join the steps' sentences, each once, with their citations; an answer that stands in none of them goes first."""
    pieces = [(step.draft.text, step.draft.citations) for step in steps]
    if not any(_says(step.draft.text, short) for step in steps):
        head = short[:1].upper() + short[1:] + ("。" if cjk_share(short) > 0.3 else "." if short[-1] != "." else "")
        ids = dict.fromkeys(name for step in steps for name in _evidence(step))
        pieces.insert(0, (head, tuple(Citation(start=0, end=len(head), evidence_id=name) for name in ids)))
    text, citations = join_cited(pieces)
    return Draft(text=text, short=short, citations=citations)
