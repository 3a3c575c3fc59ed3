"""The planner that asks a language model, turn by turn, and shows it the state of the search but no document text."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, TypeAlias, get_args

from questline.agents.contract import Context, Decision, PlannerView
from questline.agents.prompting import prompt_for
from questline.agents.spans import count_fallback, step_span
from questline.budget import Meter
from questline.errors import ModelError, UsageError
from questline.telemetry import SpanHandle
from questline.tools.models.llm_contract import LLM
from questline.types import AnswerWarning

from .asking import asked, left_line, open_choices, word
from .features import evidence
from .parse import Choice, parse_choice
from .rule import RulePlanner, enough
from .weighing import weights_of
from .workflow import Workflow

__all__ = ["DECODINGS", "FALLBACK", "MAX_NEW_TOKENS", "Decoding", "LLMPlanner"]

Decoding: TypeAlias = Literal["schema", "choice", "free"]
"""How the model is held to the open choices: a JSON schema, vLLM's structured outputs, or not at all."""
DECODINGS: Final[tuple[Decoding, ...]] = get_args(Decoding)
_AROUND: Final = 16
"""More tokens, for the JSON around a workflow."""

MAX_NEW_TOKENS: Final = 16
"""arXiv:2508.01005 §3."""
FALLBACK: Final = Workflow.parse("R,DS,AG")
"""What runs in place of a plan that cannot be read or may not run."""


class LLMPlanner:
    """Ask the ``planner`` role for a workflow (arXiv:2508.01005 §3), with evidence, draft and budget in view.

    A draft that is good enough ends the question without another call. A plan that cannot be read, or is illegal,
    becomes ``R,DS,AG`` (``decided_by="fallback"``, warning ``planner_parse_failed``); a model that does not answer
    leaves the decision to the rules, with the warning ``degraded``.
    """

    def __init__(self, decoding: Decoding = "schema") -> None:
        self._rules = RulePlanner()
        self._decoding: Decoding = decoding

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide the next turn.

        Raises:
            UsageError: ``bad_planner`` when no language model serves the role ``planner``.
            ModelError: The model failed and ``context.strict`` is set.
            BudgetExceeded: No call is left for the decision.
        """
        if context.llm is None or not context.llm.serves("planner"):
            raise UsageError(
                "the planner 'llm' needs a language model: set a model, or use the planner 'rule'",
                code="bad_planner",
                argument="planner",
            )
        settled = enough(view, decided_by="llm")
        if settled is not None:
            return settled
        choices = _open(view, context)
        with step_span("planner") as span:
            try:
                return await _ask(view, context, context.llm, choices, self._decoding)
            except ModelError as error:
                if context.strict:
                    raise
                return await self._fall_back(view, context, error, span)

    async def _fall_back(self, view: PlannerView, context: Context, error: ModelError, span: SpanHandle) -> Decision:
        count_fallback(span, "planner", error.code)
        unreadable = error.code == "bad_model_output"
        warnings = [_warning("degraded", f"the planner's model failed ({error.code}): {error.message}")]
        if unreadable:
            warnings.append(_warning("planner_parse_failed", f"the plan cannot be run: {error.message}"))
        if unreadable and view.documents and FALLBACK not in view.tried:
            decision = Decision(workflow=FALLBACK, decided_by="fallback", reason="the model's plan cannot be read")
        else:
            decision = await self._rules.choose(view, context)
            decision = replace(decision, decided_by="fallback", reason=f"by rule: {decision.reason}")
        return replace(decision, usage=error.usage, warnings=tuple(warnings), backend="embedded", degraded=True)


async def _ask(view: PlannerView, context: Context, llm: LLM, choices: list[Choice], decoding: Decoding) -> Decision:
    prompt = prompt_for("planner", context, variant="" if view.top_level else "part").render(
        **asked(view.question, choices=choices, seen=evidence(view), tried=view.tried, left=_left(context.meter))
    )
    if decoding != "free":
        prompt = replace(prompt, choices=tuple(map(word, choices)), choices_by=decoding)
    done = await llm.complete(
        prompt,
        role="planner",
        meter=context.meter,
        parse=lambda text: parse_choice(text, top_level=view.top_level, allowed=choices),
        max_tokens=MAX_NEW_TOKENS + (_AROUND if decoding == "schema" else 0),
    )
    reason = f"the model wrote {' '.join(done.text.split())[:80]!r}"
    decision = Decision(decided_by="llm", reason=reason, usage=done.usage, backend="llm", model=done.model)
    if isinstance(done.value, Workflow):
        return replace(decision, workflow=done.value)
    return replace(decision, action=done.value)


def _open(view: PlannerView, context: Context) -> list[Choice]:
    return open_choices(
        view.tried,
        top_level=view.top_level,
        documents=view.documents,
        from_memory=context.closed_book or bool(view.passages),
        drafted=view.draft is not None and not view.draft.abstained,
    )


def _left(meter: Meter) -> str:
    return left_line(meter.left(), calls=meter.spent.calls, tokens=meter.spent.tokens, weights=weights_of(meter.budget))


def _warning(code: str, message: str) -> AnswerWarning:
    return AnswerWarning(code=code, message=message, step="planner")
