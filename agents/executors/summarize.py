"""AS: answer a decomposed question from the answers of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from questline.agents.contract import Context, Draft, Result, SubAnswer, Work
from questline.agents.prompting import prompt_for
from questline.tools import decomposition, reading
from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import LLM, Completion, Role
from questline.tools.text import is_cjk, join_cited, normalize, words
from questline.types import Citation

from .base import TokenStep
from .citations import CitedText, citation_warnings, cite
from .lines import sub_answer_line
from .streaming import write_answer

__all__ = ["Summarize"]

_UNSUPPORTED: Final = 0.2
"""What is left of the confidence when the steps rest on evidence and the summary cites none of it."""
_BY_CHANCE: Final = 0.5
"""How often a comparison of two comes out right though a side was read wrongly. Of 253 comparisons of ``mixed_train``
(executors that had not seen them) those whose sides are sure to .2, .4, .6 and .8 are right in .62, .65, .81 and 1."""
_VERDICTS: Final = frozenset({"yes", "no", "是", "否", "不是"})


class Summarize(TokenStep):
    """Put the answers of ``work.sub_answers`` together; abstains unasked when no step has one.

    Citations are those of the steps: a sentence that rests on step 2 cites what step 2 cited.
    """

    role: ClassVar[Role] = "summarize"

    def without_backend(self, work: Work, context: Context) -> Result | None:
        """Abstain where no part was answered."""
        del context
        if _answered(work.sub_answers):
            return None
        return Result(draft=Draft(abstained=True), detail="no part was answered")

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for sentences whose markers name steps."""
        prompt = prompt_for(self.role, context).render(
            question=inline(work.question, limit=20_000), steps=fence("steps", map(sub_answer_line, work.sub_answers))
        )
        done = await write_answer(
            prompt, items=len(work.sub_answers), step=self.step, role=self.role, work=work, context=context, llm=llm
        )
        return self._result(work, done)

    def _result(self, work: Work, done: Completion[CitedText]) -> Result:
        sources = {number: _evidence(step) for number, step in enumerate(work.sub_answers, start=1)}
        answer = _marked(done.value, sources)
        citations, foreign, bare = cite(answer, sources)
        lost = any(sources.values()) and not citations
        draft = Draft(
            text=answer.text,
            short=answer.short,
            citations=citations,
            confidence=0.0 if answer.abstained else _confidence(work.sub_answers) * (_UNSUPPORTED if lost else 1.0),
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
        pairs = [(step.question, step.draft.short) for step in work.sub_answers]
        short, confidence = reading.combine(work.question, pairs)
        if decomposition.shape(work.question) == "bridge" and not _answered(work.sub_answers[-1:]):
            short = ""  # what was found on the way is not what was asked for
        if not short:
            return Result(draft=Draft(abstained=True), detail="the parts do not add up to an answer")
        draft = _joined(short, _answered(work.sub_answers))
        sure = min(confidence, _confidence(work.sub_answers))
        if decomposition.compared(work.question) is not None:
            sure = _BY_CHANCE + (1 - _BY_CHANCE) * sure
        return Result(draft=replace(draft, confidence=sure), detail=short)


def _answered(given: Sequence[SubAnswer]) -> list[SubAnswer]:
    return [each for each in given if not each.draft.abstained and (each.draft.short or each.draft.text)]


def _evidence(given: SubAnswer) -> tuple[str, ...]:
    return () if given.draft.abstained else tuple(dict.fromkeys(each.evidence_id for each in given.draft.citations))


def _confidence(given: Sequence[SubAnswer]) -> float:
    """An answer made of parts is at most as sure as its least sure part."""
    return min(each.draft.confidence for each in _answered(given))


def _marked(answer: CitedText, sources: dict[int, tuple[str, ...]]) -> CitedText:
    """Return `answer`, at its end a mark for every step when the model wrote none at all."""
    if answer.marks or answer.abstained:
        return answer
    return replace(answer, marks=tuple((len(answer.text), number) for number in sources))


def _says(text: str, short: str) -> bool:
    """Say whether the words of `short` stand in `text`; a yes or no never does, as texts answer no questions."""
    return normalize(short) not in _VERDICTS and f" {' '.join(words(short))} " in f" {' '.join(words(text))} "


def _joined(short: str, given: Sequence[SubAnswer]) -> Draft:
    """Join the parts' sentences, each once, with their citations; an answer that stands in none of them goes first."""
    pieces = [(each.draft.text, each.draft.citations) for each in given]
    if not any(_says(each.draft.text, short) for each in given):
        head = short[:1].upper() + short[1:] + ("。" if is_cjk(short) else "." if short[-1] != "." else "")
        ids = dict.fromkeys(name for each in given for name in _evidence(each))
        pieces.insert(0, (head, tuple(Citation(start=0, end=len(head), evidence_id=name) for name in ids)))
    text, citations = join_cited(pieces)
    return Draft(text=text, short=short, citations=citations)
