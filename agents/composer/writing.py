"""An answer written by a language model, held to what it cites; what it leaves out is said by templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from questline.agents.contract import Context
from questline.agents.executors.citations import CitedText, cite, parse_answer
from questline.agents.prompting import prompt_for
from questline.agents.tool_executor.call_evidence import arguments_told
from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import LLM
from questline.tools.text import sentences
from questline.types import AnswerWarning, Evidence, Usage

from .assembling import missing_texts
from .contract import Dropped, Finding
from .drafting import Draft
from .faithfulness import unsupported
from .sentences import Sentence

__all__ = ["ROLE", "STEP", "Written", "kept_of", "write"]

ROLE: Final = "composer"
STEP: Final = "composer"
_MAX_TOKENS: Final = 700
_ITEMS: Final = 30
_LONGEST: Final = 2_000
"""Characters of one evidence in the prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a model wrote and its evidence bears."""

    sentences: tuple[Sentence, ...]
    short: str
    dropped: tuple[Dropped, ...]
    warnings: tuple[AnswerWarning, ...]
    usage: Usage
    model: str


async def write(question: str, findings: Sequence[Finding], draft: Draft, context: Context, llm: LLM) -> Written:
    """Ask the model of the role ``composer`` for sentences with marks of citation, and keep those that are borne.

    Raises:
        ModelError: The model failed, or did not answer in the agreed form.
        BudgetExceeded: No budget is left for a request.
    """
    items = shown_evidence(findings)
    prompt = prompt_for(ROLE, context).render(
        question=inline(question, limit=20_000),
        evidence=fence("evidence", [text for _, text in items]),
        missing=inline(missing_texts(draft.missing), limit=4_000),
    )
    done = await llm.complete(
        prompt,
        role=ROLE,
        meter=context.meter,
        parse=partial(parse_answer, items=len(items)),
        max_tokens=_MAX_TOKENS,
    )
    numbered = {number: each.id for number, (each, _) in enumerate(items, start=1)}
    kept, dropped, foreign = kept_of(done.value, numbered, draft.evidence, question=question)
    return Written(
        sentences=kept,
        short=done.value.short,
        dropped=dropped,
        warnings=(*_foreign(foreign), *map(_removed, dropped)),
        usage=done.usage,
        model=done.model,
    )


def shown_evidence(findings: Sequence[Finding]) -> list[tuple[Evidence, str]]:
    """Return what the model is shown, at most 30 items: of each call what its intent needs, then the passages."""
    shown: dict[str, tuple[Evidence, str]] = {}
    for finding in findings:
        calls = [each for each in finding.result.evidence if each.kind == "tool"]
        for each in finding.result.evidence:
            last = bool(calls) and each is calls[-1]
            body = (
                f"{each.source} {arguments_told(each)}\n{finding.result.text}" if last else f"{each.title}\n{each.text}"
            )
            shown.setdefault(each.id, (each, body[:_LONGEST]))
    return list(shown.values())[:_ITEMS]


def kept_of(
    answer: CitedText, numbered: Mapping[int, str], evidence: Mapping[str, Evidence], *, question: str
) -> tuple[tuple[Sentence, ...], tuple[Dropped, ...], list[int]]:
    """Return the sentences that what they cite bears, those that it does not, and the numbers that stand for nothing.

    Args:
        answer: What the model wrote, read.
        numbered: The id of the evidence behind each number.
        evidence: By id, whole: more than the model was shown of it.
        question: What was asked.
    """
    citations, foreign, _ = cite(answer, {number: (each,) for number, each in numbered.items()})
    kept: list[Sentence] = []
    dropped: list[Dropped] = []
    for span in sentences(answer.text):
        cites = tuple(dict.fromkeys(each.evidence_id for each in citations if each.start == span.start))
        text = " ".join(span.text.split())
        reasons = unsupported(text, [evidence[each] for each in cites], question=question)
        if reasons:
            dropped.append(Dropped(text=text, reasons=reasons))
        else:
            kept.append(Sentence(text=text, cites=cites))
    return tuple(kept), tuple(dropped), foreign


def _foreign(numbers: Sequence[int]) -> list[AnswerWarning]:
    if not numbers:
        return []
    message = f"the model cited what it was not given: {', '.join(map(str, numbers))}; these citations were dropped"
    return [AnswerWarning(code="foreign_citation", message=message, step=STEP)]


def _removed(dropped: Dropped) -> AnswerWarning:
    message = (
        f"left out, for its evidence does not hold {', '.join(dropped.reasons)}: {inline(dropped.text, limit=200)}"
    )
    return AnswerWarning(code="unsupported_removed", message=message, step=STEP)


def completed(written: Written, draft: Draft) -> tuple[Sentence, ...]:
    """Return the model's sentences, and behind them those of the templates for what it does not speak of.

    An intent is spoken of when a sentence cites what answers it. That sources differ is said unless a sentence of the
    model cites both.
    """
    made = list(written.sentences)
    for part in draft.parts:
        if part.sentences and not any(part.sources.intersection(each.cites) for each in written.sentences):
            made += part.sentences
        if part.conflict is not None:
            ids = set(part.conflict[0].evidence_ids)
            if not any(ids <= set(each.cites) for each in written.sentences):
                made.append(part.conflict[1])
    return tuple(made)


def with_short(draft: Draft, written: Written) -> Draft:
    """Return the draft with the sentences that the model left out counted as dropped."""
    return replace(draft, dropped=(*draft.dropped, *written.dropped))
