"""Compose an answer of what tasks found: by templates, or with a language model whose sentences are checked after it.

Source: specs/02 §2.5 (Answer: every sentence cites a call id or URL; sentences without support are dropped).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import replace

from questline.agents.contract import Context
from questline.agents.intents.values import Intents
from questline.agents.spans import count_fallback, step_span
from questline.errors import ModelError, UsageError
from questline.telemetry import Attributes
from questline.tools.models.llm_contract import LLM
from questline.tools.stopping import stoppable
from questline.tools.text import is_cjk
from questline.types import AnswerWarning, Usage

from .assembling import assembled, spoken
from .contract import Composed, Finding, Missing
from .drafting import Draft, Part, drafted
from .faithfulness import unsupported
from .sureness import sureness
from .writing import ROLE, STEP, completed, with_short, write

__all__ = ["STEP", "compose"]

_SHORT_S = 0.5
"""Seconds below which texts are read without the encoders."""


async def compose(
    question: str,
    intents: Intents,
    findings: Sequence[Finding],
    missing: Sequence[Missing] = (),
    *,
    context: Context,
    deadline_s: float = math.inf,
) -> Composed:
    """Answer a question from findings; each sentence cites what bears it, and what is not answered is named.

    Without a language model the sentences are made by templates. With one for the role ``composer`` it writes them;
    then each is held to what it cites, those that fail are left out with a warning, and what the model left out is said
    by templates. A model that fails, or of whose sentences none is left, is answered for by templates: ``degraded``.

    Args:
        question: As it was asked.
        intents: It, split.
        findings: The tasks that are done.
        missing: What is known not to be answered, and why. Needs for which the findings hold no answer are added.
        context: The models, the prompts and the meter.
        deadline_s: Seconds that it may take. When they are over, what is there is said to be missing.

    Raises:
        UsageError: ``bad_argument``: a finding or something missing names an intent that there is not;
            ``bad_deadline``.
        ModelError: The model failed and ``context.strict``.
        BudgetExceeded: No budget is left for a request.
    """
    _check(intents, findings, missing, deadline_s)
    started = time.perf_counter()
    chinese = is_cjk(question)
    with step_span(STEP) as span:
        if deadline_s < _SHORT_S:
            context = replace(context, encoder=None, cross_encoder=None)
        draft = await _drafted(intents, findings, missing, context, deadline_s)
        llm = context.llm if context.llm is not None and context.llm.serves(ROLE) else None
        if llm is None or not findings:
            made = _by_templates(draft, len(intents.items), chinese=chinese)
        else:
            left_s = deadline_s - (time.perf_counter() - started)
            try:
                made = await _written(question, intents, findings, draft, context, llm, left_s)
            except ModelError as error:
                if context.strict:
                    raise
                count_fallback(span, STEP, error.code)
                message = f"{STEP}: the model failed ({error.code}: {error.message}); templates wrote the answer"
                warning = AnswerWarning(code="degraded", message=message, step=STEP)
                made = replace(
                    _by_templates(draft, len(intents.items), chinese=chinese),
                    warnings=(warning,),
                    usage=error.usage,
                    degraded=True,
                )
        span.set({Attributes.BACKEND: made.backend})
    warnings = (*made.warnings, *_conflicts(made))
    sure = made.confidence * sureness(draft.parts, made.answered, findings)
    return replace(
        made, confidence=sure, warnings=warnings, usage=made.usage + Usage(seconds=time.perf_counter() - started)
    )


def _check(intents: Intents, findings: Sequence[Finding], missing: Sequence[Missing], deadline_s: float) -> None:
    if math.isnan(deadline_s) or deadline_s <= 0:
        raise UsageError(
            f"a deadline of {deadline_s!r} is no number of seconds above 0", code="bad_deadline", argument="deadline_s"
        )
    known = range(len(intents.items))
    for name, places in (
        *((f"findings[{number}].intents", each.intents) for number, each in enumerate(findings)),
        *((f"missing[{number}].intent", (each.intent,)) for number, each in enumerate(missing)),
    ):
        if any(place not in known for place in places):
            raise UsageError(f"{name}={places!r} names an intent that there is not", argument=name)


async def _drafted(
    intents: Intents, findings: Sequence[Finding], missing: Sequence[Missing], context: Context, deadline_s: float
) -> Draft:
    try:
        async with asyncio.timeout(None if math.isinf(deadline_s) else deadline_s):
            with stoppable():
                return await asyncio.to_thread(drafted, intents, findings, missing, context)
    except TimeoutError:
        named = {each.intent for each in missing}
        late = [
            Missing(intent=place, text=intent.text, code="deadline_reached")
            for place, intent in enumerate(intents.items)
            if place not in named
        ]
        parts = tuple(Part(intent=place) for place in range(len(intents.items)))
        return Draft(parts=parts, missing=(*missing, *late), evidence={}, notes={})


def _by_templates(draft: Draft, intents: int, *, chinese: bool) -> Composed:
    sentences = [sentence for part in draft.parts for sentence in spoken(part)]
    return assembled(sentences, draft, intents=intents, chinese=chinese)


async def _written(
    question: str,
    intents: Intents,
    findings: Sequence[Finding],
    draft: Draft,
    context: Context,
    llm: LLM,
    left_s: float,
) -> Composed:
    chinese = is_cjk(question)
    try:
        async with asyncio.timeout(None if math.isinf(left_s) else max(left_s, 0.0)):
            written = await write(question, findings, draft, context, llm)
    except TimeoutError:
        raise ModelError("the time was over before the model had answered", code="backend_unavailable") from None
    whole = with_short(draft, written)
    if not written.sentences:
        message = f"{STEP}: nothing that the model wrote is borne by its evidence; templates wrote the answer"
        warning = AnswerWarning(code="degraded", message=message, step=STEP)
        made = _by_templates(whole, len(intents.items), chinese=chinese)
        return replace(made, warnings=(*written.warnings, warning), usage=written.usage, degraded=True)
    made = assembled(
        completed(written, draft), whole, intents=len(intents.items), chinese=chinese, dropped=bool(written.dropped)
    )
    short = written.short if written.short and not unsupported(written.short, made.evidence) else made.short
    return replace(
        made, short=short, warnings=written.warnings, backend="llm", model=written.model, usage=written.usage
    )


def _conflicts(made: Composed) -> list[AnswerWarning]:
    return [
        AnswerWarning(code="conflicting_values", message=f"sources differ: {' / '.join(each.values)}", step=STEP)
        for each in made.conflicts
    ]
